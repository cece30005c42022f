//! `GET /api/search/suggest`: titles of documents that go on like what is being typed.

use super::super::cache::INDEX;
use super::super::compile::Compiler;
use super::super::documents::Loader;
use super::super::populate::Tree;
use super::super::read::{Finished, Reading, found};
use super::super::stored::Stored;
use super::super::{Tags, named, stored};
use super::{Asked, Passed, Sought, Want, pairs};
use crate::{Error, Result};
use masthead_model::query::ast::Status;
use masthead_store::Connection;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Proposals, when nothing is said.
const USUAL: usize = 8;

impl Reading<'_> {
    /// Titles that the caller reads; each once.
    pub(in super::super) fn suggest(&self, conn: &mut Connection, raw: &str) -> Result<Finished> {
        let search = self.read_search(raw, &["q", "types", "limit"], false)?;
        let searcher = self.searcher.ok_or_else(|| Error::Overloaded("there is no search here".to_owned()))?;
        let limit = search.limit.unwrap_or(USUAL);
        let sought = Sought { words: search.words, searcher, titles: true };
        // Without a title that the caller reads there is nothing to propose.
        let titled = |ty: &masthead_model::Type| ty.def.title().is_some_and(|id| self.reads(ty, id));
        let asked: Vec<Asked<'_>> =
            search.types.iter().filter(|(ty, _)| titled(ty)).map(|(ty, query)| Asked { ty, query }).collect();
        let mut types: BTreeSet<String> = asked.iter().map(|asked| asked.ty.id().to_owned()).collect();
        let seen: BTreeSet<&str> = types.iter().map(String::as_str).collect();
        let tags = Tags::of(&seen, std::iter::empty());
        types.insert(INDEX.to_owned());
        named::in_rules(&self.rules, &self.snapshot.model, &mut types);
        let mut data = Vec::new();
        let mut is_public = true;
        if let Some(Asked { query, .. }) = asked.first()
            && !sought.words.parts.is_empty()
        {
            is_public = query.view.status == Status::Published;
            let compiler = Compiler::new(conn.engine(), &self.snapshot.model, self.ids, &self.rules, &query.view);
            let mut loader = Loader { conn, snapshot: self.snapshot, compiler: &compiler };
            // Some have the same title.
            let want = Want { most: limit * 3, counts: &[] };
            let scope = self.scope(&loader, &asked);
            let matched = self.matched(&mut loader, &scope, &sought, &want)?;
            let first: Vec<Passed> = matched.documents.into_iter().take(limit * 3).collect();
            data = self.titles(&mut loader, &asked, &first)?;
            let mut known = HashSet::new();
            data.retain(|entry| known.insert(entry["text"].to_string()));
            data.truncate(limit);
        }
        let body = json!({ "data": data, "meta": {} }).to_string().into_bytes();
        Ok(Finished { body, tags, types: Some(types).filter(|_| is_public), cache_control: None })
    }

    fn titles<'q>(&self, loader: &mut Loader<'q>, asked: &[Asked<'q>], documents: &[Passed]) -> Result<Vec<Value>> {
        let mut made: HashMap<usize, Value> = HashMap::new();
        for (at, Asked { ty, query }) in asked.iter().enumerate() {
            let places: Vec<usize> = (0..documents.len()).filter(|&i| documents[i].0 == at).collect();
            let Some(title) = ty.def.title().filter(|_| !places.is_empty()) else { continue };
            let keys = pairs(places.iter().map(|&i| (documents[i].1, documents[i].2.as_str())));
            let rows = loader.listed(loader.compiler.taken(ty, &keys))?;
            let rows = rows.into_iter().map(|row| found(loader, ty, row)).collect();
            let mut tree = Tree::root(loader, ty, &query.selection, rows);
            loader.complete(&mut tree.groups, &[0])?;
            for (place, document) in places.into_iter().zip(&tree.groups[0].documents) {
                let Some(mut stored) = Stored::open(&document.data) else { continue };
                let id = stored.word(stored::DOCUMENT_ID).map(str::to_owned);
                let text = stored.get(title).and_then(|json| serde_json::from_slice::<String>(json).ok());
                if let (Some(id), Some(text)) = (id, text) {
                    let locale = Some(documents[place].2.as_str()).filter(|code| !code.is_empty());
                    let entry = json!({"text": text, "type": ty.def.singular, "documentId": id, "locale": locale});
                    made.insert(place, entry);
                }
            }
        }
        Ok((0..documents.len()).filter_map(|i| made.remove(&i)).collect())
    }
}
