//! Bodies: immutable JSON by field ids, compressed above 2 KB.

use crate::connection::Connection;
use crate::statement::Statement;
use crate::{Error, Result, bulk};
use diesel::sql_types::{BigInt, Binary};
use serde_json::{Map, Value};
use std::cell::RefCell;
use std::io;
use zstd::bulk::{Compressor, Decompressor};

const PLAIN: u8 = 0;
const ZSTD: u8 = 1;
const COMPRESS_ABOVE: usize = 2048;
const LEVEL: i32 = 3;
/// No body is larger unpacked; a damaged length must not ask for all memory.
const LARGEST: usize = 256 * 1024 * 1024;

/// A body and the model version that wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct Body {
    pub key: i64,
    pub model_version: i64,
    pub values: Map<String, Value>,
}

pub fn insert(conn: &mut Connection, doc: i64, model_version: i64, values: &Map<String, Value>) -> Result<i64> {
    let sql = "INSERT INTO body (doc, model_version, data) VALUES (?, ?, ?) RETURNING key";
    let q = Statement::new(sql).bind(doc).bind(model_version).bind(pack(values)?);
    conn.first::<(BigInt,), (i64,)>(q)?.map(|r| r.0).ok_or_else(|| diesel::result::Error::NotFound.into())
}

/// Insert many, `(document, values)`; their keys, in order.
pub fn insert_many(conn: &mut Connection, model_version: i64, all: &[(i64, &Map<String, Value>)]) -> Result<Vec<i64>> {
    let mut rows = Vec::with_capacity(all.len());
    for (doc, values) in all {
        rows.push(vec![(*doc).into(), model_version.into(), pack(values)?.into()]);
    }
    bulk::insert_keyed(conn, "body", "doc, model_version, data", rows)
}

pub fn get(conn: &mut Connection, key: i64) -> Result<Body> {
    let q = Statement::new("SELECT key, model_version, data FROM body WHERE key = ?").bind(key);
    let row = conn.first::<(BigInt, BigInt, Binary), (i64, i64, Vec<u8>)>(q)?;
    body(row.ok_or(Error::Corrupt { what: "body", cause: format!("there is no body {key}") })?)
}

pub fn get_many(conn: &mut Connection, keys: &[i64]) -> Result<Vec<Body>> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut q = Statement::new("SELECT key, model_version, data FROM body WHERE ");
    q.append(conn.among("key", keys));
    conn.load::<(BigInt, BigInt, Binary), _>(q)?.into_iter().map(body).collect()
}

/// Delete bodies that nothing points at yet.
pub fn delete(conn: &mut Connection, keys: &[i64]) -> Result<()> {
    for chunk in keys.chunks(500) {
        let mut q = Statement::new("DELETE FROM body WHERE ");
        q.append(conn.among("key", chunk));
        conn.execute(q)?;
    }
    Ok(())
}

/// What a body is that no part and no version points at.
const LOOSE: &str = "NOT EXISTS (SELECT 1 FROM part WHERE part.doc = body.doc AND (part.head = body.key OR part.published \
                     = body.key)) AND NOT EXISTS (SELECT 1 FROM version WHERE version.body = body.key)";

/// Delete bodies of `doc` that no part and no version points at.
pub fn sweep(conn: &mut Connection, doc: i64) -> Result<usize> {
    conn.execute(Statement::new(format!("DELETE FROM body WHERE doc = ? AND {LOOSE}")).bind(doc))
}

/// The same for many documents.
pub fn sweep_many(conn: &mut Connection, docs: &[i64]) -> Result<usize> {
    let mut q = Statement::new("DELETE FROM body WHERE ");
    q.append(conn.among("doc", docs)).push(&format!(" AND {LOOSE}"));
    conn.execute(q)
}

/// How many bodies no part and no version points at.
pub fn count_loose(conn: &mut Connection) -> Result<i64> {
    let found = conn.first::<(BigInt,), (i64,)>(Statement::new(format!("SELECT COUNT(*) FROM body WHERE {LOOSE}")))?;
    Ok(found.map_or(0, |row| row.0))
}

fn body((key, model_version, data): (i64, i64, Vec<u8>)) -> Result<Body> {
    Ok(Body { key, model_version, values: unpack(&data)? })
}

fn pack(values: &Map<String, Value>) -> Result<Vec<u8>> {
    let corrupt = |cause: String| Error::Corrupt { what: "body", cause };
    let json = serde_json::to_vec(values).map_err(|e| corrupt(e.to_string()))?;
    let (mark, rest) = if json.len() > COMPRESS_ABOVE {
        (ZSTD, compress(&json).map_err(|e| corrupt(e.to_string()))?)
    } else {
        (PLAIN, json)
    };
    let mut data = Vec::with_capacity(rest.len() + 1);
    data.push(mark);
    data.extend_from_slice(&rest);
    Ok(data)
}

fn unpack(data: &[u8]) -> Result<Map<String, Value>> {
    let corrupt = |cause: String| Error::Corrupt { what: "body", cause };
    match data.split_first() {
        Some((&PLAIN, json)) => serde_json::from_slice(json).map_err(|e| corrupt(e.to_string())),
        Some((&ZSTD, packed)) => {
            let json = decompress(packed).map_err(|e| corrupt(e.to_string()))?;
            serde_json::from_slice(&json).map_err(|e| corrupt(e.to_string()))
        }
        _ => Err(corrupt("its first byte is unknown".to_owned())),
    }
}

// Making a context takes longer than packing a body with it, so each thread keeps its own.
thread_local! {
    static COMPRESSOR: RefCell<Option<Compressor<'static>>> = const { RefCell::new(None) };
    static DECOMPRESSOR: RefCell<Option<Decompressor<'static>>> = const { RefCell::new(None) };
}

fn compress(json: &[u8]) -> io::Result<Vec<u8>> {
    COMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(compressor) => compressor.compress(json),
        None => kept.insert(Compressor::new(LEVEL)?).compress(json),
    })
}

fn decompress(packed: &[u8]) -> io::Result<Vec<u8>> {
    let size = Decompressor::upper_bound(packed).unwrap_or(LARGEST).min(LARGEST);
    DECOMPRESSOR.with_borrow_mut(|kept| match kept {
        Some(decompressor) => decompressor.decompress(packed, size),
        None => kept.insert(Decompressor::new()?).decompress(packed, size),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_come_back_whole_below_and_above_the_compression_limit() {
        for n in [0, 10, 5000] {
            let values: Map<String, Value> =
                [("a".to_owned(), Value::from("x".repeat(n))), ("b".to_owned(), Value::from(7))].into_iter().collect();
            let packed = pack(&values).unwrap();
            assert_eq!(packed[0], if n > 2048 { ZSTD } else { PLAIN });
            assert_eq!(unpack(&packed).unwrap(), values);
        }
        assert!(unpack(&[9, 1, 2]).is_err() && unpack(&[]).is_err());
    }
}
