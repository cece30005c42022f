//! The admin API over HTTP.

mod client;
mod doors;
mod system;
mod types;
