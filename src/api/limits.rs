//! How often somebody may ask: a bucket per address or token, in memory of a fixed size.
//!
//! The generic cell rate algorithm: a bucket is one number, the time at which it would be empty. Who has none, or was
//! pushed out by many others, begins with a full one.

use crate::site::Site;
use poem::Request;
use poem::http::header::{AUTHORIZATION, HeaderName, HeaderValue, RETRY_AFTER};
use poem::http::{HeaderMap, Method};
use quick_cache::sync::Cache;
use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Buckets of each kind that are remembered.
const REMEMBERED: usize = 20_000;
/// What limits are counted over, in µs.
const MINUTE: u64 = 60_000_000;

static RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
static RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Requests a minute, of one address or one token; 0 for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    pub reads: u32,
    pub writes: u32,
    /// Documents created by nobody in particular: a contact form.
    pub public_creates: u32,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { reads: 0, writes: 6000, public_creates: 10 }
    }
}

/// The limits of this process.
pub struct Limiter {
    reads: Option<Limit>,
    writes: Option<Limit>,
    public_creates: Option<Limit>,
    started: Instant,
    hashers: [RandomState; 2],
}

/// Whose bucket it is. Credentials are hashed: a memory dump should not hold them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    /// IPv6 by its /64, which is what one household has.
    Address(u128),
    Credentials(u64, u64),
}

struct Limit {
    name: &'static str,
    per_minute: u64,
    policy: HeaderValue,
    buckets: Cache<Who, Arc<AtomicU64>>,
}

/// What the caller is told about a limit.
#[derive(Debug)]
pub struct Told {
    policy: HeaderValue,
    state: HeaderValue,
    /// Seconds until the next one, when there is none left.
    pub wait: Option<u64>,
}

impl Told {
    pub fn write(self, headers: &mut HeaderMap) {
        headers.insert(&RATE_LIMIT_POLICY, self.policy);
        headers.insert(&RATE_LIMIT, self.state);
        if let Some(seconds) = self.wait {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

impl Limiter {
    pub fn new(limits: RateLimits) -> Self {
        Self {
            reads: Limit::new("reads", limits.reads),
            writes: Limit::new("writes", limits.writes),
            public_creates: Limit::new("public-creates", limits.public_creates),
            started: Instant::now(),
            hashers: [RandomState::new(), RandomState::new()],
        }
    }

    /// Count a request of the content API. None where there is no limit.
    pub fn count(&self, req: &Request, site: &Site) -> Option<Told> {
        let credentials = req.headers().get(AUTHORIZATION);
        let limit = match *req.method() {
            Method::GET | Method::HEAD => &self.reads,
            Method::OPTIONS => return None,
            Method::POST if credentials.is_none() => &self.public_creates,
            _ => &self.writes,
        };
        let limit = limit.as_ref()?;
        let who = match credentials {
            Some(secret) => Who::Credentials(
                self.hashers[0].hash_one(secret.as_bytes()),
                self.hashers[1].hash_one(secret.as_bytes()),
            ),
            None => of_address(site.client(req)),
        };
        let now = u64::try_from(self.started.elapsed().as_micros()).unwrap_or(u64::MAX / 2);
        Some(limit.take(who, now))
    }
}

fn of_address(address: IpAddr) -> Who {
    Who::Address(match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits() >> 64 << 64,
    })
}

impl Limit {
    fn new(name: &'static str, per_minute: u32) -> Option<Self> {
        let policy = HeaderValue::try_from(format!("\"{name}\";q={per_minute};w=60")).ok()?;
        let buckets = Cache::new(REMEMBERED);
        (per_minute > 0).then(|| Self { name, per_minute: per_minute.into(), policy, buckets })
    }

    /// One from the bucket of `who` at `now`, in µs of any clock that only goes forward.
    fn take(&self, who: Who, now: u64) -> Told {
        let one = (MINUTE / self.per_minute).max(1);
        let bucket = self.buckets.get_or_insert_with(&who, || Ok::<_, ()>(Arc::default())).unwrap_or_default();
        let mut filled = bucket.load(Ordering::Relaxed);
        loop {
            let next = filled.max(now) + one;
            if next > now + MINUTE {
                return self.told(filled.max(now) - now, one, Some((next - now - MINUTE).div_ceil(1_000_000).max(1)));
            }
            match bucket.compare_exchange_weak(filled, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return self.told(next - now, one, None),
                Err(other) => filled = other,
            }
        }
    }

    /// `used`: how full the bucket is, in µs.
    fn told(&self, used: u64, one: u64, wait: Option<u64>) -> Told {
        let left = if wait.is_some() { 0 } else { MINUTE.saturating_sub(used) / one };
        let reset = used.div_ceil(1_000_000);
        let state = HeaderValue::try_from(format!("\"{}\";r={left};t={reset}", self.name));
        Told { policy: self.policy.clone(), state: state.unwrap_or(HeaderValue::from_static("")), wait }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(per_minute: u32) -> Limit {
        Limit::new("writes", per_minute).unwrap()
    }

    const ANN: Who = Who::Address(1);
    const BOB: Who = Who::Credentials(1, 1);

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limit = limit(3);
        for left in [2, 1, 0] {
            let told = limit.take(ANN, 1_000);
            assert_eq!((told.wait, told.state.to_str().unwrap().contains(&format!("r={left};"))), (None, true));
        }
        let told = limit.take(ANN, 1_000);
        assert_eq!((told.wait, told.state.to_str().unwrap()), (Some(20), "\"writes\";r=0;t=60"));
        assert_eq!(told.policy, "\"writes\";q=3;w=60");
        assert_eq!(limit.take(BOB, 1_000).wait, None, "another has his own");
        assert_eq!(limit.take(ANN, 19_000_000).wait, Some(2), "a refusal costs nothing");
        assert_eq!(limit.take(ANN, 21_000_000).wait, None);
        assert!(limit.take(ANN, 21_000_000).wait.is_some());
    }

    #[test]
    fn no_limit_is_none_and_a_large_one_is_exact_enough() {
        assert!(Limit::new("x", 0).is_none());
        let limit = limit(100_000);
        let allowed = (0..200_000).filter(|_| limit.take(ANN, 5).wait.is_none()).count();
        assert_eq!(allowed, 100_000);
    }

    #[test]
    fn memory_is_bounded_and_a_household_is_one() {
        let limit = limit(1);
        for n in 0..200_000u128 {
            limit.take(Who::Address(n), 0);
        }
        assert!(limit.buckets.len() <= REMEMBERED + 64, "{}", limit.buckets.len());
        let of = |text: &str| of_address(text.parse().unwrap());
        assert!(of("2001:db8::1") == of("2001:db8::ffff:1") && of("2001:db8::1") != of("2001:db8:0:1::1"));
        assert!(of("10.0.0.1") != of("10.0.0.2"));
    }
}
