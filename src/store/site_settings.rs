//! The site's settings: JSON by name.

use crate::Result;
use crate::connection::Connection;
use crate::statement::Statement;
use diesel::sql_types::Text;

pub fn all(conn: &mut Connection) -> Result<Vec<(String, String)>> {
    conn.load::<(Text, Text), _>(Statement::new("SELECT name, value FROM setting ORDER BY name"))
}

pub fn put(conn: &mut Connection, name: &str, value: &str) -> Result<()> {
    let sql = "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    conn.execute(Statement::new(sql).bind(name).bind(value))?;
    Ok(())
}
