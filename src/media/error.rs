//! What can go wrong with files.

use object_store::Error as StoreError;
use std::io;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such object.
    #[error("the file is not there")]
    Missing,
    /// The bytes are not what they claim to be, or broken.
    #[error("{0}")]
    Broken(String),
    /// More than is allowed: pixels, bytes.
    #[error("{0}")]
    TooLarge(String),
    /// The disk has no room left.
    #[error("there is no room left for files")]
    Full,
    /// Where the files are kept does not answer as it should.
    #[error("the storage of files: {0}")]
    Storage(String),
    /// Too many pictures are being made.
    #[error("too many pictures are being made at this moment")]
    Busy,
    /// A setting is wrong.
    #[error("{0}")]
    Setting(String),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            _ => Self::Storage(error.to_string()),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::NotFound { .. }) {
            return Self::Missing;
        }
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(one) = cause {
            if let Some(io) = one.downcast_ref::<io::Error>()
                && matches!(io.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
            {
                return Self::Full;
            }
            cause = one.source();
        }
        Self::Storage(error.to_string())
    }
}
