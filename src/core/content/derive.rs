//! Derive from a document everything that is made for reading: projections, references, claims, rendered rows, URLs;
//! from the bodies alone, so that a rebuild and the write path cannot differ.

use super::cells::cells;
use super::document::{Loaded, State};
use super::{slugs, urls};
use crate::delivery::stored::{self, Rendering};
use crate::{Result, Snapshot};
use masthead_model::ids::PublicIds;
use masthead_model::value;
use masthead_model::{FieldType, Type};
use masthead_store::claims::Claim;
use masthead_store::media_references::MediaReference;
use masthead_store::projections::Row;
use masthead_store::references::Reference;
use masthead_store::{Connection, assets, documents, projections};
use serde_json::{Map, Value};
use std::collections::{BTreeSet, HashMap};

/// Trees are at most this deep.
pub(crate) const TREE_DEPTH: usize = 30;

/// Everything derived of a document in one state.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    pub rows: Vec<Row>,
    pub references: Vec<Reference>,
    /// Where files are shown.
    pub media: Vec<MediaReference>,
    /// Of the published state only.
    pub claims: Vec<Claim>,
    /// `(row locale, rendered data)`, of the published state only.
    pub rendered: Vec<(String, Vec<u8>)>,
    /// `(row locale, path)`, of the published state only.
    pub urls: Vec<(String, Option<String>)>,
}

/// The states that a type's documents have rows in.
pub(super) fn states(ty: &Type) -> &'static [State] {
    if ty.def.draft_and_publish { &[State::Draft, State::Published] } else { &[State::Published] }
}

/// The joined values of each row of a state.
pub(crate) fn rendering_values(
    conn: &mut Connection,
    snapshot: &Snapshot,
    loaded: &Loaded,
    state: State,
) -> Result<Rows> {
    let locales = loaded.rows(state);
    if locales.is_empty() {
        return Ok(Vec::new());
    }
    let shared = loaded.part_values(conn, snapshot, state, "")?;
    let mut out = Vec::with_capacity(locales.len());
    for locale in locales {
        let local = if loaded.ty.localized { loaded.part_values(conn, snapshot, state, &locale)? } else { Map::new() };
        out.push((locale, value::join(&loaded.ty, &shared, &local)));
    }
    Ok(out)
}

/// What deriving takes beside a document.
#[derive(Clone, Copy)]
pub(crate) struct Means<'a> {
    pub snapshot: &'a Snapshot,
    pub ids: PublicIds,
    /// Keys of all documents that are pointed at, by id; without, they are looked up.
    pub targets: Option<&'a HashMap<String, i64>>,
    /// Whether rendered rows are wanted, too.
    pub rendered: bool,
}

/// The joined values of each row of a state, by row locale.
pub(crate) type Rows = Vec<(String, Map<String, Value>)>;

/// Compute what a document has in `state`.
pub(crate) fn derived(
    conn: &mut Connection,
    snapshot: &Snapshot,
    ids: PublicIds,
    loaded: &Loaded,
    state: State,
) -> Result<Derived> {
    let rows = rows_of(conn, snapshot, loaded, state)?;
    derived_from(conn, Means { snapshot, ids, targets: None, rendered: true }, loaded, state, &rows)
}

/// The rows that a document has in `state`: none while it is in the trash.
pub(crate) fn rows_of(conn: &mut Connection, snapshot: &Snapshot, loaded: &Loaded, state: State) -> Result<Rows> {
    if loaded.doc.trashed_at.is_some() || !states(&loaded.ty).contains(&state) {
        return Ok(Rows::new());
    }
    rendering_values(conn, snapshot, loaded, state)
}

/// The same from the rows, where these were read before.
pub(crate) fn derived_from(
    conn: &mut Connection,
    means: Means<'_>,
    loaded: &Loaded,
    state: State,
    rows: &Rows,
) -> Result<Derived> {
    let mut out = Derived::default();
    let (doc, ty, snapshot) = (&loaded.doc, &loaded.ty, means.snapshot);
    let is_public = state == State::Published;
    for (locale, values) in rows {
        let path = tree_path(conn, loaded, state, locale, values)?;
        let (updated_at, published_at) = moments(loaded, state, locale);
        let (columns, children) = cells(snapshot, ty, values);
        if is_public {
            if means.rendered {
                let what = Rendering {
                    doc,
                    locale,
                    values,
                    created_at: doc.created_at,
                    updated_at,
                    published_at,
                    position: doc.position.as_deref(),
                    path: path.as_deref(),
                };
                out.rendered.push((locale.clone(), stored::encode(means.ids, snapshot, ty, &what)));
            }
            out.claims.extend(slugs::claims_of(ty, values, locale, doc.parent));
            let shown = if ty.localized { locale.as_str() } else { snapshot.model.locales.default_code() };
            let url = urls::path_of(ty, values, shown, &doc.document_id, path.as_deref());
            out.urls.push((locale.clone(), url));
        }
        out.rows.push(Row {
            doc: doc.key,
            state: state.number(),
            locale: locale.clone(),
            document_id: doc.document_id.clone(),
            created_at: doc.created_at,
            created_by: doc.created_by.clone(),
            updated_at,
            published_at,
            position: doc.position.clone(),
            path,
            columns,
            children,
        });
    }
    out.references = refs(conn, means, loaded, state, rows)?;
    out.media = media(conn, means, loaded, state, rows)?;
    out.claims.sort();
    out.claims.dedup();
    Ok(out)
}

/// `(updatedAt, publishedAt)` of a row: of its draft the last save, of its published state the last publish.
pub(crate) fn moments(loaded: &Loaded, state: State, locale: &str) -> (i64, Option<i64>) {
    let parts = [loaded.part(""), loaded.part(locale)];
    let newest =
        |f: &dyn Fn(&masthead_store::parts::Part) -> Option<i64>| parts.iter().flatten().filter_map(|p| f(p)).max();
    let updated = match state {
        State::Draft => newest(&|p| Some(p.saved_at)),
        State::Published => newest(&|p| p.released_at),
    };
    // A draft row says nothing of the published state, so that publishing leaves it as it is.
    let published = loaded.part(locale).and_then(|p| p.published_at).filter(|_| state == State::Published);
    (updated.unwrap_or(loaded.doc.created_at), published)
}

/// A tree's path: the parent's path in the same state and locale, and the own slug. None where the parent is not
/// there, so that publishing in any order gives the same paths in the end.
fn tree_path(
    conn: &mut Connection,
    loaded: &Loaded,
    state: State,
    locale: &str,
    values: &Map<String, Value>,
) -> Result<Option<String>> {
    if !loaded.ty.def.tree {
        return Ok(None);
    }
    let slug = loaded.ty.def.fields.iter().find(|f| f.kind == FieldType::Slug).and_then(|f| values.get(&f.id));
    let Some(slug) = slug.and_then(Value::as_str) else { return Ok(None) };
    match loaded.doc.parent {
        None => Ok(Some(slug.to_owned())),
        Some(parent) => {
            let table = (loaded.ty.key, loaded.ty.storage.generation);
            let above = projections::path_of(conn, table, parent, state.number(), locale)?;
            Ok(above.map(|path| format!("{path}/{slug}")))
        }
    }
}

/// Ids of all documents that rows point at.
pub(crate) fn targets_of(snapshot: &Snapshot, ty: &Type, rows: &Rows, into: &mut BTreeSet<String>) {
    for (_, values) in rows {
        value::walk_relations(&snapshot.model, ty, values, &mut |at| {
            into.insert(at.target.to_owned());
        });
    }
}

/// Keys of documents by their ids, of those that are there.
pub(crate) fn keys_of(conn: &mut Connection, wanted: BTreeSet<String>) -> Result<HashMap<String, i64>> {
    let wanted: Vec<String> = wanted.into_iter().collect();
    let mut keys = HashMap::with_capacity(wanted.len());
    for chunk in wanted.chunks(1000) {
        keys.extend(documents::find_many(conn, chunk)?.into_iter().map(|d| (d.document_id, d.key)));
    }
    Ok(keys)
}

fn refs(conn: &mut Connection, means: Means<'_>, loaded: &Loaded, state: State, rows: &Rows) -> Result<Vec<Reference>> {
    let (ty, snapshot) = (&loaded.ty, means.snapshot);
    let mut found: Vec<(String, String, String)> = Vec::new();
    let mut shared_done = false;
    for (locale, values) in rows {
        value::walk_relations(&snapshot.model, ty, values, &mut |at| {
            let top = at.path.split('.').next().unwrap_or_default();
            let localized = ty.localized && ty.def.field(top).is_some_and(|f| f.localized);
            if localized || !shared_done {
                let part = if localized { locale.clone() } else { String::new() };
                found.push((part, at.path.to_owned(), at.target.to_owned()));
            }
        });
        shared_done = true;
    }
    let looked_up;
    let keys = match means.targets {
        Some(keys) => keys,
        None => {
            looked_up = keys_of(conn, found.iter().map(|f| f.2.clone()).collect())?;
            &looked_up
        }
    };
    let mut ordinals: HashMap<(String, String), i64> = HashMap::new();
    let mut out = Vec::with_capacity(found.len());
    for (locale, path, target) in found {
        let next = ordinals.entry((locale.clone(), path.clone())).or_default();
        let ordinal = *next;
        *next += 1;
        // An erased target has no row any more: the reference leads nowhere, and those behind it keep their places.
        let Some(dst) = keys.get(&target) else { continue };
        out.push(Reference { state: state.number(), locale, path, ordinal, dst: *dst });
    }
    if let (Some(parent), false) = (loaded.doc.parent, rows.is_empty()) {
        let path = "parent".to_owned();
        out.push(Reference { state: state.number(), locale: String::new(), path, ordinal: 0, dst: parent });
    }
    Ok(out)
}

fn media(
    conn: &mut Connection,
    means: Means<'_>,
    loaded: &Loaded,
    state: State,
    rows: &Rows,
) -> Result<Vec<MediaReference>> {
    let (ty, model) = (&loaded.ty, &means.snapshot.model);
    let mut found: Vec<(String, String, String)> = Vec::new();
    for (i, (locale, values)) in rows.iter().enumerate() {
        value::walk_media(model, ty, values, &mut |at| {
            let top = at.path.split('.').next().unwrap_or_default();
            let localized = ty.localized && ty.def.field(top).is_some_and(|f| f.localized);
            if localized || i == 0 {
                let part = if localized { locale.clone() } else { String::new() };
                found.push((part, at.path.to_owned(), at.target.to_owned()));
            }
        });
    }
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let ids: BTreeSet<String> = found.iter().map(|f| f.2.clone()).collect();
    let ids: Vec<String> = ids.into_iter().collect();
    let keys: HashMap<String, i64> = assets::keys_of(conn, &ids)?.into_iter().collect();
    let mut ordinals: HashMap<(String, String), i64> = HashMap::new();
    let mut out = Vec::with_capacity(found.len());
    for (locale, path, target) in found {
        let next = ordinals.entry((locale.clone(), path.clone())).or_default();
        let ordinal = *next;
        *next += 1;
        // A file that was deleted is shown nowhere; those behind it keep their places.
        let Some(asset) = keys.get(&target) else { continue };
        out.push(MediaReference { state: state.number(), locale, path, ordinal, asset: *asset });
    }
    Ok(out)
}
