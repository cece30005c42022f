//! A copy of a PostgreSQL database, by the server's own tool.

use crate::{Error, Result};
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

/// Dump the database at `url` into `file` (`pg_dump`'s custom format, for `pg_restore`), which must not exist.
pub(crate) fn dump(url: &str, file: &Path) -> Result<()> {
    if file.exists() {
        return Err(Error::Migrate(format!("{} exists already", file.display())));
    }
    let (address, password) = without_password(url);
    let mut command = Command::new("pg_dump");
    command.args(["--format=custom", "--no-password", "--file"]).arg(file).arg("--dbname").arg(address);
    // Not among the arguments, which every user of the machine can see.
    if let Some(password) = password {
        command.env("PGPASSWORD", password);
    }
    let done = command.output().map_err(|e| match e.kind() {
        ErrorKind::NotFound => Error::Migrate("pg_dump is not there: install PostgreSQL's client programs".to_owned()),
        _ => Error::Migrate(format!("pg_dump: {e}")),
    })?;
    if done.status.success() {
        return Ok(());
    }
    let _ = std::fs::remove_file(file);
    Err(Error::Migrate(format!("pg_dump: {}", String::from_utf8_lossy(&done.stderr).trim())))
}

/// The URL without its password, and the password, percent-decoded.
fn without_password(url: &str) -> (String, Option<String>) {
    let Some((scheme, rest)) = url.split_once("://") else { return (url.to_owned(), None) };
    let authority = rest.find(['/', '?']).unwrap_or(rest.len());
    let Some(at) = rest[..authority].rfind('@') else { return (url.to_owned(), None) };
    let (user, host) = (&rest[..at], &rest[at..]);
    match user.split_once(':') {
        Some((name, password)) => (format!("{scheme}://{name}{host}"), Some(decoded(password))),
        None => (url.to_owned(), None),
    }
}

fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = text.get(i + 1..i + 3).filter(|_| bytes[i] == b'%').and_then(|h| u8::from_str_radix(h, 16).ok());
        out.push(hex.unwrap_or(bytes[i]));
        i += if hex.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_taken_out_of_the_address() {
        let split = |url| without_password(url);
        assert_eq!(
            split("postgres://ada:p%40ss:x@db:5432/site?sslmode=require"),
            ("postgres://ada@db:5432/site?sslmode=require".to_owned(), Some("p@ss:x".to_owned()))
        );
        assert_eq!(split("postgres://ada@db/site"), ("postgres://ada@db/site".to_owned(), None));
        assert_eq!(split("postgres:///site?host=/run/@x"), ("postgres:///site?host=/run/@x".to_owned(), None));
    }
}
