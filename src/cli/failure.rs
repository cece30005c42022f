//! How a command fails: one sentence, the next step where there is one, and an exit code.

use masthead_core::Error;
use masthead_model::Problem;
use std::io::{ErrorKind, Write};
use std::process::ExitCode;

/// The exit code of a command, or why it failed.
pub type Outcome = Result<u8, Failure>;

/// Everything was done.
pub const DONE: u8 = 0;
/// Something was not done.
pub const FAILED: u8 = 1;
/// The command cannot be understood, or the configuration is wrong.
pub const USAGE: u8 = 2;
/// `schema diff --exit-code`: there are changes.
pub const CHANGES: u8 = 3;

#[derive(Debug)]
pub enum Failure {
    Said {
        message: String,
        next: Option<String>,
        code: u8,
    },
    /// Whoever read our output has stopped (`| head`): nothing to report.
    Unread,
}

impl Failure {
    pub fn new(message: impl Into<String>) -> Self {
        Self::Said { message: message.into(), next: None, code: FAILED }
    }

    /// The command or the configuration is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Said { message: message.into(), next: None, code: USAGE }
    }

    /// With what to do about it.
    #[must_use]
    pub fn next(self, step: impl Into<String>) -> Self {
        match self {
            Self::Said { message, code, .. } => Self::Said { message, next: Some(step.into()), code },
            Self::Unread => Self::Unread,
        }
    }

    /// From writing to `what`.
    pub fn io(what: impl std::fmt::Display, error: &std::io::Error) -> Self {
        match error.kind() {
            ErrorKind::BrokenPipe => Self::Unread,
            _ => Self::new(format!("{what}: {error}")),
        }
    }

    /// Say it on standard error.
    pub fn report(self) -> ExitCode {
        match self {
            Self::Unread => ExitCode::from(DONE),
            Self::Said { message, next, code } => {
                let mut stderr = std::io::stderr().lock();
                let _ = writeln!(stderr, "error: {message}");
                if let Some(next) = next {
                    let _ = writeln!(stderr, "  try: {next}");
                }
                ExitCode::from(code)
            }
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let said = error.to_string();
        match error {
            Error::Invalid(problems) | Error::Blocked(problems) => Self::new(listed(&said, &problems)),
            Error::PlanChanged(_) => Self::new("the model was changed in the meantime").next("the same command again"),
            Error::Store(masthead_store::Error::Newer(_)) => {
                Self::new(said).next("the version that it names, or another --data-dir")
            }
            Error::Store(masthead_store::Error::Connect(_)) => {
                Self::new(said).next("checking --database-url and --data-dir; `masthead doctor` looks closer")
            }
            _ => Self::new(said),
        }
    }
}

impl From<masthead_store::Error> for Failure {
    fn from(error: masthead_store::Error) -> Self {
        Error::from(error).into()
    }
}

/// One problem stands alone; several are listed.
fn listed(said: &str, problems: &[Problem]) -> String {
    match problems {
        [only] => line(only),
        several => several.iter().fold(format!("{said}:"), |text, problem| format!("{text}\n  {}", line(problem))),
    }
}

/// A problem in a line: where, and what.
pub fn line(problem: &Problem) -> String {
    match problem.pointer.as_str() {
        "" => problem.message.clone(),
        pointer => format!("{pointer}: {}", problem.message),
    }
}
