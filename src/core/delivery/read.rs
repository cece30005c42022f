//! One read on one snapshot: who asks, what for, and the answer.

use super::assemble::Writer;
use super::cache::{INDEX, LONGEST_KEY, Noted, Totals};
use super::compile::{Access, Compiler, Pager, Span};
use super::documents::{Found, Loader};
use super::html::Addresses;
use super::named::{self, Types};
use super::places::Places;
use super::populate::Tree;
use super::{Delivered, Encoded, Standing, Tags, cursor, locales, past, resolve};
use crate::access::{self, Rules};
use crate::events::Dependency;
use crate::media::Delivering;
use crate::search::Searcher;
use crate::{Caller, Core, Error, Result, Snapshot};
use bytes::Bytes;
use masthead_model::ids::{PublicIds, is_document_id};
use masthead_model::query::ast::{Count, LocaleChoice, Page, RichTextForm, Selection, Sort, Status, View};
use masthead_model::query::{self, Limits, ListQuery, OneQuery, QueryProblem, Visible};
use masthead_model::{Action, Kind, Type};
use masthead_store::{Connection, delivered::Listed};
use std::collections::BTreeSet;
use twox_hash::XxHash3_64;

/// Counting stops here, unless it is to be exact.
pub(super) const MAX_COUNTED: u64 = 10_000;
/// Rows passed over to reach a page; beyond them a cursor is wanted.
const MAX_START: u64 = 10_000;

/// Which of the API's reads is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Door {
    Content,
    /// `/api/resolve`, which no type can be named.
    Resolve,
    /// `/api/i18n/locales`.
    Locales,
    /// `/api/search`.
    Search,
    /// `/api/search/suggest`.
    Suggest,
}

/// Who asks, and what for.
pub(super) struct Request {
    pub caller: Caller,
    door: Door,
    name: String,
    id: Option<String>,
    raw: String,
    /// A list for editors: of singles too, and only of what stands there.
    drafts: Option<Option<Standing>>,
}

impl Request {
    pub fn new(caller: &Caller, name: &str, id: Option<&str>, raw: &str) -> Self {
        let (name, id, raw) = (name.to_owned(), id.map(str::to_owned), raw.to_owned());
        Self { caller: caller.clone(), door: Door::Content, name, id, raw, drafts: None }
    }

    /// The list that editors see.
    pub fn of_drafts(self, standing: Option<Standing>) -> Self {
        Self { drafts: Some(standing), ..self }
    }

    /// A read of something other than documents.
    pub fn at(door: Door, caller: &Caller, raw: &str) -> Self {
        // No type has these names.
        let name = match door {
            Door::Search => "search",
            Door::Suggest => "suggest",
            Door::Resolve => "resolve",
            Door::Content | Door::Locales => "i18n",
        };
        Self { door, ..Self::new(caller, name, None, raw) }
    }

    /// Equal for requests that have the same answer. `class` stands for what the caller may do.
    pub fn key(&self, class: &str) -> String {
        let private = self.caller != Caller::Anonymous;
        let id = self.id.as_deref().unwrap_or("\u{1}");
        // Neither a path segment nor a query string holds a line break.
        let mut key = format!("{private}\n{class}\n{}\n{id}\n{}", self.name, self.raw);
        if let Some(standing) = self.drafts {
            key.push_str(&format!("\n{standing:?}"));
        }
        key
    }

    /// Whether drafts are asked for.
    fn is_of_drafts(&self) -> bool {
        // However it is spelt; most requests need no second look.
        (self.raw.contains("draft") || self.raw.contains('%'))
            && query::qs::parse(&self.raw)
                .is_ok_and(|root| matches!(root.get("status"), Some(query::Node::Value(word)) if word == "draft"))
    }

    /// Whether it is plain without parsing that the answer will not be kept.
    pub fn is_passing(&self) -> bool {
        self.drafts.is_some()
            || self.raw.contains("status=draft")
            || self.raw.contains("at=") && self.raw.split('&').any(|part| part.starts_with("at="))
    }
}

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
    noted: &'r Noted,
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
    let hash = XxHash3_64::oneshot(&finished.body);
    // An answer that is kept must not hold much more than it weighs.
    if finished.body.capacity() > finished.body.len() + finished.body.len() / 8 {
        finished.body.shrink_to_fit();
    }
    let delivered = Delivered {
        etag: format!("\"{hash:016x}\""),
        body: Bytes::from(finished.body),
        cache_control: finished.cache_control,
        private: request.caller != Caller::Anonymous,
        statements,
        tags: finished.tags,
        encoded: Encoded::default(),
    };
    Ok(Answer { delivered, types: finished.types, class: reading.rules.class() })
}

/// The same rules for editors, to whom private fields are fields like others.
struct Internal<'r>(&'r Rules<'r>);

impl Visible for Internal<'_> {
    fn type_visible(&self, type_id: &str) -> bool {
        self.0.type_visible(type_id)
    }

    fn field_visible(&self, type_id: &str, field_id: &str) -> bool {
        self.0.field_visible(type_id, field_id)
    }

    fn paths_visible(&self, type_id: &str) -> bool {
        self.0.paths_visible(type_id)
    }

    fn sees_internal(&self) -> bool {
        true
    }
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
        let (mut rows, next, counted) = match &sought {
            Some(sought) => self.searched(&mut loader, ty, &query, sought)?,
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
        let passing = self.write(&mut loader, &mut tree, &query.view, true, &mut body)?;
        body.extend_from_slice(b",\"meta\":{\"pagination\":");
        body.extend_from_slice(pagination(&query, next.as_deref(), total).to_string().as_bytes());
        body.extend_from_slice(b"}}");
        let mut finished = self.finish(&tree, &query.selection, &query.view, types, body);
        if let (Some(_), Some(types)) = (sought, &mut finished.types) {
            types.insert(INDEX.to_owned());
        }
        Ok(Finished { types: finished.types.filter(|_| !passing), ..finished })
    }

    /// The rows of the page, and the cursor behind it when there are more.
    fn page(
        &self,
        loader: &mut Loader<'_>,
        pager: &Pager<'_>,
        query: &ListQuery,
    ) -> Result<(Vec<Listed>, Option<String>)> {
        let (start, limit) = match &query.page {
            Page::Page { page, size } => (u64::from(page.saturating_sub(1)) * u64::from(*size), u64::from(*size)),
            Page::Offset { start, limit } => (*start, u64::from(*limit)),
            Page::Cursor { after, size } => {
                let (ids, ty) = (self.ids, pager.ty.id());
                let keys = loader.compiler.keys_of(pager);
                let after = after.as_deref().map(|text| cursor::read(ids, ty, query, &keys, text));
                let after = after.transpose().map_err(|problem| Error::Query(vec![problem]))?;
                // One more row tells whether there is more.
                let span = Span { start: 0, limit: u64::from(*size) + 1, after: after.as_ref(), keys: true };
                let mut rows = loader.listed(loader.compiler.list(pager, &span))?;
                let more = rows.len() > *size as usize;
                rows.truncate(*size as usize);
                let last = rows.last().filter(|_| more);
                let next = last.and_then(|row| cursor::write(ids, ty, query, row.0, &row.1, row.4.as_deref()));
                return Ok((rows, next));
            }
        };
        if start > MAX_START {
            let parameter = if matches!(query.page, Page::Offset { .. }) { "start" } else { "page" };
            let message = format!(
                "pages end after {MAX_START} documents; go on with `pagination[cursor]`, beginning with an empty one"
            );
            return Err(refused(&format!("pagination[{parameter}]"), "too_many", &message));
        }
        Ok((self.page_at(loader, pager, query, start, limit)?, None))
    }

    /// The page behind `start` rows, entered at the nearest place that an earlier page was read at.
    fn page_at(
        &self,
        loader: &mut Loader<'_>,
        pager: &Pager<'_>,
        query: &ListQuery,
        start: u64,
        limit: u64,
    ) -> Result<Vec<Listed>> {
        let is_walked = !matches!(pager.access, Some(Access::Seek(_)));
        let kept = (Places::matter(start) && is_walked).then(|| self.kept_list(pager.ty, query, &query.sort)).flatten();
        let Some((key, dependencies)) = kept else {
            let span = Span { start, limit, after: None, keys: false };
            return loader.listed(loader.compiler.list(pager, &span));
        };
        let place = self.totals.places.before(&key, start);
        let (passed, after) = place.map_or((0, None), |(passed, after)| (passed, Some(after)));
        let span = Span { start: start - passed, limit, after: after.as_ref(), keys: true };
        let rows = loader.listed(loader.compiler.list(pager, &span))?;
        if let Some(last) = rows.last() {
            let keys = loader.compiler.keys_of(pager);
            self.totals.places.note(key, start + rows.len() as u64, last, &keys, dependencies);
        }
        Ok(rows)
    }

    /// Under which key something is kept of a list in this order, and what it depends on; none when nothing is kept.
    fn kept_list(&self, ty: &Type, query: &ListQuery, sort: &[Sort]) -> Option<(String, Vec<Dependency>)> {
        let mut types = BTreeSet::from([ty.id().to_owned()]);
        named::in_filter(query.filter.as_ref(), &mut types);
        named::in_sorts(sort, &mut types);
        named::in_rules(&self.rules, &self.snapshot.model, &mut types);
        let is_kept = query.view.status == Status::Published && self.standing.is_none();
        let dependencies = self.noted.of(&types).filter(|_| is_kept)?;
        let key = self.list_key(ty, query, sort);
        (key.len() <= LONGEST_KEY).then_some((key, dependencies))
    }

    /// How many documents the whole list has, and whether that is exact; none when nobody asks.
    fn total(&self, loader: &mut Loader<'_>, pager: &Pager<'_>, query: &ListQuery) -> Result<Option<(u64, bool)>> {
        let most = match query.with_count {
            Count::No => return Ok(None),
            Count::Yes => Some(MAX_COUNTED + 1),
            Count::Exact if *self.caller == Caller::Anonymous => {
                let message = "exact counts are for callers with a token; leave it out, or ask for `true`";
                return Err(refused("pagination[withCount]", "not_allowed", message));
            }
            Count::Exact => None,
        };
        let counted = self.counted(loader, pager, query, most)?;
        Ok(Some((counted, most.is_none() || counted <= MAX_COUNTED)))
    }

    /// The count from memory, or a new one. Without dependencies nothing can be said about what is in memory.
    pub(super) fn counted(
        &self,
        loader: &mut Loader<'_>,
        pager: &Pager<'_>,
        query: &ListQuery,
        most: Option<u64>,
    ) -> Result<u64> {
        let Some((key, dependencies)) = self.kept_list(pager.ty, query, &[]) else {
            return loader.counted(loader.compiler.count(pager, most));
        };
        // A count that stops elsewhere is another one.
        let key = format!("{most:?} {key}");
        if let Some(known) = self.totals.get(&key) {
            return Ok(known);
        }
        let counted = loader.counted(loader.compiler.count(pager, most))?;
        self.totals.put(key, counted, dependencies);
        Ok(counted)
    }

    /// A list in this order, without its page and selection.
    fn list_key(&self, ty: &Type, query: &ListQuery, sort: &[Sort]) -> String {
        let counted = ListQuery {
            filter: query.filter.clone(),
            sort: sort.to_vec(),
            selection: Selection { fields: None, system: Vec::new(), populate: Vec::new() },
            page: Page::Offset { start: 0, limit: 1 },
            with_count: query.with_count,
            search: query.search.clone(),
            view: View { rich_text: RichTextForm::Json, ..query.view.clone() },
        };
        let version = self.snapshot.model.version;
        format!("{version} {} {}\n{}", self.rules.class(), ty.id(), query::canonical(&counted))
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

/// A total as it is delivered: a lower bound is no lower than what the page shows.
pub(super) fn shown((counted, exact): (u64, bool), query: &ListQuery, rows: u64) -> (u64, bool) {
    if exact {
        return (counted, true);
    }
    let seen = match query.page {
        Page::Page { page, size } => u64::from(page.saturating_sub(1)) * u64::from(size) + rows,
        Page::Offset { start, .. } => start + rows,
        Page::Cursor { .. } => 0,
    };
    (seen.max(MAX_COUNTED), false)
}

pub(super) fn pagination(query: &ListQuery, next: Option<&str>, total: Option<(u64, bool)>) -> serde_json::Value {
    let mut meta = match &query.page {
        Page::Page { page, size } => serde_json::json!({ "page": page, "pageSize": size }),
        Page::Offset { start, limit } => serde_json::json!({ "start": start, "limit": limit }),
        Page::Cursor { size, .. } => serde_json::json!({ "pageSize": size, "nextCursor": next }),
    };
    if let (Some((total, exact)), Some(meta)) = (total, meta.as_object_mut()) {
        if let Page::Page { size, .. } = query.page {
            meta.insert("pageCount".to_owned(), total.div_ceil(u64::from(size.max(1))).into());
        }
        meta.insert("total".to_owned(), total.into());
        if !exact {
            meta.insert("totalExact".to_owned(), false.into());
        }
    }
    meta
}

pub(super) fn refused(parameter: &str, code: &'static str, message: &str) -> Error {
    Error::Query(vec![QueryProblem::new(parameter, code, message)])
}

fn not_found(ty: &Type) -> Error {
    Error::not_found(format!("the {}", ty.def.singular))
}
