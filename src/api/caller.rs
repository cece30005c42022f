//! Who is asking: a bearer token, or nobody in particular.

use masthead_core::access::tokens;
use masthead_core::{Caller, Core, Error, Result};
use poem::Request;
use poem::http::header::AUTHORIZATION;

/// No secret is longer; a longer one is not looked up.
const LONGEST: usize = 500;

/// The caller of a request. Credentials that are wrong are refused, never ignored: the answer would differ silently.
pub async fn caller(core: &Core, req: &Request) -> Result<Caller> {
    let Some(header) = req.headers().get(AUTHORIZATION) else {
        return Ok(Caller::Anonymous);
    };
    let secret = header.to_str().ok().and_then(bearer).ok_or(Error::Unauthorized)?;
    tokens::caller(core, secret).await
}

fn bearer(header: &str) -> Option<&str> {
    let (scheme, secret) = header.split_once(' ')?;
    let secret = secret.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !secret.is_empty() && secret.len() <= LONGEST).then_some(secret)
}

#[cfg(test)]
mod tests {
    use super::bearer;

    #[test]
    fn a_bearer_token_is_read_and_nothing_else_is() {
        assert_eq!(bearer("Bearer mh_x"), Some("mh_x"));
        assert_eq!(bearer("bearer  mh_x "), Some("mh_x"));
        assert_eq!(bearer("Basic dTpw"), None);
        assert_eq!(bearer("Bearer"), None);
        assert_eq!(bearer("Bearer  "), None);
        assert_eq!(bearer(&format!("Bearer {}", "x".repeat(501))), None);
    }
}
