//! Derive from a document everything that is made for reading: projections, references, claims, rendered rows, URLs.
//!
//! [`derived`] computes it from the bodies alone, so that a rebuild and the write path cannot differ; [`refresh`]
//! writes it.

use super::document::{Loaded, State};
use super::{slugs, urls};
use crate::delivery::stored::{self, Rendering};
use crate::{Error, Result, Snapshot, time};
use masthead_model::ids::PublicIds;
use masthead_model::storage::{self, Column, ColumnKind};
use masthead_model::value::{self, decimal};
use masthead_model::{Field, FieldType, Type, fold};
use masthead_store::claims::Claim;
use masthead_store::projections::{Cell, Child, Row};
use masthead_store::references::Reference;
use masthead_store::{Connection, Tx, claims, documents, projections, references, rendered, urls as url_rows};
use serde_json::{Map, Value};
use std::collections::HashMap;

/// Trees are at most this deep.
pub(crate) const TREE_DEPTH: usize = 30;

/// Everything derived of a document in one state.
#[derive(Debug, Default)]
pub(crate) struct Derived {
    pub rows: Vec<Row>,
    pub references: Vec<Reference>,
    /// Of the published state only.
    pub claims: Vec<Claim>,
    /// `(row locale, rendered data)`, of the published state only.
    pub rendered: Vec<(String, Vec<u8>)>,
    /// `(row locale, path)`, of the published state only.
    pub urls: Vec<(String, Option<String>)>,
}

/// The states that a type's documents have rows in.
fn states(ty: &Type) -> &'static [State] {
    if ty.def.draft_and_publish { &[State::Draft, State::Published] } else { &[State::Published] }
}

/// The joined values of each row of a state.
pub(crate) fn rendering_values(
    conn: &mut Connection,
    snapshot: &Snapshot,
    loaded: &Loaded,
    state: State,
) -> Result<Vec<(String, Map<String, Value>)>> {
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

/// Compute what a document has in `state`.
pub(crate) fn derived(
    conn: &mut Connection,
    snapshot: &Snapshot,
    ids: PublicIds,
    loaded: &Loaded,
    state: State,
) -> Result<Derived> {
    let mut out = Derived::default();
    let (doc, ty) = (&loaded.doc, &loaded.ty);
    if doc.trashed_at.is_some() || !states(ty).contains(&state) {
        return Ok(out);
    }
    let rows = rendering_values(conn, snapshot, loaded, state)?;
    let is_public = state == State::Published;
    for (locale, values) in &rows {
        let path = tree_path(conn, loaded, state, locale, values)?;
        let (updated_at, published_at) = moments(loaded, state, locale);
        let (columns, children) = cells(snapshot, ty, values);
        if is_public {
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
            out.rendered.push((locale.clone(), stored::encode(ids, snapshot, ty, &what)));
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
    out.references = refs(conn, snapshot, loaded, state, &rows)?;
    out.claims.sort();
    out.claims.dedup();
    Ok(out)
}

/// `(updatedAt, publishedAt)` of a row: of its draft the last save, of its published state the last publish.
fn moments(loaded: &Loaded, state: State, locale: &str) -> (i64, Option<i64>) {
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

fn refs(
    conn: &mut Connection,
    snapshot: &Snapshot,
    loaded: &Loaded,
    state: State,
    rows: &[(String, Map<String, Value>)],
) -> Result<Vec<Reference>> {
    let ty = &loaded.ty;
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
    let mut wanted: Vec<String> = found.iter().map(|f| f.2.clone()).collect();
    wanted.sort();
    wanted.dedup();
    let keys: HashMap<String, i64> = if wanted.is_empty() {
        HashMap::new()
    } else {
        documents::find_many(conn, &wanted)?.into_iter().map(|d| (d.document_id, d.key)).collect()
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

/// The typed values of a row: its columns, and its children for everything else that can be filtered.
pub(crate) fn cells(snapshot: &Snapshot, ty: &Type, values: &Map<String, Value>) -> (Vec<(Column, Cell)>, Vec<Child>) {
    let mut walk = Cells { snapshot, ty, columns: Vec::new(), children: Vec::new() };
    walk.fields(&ty.def.fields, values, "", Some(0), "");
    (walk.columns, walk.children)
}

struct Cells<'a> {
    snapshot: &'a Snapshot,
    ty: &'a Type,
    columns: Vec<(Column, Cell)>,
    children: Vec<Child>,
}

impl Cells<'_> {
    /// `depth` is none below a list, where there are no columns any more.
    fn fields(
        &mut self,
        fields: &[Field],
        values: &Map<String, Value>,
        prefix: &str,
        depth: Option<usize>,
        element: &str,
    ) {
        for field in fields {
            let Some(stored) = values.get(&field.id) else { continue };
            let path = format!("{prefix}{}", field.id);
            if let Some(kind) = ColumnKind::of(field) {
                let Some(cell) = cell(field, kind, stored) else { continue };
                if depth.is_some() {
                    if let Some(column) = self.ty.storage.columns.get(&path) {
                        self.columns.push((*column, cell));
                    }
                } else {
                    self.children.push(Child { path, element: element.to_owned(), cell });
                }
                continue;
            }
            match field.kind {
                FieldType::Tags | FieldType::Enumeration => {
                    for (i, text) in list(stored).iter().filter_map(|v| v.as_str()).enumerate() {
                        let cell = Cell::Text { raw: text.to_owned(), key: fold::key(text) };
                        self.children.push(Child { path: path.clone(), element: inner(element, i), cell });
                    }
                }
                FieldType::Component => {
                    let Some(component) =
                        field.component.as_deref().and_then(|id| self.snapshot.model.get(id)).cloned()
                    else {
                        continue;
                    };
                    let prefix = format!("{path}.");
                    if let Some(depth) = depth.filter(|d| storage::has_columns(field, *d)) {
                        if let Some(item) = stored.as_object() {
                            self.fields(&component.def.fields, item, &prefix, Some(depth + 1), element);
                        }
                        continue;
                    }
                    for (i, item) in list(stored).iter().filter_map(|v| v.as_object()).enumerate() {
                        // A component that is no list adds no index: its values belong to the element around it.
                        let element = if field.repeatable { inner(element, i) } else { element.to_owned() };
                        if field.repeatable {
                            self.item(&path, &element);
                        }
                        self.fields(&component.def.fields, item, &prefix, None, &element);
                    }
                }
                FieldType::Blocks => {
                    for (i, item) in list(stored).iter().filter_map(|v| v.as_object()).enumerate() {
                        let Some(id) = item.get("_type").and_then(Value::as_str) else { continue };
                        let Some(component) = self.snapshot.model.get(id).cloned() else { continue };
                        let (path, element) = (format!("{path}.{id}"), inner(element, i));
                        self.item(&path, &element);
                        self.fields(&component.def.fields, item, &format!("{path}."), None, &element);
                    }
                }
                _ => {}
            }
        }
    }

    /// A row for the item itself, so that filters find it when it has no value that could be filtered.
    fn item(&mut self, path: &str, element: &str) {
        self.children.push(Child { path: path.to_owned(), element: element.to_owned(), cell: Cell::Integer(1) });
    }
}

fn inner(element: &str, index: usize) -> String {
    if element.is_empty() { index.to_string() } else { format!("{element}.{index}") }
}

fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        other => vec![other],
    }
}

/// The projected form of a stored value; none when the stored value is not of its field's form (an older model's).
fn cell(field: &Field, kind: ColumnKind, stored: &Value) -> Option<Cell> {
    Some(match kind {
        ColumnKind::Text => {
            let raw = stored.as_str()?;
            Cell::Text { raw: raw.to_owned(), key: fold::key(raw) }
        }
        ColumnKind::LongText => {
            let raw = stored.as_str()?;
            Cell::LongText { raw: raw.to_owned(), caseless: fold::caseless(raw) }
        }
        ColumnKind::Plain => Cell::Plain(stored.as_str()?.to_owned()),
        ColumnKind::Integer => Cell::Integer(match field.kind {
            FieldType::Boolean => i64::from(stored.as_bool()?),
            FieldType::Decimal => decimal::scaled(stored, field.scale()).ok()?,
            FieldType::Datetime => time::parse(stored.as_str()?)?,
            _ => stored.as_i64()?,
        }),
    })
}

/// Derive and write what a document has in the given states. A claim that another document holds is a conflict.
pub(crate) fn refresh(
    tx: &mut Tx<'_>,
    snapshot: &Snapshot,
    ids: PublicIds,
    loaded: &Loaded,
    which: &[State],
) -> Result<()> {
    refresh_below(tx, snapshot, ids, loaded, which, 0)
}

fn refresh_below(
    tx: &mut Tx<'_>,
    snapshot: &Snapshot,
    ids: PublicIds,
    loaded: &Loaded,
    which: &[State],
    depth: usize,
) -> Result<()> {
    let (doc, ty) = (loaded.doc.key, &loaded.ty);
    let table = (ty.key, ty.storage.generation);
    for state in which.iter().filter(|s| states(ty).contains(s)) {
        let before = if ty.def.tree { projections::paths(tx, table, doc, state.number())? } else { Vec::new() };
        let derived = derived(tx, snapshot, ids, loaded, *state)?;
        write(tx, loaded, *state, &derived)?;
        if ty.def.tree && before != projections::paths(tx, table, doc, state.number())? && depth < TREE_DEPTH {
            for child in documents::children(tx, doc)? {
                let child = Loaded::of_document(tx, snapshot, child)?;
                refresh_below(tx, snapshot, ids, &child, &[*state], depth + 1)?;
            }
        }
    }
    Ok(())
}

fn write(tx: &mut Tx<'_>, loaded: &Loaded, state: State, derived: &Derived) -> Result<()> {
    let (doc, ty) = (loaded.doc.key, &loaded.ty);
    projections::remove(tx, ty.key, ty.storage.generation, doc, state.number())?;
    for row in &derived.rows {
        projections::insert(tx, ty.key, &ty.storage, row)?;
    }
    references::replace(tx, doc, ty.key.0, state.number(), &derived.references)?;
    if state == State::Published {
        if let Some(taken) = claims::replace(tx, doc, &derived.claims)? {
            let problem = ty.field(&taken.field).map(slugs::is_taken);
            return Err(Error::Blocked(problem.into_iter().collect()));
        }
        rendered::delete(tx, doc)?;
        for (locale, data) in &derived.rendered {
            rendered::put(tx, doc, locale, ty.key.0, ty.storage.render_epoch, data)?;
        }
        if ty.def.url_pattern.is_some() {
            let mut gone: Vec<String> =
                url_rows::of(tx, doc)?.into_iter().filter(|u| u.current).map(|u| u.locale).collect();
            gone.retain(|l| derived.urls.iter().all(|(locale, _)| locale != l));
            for locale in gone {
                url_rows::set(tx, doc, &locale, None)?;
            }
            for (locale, path) in &derived.urls {
                url_rows::set(tx, doc, locale, path.as_deref())?;
            }
        }
    }
    Ok(())
}

/// Derive and write both states of a document, as a rebuild does: a claim that somebody else holds already stays with
/// them. What is there of the document is replaced.
pub(crate) fn derive_again(tx: &mut Tx<'_>, snapshot: &Snapshot, ids: PublicIds, loaded: &Loaded) -> Result<()> {
    for state in [State::Draft, State::Published] {
        let mut derived = derived(tx, snapshot, ids, loaded, state)?;
        let mut free = Vec::new();
        for claim in derived.claims {
            if claims::holder(tx, &claim)?.is_none_or(|holder| holder == loaded.doc.key) {
                free.push(claim);
            }
        }
        derived.claims = free;
        write(tx, loaded, state, &derived)?;
    }
    Ok(())
}
