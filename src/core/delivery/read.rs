//! One read on one snapshot: who asks, what for, and the answer.

use super::assemble::Writer;
use super::cache::{INDEX, Noted, Totals};
use super::compile::{Compiler, Pager};
use super::documents::{Found, Loader};
use super::html::Addresses;
use super::named::{self, Types};
use super::paging::{pagination, shown};
use super::populate::Tree;
use super::request::{Door, Request};
use super::search::marks::Marks;
use super::{Delivered, ETag, Encoded, Standing, Tags, locales, past, resolve};
use crate::access::{self, Internal, Rules};
use crate::media::Delivering;
use crate::search::Searcher;
use crate::{Caller, Core, Error, Result, Snapshot};
use bytes::Bytes;
use masthead_model::ids::{PublicIds, is_document_id};
use masthead_model::query::ast::{LocaleChoice, RichTextForm, Selection, Status, View};
use masthead_model::query::{self, Limits, OneQuery, QueryProblem, Visible};
use masthead_model::{Action, Kind, Type};
use masthead_store::{Connection, delivered::Listed};
use std::collections::BTreeSet;

/// An answer and what it was made from.
pub(super) struct Answer {
    pub delivered: Delivered,
    /// Ids of the types it depends on; none when it must not be kept.
    pub types: Option<Types>,
    /// What the caller may do, as in [`Rules::class`].
    pub class: String,
}

/// What a read has at hand.
pub(super) struct Reading<'r> {
    core: &'r Core,
    pub caller: &'r Caller,
    pub snapshot: &'r Snapshot,
    pub ids: PublicIds,
    pub rules: Rules<'r>,
    pub(super) limits: Limits,
    pub(super) noted: &'r Noted,
    pub(super) totals: &'r Totals,
    pub(super) standing: Option<Standing>,
    /// Private fields may be named.
    is_internal: bool,
    pub(super) searcher: Option<&'r dyn Searcher>,
}

/// Answer `request` on this snapshot.
pub(super) fn answer(
    core: &Core,
    conn: &mut Connection,
    snapshot: &Snapshot,
    request: &Request,
    noted: &Noted,
) -> Result<Answer> {
    let reading = Reading {
        core,
        caller: &request.caller,
        snapshot,
        ids: core.ids(),
        rules: Rules::of(&request.caller, snapshot).of_drafts(request.is_of_drafts()),
        limits: Limits { max_page_size: core.settings().max_page_size.max(1), ..Limits::default() },
        noted,
        totals: core.cache().totals(),
        standing: request.drafts.flatten(),
        is_internal: request.drafts.is_some(),
        searcher: core.searcher().map(AsRef::as_ref),
    };
    let before = conn.statements();
    let mut finished = match request.door {
        Door::Content => reading.content(conn, request)?,
        Door::Resolve => resolve::answer(&reading, conn, &request.raw)?,
        Door::Locales => locales::answer(&reading, &request.raw)?,
        Door::Search => reading.search(conn, &request.raw)?,
        Door::Suggest => reading.suggest(conn, &request.raw)?,
    };
    let statements = u32::try_from(conn.statements() - before).unwrap_or(u32::MAX);
    // An answer that is kept must not hold much more than it weighs.
    if finished.body.capacity() > finished.body.len() + finished.body.len() / 8 {
        finished.body.shrink_to_fit();
    }
    let delivered = Delivered {
        etag: ETag::of(&finished.body),
        body: Bytes::from(finished.body),
        cache_control: finished.cache_control,
        private: request.caller != Caller::Anonymous,
        statements,
        tags: finished.tags,
        encoded: Encoded::default(),
    };
    Ok(Answer { delivered, types: finished.types, class: reading.rules.class() })
}

/// An answer's body and what is said about it.
pub(super) struct Finished {
    pub body: Vec<u8>,
    pub tags: Tags,
    pub types: Option<Types>,
    pub cache_control: Option<String>,
}

impl Reading<'_> {
    fn content(&self, conn: &mut Connection, request: &Request) -> Result<Finished> {
        let unknown = || access::unknown_type(&request.name);
        let ty = self.snapshot.model.by_api_name(&request.name).ok_or_else(unknown)?;
        access::authorize(self.caller, self.snapshot, Action::Read, ty).map_err(|_| unknown())?;
        match (&request.id, ty.def.kind) {
            (None, Kind::Single) if request.drafts.is_none() => self.one(conn, ty, None, &request.raw),
            (None, _) => self.list(conn, ty, &request.raw),
            (Some(id), Kind::Collection) => self.one(conn, ty, Some(id), &request.raw),
            (Some(_), _) => Err(not_found(ty)),
        }
    }

    fn list(&self, conn: &mut Connection, ty: &Type, raw: &str) -> Result<Finished> {
        let model = &self.snapshot.model;
        let inner = Internal(&self.rules);
        let visible: &dyn Visible = if self.is_internal { &inner } else { &self.rules };
        let query = query::parse_list(raw, model, ty, visible, &self.limits).map_err(Error::Query)?;
        self.may_see(ty, &query.view)?;
        let compiler = Compiler::new(conn.engine(), model, self.ids, &self.rules, &query.view);
        let mut loader = Loader { conn, snapshot: self.snapshot, compiler: &compiler };
        let sought = self.sought(&query)?;
        let mut marks = None;
        let (mut rows, next, counted) = match &sought {
            Some(sought) => {
                let (rows, next, counted, tolerance) = self.searched(&mut loader, ty, &query, sought)?;
                marks = (query.highlight && !self.is_internal).then(|| Marks::new(self, sought, tolerance));
                (rows, next, counted)
            }
            None => {
                let list = self.route(&mut loader, ty, &query)?;
                let counted = self.total(&mut loader, &list, &query)?;
                let access = self.access(&mut loader, &list, &query, counted)?;
                let (rows, next) = self.page(&mut loader, &Pager { access, ..list }, &query)?;
                (rows, next, counted)
            }
        };
        let total = counted.map(|counted| shown(counted, &query, rows.len() as u64));
        let documents = rows.drain(..).map(|row| found(&loader, ty, row)).collect();
        let mut tree = Tree::root(&loader, ty, &query.selection, documents);
        let mut types = BTreeSet::from([ty.id().to_owned()]);
        named::in_filter(query.filter.as_ref(), &mut types);
        named::in_sorts(&query.sort, &mut types);
        let mut body = b"{\"data\":".to_vec();
        let passing = match &mut marks {
            Some(marks) => self.write_marked(&mut loader, &mut tree, &query, marks, &mut body)?,
            None => self.write(&mut loader, &mut tree, &query.view, true, &mut body)?,
        };
        body.extend_from_slice(b",\"meta\":{\"pagination\":");
        body.extend_from_slice(pagination(&query, next.as_deref(), total).to_string().as_bytes());
        body.extend_from_slice(b"}}");
        let mut finished = self.finish(&tree, &query.selection, &query.view, types, body);
        if let (Some(_), Some(types)) = (sought, &mut finished.types) {
            types.insert(INDEX.to_owned());
        }
        Ok(Finished { types: finished.types.filter(|_| !passing), ..finished })
    }

    fn one(&self, conn: &mut Connection, ty: &Type, id: Option<&str>, raw: &str) -> Result<Finished> {
        let model = &self.snapshot.model;
        let query = query::parse_one(raw, model, ty, &self.rules, &self.limits).map_err(Error::Query)?;
        self.may_see(ty, &query.view)?;
        if id.is_some_and(|id| !is_document_id(id)) {
            return Err(not_found(ty));
        }
        let compiler = Compiler::new(conn.engine(), model, self.ids, &self.rules, &query.view);
        let mut loader = Loader { conn, snapshot: self.snapshot, compiler: &compiler };
        let document = self.document(&mut loader, ty, id, &query)?.ok_or_else(|| not_found(ty))?;
        let mut tree = Tree::root(&loader, ty, &query.selection, vec![document]);
        let mut types = BTreeSet::from([ty.id().to_owned()]);
        named::in_filter(query.filter.as_ref(), &mut types);
        let mut body = b"{\"data\":".to_vec();
        let passing = self.write(&mut loader, &mut tree, &query.view, false, &mut body)?;
        body.extend_from_slice(b",\"meta\":{}}");
        let mut finished = self.finish(&tree, &query.selection, &query.view, types, body);
        if query.at.is_some() || passing {
            finished.types = None;
        }
        Ok(finished)
    }

    fn document(
        &self,
        loader: &mut Loader<'_>,
        ty: &Type,
        id: Option<&str>,
        query: &OneQuery,
    ) -> Result<Option<Found>> {
        match (id, query.at) {
            (Some(id), Some(at)) => past::found(self, loader, ty, id, query, at),
            (None, Some(_)) => Err(refused("at", "conflict", "`at` works on documents of collections only")),
            (Some(id), None) => {
                let rows = loader.listed(loader.compiler.one(ty, id, query.filter.as_ref()))?;
                Ok(rows.into_iter().next().map(|row| found(loader, ty, row)))
            }
            (None, None) => {
                let rows = loader.listed(loader.compiler.single(ty, query.filter.as_ref()))?;
                Ok(rows.into_iter().next().map(|row| found(loader, ty, row)))
            }
        }
    }

    /// Drafts are for those who may; what else is named in the query is then seen as far as they may, too.
    pub(super) fn may_see(&self, ty: &Type, view: &View) -> Result<()> {
        if view.status == Status::Draft {
            access::authorize(self.caller, self.snapshot, Action::ReadDraft, ty)?;
        }
        Ok(())
    }

    /// Read what the root leads to, and write it all. True when what is written holds for a while only.
    pub(super) fn write<'q>(
        &self,
        loader: &mut Loader<'q>,
        tree: &mut Tree<'q>,
        view: &View,
        many: bool,
        body: &mut Vec<u8>,
    ) -> Result<bool> {
        self.written(loader, tree, view, |writer, places| {
            let documents = writer.tree.groups.iter().flat_map(|group| &group.documents);
            body.reserve(documents.map(|d| d.data.len()).sum::<usize>() + 256);
            writer.documents(places, many, body)
        })
    }

    /// Read what the root leads to, and let `write` write the documents at these places, those of the root. True when
    /// what is written holds for a while only.
    pub(super) fn written<'q>(
        &self,
        loader: &mut Loader<'q>,
        tree: &mut Tree<'q>,
        view: &View,
        write: impl FnOnce(&Writer<'_, 'q>, &[(usize, usize)]) -> Result<()>,
    ) -> Result<bool> {
        tree.grow(loader)?;
        tree.index_items();
        let addresses = match view.rich_text {
            RichTextForm::Json => None,
            RichTextForm::Html => {
                Some(Addresses::of_tree(self.core, loader.conn, self.snapshot, loader.compiler, tree)?)
            }
        };
        let places: Vec<_> = (0..tree.groups[0].documents.len()).map(|at| (0, at)).collect();
        let first = match &view.locale {
            LocaleChoice::One(code) => Some(code.as_str()),
            LocaleChoice::All => None,
        };
        let others = view.fallback_locales.iter().map(String::as_str);
        let default = self.snapshot.model.locales.default_code();
        let locales = first.into_iter().chain(others).chain([default]).collect();
        let delivering = Delivering { core: self.core, locales };
        let writer = Writer { tree, snapshot: loader.snapshot, addresses: addresses.as_ref(), delivering: &delivering };
        write(&writer, &places)?;
        Ok(tree.files.has_private || addresses.is_some_and(|a| a.has_private))
    }

    pub(super) fn finish(
        &self,
        tree: &Tree<'_>,
        selection: &Selection,
        view: &View,
        types: Types,
        body: Vec<u8>,
    ) -> Finished {
        let mut types = types;
        named::in_selection(selection, &mut types);
        named::in_rules(&self.rules, &self.snapshot.model, &mut types);
        if view.rich_text == RichTextForm::Html {
            // A link may lead anywhere.
            types.extend(self.snapshot.model.types().map(|ty| ty.id().to_owned()));
            types.insert(access::FILES.to_owned());
        }
        // A tag must not tell of a type that the caller may not see.
        let seen: BTreeSet<&str> = types.iter().map(String::as_str).filter(|id| self.rules.type_visible(id)).collect();
        let tags = Tags::of(&seen, tree.ids());
        let cache_control = tree.groups[0].ty.def.cache_control.clone();
        Finished { body, tags, types: Some(types).filter(|_| view.status == Status::Published), cache_control }
    }
}

pub(super) fn found(loader: &Loader<'_>, ty: &Type, (doc, locale, epoch, data, _): Listed) -> Found {
    loader.found(ty, doc, locale, epoch, data)
}

pub(super) fn refused(parameter: &str, code: &'static str, message: &str) -> Error {
    Error::Query(vec![QueryProblem::new(parameter, code, message)])
}

fn not_found(ty: &Type) -> Error {
    Error::not_found(format!("the {}", ty.def.singular))
}
