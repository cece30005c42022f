//! The whole suite, in one binary. What touches the store runs on SQLite and on PostgreSQL (`TEST_POSTGRES_URL`).

#[macro_use]
mod app;
#[macro_use]
mod process;

mod admin;
mod cli;
mod concurrency;
mod content;
mod crash;
mod equal_databases;
mod http;
mod locales;
mod properties;
mod reading;
mod real_content;
mod schema_live;
mod sign_in;
mod structure;
mod trees;
mod writes;
