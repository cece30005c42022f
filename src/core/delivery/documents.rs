//! Documents on their way into an answer: rendered rows, and documents rendered here because they are drafts, because
//! their row is of an older epoch, or because more is asked of them than a row holds.

use super::compile::{Compiler, Source, Step, Wanted, action};
use super::populate::Group;
use super::stored::{self, Rendering, Stored};
use crate::access::Fields;
use crate::{Result, Snapshot};
use masthead_model::{Type, value};
use masthead_store::bodies::{self, Body};
use masthead_store::delivered::{self, Listed, Made, Related as Row};
use masthead_store::documents::Document;
use masthead_store::{Connection, Statement};
use serde_json::{Map, Value};
use std::collections::{HashMap, HashSet};

/// A document in one locale.
pub(super) struct Found {
    pub doc: i64,
    /// The locale of its row.
    pub locale: String,
    /// What [`stored`] encodes; empty until it is there.
    pub data: Vec<u8>,
    /// The stored values, where they are needed.
    pub values: Option<Map<String, Value>>,
    /// Ids of the fields that the caller does not see of this document; none where its rules do not tell documents apart.
    pub hidden: Option<Vec<String>>,
}

/// Reads documents on one snapshot.
pub(super) struct Loader<'q> {
    pub conn: &'q mut Connection,
    pub snapshot: &'q Snapshot,
    pub compiler: &'q Compiler<'q>,
}

impl<'q> Loader<'q> {
    /// The rows of a list.
    pub fn listed(&mut self, statement: Statement) -> Result<Vec<Listed>> {
        Ok(delivered::listed(self.conn, statement)?)
    }

    /// Numbers, one per row.
    pub fn numbers(&mut self, statement: Statement) -> Result<Vec<i64>> {
        Ok(delivered::numbers(self.conn, statement)?)
    }

    /// Values, what they are called, and numbers.
    pub fn tallies(&mut self, statement: Statement) -> Result<Vec<delivered::Valued>> {
        Ok(delivered::values(self.conn, statement)?)
    }

    pub fn counted(&mut self, statement: Statement) -> Result<u64> {
        Ok(u64::try_from(delivered::counted(self.conn, statement)?).unwrap_or(0))
    }

    /// What the documents of a level lead to.
    pub fn related(&mut self, sources: &[Source<'q>], steps: &[Step<'q>], limit: u64) -> Result<Vec<Row>> {
        Ok(delivered::related(self.conn, self.compiler.level(sources, steps, limit))?)
    }

    /// A document with its rendered row, if that row is good.
    pub fn found(&self, ty: &Type, doc: i64, locale: String, epoch: Option<i64>, data: Option<Vec<u8>>) -> Found {
        self.found_in(self.compiler.state(ty), ty, (doc, locale, epoch, data))
    }

    /// The same of a document in a given state.
    pub fn found_in(
        &self,
        state: i64,
        ty: &Type,
        (doc, locale, epoch, data): (i64, String, Option<i64>, Option<Vec<u8>>),
    ) -> Found {
        let good = epoch == Some(ty.storage.render_epoch) && state == 1;
        let data = data.filter(|data| good && Stored::open(data).is_some()).unwrap_or_default();
        Found { doc, locale, data, values: None, hidden: None }
    }

    /// Complete the documents of these groups: two statements at most, none when all have good rows and no more is
    /// asked for.
    pub fn complete(&mut self, groups: &mut [Group<'q>], which: &[usize]) -> Result<()> {
        for &at in which {
            self.hide(&mut groups[at])?;
        }
        let mut wanted: Vec<Wanted<'q>> = Vec::new();
        let mut places: Vec<(usize, Vec<usize>)> = Vec::new();
        for &at in which {
            let group = &groups[at];
            let missing: Vec<usize> = (0..group.documents.len())
                .filter(|&i| {
                    let document = &group.documents[i];
                    document.values.is_none() && (document.data.is_empty() || group.plan.values)
                })
                .collect();
            if !missing.is_empty() {
                let pairs = missing.iter().map(|&i| {
                    let document = &group.documents[i];
                    serde_json::json!([document.doc, document.locale])
                });
                wanted.push(Source {
                    ty: group.ty,
                    documents: Value::from_iter(pairs).to_string(),
                    state: group.state,
                });
                places.push((at, missing));
            }
        }
        if wanted.is_empty() {
            return Ok(());
        }
        let made = delivered::made(self.conn, self.compiler.bodies(&wanted))?;
        let keys: HashSet<i64> = made.iter().flat_map(|row| [row.shared, row.local]).flatten().collect();
        let keys: Vec<i64> = keys.into_iter().collect();
        let bodies: HashMap<i64, Body> = bodies::get_many(self.conn, &keys)?.into_iter().map(|b| (b.key, b)).collect();
        for row in made {
            let place = usize::try_from(row.source).ok().and_then(|i| places.get(i));
            let found =
                place.and_then(|(group, missing)| Some((*group, *missing.get(usize::try_from(row.place).ok()?)?)));
            if let Some((group, at)) = found {
                let ty = groups[group].ty;
                self.render(ty, &mut groups[group].documents[at], row, &bodies);
            }
        }
        for group in which {
            groups[*group].documents.iter_mut().for_each(Found::settle);
        }
        Ok(())
    }

    /// Note which fields the caller does not see of which documents.
    fn hide(&mut self, group: &mut Group<'q>) -> Result<()> {
        let (compiler, ty) = (self.compiler, group.ty);
        let Some(grant) = compiler.rules.uneven(action(group.state), ty) else { return Ok(()) };
        if group.documents.is_empty() {
            return Ok(());
        }
        let conditions: Vec<_> = grant.alternatives().iter().map(|a| compiler.rules.filter_of(a, ty)).collect();
        let pairs = Value::from_iter(group.documents.iter().map(|d| serde_json::json!([d.doc, d.locale])));
        let mut seen = vec![Fields::none(); group.documents.len()];
        for row in delivered::related(self.conn, compiler.holding(ty, group.state, &pairs.to_string(), &conditions))? {
            let place = usize::try_from(row.1).ok().and_then(|at| seen.get_mut(at));
            let held = usize::try_from(row.0).ok().and_then(|at| grant.alternatives().get(at));
            if let (Some(place), Some(held)) = (place, held) {
                place.add(&held.fields);
            }
        }
        for (document, seen) in group.documents.iter_mut().zip(seen) {
            let all = ty.def.fields.iter().chain(&ty.parent).map(|f| f.id.clone());
            document.hidden = Some(all.filter(|id| !seen.covers(id)).collect());
        }
        Ok(())
    }

    fn render(&self, ty: &Type, found: &mut Found, row: Made, bodies: &HashMap<i64, Body>) {
        let body = |key: Option<i64>| key.and_then(|key| bodies.get(&key));
        let values = self.values(ty, body(row.shared), body(row.local));
        if found.data.is_empty() {
            let doc = Document {
                key: found.doc,
                document_id: row.document_id,
                type_key: ty.key.0,
                created_at: row.created_at,
                created_by: String::new(),
                position: row.position,
                parent: None,
                trashed_at: None,
            };
            let what = Rendering {
                doc: &doc,
                locale: &found.locale,
                values: &values,
                created_at: row.created_at,
                updated_at: row.updated_at,
                published_at: row.published_at,
                position: doc.position.as_deref(),
                path: row.path.as_deref(),
            };
            found.data = stored::encode(self.compiler.ids, self.snapshot, ty, &what);
        }
        found.values = Some(values);
    }

    /// The values of a shared and a local body, as the current model reads them.
    pub fn values(&self, ty: &Type, shared: Option<&Body>, local: Option<&Body>) -> Map<String, Value> {
        let read = |body: Option<&Body>| body.map(|body| self.snapshot.current(ty, body.clone()).0).unwrap_or_default();
        value::join(ty, &read(shared), &read(local))
    }
}

impl Found {
    /// Whether the caller does not see this field, by its id.
    pub fn hides(&self, field: &str) -> bool {
        self.hidden.as_ref().is_some_and(|hidden| hidden.iter().any(|id| id == field))
    }

    /// A document whose bodies were not there still has a form: nothing is left to be asked for.
    fn settle(&mut self) {
        self.values.get_or_insert_default();
    }
}
