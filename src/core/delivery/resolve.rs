//! `GET /api/resolve?path=`: from an address on the website to its document, or to where that has moved.
//!
//! What the caller may not read is not found: neither that a path is known, nor where it leads now.

use super::compile::Compiler;
use super::read::{Finished, Reading, refused};
use super::{Tags, met, named};
use crate::{Error, Result};
use masthead_model::query::ast::{Filter, LocaleChoice, RichTextForm, Status, View};
use masthead_model::query::{Node, Visible, qs};
use masthead_model::{Action, FieldType, Kind, Type, TypeKey};
use masthead_store::urls::{self, Url};
use masthead_store::{Connection, delivered, documents};
use serde_json::json;
use std::collections::BTreeSet;

/// Longest path that is looked up, in bytes.
const LONGEST: usize = 2_000;
/// What a former address is answered with: the move is for good.
const MOVED: u16 = 301;

pub(super) fn answer(reading: &Reading<'_>, conn: &mut Connection, raw: &str) -> Result<Finished> {
    let asked = path(raw)?;
    for path in spellings(&asked) {
        // What is hidden at one spelling must not stand before what another one finds.
        let Some(url) = urls::find(conn, &path)? else { continue };
        if let Some(found) = found(reading, conn, &url)? {
            return Ok(found);
        }
    }
    Err(unknown(&asked))
}

fn found(reading: &Reading<'_>, conn: &mut Connection, url: &Url) -> Result<Option<Finished>> {
    let Some(doc) = documents::by_key(conn, url.doc)? else { return Ok(None) };
    let Some(ty) = reading.snapshot.model.by_key(TypeKey(doc.type_key)) else { return Ok(None) };
    if !shows_path(reading, conn, ty, doc.key)? || !is_readable(reading, conn, ty, &doc.document_id, &url.locale)? {
        return Ok(None);
    }
    let lives = |u: &Url| u.current && u.locale == url.locale;
    let current = if url.current { Some(url.clone()) } else { urls::of(conn, url.doc)?.into_iter().find(lives) };
    let Some(current) = current else { return Ok(None) };
    let api = match ty.def.kind {
        Kind::Collection => format!("/api/{}/{}", ty.def.api_name(), doc.document_id),
        _ => format!("/api/{}", ty.def.api_name()),
    };
    let locale = Some(url.locale.as_str()).filter(|code| !code.is_empty());
    let mut data = json!({
        "type": ty.def.singular,
        "documentId": doc.document_id,
        "locale": locale,
        "path": current.path,
        "api": api,
    });
    if !url.current {
        data["redirect"] = current.path.into();
        data["status"] = MOVED.into();
    }
    // Any type with addresses may take this one over.
    let mut types: named::Types =
        reading.snapshot.model.types().filter(|t| t.def.url_pattern.is_some()).map(|t| t.id().to_owned()).collect();
    named::in_rules(&reading.rules, &reading.snapshot.model, &mut types);
    let tags = Tags::of(&BTreeSet::from([ty.id()]), std::iter::once(doc.document_id.as_str()));
    let body = json!({"data": data, "meta": {}}).to_string().into_bytes();
    Ok(Some(Finished { body, tags, types: Some(types), cache_control: ty.def.cache_control.clone() }))
}

/// The `path` of the query string.
fn path(raw: &str) -> Result<String> {
    let tree = qs::parse(raw).map_err(|problem| Error::Query(vec![problem]))?;
    if let Node::Map(entries) = &tree
        && let Some((name, _)) = entries.iter().find(|(name, _)| name != "path")
    {
        return Err(refused(name, "unknown_parameter", "only `path` is known here"));
    }
    match tree.get("path") {
        Some(Node::Value(path)) if path.starts_with('/') && path.len() <= LONGEST => Ok(path.clone()),
        Some(_) => {
            let message = format!("expected: one path that begins with `/`, of at most {LONGEST} bytes");
            Err(refused("path", "invalid_value", &message))
        }
        None => Err(refused("path", "required", "say which path: `?path=/blog/hello`")),
    }
}

/// How a path may be written, the likeliest first: websites differ in slashes at the end and in percent signs.
fn spellings(path: &str) -> Vec<String> {
    let mut all = vec![path.to_owned()];
    let decoded = path.contains('%').then(|| qs::decode(&path.replace('+', "%2B")).ok()).flatten();
    all.extend(decoded);
    for at in 0..all.len() {
        let other = match all[at].strip_suffix('/') {
            Some("") => continue,
            Some(bare) => bare.to_owned(),
            None => format!("{}/", all[at]),
        };
        all.push(other);
    }
    all
}

/// Whether the caller sees all that the document's paths are made of.
fn shows_path(reading: &Reading<'_>, conn: &mut Connection, ty: &Type, doc: i64) -> Result<bool> {
    let Some(pattern) = &ty.def.url_pattern else { return Ok(false) };
    let mut fields: Vec<&str> = Vec::new();
    for word in pattern.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(word, _)| word) {
        match word {
            "locale" | "documentId" => {}
            "path" if !reading.rules.paths_visible(ty.id()) => return Ok(false),
            // The path of a tree is made of slugs.
            "path" => {
                fields.extend(ty.def.fields.iter().filter(|f| f.kind == FieldType::Slug).map(|f| f.id.as_str()));
            }
            field => fields.push(field),
        }
    }
    let rules = &reading.rules;
    if !rules.type_visible(ty.id()) || !fields.iter().all(|field| rules.field_visible(ty.id(), field)) {
        return Ok(false);
    }
    let conditions: Vec<_> = fields.iter().filter_map(|f| rules.condition_of(Action::Read, ty, f)).collect();
    if conditions.is_empty() {
        return Ok(true);
    }
    let met = met::rows(conn, reading.snapshot, rules, ty, (doc, 1), &Filter::all(conditions))?.1;
    Ok(met > 0)
}

/// Whether a read of the document would find it.
fn is_readable(reading: &Reading<'_>, conn: &mut Connection, ty: &Type, id: &str, locale: &str) -> Result<bool> {
    let model = &reading.snapshot.model;
    let locale = if locale.is_empty() { model.locales.default_code() } else { locale };
    let view = View {
        locale: LocaleChoice::One(locale.to_owned()),
        fallback_locales: Vec::new(),
        status: Status::Published,
        rich_text: RichTextForm::Json,
    };
    let compiler = Compiler::new(conn.engine(), model, reading.ids, &reading.rules, &view);
    let statement = compiler.one(ty, id, None);
    Ok(!delivered::listed(conn, statement)?.is_empty())
}

fn unknown(path: &str) -> Error {
    let shown: String = path.chars().take(200).collect();
    Error::not_found(format!("what lives at {shown}"))
}

#[cfg(test)]
mod tests {
    use super::spellings;

    #[test]
    fn a_path_is_found_with_and_without_a_slash_and_percent_signs() {
        assert_eq!(spellings("/a"), ["/a", "/a/"]);
        assert_eq!(spellings("/a/"), ["/a/", "/a"]);
        assert_eq!(spellings("/"), ["/"]);
        assert_eq!(spellings("/caf%C3%A9"), ["/caf%C3%A9", "/café", "/caf%C3%A9/", "/café/"]);
        assert_eq!(spellings("/%ff"), ["/%ff", "/%ff/"]);
        assert_eq!(spellings("/a+b%20c")[1], "/a+b c");
    }
}
