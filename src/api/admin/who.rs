//! Who asks, for the admin API: nobody in particular is sent to sign in.

use crate::errors::Refusal;
use crate::signed::{Asked, asked, somebody};
use crate::site::Site;
use masthead_core::{Caller, Core};
use poem::{Request, RequestBody, Result};
use poem_openapi::registry::{MetaSecurityScheme, Registry};
use poem_openapi::{ApiExtractor, ApiExtractorType, ExtractParamOptions};

/// The names of the schemes in the description.
const TOKEN: &str = "token";
const SESSION: &str = "session";

/// The caller of a request, and the domain it is sent to.
pub struct Who {
    pub caller: Caller,
    pub core: Core,
    /// The session, when it is a person.
    pub session: Option<i64>,
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
        let scheme = MetaSecurityScheme {
            ty: "apiKey",
            description: Some(
                "The cookie of somebody who signed in: `__Host-masthead_session`, and on this machine over http \
                 `masthead_session`. Whatever changes something must come from one of the site's own pages.",
            ),
            name: Some("__Host-masthead_session"),
            key_in: Some("cookie"),
            scheme: None,
            bearer_format: None,
            flows: None,
            openid_connect_url: None,
        };
        registry.create_security_scheme(SESSION, scheme);
    }

    fn security_schemes() -> Vec<&'static str> {
        vec![TOKEN, SESSION]
    }

    async fn from_request(req: &'a Request, _: &mut RequestBody, _: ExtractParamOptions<()>) -> Result<Self> {
        let core = req.data::<Core>().ok_or_else(|| Refusal::internal("the admin API has no domain"))?;
        let site = req.data::<Site>().ok_or_else(|| Refusal::internal("the admin API has no site"))?;
        let Asked { caller, session } = somebody(asked(core, site, req).await?)?;
        Ok(Self { caller, core: core.clone(), session })
    }
}
