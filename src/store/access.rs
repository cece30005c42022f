//! Roles, accounts and tokens.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Error, Result, now_micros};
use diesel::sql_types::{BigInt, Nullable, Text};
use masthead_model::Role;

pub fn roles(conn: &mut Connection) -> Result<Vec<Role>> {
    let rows = conn.load::<(Text,), (String,)>(Statement::new("SELECT definition FROM role ORDER BY name"))?;
    rows.into_iter()
        .map(|(text,)| serde_json::from_str(&text).map_err(|e| Error::Corrupt { what: "role", cause: e.to_string() }))
        .collect()
}

pub fn put_role(conn: &mut Connection, role: &Role) -> Result<()> {
    let text = serde_json::to_string(role).map_err(|e| Error::Corrupt { what: "role", cause: e.to_string() })?;
    conn.execute(
        Statement::new(
            "INSERT INTO role (name, definition) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET definition = \
             excluded.definition",
        )
        .bind(&role.name)
        .bind(text),
    )?;
    Ok(())
}

pub fn delete_role(conn: &mut Connection, name: &str) -> Result<bool> {
    Ok(conn.execute(Statement::new("DELETE FROM role WHERE name = ?").bind(name))? > 0)
}

/// A person who may sign in.
#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub key: i64,
    pub email: String,
    pub name: String,
    /// Argon2id in PHC form.
    pub password: Option<String>,
    pub disabled: bool,
}

/// Insert; `Error::Taken` when the address has an account.
pub fn insert_account(conn: &mut Connection, email: &str, name: &str, password: Option<&str>) -> Result<i64> {
    let sql = "INSERT INTO account (email, name, password, created_at) VALUES (?, ?, ?, ?) RETURNING key";
    let q = Statement::new(sql).bind(email).bind(name).bind(password).bind(now_micros());
    conn.first::<(BigInt,), (i64,)>(q)?.map(|r| r.0).ok_or_else(|| diesel::result::Error::NotFound.into())
}

pub fn account(conn: &mut Connection, email: &str) -> Result<Option<Account>> {
    let q = Statement::new("SELECT key, email, name, password, disabled FROM account WHERE email = ?").bind(email);
    let row = conn.first::<(BigInt, Text, Text, Nullable<Text>, BigInt), _>(q)?;
    Ok(row.map(|(key, email, name, password, disabled): (i64, String, String, Option<String>, i64)| Account {
        key,
        email,
        name,
        password,
        disabled: disabled != 0,
    }))
}

/// Names of an account's roles.
pub fn roles_of(conn: &mut Connection, account: i64) -> Result<Vec<String>> {
    let q = Statement::new("SELECT role FROM account_role WHERE account = ? ORDER BY role").bind(account);
    Ok(conn.load::<(Text,), (String,)>(q)?.into_iter().map(|r| r.0).collect())
}

pub fn give_role(conn: &mut Connection, account: i64, role: &str) -> Result<()> {
    let sql = "INSERT INTO account_role (account, role) VALUES (?, ?) ON CONFLICT DO NOTHING";
    conn.execute(Statement::new(sql).bind(account).bind(role))?;
    Ok(())
}

/// What a token may do, found by the hash of its secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    pub key: i64,
    pub name: String,
    pub role: String,
    pub expires_at: Option<i64>,
}

/// Insert; `Error::Taken` when the name is in use.
pub fn insert_token(conn: &mut Connection, name: &str, hash: &[u8], role: &str, expires_at: Option<i64>) -> Result<()> {
    let sql = "INSERT INTO token (name, hash, role, created_at, expires_at) VALUES (?, ?, ?, ?, ?)";
    conn.execute(Statement::new(sql).bind(name).bind(hash).bind(role).bind(now_micros()).bind(expires_at))?;
    Ok(())
}

pub fn token(conn: &mut Connection, hash: &[u8]) -> Result<Option<Token>> {
    let q = Statement::new("SELECT key, name, role, expires_at FROM token WHERE hash = ?").bind(hash);
    let row = conn.first::<(BigInt, Text, Text, Nullable<BigInt>), _>(q)?;
    Ok(row.map(|(key, name, role, expires_at)| Token { key, name, role, expires_at }))
}
