//! Failed attempts to sign in: counted, and answered ever more slowly. Bounded in memory, and per process.
//!
//! Nobody can lock somebody else out. A browser on which the owner signed in before is judged by its own failures
//! alone; so is an address from which the owner signed in, beside what others do to the account from elsewhere. What
//! is refused for being too early does not count.

use quick_cache::unsync::Cache;
use std::hash::{BuildHasher, Hash, RandomState};
use std::sync::{Mutex, PoisonError};

const SECOND: i64 = 1_000_000;
/// Failures are forgotten when there was none for so long.
const FORGOTTEN: i64 = 3600 * SECOND;
/// It is told again after this that attempts on an account are answered slowly.
const AGAIN: i64 = 900 * SECOND;
/// How many of each kind are remembered.
const REMEMBERED: usize = 20_000;

/// How many failures are free, and the longest wait after more.
#[derive(Clone, Copy)]
struct Patience {
    free: u32,
    longest: i64,
}

const OF_PAIR: Patience = Patience { free: 5, longest: 900 * SECOND };
const OF_DEVICE: Patience = Patience { free: 10, longest: 900 * SECOND };
const OF_ADDRESS: Patience = Patience { free: 30, longest: 900 * SECOND };
/// Short: it is the only one that the owner meets for what others do, on a new device at a new address.
const OF_ACCOUNT: Patience = Patience { free: 30, longest: 20 * SECOND };

#[derive(Clone, Copy, Default)]
struct Failures {
    count: u32,
    last: i64,
}

impl Failures {
    fn is_forgotten(self, now: i64) -> bool {
        now - self.last > FORGOTTEN
    }

    /// How long to wait until the next attempt, µs.
    fn wait(self, patience: Patience, now: i64) -> i64 {
        if self.count < patience.free || self.is_forgotten(now) {
            return 0;
        }
        let doublings = (self.count - patience.free).min(30);
        let pause = (SECOND << doublings).min(patience.longest);
        (self.last + pause - now).max(0)
    }
}

/// Counters by the hash of what they count. The hash has a secret seed: nobody can make two of them meet.
type Counters = Cache<u64, Failures>;

struct Inner {
    pairs: Counters,
    devices: Counters,
    addresses: Counters,
    accounts: Counters,
    /// Accounts with addresses from which their owners signed in.
    known: Cache<u64, ()>,
    /// When it was last told that attempts on an account are answered slowly, and on any.
    announced: Cache<u64, i64>,
    last_announced: Option<i64>,
}

pub(crate) struct Throttle {
    seed: RandomState,
    inner: Mutex<Inner>,
}

/// An attempt under way. It counts as failed until it is said otherwise, so that many at once are no way around.
#[derive(Debug)]
pub(crate) struct Attempt {
    pair: u64,
    device: Option<u64>,
    address: u64,
    account: u64,
}

impl Default for Throttle {
    fn default() -> Self {
        let counters = || Counters::new(REMEMBERED);
        let inner = Inner {
            pairs: counters(),
            devices: counters(),
            addresses: counters(),
            accounts: counters(),
            known: Cache::new(REMEMBERED),
            announced: Cache::new(REMEMBERED),
            last_announced: None,
        };
        Self { seed: RandomState::new(), inner: Mutex::new(inner) }
    }
}

impl Throttle {
    /// Begin an attempt on `account` from `address`, on a device if it is known. Else the µs to wait.
    pub fn begin(&self, account: &str, address: &str, device: Option<&str>, now: i64) -> Result<Attempt, i64> {
        let key = |of: &dyn Fn(&mut std::hash::DefaultHasher)| {
            let mut hasher = self.seed.build_hasher();
            of(&mut hasher);
            std::hash::Hasher::finish(&hasher)
        };
        let attempt = Attempt {
            pair: key(&|h| (account, address).hash(h)),
            device: device.map(|d| key(&|h| d.hash(h))),
            address: key(&|h| address.hash(h)),
            account: key(&|h| account.hash(h)),
        };
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let wait = inner
            .counted(&attempt)
            .map(|(counters, key, patience)| counters.get(&key).map_or(0, |failures| failures.wait(patience, now)));
        let wait = wait.max().unwrap_or(0);
        if wait > 0 {
            return Err(wait);
        }
        inner.counted(&attempt).for_each(|(counters, key, _)| {
            let before = counters.get(&key).copied().filter(|f| !f.is_forgotten(now)).unwrap_or_default();
            counters.insert(key, Failures { count: before.count.saturating_add(1), last: now });
        });
        Ok(attempt)
    }

    /// Whether to tell that attempts on `account` are answered slowly: once a quarter of an hour, and for all accounts
    /// together once a second. Whoever guesses fills no log.
    pub fn announce(&self, account: &str, now: i64) -> bool {
        let key = self.seed.hash_one(account);
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = |at: i64, pause: i64| now - at < pause;
        if inner.announced.get(&key).is_some_and(|at| lately(*at, AGAIN))
            || inner.last_announced.is_some_and(|at| lately(at, SECOND))
        {
            return false;
        }
        inner.announced.insert(key, now);
        inner.last_announced = Some(now);
        true
    }

    /// The password was right.
    pub fn succeed(&self, attempt: &Attempt) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.forgive(attempt);
        inner.pairs.remove(&attempt.pair);
        if let Some(device) = attempt.device {
            inner.devices.remove(&device);
        }
        inner.known.insert(attempt.pair, ());
    }

    /// The password was not looked at after all.
    pub fn undo(&self, attempt: &Attempt) {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).forgive(attempt);
    }
}

impl Inner {
    /// The counters by which an attempt is judged.
    fn counted(&mut self, attempt: &Attempt) -> impl Iterator<Item = (&mut Counters, u64, Patience)> {
        let known = self.known.get(&attempt.pair).is_some();
        let is_strange = attempt.device.is_none() && !known;
        let device = attempt.device.map(|device| (&mut self.devices, device, OF_DEVICE));
        let pair = attempt.device.is_none().then_some((&mut self.pairs, attempt.pair, OF_PAIR));
        let address = is_strange.then_some((&mut self.addresses, attempt.address, OF_ADDRESS));
        let account = is_strange.then_some((&mut self.accounts, attempt.account, OF_ACCOUNT));
        device.into_iter().chain(pair).chain(address).chain(account)
    }

    /// Take back what [`Throttle::begin`] counted.
    fn forgive(&mut self, attempt: &Attempt) {
        self.counted(attempt).for_each(|(counters, key, _)| {
            if let Some(mut failures) = counters.get_mut(&key) {
                failures.count = failures.count.saturating_sub(1);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Fail as often as it is let through.
    fn fail(throttle: &Throttle, account: &str, address: &str, times: u32, now: i64) -> u32 {
        (0..times).filter(|_| throttle.begin(account, address, None, now).is_ok()).count() as u32
    }

    #[test]
    fn a_few_failures_are_free_and_then_each_costs_more() {
        let throttle = Throttle::default();
        assert_eq!(fail(&throttle, "ada", "1", 100, 0), 5);
        let mut now = 0;
        for seconds in [1, 2, 4, 8] {
            assert_eq!(throttle.begin("ada", "1", None, now).unwrap_err(), seconds * SECOND);
            now += seconds * SECOND;
            throttle.begin("ada", "1", None, now).unwrap();
        }
        for _ in 0..20 {
            now += throttle.begin("ada", "1", None, now).err().unwrap_or(0);
            throttle.begin("ada", "1", None, now).unwrap();
        }
        assert_eq!(throttle.begin("ada", "1", None, now).unwrap_err(), 900 * SECOND);
        assert_eq!(fail(&throttle, "ada", "1", 100, now + FORGOTTEN + 1), 5, "an hour later it is forgotten");
    }

    #[test]
    fn the_owner_is_not_locked_out_by_the_failures_of_others() {
        let throttle = Throttle::default();
        let home = throttle.begin("ada", "home", None, 0).unwrap();
        throttle.succeed(&home);
        for bot in 0..1000 {
            fail(&throttle, "ada", &format!("bot {bot}"), 10, 0);
        }
        fail(&throttle, "ada", "office", 10, 0);
        assert!(throttle.begin("ada", "hotel", None, 0).unwrap_err() <= 20 * SECOND, "a stranger waits, not for long");
        throttle.begin("ada", "home", None, 0).unwrap();
        throttle.begin("ada", "office", Some("laptop"), 0).unwrap();
        throttle.begin("bo", "hotel", None, 0).unwrap();
    }

    #[test]
    fn an_address_cannot_try_one_password_on_everybody() {
        let throttle = Throttle::default();
        let tried: u32 = (0..1000).map(|n| fail(&throttle, &format!("user {n}"), "1", 1, 0)).sum();
        assert_eq!(tried, 30);
    }

    #[test]
    fn a_stolen_device_is_no_way_around() {
        let throttle = Throttle::default();
        let tried = (0..100).filter(|n| throttle.begin("ada", &n.to_string(), Some("laptop"), 0).is_ok()).count();
        assert_eq!(tried, 10);
    }

    #[test]
    fn success_and_what_was_not_looked_at_leave_no_failures() {
        let throttle = Throttle::default();
        for _ in 0..100 {
            let attempt = throttle.begin("ada", "1", None, 0).unwrap();
            throttle.undo(&attempt);
        }
        fail(&throttle, "ada", "1", 4, 0);
        let attempt = throttle.begin("ada", "1", None, 0).unwrap();
        throttle.succeed(&attempt);
        assert_eq!(fail(&throttle, "ada", "1", 100, 0), 5);
    }
}
