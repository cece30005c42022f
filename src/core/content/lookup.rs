//! Resolve references against the database, inside the transaction that writes them.

use super::allowed;
use super::document::Loaded;
use super::slugs;
use crate::access::Rules;
use crate::{Caller, Snapshot, media};
use masthead_model::ids::PublicIds;
use masthead_model::storage::ColumnKind;
use masthead_model::value::{File, Found, Lookup, Reference, Target};
use masthead_model::{Action, Model, Type, TypeKey};
use masthead_store::documents::{self, Document};
use masthead_store::{Connection, Error, projections};
use serde_json::Value;

/// Finds documents for [`masthead_model::value::merge`]. The first database error is kept and must be asked for
/// afterwards, since the trait has no place for it.
pub(crate) struct Database<'a> {
    pub conn: &'a mut Connection,
    pub snapshot: &'a Snapshot,
    pub ids: PublicIds,
    /// Whose change it is: what they may not see is not found.
    pub caller: &'a Caller,
    /// The locale in which localized unique values are looked up when the reference names none.
    pub locale: &'a str,
    pub error: Option<Error>,
}

impl Lookup for Database<'_> {
    fn find(&mut self, targets: &[String], reference: &Reference) -> Found {
        match self.look(targets, reference) {
            Ok(found) => found,
            Err(error) => {
                self.error.get_or_insert(error);
                Found::None
            }
        }
    }

    fn knows(&self, type_id: &str, field_id: &str) -> bool {
        Rules::of(self.caller, self.snapshot).knows_field(type_id, field_id)
    }

    fn files(&mut self, ids: &[String]) -> Vec<File> {
        match media::nameable(self.conn, self.snapshot, self.caller, ids) {
            Ok(found) => found,
            Err(error) => {
                self.error.get_or_insert(error);
                Vec::new()
            }
        }
    }

    fn file_numbered(&mut self, number: i64) -> Option<String> {
        let found = self.ids.key(number).map(|key| masthead_store::assets::by_key(self.conn, key));
        match found {
            Some(Ok(asset)) => asset.map(|asset| asset.id),
            Some(Err(error)) => {
                self.error.get_or_insert(error);
                None
            }
            None => None,
        }
    }
}

impl Database<'_> {
    fn look(&mut self, targets: &[String], reference: &Reference) -> Result<Found, Error> {
        match reference {
            Reference::Document(id) => {
                let doc = documents::by_document_id(self.conn, id.as_str())?;
                self.of_type(targets, doc)
            }
            Reference::Number(id) => {
                let doc = match self.ids.key(*id) {
                    Some(key) => documents::by_key(self.conn, key)?,
                    None => None,
                };
                self.of_type(targets, doc)
            }
            Reference::Unique { type_id, field, value, locale } => {
                let locale = locale.as_deref().unwrap_or(self.locale).to_owned();
                for target in targets.iter().filter(|t| type_id.as_ref().is_none_or(|only| only == *t)) {
                    let Some(ty) = self.snapshot.model.get(target).cloned() else { continue };
                    if !Rules::of(self.caller, self.snapshot).reads_field(ty.id(), field) {
                        continue;
                    }
                    if let Some(key) = by_unique(self.conn, &self.snapshot.model, &ty, field, value, &locale)? {
                        let doc = documents::by_key(self.conn, key)?;
                        if !self.reads(&ty, doc.as_ref(), field)? {
                            return Ok(Found::None);
                        }
                        return self.of_type(targets, doc);
                    }
                }
                Ok(Found::None)
            }
        }
    }

    fn of_type(&mut self, targets: &[String], doc: Option<Document>) -> Result<Found, Error> {
        let Some(doc) = doc.filter(|d| d.trashed_at.is_none()) else { return Ok(Found::None) };
        let Some(ty) = self.snapshot.model.by_key(TypeKey(doc.type_key)).cloned() else { return Ok(Found::None) };
        if !self.sees(&ty, &doc)? {
            return Ok(Found::None);
        }
        Ok(if targets.contains(&ty.def.id) {
            Found::One(Target { document_id: doc.document_id, type_id: ty.def.id.clone(), key: doc.key })
        } else {
            Found::Wrong
        })
    }

    /// Whether the writer reads this field of the document, where that differs between documents.
    fn reads(&mut self, ty: &Type, doc: Option<&Document>, field: &str) -> Result<bool, Error> {
        let rules = Rules::of(self.caller, self.snapshot);
        let is_even = |action| rules.uneven(action, ty).is_none();
        let Some(doc) = doc.filter(|_| !is_even(Action::Read) || !is_even(Action::ReadDraft)) else { return Ok(true) };
        let found = Loaded::of_document(self.conn, self.snapshot, doc.clone()).and_then(|loaded| {
            let draft = allowed::covered(self.conn, self.snapshot, &rules, Action::ReadDraft, &loaded)?;
            Ok(draft.covers(field)
                || allowed::covered(self.conn, self.snapshot, &rules, Action::Read, &loaded)?.covers(field))
        });
        found.map_err(corrupt)
    }

    /// Whether the writer may know of the document: its drafts, or what is published of it.
    fn sees(&mut self, ty: &Type, doc: &Document) -> Result<bool, Error> {
        let rules = Rules::of(self.caller, self.snapshot);
        if rules.grant(Action::ReadDraft, ty.id()).is_some() && rules.condition(Action::ReadDraft, ty).is_none() {
            return Ok(true);
        }
        let found = Loaded::of_document(self.conn, self.snapshot, doc.clone())
            .and_then(|loaded| allowed::is_readable(self.conn, self.snapshot, self.caller, &loaded));
        found.map_err(corrupt)
    }
}

fn corrupt(error: crate::Error) -> Error {
    match error {
        crate::Error::Store(error) => error,
        other => Error::Corrupt { what: "document", cause: other.to_string() },
    }
}

/// The document of `ty` whose field has `value`: the published holder of it, else the oldest draft.
pub(crate) fn by_unique(
    conn: &mut Connection,
    model: &Model,
    ty: &Type,
    field_id: &str,
    value: &Value,
    locale: &str,
) -> Result<Option<i64>, Error> {
    let Some(field) = ty.field(field_id) else { return Ok(None) };
    if let Some(claim) = slugs::claim_of(ty, field, value, ty.part_of(field, locale), None)
        && let Some(doc) = masthead_store::claims::holder(conn, &claim)?
    {
        return Ok(Some(doc));
    }
    let (Some(column), Some(text)) = (ty.storage.columns.get(field_id), value.as_str()) else { return Ok(None) };
    if column.kind != ColumnKind::Text {
        return Ok(None);
    }
    let table = (ty.key, ty.storage.generation);
    let rows = slugs::rows(model, ty, field, locale);
    for state in if ty.def.draft_and_publish { [1, 0].as_slice() } else { [1].as_slice() } {
        let mut found = Vec::new();
        for row in &rows {
            found.extend(projections::with_text(conn, table, column, (*state, row), text)?);
        }
        if let Some(doc) = found.into_iter().min() {
            return Ok(Some(doc));
        }
    }
    Ok(None)
}
