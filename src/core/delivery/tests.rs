//! Tests of the read path, on SQLite and, with `TEST_POSTGRES_URL`, on PostgreSQL.

mod answers;
mod caching;
mod fixture;
mod paging;
mod plans;
mod truth;
