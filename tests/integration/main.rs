//! The whole suite, in one binary. What touches the store runs on SQLite and on PostgreSQL (`TEST_POSTGRES_URL`).

#[macro_use]
mod app;
#[macro_use]
mod process;

mod admin;
mod bad_input;
mod behind_proxy;
mod browser;
mod caches;
mod cli;
mod concurrency;
mod content;
mod crash;
mod equal_databases;
mod http;
mod locales;
mod media;
mod operating;
mod permissions;
mod properties;
mod proxy;
mod reading;
mod real_content;
mod resolve;
mod schema_live;
mod searching;
mod sign_in;
mod small_disk;
mod strapi_client;
mod structure;
mod trees;
mod two_worlds;
mod writes;
