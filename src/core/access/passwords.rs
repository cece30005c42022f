//! Passwords: Argon2id at OWASP's parameters, at most two at once.

use crate::{Core, Error, Result};
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};

/// Shortest password, in characters.
pub const SHORTEST: usize = 10;

/// OWASP's first choice: 19 MiB, two passes, one lane.
fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|e| Error::Internal(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// How many passwords are hashed at once: each takes 19 MiB and a core.
pub const AT_ONCE: usize = 2;

/// Hash or verify off the async threads, at most [`AT_ONCE`] together.
pub async fn slowly<T: Send + 'static>(core: &Core, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _turn = core.passwords().acquire().await.map_err(|e| Error::Internal(e.to_string()))?;
    tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(e.to_string()))
}

/// A password in PHC form. Takes tens of milliseconds.
pub fn hash(password: &str) -> Result<String> {
    let hash = hasher()?.hash_password(password.as_bytes()).map_err(|e| Error::Internal(e.to_string()))?;
    Ok(hash.to_string())
}

/// The hash of a password that nobody knows, checked for accounts that do not exist.
pub const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bWFzdGhlYWRtYXN0aGVhZA$\
                          y9cXnGc5vlZ3mBqk3h0xg2l3B8Vh5o1bq3bqv0a2p0E";

/// Whether `password` is the one that was hashed.
pub fn verify(password: &str, phc: &str) -> bool {
    match (PasswordHash::new(phc), hasher()) {
        (Ok(hash), Ok(hasher)) => hasher.verify_password(password.as_bytes(), &hash).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_again_and_another_is_not() {
        let phc = hash("correct horse battery").unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse battery", &phc) && !verify("wrong horse battery", &phc));
        assert!(!verify("x", "not a hash"));
    }
}
