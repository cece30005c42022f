//! Files: where their bytes are kept, what they are, and pictures made from pictures.
//!
//! Knows nothing of documents, callers or databases. Whatever takes the processor is a plain function; [`Workshop`]
//! runs it beside the runtime, a bounded number at a time and within a bounded amount of memory.

mod blobs;
mod error;
mod geometry;
mod leftovers;
mod location;
mod names;
mod patience;
mod picture;
mod sniff;
mod spool;
mod workshop;

pub use blobs::{Blobs, Entry, Reading};
pub use error::{Error, Result};
pub use geometry::{Fit, Frame, Wanted, frame};
pub use location::without_location;
pub use names::{file_name, url_name};
pub use picture::{Facts, Format, Limits, Transform, inspect, size_of, size_shown, transform};
pub use sniff::{Kind, extension, is_inline, is_picture, kind_of, mimes_of, sniff};
pub use spool::{Filling, Spool, Spooled};
pub use workshop::Workshop;
