//! `GET /api/search`: the answer.

use super::super::cache::INDEX;
use super::super::compile::Compiler;
use super::super::documents::Loader;
use super::super::paging::pagination;
use super::super::populate::Tree;
use super::super::read::{Finished, Reading, found};
use super::super::{Tags, named};
use super::marks::Marks;
use super::{Asked, Sought, Want, end, page, pairs};
use crate::search::{MAX_HITS, Tolerance};
use crate::{Error, Result, access};
use masthead_model::query::Visible;
use masthead_model::query::ast::{Count, ListQuery, RichTextForm, Status};
use masthead_store::Connection;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Texts in items are rendered with the names of their fields: those of a type that has some are read as they are stored.
fn need_texts(tree: &mut Tree<'_>) {
    let group = &mut tree.groups[0];
    group.plan.values |= group.ty.def.fields.iter().any(|field| !field.item_components().is_empty());
}

/// Documents as a list.
fn join(documents: &[Vec<u8>], body: &mut Vec<u8>) {
    body.push(b'[');
    body.extend_from_slice(&documents.join(&b','));
    body.push(b']');
}

/// Add what is said of a document as a hit.
fn add(document: &mut Vec<u8>, about: &Value) {
    if document.last() == Some(&b'}') {
        document.pop();
        document.extend_from_slice(format!(",\"_search\":{about}}}").as_bytes());
    }
}

impl Reading<'_> {
    /// Documents of all types that the caller reads, by their words.
    pub(in super::super) fn search(&self, conn: &mut Connection, raw: &str) -> Result<Finished> {
        let search = self.read_search(raw, &["q", "types", "highlight", "facets"], true)?;
        let searcher = self.searcher.ok_or_else(|| Error::Overloaded("there is no search here".to_owned()))?;
        let sought = Sought { words: search.words.clone(), searcher, titles: false };
        let asked: Vec<Asked<'_>> = search.types.iter().map(|(ty, query)| Asked { ty, query }).collect();
        let meta = json!({ "q": search.text });
        let Some(Asked { query, .. }) = asked.first() else {
            let body = json!({ "data": [], "meta": { "pagination": {"total": 0}, "query": meta } });
            let types = self.snapshot.model.types().map(|ty| ty.id().to_owned()).collect();
            return Ok(Finished {
                body: body.to_string().into_bytes(),
                tags: Tags::default(),
                types: Some(types),
                cache_control: None,
            });
        };
        self.may_count(query)?;
        self.check_facets(&asked, &search.facets)?;
        let compiler = Compiler::new(conn.engine(), &self.snapshot.model, self.ids, &self.rules, &query.view);
        let mut loader = Loader { conn, snapshot: self.snapshot, compiler: &compiler };
        let scope = self.scope(&loader, &asked);
        let planned = self.counts(&scope, &search.facets);
        let counts: Vec<_> = planned.iter().map(|p| p.count.clone()).collect();
        let most = if self.need_all(&scope, &search.facets, &planned) { MAX_HITS } else { end("search", query)? };
        let mut matched = self.matched(&mut loader, &scope, &sought, &Want { most, counts: &counts })?;
        let counted = std::mem::take(&mut matched.counted);
        let (documents, next) = page("search", query, &matched.documents)?;

        let mut types = BTreeSet::from([INDEX.to_owned()]);
        named::in_rules(&self.rules, &self.snapshot.model, &mut types);
        let mut passing = false;
        let mut marks = Marks::new(self, &sought, matched.tolerance);
        let (mut ids, mut written): (Vec<String>, Vec<Vec<u8>>) = (Vec::new(), vec![Vec::new(); documents.len()]);
        for (at, Asked { ty, query }) in asked.iter().enumerate() {
            types.insert(ty.id().to_owned());
            named::in_filter(query.filter.as_ref(), &mut types);
            named::in_sorts(&query.sort, &mut types);
            named::in_selection(&query.selection, &mut types);
            let places: Vec<usize> = (0..documents.len()).filter(|&i| documents[i].0 == at).collect();
            if places.is_empty() {
                continue;
            }
            let keys = pairs(places.iter().map(|&i| (documents[i].1, documents[i].2.as_str())));
            let rows = loader.listed(loader.compiler.taken(ty, &keys))?;
            let rows = rows.into_iter().map(|row| found(&loader, ty, row)).collect();
            let mut tree = Tree::root(&loader, ty, &query.selection, rows);
            if search.highlight {
                need_texts(&mut tree);
            }
            let (each, holds_shortly) = self.each(&mut loader, &mut tree, query)?;
            passing |= holds_shortly;
            ids.extend(tree.ids().map(str::to_owned));
            for ((place, mut body), document) in places.into_iter().zip(each).zip(&tree.groups[0].documents) {
                let mut about = json!({ "type": ty.def.singular });
                if search.highlight {
                    about["highlights"] = marks.of(ty, document).into();
                }
                add(&mut body, &about);
                written[place] = body;
            }
        }
        let mut body = b"{\"data\":".to_vec();
        join(&written, &mut body);
        let total = (query.with_count != Count::No).then_some((matched.total, matched.is_exact));
        let mut query_meta = meta;
        query_meta["tolerance"] = match matched.tolerance {
            Tolerance::None => "none",
            Tolerance::Typos => "typos",
            Tolerance::Words => "words",
        }
        .into();
        if !searcher.is_ready() {
            query_meta["incomplete"] = true.into();
        }
        let mut meta = json!({ "pagination": pagination(query, next.as_deref(), total), "query": query_meta });
        if !search.facets.is_empty() {
            meta["facets"] = self
                .facets(&mut loader, &asked, &matched.documents, &search.facets, (&planned, counted), &mut types)?
                .into();
        }
        body.extend_from_slice(format!(",\"meta\":{meta}}}").as_bytes());
        if query.view.rich_text == RichTextForm::Html {
            types.extend(self.snapshot.model.types().map(|ty| ty.id().to_owned()));
            types.insert(access::FILES.to_owned());
        }
        let seen: BTreeSet<&str> =
            types.iter().map(String::as_str).filter(|id| *id != INDEX && self.rules.type_visible(id)).collect();
        let tags = Tags::of(&seen, ids.iter().map(String::as_str));
        let types = Some(types).filter(|_| query.view.status == Status::Published && !passing);
        Ok(Finished { body, tags, types, cache_control: None })
    }

    /// Write the documents of a list, each with the parts of it that have the words; whether that holds for a while only.
    pub(in super::super) fn write_marked<'q>(
        &self,
        loader: &mut Loader<'q>,
        tree: &mut Tree<'q>,
        query: &ListQuery,
        marks: &mut Marks<'_>,
        body: &mut Vec<u8>,
    ) -> Result<bool> {
        need_texts(tree);
        let (mut each, passing) = self.each(loader, tree, query)?;
        let group = &tree.groups[0];
        for (written, document) in each.iter_mut().zip(&group.documents) {
            add(written, &json!({ "highlights": marks.of(group.ty, document) }));
        }
        join(&each, body);
        Ok(passing)
    }

    /// Each document of the root for itself, with what it leads to; whether that holds for a while only.
    fn each<'q>(
        &self,
        loader: &mut Loader<'q>,
        tree: &mut Tree<'q>,
        query: &ListQuery,
    ) -> Result<(Vec<Vec<u8>>, bool)> {
        let mut all = Vec::new();
        let passing = self.written(loader, tree, &query.view, |writer, places| {
            for place in places {
                let mut body = Vec::new();
                writer.documents(std::slice::from_ref(place), false, &mut body)?;
                all.push(body);
            }
            Ok(())
        })?;
        Ok((all, passing))
    }
}
