//! Who asks, for the admin API: nobody in particular is sent to sign in.

use crate::caller::caller;
use crate::errors::Refusal;
use masthead_core::{Caller, Core, Error};
use poem::{Request, RequestBody, Result};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

/// The name of the scheme in the description.
const TOKEN: &str = "token";

/// The caller of a request, and the domain it is sent to.
pub struct Who {
    pub caller: Caller,
    pub core: Core,
}

impl<'a> ApiExtractor<'a> for Who {
    const TYPES: &'static [ApiExtractorType] = &[ApiExtractorType::SecurityScheme];

    type ParamType = ();
    type ParamRawType = ();

    fn register(registry: &mut Registry) {
        let scheme = MetaSecurityScheme {
            ty: "http",
            description: Some("An API token, as `masthead token create` prints it."),
            name: None,
            key_in: None,
            scheme: Some("bearer"),
            bearer_format: None,
            flows: None,
            openid_connect_url: None,
        };
        registry.create_security_scheme(TOKEN, scheme);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![TOKEN]
    }

    async fn from_request(req: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        let core = req.data::<Core>().ok_or_else(|| Refusal::internal("the admin API has no domain"))?;
        match caller(core, req).await.map_err(Refusal::from)? {
            Caller::Anonymous => Err(Refusal::from(Error::Unauthorized).into()),
            caller => Ok(Self { caller, core: core.clone() }),
        }
    }
}
