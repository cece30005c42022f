//! `GET /metrics`: counters and gauges in Prometheus' text format, for whoever has `metrics_token` or is an
//! administrator.
//!
//! Counting is a few atomic additions in fixed tables, so that it costs a request nothing: no labels are looked up.

use crate::Secret;
use crate::caller::caller;
use crate::errors::Refusal;
use masthead_core::events::{self, Standing};
use masthead_core::{Caller, Core, Error, delivery};
use poem::http::Method;
use poem::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use poem::{Endpoint, Request, Response, Result};
use std::fmt::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Classes of routes, in the order of the tables.
const CLASSES: [&str; 5] = ["content_read", "content_write", "admin", "operations", "other"];
const FIRST_STATUS: u16 = 100;
const STATUSES: usize = 500;
/// Upper ends of the histogram, in µs; the last one has none.
const ENDS: [u64; 13] =
    [250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000, 2_500_000, 10_000_000];

/// Counters of one process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Metrics(Arc<Tables>);

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

struct Tables {
    requests: Vec<AtomicU64>,
    durations: Vec<AtomicU64>,
    sums: Vec<AtomicU64>,
    connections: AtomicU64,
}

impl Default for Tables {
    fn default() -> Self {
        let zeros = |count| std::iter::repeat_with(AtomicU64::default).take(count).collect();
        Self {
            requests: zeros(CLASSES.len() * STATUSES),
            durations: zeros(CLASSES.len() * (ENDS.len() + 1)),
            sums: zeros(CLASSES.len()),
            connections: AtomicU64::new(0),
        }
    }
}

/// A connection, open while it lives.
pub struct Open(Metrics);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Metrics {
    /// Count an answered request.
    pub fn count(&self, method: &Method, path: &str, status: u16, took: Duration) {
        let (class, tables) = (class(method, path), &self.0);
        let status = usize::from(status.clamp(FIRST_STATUS, FIRST_STATUS + STATUSES as u16 - 1) - FIRST_STATUS);
        tables.requests[class * STATUSES + status].fetch_add(1, Ordering::Relaxed);
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        let bucket = ENDS.iter().position(|end| micros <= *end).unwrap_or(ENDS.len());
        tables.durations[class * (ENDS.len() + 1) + bucket].fetch_add(1, Ordering::Relaxed);
        tables.sums[class].fetch_add(micros, Ordering::Relaxed);
    }

    pub fn open(&self) -> Open {
        self.0.connections.fetch_add(1, Ordering::Relaxed);
        Open(self.clone())
    }

    /// Everything, as text.
    fn text(&self, core: &Core, standing: &Standing) -> String {
        let mut out = String::new();
        self.requests(&mut out);
        let stats = delivery::stats(core);
        let mut one = |name: &str, kind: &str, help: &str, value: u64| {
            let _ = write!(out, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
        };
        one("masthead_connections_open", "gauge", "Open connections.", self.0.connections.load(Ordering::Relaxed));
        one("masthead_cache_hits_total", "counter", "Answers from memory.", stats.hits);
        one("masthead_cache_misses_total", "counter", "Answers that had to be made.", stats.misses);
        one("masthead_cache_passed_total", "counter", "Answers that are never kept.", stats.passed);
        one("masthead_cache_entries", "gauge", "Answers in memory.", stats.entries);
        one("masthead_cache_bytes", "gauge", "Bytes of the answers in memory.", stats.bytes);
        one("masthead_writes_waiting", "gauge", "Writes not answered yet.", core.store().writes_waiting());
        one("masthead_events_head", "gauge", "Number of the last event.", standing.head.unsigned_abs());
        let ready = core.searcher().is_some_and(|searcher| searcher.is_ready());
        one("masthead_search_ready", "gauge", "Whether the search index is whole.", u64::from(ready));
        if let Some(bytes) = resident() {
            one("process_resident_memory_bytes", "gauge", "Resident memory.", bytes);
        }
        let _ = write!(
            out,
            "# HELP masthead_search_lag_seconds Age of the first event that the search index does not contain.\n# TYPE \
             masthead_search_lag_seconds gauge\nmasthead_search_lag_seconds {}\n",
            seconds(standing.search_lag.unsigned_abs())
        );
        let _ = write!(
            out,
            "# HELP masthead_follower_lag Events that a follower has not dealt with.\n# TYPE masthead_follower_lag \
             gauge\n"
        );
        for (name, cursor) in &standing.followers {
            let lag = standing.head.saturating_sub(*cursor).max(0);
            let _ = writeln!(out, "masthead_follower_lag{{follower=\"{}\"}} {lag}", quoted(name));
        }
        let _ = write!(
            out,
            "# HELP masthead_build_info The version that runs.\n# TYPE masthead_build_info gauge\n\
             masthead_build_info{{version=\"{}\"}} 1\n",
            env!("CARGO_PKG_VERSION")
        );
        out
    }

    fn requests(&self, out: &mut String) {
        let _ = write!(
            out,
            "# HELP masthead_http_requests_total Answered requests.\n# TYPE masthead_http_requests_total counter\n"
        );
        for (class, counts) in CLASSES.iter().zip(self.0.requests.chunks(STATUSES)) {
            for (status, count) in (FIRST_STATUS..).zip(counts) {
                let count = count.load(Ordering::Relaxed);
                if count > 0 {
                    let labels = format!("route=\"{class}\",status=\"{status}\"");
                    let _ = writeln!(out, "masthead_http_requests_total{{{labels}}} {count}");
                }
            }
        }
        let name = "masthead_http_request_duration_seconds";
        let _ = write!(out, "# HELP {name} Until the answer was ready to send.\n# TYPE {name} histogram\n");
        for (at, (class, counts)) in CLASSES.iter().zip(self.0.durations.chunks(ENDS.len() + 1)).enumerate() {
            let mut sum = 0;
            for (end, count) in ENDS.iter().zip(counts) {
                sum += count.load(Ordering::Relaxed);
                let _ = writeln!(out, "{name}_bucket{{route=\"{class}\",le=\"{}\"}} {sum}", seconds(*end));
            }
            sum += counts[ENDS.len()].load(Ordering::Relaxed);
            let total = seconds(self.0.sums[at].load(Ordering::Relaxed));
            let _ = writeln!(out, "{name}_bucket{{route=\"{class}\",le=\"+Inf\"}} {sum}");
            let _ = write!(out, "{name}_sum{{route=\"{class}\"}} {total}\n{name}_count{{route=\"{class}\"}} {sum}\n");
        }
    }
}

fn class(method: &Method, path: &str) -> usize {
    match (path, method) {
        (path, &Method::GET | &Method::HEAD | &Method::OPTIONS) if path.starts_with("/api/") => 0,
        (path, _) if path.starts_with("/api/") => 1,
        (path, _) if path.starts_with("/admin") => 2,
        ("/healthz" | "/readyz" | "/metrics", _) => 3,
        _ => 4,
    }
}

fn seconds(micros: u64) -> f64 {
    micros as f64 / 1e6
}

/// A label's value.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// Resident memory in bytes, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kb| kb << 10)
}

/// `GET /metrics`.
pub struct Scrape {
    pub core: Core,
    pub metrics: Metrics,
    pub token: Option<Secret>,
}

impl Endpoint for Scrape {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        let caller = self.caller(&req).await.map_err(Refusal::from)?;
        let standing = events::standing(&self.core, &caller).await.map_err(Refusal::from)?;
        let mut response = Response::builder().body(self.metrics.text(&self.core, &standing));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }
}

impl Scrape {
    /// Whoever has the token sees what the server itself may see, here alone.
    async fn caller(&self, req: &Request) -> masthead_core::Result<Caller> {
        let given = req.headers().get(AUTHORIZATION).and_then(|h| h.to_str().ok()?.strip_prefix("Bearer "));
        match (given, &self.token) {
            (Some(given), Some(token)) if is_equal(given.trim(), &token.0) => Ok(Caller::Server("metrics")),
            (None, _) => Err(Error::Unauthorized),
            _ => caller(&self.core, req).await,
        }
    }
}

/// Compared in a time that tells nothing about where they differ.
fn is_equal(a: &str, b: &str) -> bool {
    let differ = a.bytes().zip(b.bytes()).fold(0, |differ, (a, b)| differ | (a ^ b));
    a.len() == b.len() && std::hint::black_box(differ) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_counted_by_class_and_status() {
        let metrics = Metrics::default();
        metrics.count(&Method::GET, "/api/x", 200, Duration::from_micros(300));
        metrics.count(&Method::GET, "/api/x", 200, Duration::from_secs(60));
        metrics.count(&Method::POST, "/api/x", 201, Duration::from_millis(3));
        metrics.count(&Method::GET, "/nothing", 999, Duration::ZERO);
        let mut text = String::new();
        metrics.requests(&mut text);
        for line in [
            "masthead_http_requests_total{route=\"content_read\",status=\"200\"} 2",
            "masthead_http_requests_total{route=\"content_write\",status=\"201\"} 1",
            "masthead_http_request_duration_seconds_bucket{route=\"content_read\",le=\"0.00025\"} 0",
            "masthead_http_request_duration_seconds_bucket{route=\"content_read\",le=\"0.0005\"} 1",
            "masthead_http_request_duration_seconds_bucket{route=\"content_read\",le=\"10\"} 1",
            "masthead_http_request_duration_seconds_bucket{route=\"content_read\",le=\"+Inf\"} 2",
            "masthead_http_request_duration_seconds_count{route=\"content_read\"} 2",
            "masthead_http_request_duration_seconds_sum{route=\"content_write\"} 0.003",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
    }

    #[test]
    fn a_connection_counts_while_it_is_open() {
        let metrics = Metrics::default();
        let (one, two) = (metrics.open(), metrics.open());
        assert_eq!(metrics.0.connections.load(Ordering::Relaxed), 2);
        drop((one, two));
        assert_eq!(metrics.0.connections.load(Ordering::Relaxed), 0);
    }

    #[test]
    fn equal_is_equal() {
        assert!(is_equal("abc", "abc") && is_equal("", ""));
        assert!(!is_equal("abc", "abd") && !is_equal("abc", "ab") && !is_equal("", "a"));
    }
}
