//! The database: pools, migrations, transactions and the statements of every table, on SQLite and PostgreSQL.
//!
//! The only crate that names `diesel`. Functions take the open transaction and plain values and return rows; they
//! decide nothing about content. Static statements are the same text for both databases; what differs stands in one
//! `match` on [`Engine`].

mod background;
mod bulk;
mod checkpoint;
mod connection;
mod dump;
mod migrate;
mod reader;
mod statement;
mod store;
mod writer;

pub mod access;
pub mod accounts;
pub mod asset_filters;
pub mod assets;
pub mod bodies;
pub mod claims;
pub mod counts;
pub mod delivered;
pub mod documents;
pub mod events;
pub mod followers;
pub mod links;
pub mod media_folders;
pub mod media_references;
pub mod meta;
pub mod model_history;
pub mod parts;
pub mod pending;
pub mod projections;
pub mod receipts;
pub mod references;
pub mod rendered;
pub mod sessions;
pub mod site_settings;
pub mod tokens;
pub mod types;
pub mod uploads;
pub mod urls;
pub mod versions;
pub mod views;

pub use background::stand_back;
pub use connection::{Connection, Engine};
pub use migrate::{Migration, NewerData};
pub use statement::{Bind, Statement};
pub use store::{Options, Store, run_once};
pub use writer::{Observer, Tx};

/// Whatever can go wrong between the domain and its tables.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A value that must be unique was taken by somebody else in the meantime.
    #[error("a unique value is taken")]
    Taken(#[source] diesel::result::Error),
    /// The database refused for a passing reason (lock, deadlock, serialisation); trying again may help.
    #[error("the database is busy")]
    Busy(#[source] diesel::result::Error),
    #[error("database: {0}")]
    Database(#[source] diesel::result::Error),
    #[error("cannot connect to the database: {0}")]
    Connect(String),
    #[error("{0}")]
    Migrate(String),
    #[error(transparent)]
    Newer(#[from] NewerData),
    /// A row says something that this program cannot read.
    #[error("stored {what} cannot be read: {cause}")]
    Corrupt { what: &'static str, cause: String },
    /// The transaction that this write shared was rolled back.
    #[error("the write was not made: {0}")]
    Aborted(String),
    #[error("the store is closed")]
    Closed,
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind as Kind, Error as E};
        match &error {
            E::DatabaseError(Kind::UniqueViolation, _) => Self::Taken(error),
            E::DatabaseError(Kind::SerializationFailure, _) => Self::Busy(error),
            E::DatabaseError(_, info) if is_passing(info.message()) => Self::Busy(error),
            _ => Self::Database(error),
        }
    }
}

impl Error {
    /// Whether the database's disk has no room left.
    pub fn is_full(&self) -> bool {
        let message = match self {
            Self::Database(error) => error.to_string(),
            Self::Aborted(cause) => cause.clone(),
            _ => return false,
        };
        ["database or disk is full", "No space left on device"].iter().any(|m| message.contains(m))
    }
}

fn is_passing(message: &str) -> bool {
    ["database is locked", "database table is locked", "deadlock detected", "could not serialize", "lock timeout"]
        .iter()
        .any(|m| message.contains(m))
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Microseconds since 1970-01-01 UTC.
pub fn now_micros() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
