//! The bytes of an answer: slices of rendered documents, joined.

use super::documents::Found;
use super::html::Addresses;
use super::item::Items;
use super::plan::Member;
use super::populate::{Place, Tree};
use super::stored::Stored;
use crate::media::Delivering;
use crate::{Error, Result, Snapshot};
use masthead_model::query::QueryProblem;
use masthead_model::query::ast::Populate;
use masthead_model::value::render_field;

/// Largest answer, in bytes: documents that are populated again and again add up.
const MAX_BYTES: usize = 32 << 20;

/// Writes the documents of a tree.
pub(super) struct Writer<'w, 'q> {
    pub tree: &'w Tree<'q>,
    pub snapshot: &'q Snapshot,
    /// Where rich text is delivered as HTML.
    pub addresses: Option<&'w Addresses>,
    pub delivering: &'w Delivering<'w>,
}

impl<'w, 'q> Writer<'w, 'q> {
    /// Documents as a list, or the first one or `null`.
    pub fn documents(&self, places: &[Place], many: bool, out: &mut Vec<u8>) -> Result<()> {
        if !many {
            return match places.first() {
                Some(place) => self.document(*place, out),
                None => {
                    out.extend_from_slice(b"null");
                    Ok(())
                }
            };
        }
        out.push(b'[');
        for (i, place) in places.iter().enumerate() {
            if i > 0 {
                out.push(b',');
            }
            self.document(*place, out)?;
        }
        out.push(b']');
        Ok(())
    }

    fn document(&self, (group, at): Place, out: &mut Vec<u8>) -> Result<()> {
        if out.len() > MAX_BYTES {
            let message = format!("the answer would be larger than {} MB; populate less", MAX_BYTES >> 20);
            return Err(Error::Query(vec![QueryProblem::new("populate", "too_large", message)]));
        }
        let group = &self.tree.groups[group];
        let document = &group.documents[at];
        let Some(mut stored) = Stored::open(&document.data) else {
            out.extend_from_slice(b"null");
            return Ok(());
        };
        for (i, member) in group.plan.members.iter().enumerate() {
            out.push(if i == 0 { b'{' } else { b',' });
            if document.hidden.is_some()
                && let Some((name, absent)) = member.hidden_in(|field| document.hides(field))
            {
                out.extend_from_slice(name.as_bytes());
                out.extend_from_slice(absent.as_bytes());
                continue;
            }
            match member {
                Member::Slice { name, key, absent } => {
                    out.extend_from_slice(name.as_bytes());
                    out.extend_from_slice(stored.get(key).unwrap_or(absent.as_bytes()));
                }
                Member::Html { name, key } => {
                    out.extend_from_slice(name.as_bytes());
                    let rich_text = stored.get(key).and_then(|json| serde_json::from_slice(json).ok());
                    match (self.addresses, rich_text) {
                        (Some(addresses), Some(value)) => {
                            out.extend_from_slice(addresses.render(&value).as_bytes());
                        }
                        _ => out.extend_from_slice(b"null"),
                    }
                }
                Member::Items { name, field, populate } => {
                    out.extend_from_slice(name.as_bytes());
                    let value = document.values.as_ref().and_then(|values| values.get(&field.id));
                    self.items(field, populate, value, (document, at), out)?;
                }
                Member::Related { name, populate, many } => {
                    out.extend_from_slice(name.as_bytes());
                    let links = self.tree.links(populate).and_then(|links| links.of.get(at));
                    self.documents(links.map(Vec::as_slice).unwrap_or_default(), *many, out)?;
                }
                Member::Media { name, path, many, fields } => {
                    out.extend_from_slice(name.as_bytes());
                    let mut json = String::new();
                    let files = self.tree.files.at(document.doc, &document.locale, path);
                    self.delivering.write(files, *many, *fields, &mut json);
                    out.extend_from_slice(json.as_bytes());
                }
            }
        }
        out.push(b'}');
        Ok(())
    }

    fn items(
        &self,
        field: &masthead_model::Field,
        populate: &'q Populate,
        value: Option<&serde_json::Value>,
        (found, document): (&Found, usize),
        out: &mut Vec<u8>,
    ) -> Result<()> {
        let mut json = String::new();
        let mut items = Items::new(self, populate, document, found.doc);
        render_field(&self.snapshot.model, field, value, &mut json, &mut items);
        out.extend_from_slice(json.as_bytes());
        if items.overflow || out.len() > MAX_BYTES {
            let message = format!("the answer would be larger than {} MB; populate less", MAX_BYTES >> 20);
            return Err(Error::Query(vec![QueryProblem::new("populate", "too_large", message)]));
        }
        Ok(())
    }
}
