//! Passwords: Argon2id at OWASP's parameters, at most two at once, and a short queue before it.

use crate::{Core, Error, Result};
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Semaphore;

/// Shortest password, in characters.
pub const SHORTEST: usize = 10;
/// Longest password, in bytes.
pub const LONGEST: usize = 1000;

/// OWASP's first choice: 19 MiB, two passes, one lane.
fn hasher() -> Result<Argon2<'static>> {
    let params = Params::new(19 * 1024, 2, 1, None).map_err(|e| Error::Internal(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// How many passwords are hashed at once: each takes 19 MiB and a core.
pub const AT_ONCE: usize = 2;
/// How many wait for their turn, about two seconds' worth; more are told to come back.
pub const WAITING: usize = 64;

/// Turns at hashing passwords.
pub(crate) struct Turns {
    turns: Semaphore,
    waiting: AtomicUsize,
}

impl Default for Turns {
    fn default() -> Self {
        Self { turns: Semaphore::new(AT_ONCE), waiting: AtomicUsize::new(0) }
    }
}

/// A place in the queue, given up when it is dropped: a request may be cancelled while it waits.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Turns {
    /// Run `work` off the async threads, at most [`AT_ONCE`] together. `Error::Overloaded` when too many wait.
    async fn slowly<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        let _place = Place(&self.waiting);
        if before >= AT_ONCE + WAITING {
            return Err(Error::Overloaded("too many people are signing in at this moment; try again".to_owned()));
        }
        let _turn = self.turns.acquire().await.map_err(|e| Error::Internal(e.to_string()))?;
        tokio::task::spawn_blocking(work).await.map_err(|e| Error::Internal(e.to_string()))
    }
}

/// Hash or verify in turn.
pub(crate) async fn slowly<T: Send + 'static>(core: &Core, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    core.access().passwords.slowly(work).await
}

/// Refuse a password that is too short or too long; `pointer` says where it stood.
pub(crate) fn check(pointer: &str, password: &str) -> Result<()> {
    let refuse = |message: String| Err(Error::invalid(pointer, "length", message));
    match (password.chars().count(), password.len()) {
        (characters, _) if characters < SHORTEST => refuse(format!("a password has at least {SHORTEST} characters")),
        (_, bytes) if bytes > LONGEST => refuse(format!("a password has at most {LONGEST} bytes")),
        _ => Ok(()),
    }
}

/// A password in PHC form. Takes tens of milliseconds.
pub(crate) fn hash(password: &str) -> Result<String> {
    let hash = hasher()?.hash_password(password.as_bytes()).map_err(|e| Error::Internal(e.to_string()))?;
    Ok(hash.to_string())
}

/// The same in its turn.
pub(crate) async fn hashed(core: &Core, password: &str) -> Result<String> {
    let secret = password.to_owned();
    slowly(core, move || hash(&secret)).await?
}

/// The hash of a password that nobody knows, checked for accounts that do not exist.
pub(crate) const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bWFzdGhlYWRtYXN0aGVhZA$\
                                 y9cXnGc5vlZ3mBqk3h0xg2l3B8Vh5o1bq3bqv0a2p0E";

/// Whether `password` is the one that was hashed.
pub(crate) fn verify(password: &str, phc: &str) -> bool {
    match (PasswordHash::new(phc), hasher()) {
        (Ok(hash), Ok(hasher)) => hasher.verify_password(password.as_bytes(), &hash).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex, mpsc};

    #[test]
    fn a_password_is_known_again_and_another_is_not() {
        let phc = hash("correct horse battery").unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(verify("correct horse battery", &phc) && !verify("wrong horse battery", &phc));
        assert!(!verify("x", "not a hash"));
    }

    #[test]
    fn checking_nobodys_password_is_the_same_work() {
        let nobody = PasswordHash::new(NOBODY).unwrap();
        let somebody = hash("correct horse battery").unwrap();
        assert_eq!(nobody.params, PasswordHash::new(&somebody).unwrap().params);
        assert_eq!(nobody.hash.map(|h| h.len()), PasswordHash::new(&somebody).unwrap().hash.map(|h| h.len()));
    }

    #[tokio::test]
    async fn a_full_queue_refuses_and_places_are_given_back() {
        let turns = Arc::new(Turns::default());
        let (open, gate) = mpsc::channel::<()>();
        let gate = Arc::new(Mutex::new(gate));
        let waiting: Vec<_> = (0..AT_ONCE + WAITING)
            .map(|_| {
                let (turns, gate) = (turns.clone(), gate.clone());
                tokio::spawn(async move { turns.slowly(move || gate.lock().unwrap().recv().is_err()).await })
            })
            .collect();
        while turns.waiting.load(Ordering::Acquire) < AT_ONCE + WAITING {
            tokio::task::yield_now().await;
        }
        assert!(matches!(turns.slowly(|| ()).await, Err(Error::Overloaded(_))));
        waiting[WAITING].abort();
        while turns.waiting.load(Ordering::Acquire) == AT_ONCE + WAITING {
            tokio::task::yield_now().await;
        }
        drop(open);
        turns.slowly(|| ()).await.unwrap();
        let mut done = 0;
        for one in waiting {
            done += usize::from(one.await.is_ok_and(|outcome| outcome.is_ok()));
        }
        assert_eq!(done, AT_ONCE + WAITING - 1, "all but the one that was cancelled");
        assert_eq!(turns.waiting.load(Ordering::Acquire), 0);
    }

    #[test]
    fn lengths_are_checked() {
        assert!(check("/password", "ünïcödé-10").is_ok());
        assert!(check("/password", "short").is_err() && check("/password", &"x".repeat(1001)).is_err());
    }
}
