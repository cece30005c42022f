//! Files: uploaded, delivered, transformed, shown in documents, and swept.

mod client;
mod documents;
mod http;
mod library;
mod pictures;
mod resuming;
mod storage;
mod sweeping;
