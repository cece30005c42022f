//! The content model as it is stored, and the changes that stored bodies may have to be converted for.

use crate::connection::{Connection, Engine};
use crate::statement::Statement;
use crate::{Error, Result, meta};
use diesel::sql_types::{BigInt, Text};
use masthead_model::storage::Storage;
use masthead_model::{ContentType, Locales, Model, Type, TypeKey};

/// Load the whole model as it is in this snapshot.
pub fn load(conn: &mut Connection) -> Result<Model> {
    let version = meta::model_version(conn)?;
    let locales = match meta::get(conn, meta::LOCALES)? {
        Some(text) => parse::<Locales>("locales", &text)?,
        None => Locales::default(),
    };
    let rows = conn.load::<(BigInt, Text, Text), (i64, String, String)>(Statement::new(
        "SELECT key, definition, storage FROM content_type ORDER BY key",
    ))?;
    let mut types = Vec::with_capacity(rows.len());
    for (key, definition, storage) in rows {
        let def = parse::<ContentType>("content type", &definition)?;
        types.push(Type::new(TypeKey(key), def, parse::<Storage>("content type", &storage)?));
    }
    Ok(Model::new(version, locales, types))
}

fn parse<T: serde::de::DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|e| Error::Corrupt { what, cause: e.to_string() })
}

fn text<T: serde::Serialize>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|e| Error::Corrupt { what, cause: e.to_string() })
}

/// Insert a new type; its key.
pub fn insert(conn: &mut Connection, def: &ContentType, storage: &Storage) -> Result<TypeKey> {
    let sql = "INSERT INTO content_type (id, definition, storage) VALUES (?, ?, ?) RETURNING key";
    let q = Statement::new(sql).bind(&def.id).bind(text("content type", def)?).bind(text("storage", storage)?);
    conn.first::<(BigInt,), (i64,)>(q)?.map(|r| TypeKey(r.0)).ok_or_else(|| diesel::result::Error::NotFound.into())
}

pub fn update(conn: &mut Connection, key: TypeKey, def: &ContentType, storage: &Storage) -> Result<()> {
    let sql = "UPDATE content_type SET definition = ?, storage = ? WHERE key = ?";
    let q = Statement::new(sql).bind(text("content type", def)?).bind(text("storage", storage)?).bind(key.0);
    conn.execute(q)?;
    Ok(())
}

pub fn delete(conn: &mut Connection, key: TypeKey) -> Result<()> {
    conn.execute(Statement::new("DELETE FROM content_type WHERE key = ?").bind(key.0))?;
    Ok(())
}

pub fn set_locales(conn: &mut Connection, locales: &Locales) -> Result<()> {
    meta::set(conn, meta::LOCALES, &text("locales", locales)?)
}

/// On Postgres, held shared by every write transaction and alone by one that changes the model: otherwise a write under
/// the old model could commit after the change, into tables that nobody reads any more.
pub(crate) const LOCK: i64 = 0x6d61_7374_6d6f_6465;

/// Take the write lock on the model and make it the next version, which is returned.
pub fn next_version(conn: &mut Connection) -> Result<i64> {
    if conn.engine() == Engine::Postgres {
        conn.batch(&format!("SELECT pg_advisory_xact_lock({LOCK})"))?;
    }
    let next = meta::model_version(conn)? + 1;
    meta::set(conn, meta::MODEL_VERSION, &next.to_string())?;
    Ok(next)
}

/// Remember that bodies older than `version` need these conversions (JSON each, in order).
pub fn add_conversions(conn: &mut Connection, version: i64, conversions: &[String]) -> Result<()> {
    for (ordinal, conversion) in (0i64..).zip(conversions) {
        let sql = "INSERT INTO model_change (version, ordinal, conversion) VALUES (?, ?, ?)";
        conn.execute(Statement::new(sql).bind(version).bind(ordinal).bind(conversion))?;
    }
    Ok(())
}

/// All conversions: `(model version, JSON)`, in order.
pub fn conversions(conn: &mut Connection) -> Result<Vec<(i64, String)>> {
    conn.load::<(BigInt, Text), _>(Statement::new(
        "SELECT version, conversion FROM model_change ORDER BY version, ordinal",
    ))
}
