//! Accounts of people, and the roles they have.

use crate::connection::{Connection, Engine};
use crate::statement::Statement;
use crate::{Result, now_micros};
use diesel::sql_types::{BigInt, Nullable, Text};
use std::collections::BTreeMap;

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub key: i64,
    pub email: String,
    pub name: String,
    /// Argon2id in PHC form; none until an invitation is accepted.
    pub password: Option<String>,
    pub disabled: bool,
    /// Microseconds since 1970 UTC, like every time here.
    pub created_at: i64,
    pub signed_in_at: Option<i64>,
}

const LOCK: i64 = 0x6d61_7374_6163_6374;

/// Hold off other changes of accounts until this transaction ends: whoever counts them must see all of them.
pub fn lock(conn: &mut Connection) -> Result<()> {
    match conn.engine() {
        // There is one writer at a time anyway.
        Engine::Sqlite => Ok(()),
        Engine::Postgres => conn.batch(&format!("SELECT pg_advisory_xact_lock({LOCK})")),
    }
}

/// Insert; `Error::Taken` when the address has an account.
pub fn insert(conn: &mut Connection, email: &str, name: &str, password: Option<&str>) -> Result<i64> {
    let sql = "INSERT INTO account (email, name, password, created_at) VALUES (?, ?, ?, ?) RETURNING key";
    let q = Statement::new(sql).bind(email).bind(name).bind(password).bind(now_micros());
    conn.first::<(BigInt,), (i64,)>(q)?.map(|r| r.0).ok_or_else(|| diesel::result::Error::NotFound.into())
}

const COLUMNS: &str = "SELECT key, email, name, password, disabled, created_at, signed_in_at FROM account";

fn find(conn: &mut Connection, q: Statement) -> Result<Vec<Account>> {
    type Row = (i64, String, String, Option<String>, i64, i64, Option<i64>);
    let rows = conn.load::<(BigInt, Text, Text, Nullable<Text>, BigInt, BigInt, Nullable<BigInt>), Row>(q)?;
    let account = |(key, email, name, password, disabled, created_at, signed_in_at): Row| Account {
        key,
        email,
        name,
        password,
        disabled: disabled != 0,
        created_at,
        signed_in_at,
    };
    Ok(rows.into_iter().map(account).collect())
}

pub fn by_email(conn: &mut Connection, email: &str) -> Result<Option<Account>> {
    Ok(find(conn, Statement::new(format!("{COLUMNS} WHERE email = ?")).bind(email))?.pop())
}

pub fn by_key(conn: &mut Connection, key: i64) -> Result<Option<Account>> {
    Ok(find(conn, Statement::new(format!("{COLUMNS} WHERE key = ?")).bind(key))?.pop())
}

/// All accounts, by address.
pub fn all(conn: &mut Connection) -> Result<Vec<Account>> {
    find(conn, Statement::new(format!("{COLUMNS} ORDER BY email")))
}

/// Whether there is any account.
pub fn any(conn: &mut Connection) -> Result<bool> {
    Ok(conn.first::<(BigInt,), (i64,)>(Statement::new("SELECT key FROM account LIMIT 1"))?.is_some())
}

/// Names of an account's roles.
pub fn roles_of(conn: &mut Connection, account: i64) -> Result<Vec<String>> {
    let q = Statement::new("SELECT role FROM account_role WHERE account = ? ORDER BY role").bind(account);
    Ok(conn.load::<(Text,), (String,)>(q)?.into_iter().map(|r| r.0).collect())
}

/// Names of roles by account.
pub fn all_roles(conn: &mut Connection) -> Result<BTreeMap<i64, Vec<String>>> {
    let q = Statement::new("SELECT account, role FROM account_role ORDER BY account, role");
    let mut roles: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for (account, role) in conn.load::<(BigInt, Text), (i64, String)>(q)? {
        roles.entry(account).or_default().push(role);
    }
    Ok(roles)
}

/// Addresses of those who have a role.
pub fn holders(conn: &mut Connection, role: &str) -> Result<Vec<String>> {
    let sql =
        "SELECT a.email FROM account a JOIN account_role r ON r.account = a.key WHERE r.role = ? ORDER BY a.email";
    Ok(conn.load::<(Text,), (String,)>(Statement::new(sql).bind(role))?.into_iter().map(|r| r.0).collect())
}

/// Give an account these roles and no others.
pub fn set_roles(conn: &mut Connection, account: i64, roles: &[String]) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM account_role WHERE account = ?").bind(account))?;
    for role in roles {
        let sql = "INSERT INTO account_role (account, role) VALUES (?, ?) ON CONFLICT DO NOTHING";
        conn.execute(Statement::new(sql).bind(account).bind(role))?;
    }
    Ok(())
}

pub fn rename(conn: &mut Connection, key: i64, name: &str) -> Result<()> {
    conn.execute(Statement::new("UPDATE account SET name = ? WHERE key = ?").bind(name).bind(key))?;
    Ok(())
}

pub fn set_password(conn: &mut Connection, key: i64, password: &str) -> Result<()> {
    conn.execute(Statement::new("UPDATE account SET password = ? WHERE key = ?").bind(password).bind(key))?;
    Ok(())
}

pub fn set_disabled(conn: &mut Connection, key: i64, disabled: bool) -> Result<()> {
    let q = Statement::new("UPDATE account SET disabled = ? WHERE key = ?").bind(i64::from(disabled)).bind(key);
    conn.execute(q)?;
    Ok(())
}

pub fn note_sign_in(conn: &mut Connection, key: i64, now: i64) -> Result<()> {
    conn.execute(Statement::new("UPDATE account SET signed_in_at = ? WHERE key = ?").bind(now).bind(key))?;
    Ok(())
}

/// Delete an account with its roles, sessions and links.
pub fn delete(conn: &mut Connection, key: i64) -> Result<bool> {
    Ok(conn.execute(Statement::new("DELETE FROM account WHERE key = ?").bind(key))? > 0)
}
