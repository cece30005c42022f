//! The whole suite, in one binary. What touches the store runs on SQLite and on PostgreSQL (`TEST_POSTGRES_URL`).

#[macro_use]
mod app;
#[macro_use]
mod process;

mod cli;
mod concurrency;
mod content;
mod crash;
mod locales;
mod properties;
mod http;
mod reading;
mod structure;
mod writes;
mod equal_databases;
mod real_content;
