//! Files: uploaded, delivered, transformed, shown in documents, and swept.

mod attaching;
pub mod client;
mod documents;
mod faults;
mod faulty;
mod hostile;
mod http;
mod library;
mod pictures;
mod private;
mod ranges;
mod real;
mod reference;
mod resuming;
mod s3;
mod storage;
mod sweeping;
