//! The admin API over HTTP.

pub mod client;
mod description;
mod documents;
mod doors;
mod events;
mod fuzz;
mod schema;
mod system;
mod typed;
mod types;
mod views;
