//! Roles.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Error, Result};
use diesel::sql_types::Text;
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
