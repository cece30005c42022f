//! What the domain refuses, one variant per thing that somebody acts on.

use masthead_model::Problem;
use serde_json::Value;

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// What was sent is wrong in itself.
    #[error("{} in what was sent", count(.0.len()))]
    Invalid(Vec<Problem>),
    /// A query parameter is wrong.
    #[error("{}", .0.first().map_or("a parameter is wrong", |p| p.message.as_str()))]
    Query(Vec<masthead_model::query::QueryProblem>),
    /// A draft cannot be published as it is: every blocker.
    #[error("{} in the way of publishing", count(.0.len()))]
    Blocked(Vec<Problem>),
    /// The draft changed since the caller read it; the current state comes along.
    #[error("the document was changed in the meantime (it is at revision {revision})")]
    Stale { revision: String, current: Value },
    #[error("{0} was not found")]
    NotFound(String),
    /// The caller may not do this.
    #[error("{0}")]
    Forbidden(String),
    /// The caller may not write these fields.
    #[error("{}", .0.first().map_or("some of the fields may not be written", |p| p.message.as_str()))]
    ForbiddenFields(Vec<Problem>),
    #[error("sign in, or send a valid token")]
    Unauthorized,
    /// The address or the password is wrong, or there is no such account.
    #[error("the e-mail address or the password is wrong")]
    WrongPassword,
    /// Tried too often: to be tried again after so many seconds.
    #[error("{message}")]
    TooMany { message: String, seconds: u64 },
    /// Too much is going on at this moment.
    #[error("{0}")]
    Overloaded(String),
    /// It was there and works no more.
    #[error("{0}")]
    Gone(String),
    /// More than is taken.
    #[error("{0}")]
    TooLarge(String),
    /// There is no room left for what was sent.
    #[error("{0}")]
    NoRoom(String),
    /// Where files are kept does not answer; the cause is for the log.
    #[error("{0}")]
    Storage(String),
    /// It exists already, or is in a state that does not allow this.
    #[error("{0}")]
    Conflict(String),
    /// Documents need it; where, comes along.
    #[error("{message}")]
    InUse { message: String, usage: Value },
    /// A plan was applied that is no longer the one that was made.
    #[error("the plan has changed: make a new one (its fingerprint is now {0})")]
    PlanChanged(String),
    #[error(transparent)]
    Store(#[from] masthead_store::Error),
    #[error("{0}")]
    Internal(String),
}

fn count(n: usize) -> String {
    if n == 1 { "there is 1 problem".to_owned() } else { format!("there are {n} problems") }
}

impl Error {
    pub fn not_found(what: impl Into<String>) -> Self {
        Self::NotFound(what.into())
    }

    pub fn invalid(pointer: &str, code: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Problem::new(pointer, code, message)])
    }
}

impl From<masthead_media::Error> for Error {
    fn from(error: masthead_media::Error) -> Self {
        use masthead_media::Error as E;
        match error {
            E::Missing => Self::not_found("the file"),
            E::Broken(message) => Self::invalid("/files", "broken", message),
            E::TooLarge(message) => Self::TooLarge(message),
            E::Full => Self::NoRoom("there is no room left for files".to_owned()),
            E::Storage(cause) => Self::Storage(cause),
            E::Busy => Self::Overloaded(error.to_string()),
            E::Setting(message) => Self::Internal(message),
        }
    }
}
