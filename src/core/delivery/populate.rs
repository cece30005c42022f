//! Read what documents lead to, level by level: one statement for all relations of all documents of a level.

use super::compile::{Arm, Compiler, Related, Source, Step};
use super::documents::{Found, Loader};
use super::plan::{self, Plan};
use super::stored::Stored;
use crate::media::Files;
use crate::{Error, Result};
use masthead_model::Type;
use masthead_model::query::QueryProblem;
use masthead_model::query::ast::{Filter, Populate, RelationRef, Selection, Sort};
use masthead_store::delivered::Related as Row;
use std::collections::{HashMap, HashSet};

/// Related documents of one level, at most.
const MAX_RELATED: u64 = 10_000;
/// Combinations of a relation and a target type in one level: an SQL statement has an end.
const MAX_ARMS: usize = 400;

/// Documents that are delivered in one way, and what leads on from them.
pub(super) struct Group<'q> {
    pub ty: &'q Type,
    /// The state in which its documents are seen.
    pub state: i64,
    pub plan: Plan<'q>,
    pub documents: Vec<Found>,
    /// As a query string says it; empty at the root.
    parameter: String,
    selection: &'q Selection,
}

/// A document by its group and its place there.
pub(super) type Place = (usize, usize);

/// What one entry of a population found.
pub(super) struct Links {
    /// By document of the group that leads here: the related ones, in order.
    pub of: Vec<Vec<Place>>,
    /// Inside items, where a reference is an id: by document, the places of ids and their ranks.
    pub by_id: Vec<HashMap<String, (usize, Place)>>,
}

/// All that was read for an answer. The first group holds its own documents.
pub(super) struct Tree<'q> {
    pub groups: Vec<Group<'q>>,
    links: HashMap<usize, Links>,
    pub files: Files,
}

impl<'q> Tree<'q> {
    /// A tree of nothing but its root.
    pub fn root(loader: &Loader<'q>, ty: &'q Type, selection: &'q Selection, documents: Vec<Found>) -> Self {
        let root = group(loader, (ty, loader.compiler.state(ty)), selection, documents, String::new());
        Self { groups: vec![root], links: HashMap::new(), files: Files::default() }
    }

    pub fn links(&self, populate: &Populate) -> Option<&Links> {
        self.links.get(&address(populate))
    }

    /// Read everything that the selections ask for.
    pub fn grow(&mut self, loader: &mut Loader<'q>) -> Result<()> {
        let mut level: Vec<usize> = vec![0];
        while !level.is_empty() {
            loader.complete(&mut self.groups, &level)?;
            self.read_files(loader, &level)?;
            level = self.next(loader, &level)?;
        }
        Ok(())
    }

    /// The files that the documents of a level show: a statement for drafts and one for what is published.
    fn read_files(&mut self, loader: &mut Loader<'q>, level: &[usize]) -> Result<()> {
        let mut by_state: [Vec<i64>; 2] = Default::default();
        for group in level.iter().map(|at| &self.groups[*at]).filter(|group| shows_media(group.selection)) {
            let state = usize::from(loader.compiler.state(group.ty) == 1);
            by_state[state].extend(group.documents.iter().map(|d| d.doc));
        }
        for (state, mut documents) in (0..).zip(by_state) {
            if !documents.is_empty() {
                documents.sort_unstable();
                documents.dedup();
                self.files.read(loader.conn, loader.compiler.rules, &documents, state)?;
            }
        }
        Ok(())
    }

    /// Reads the level below; the new groups.
    fn next(&mut self, loader: &mut Loader<'q>, level: &[usize]) -> Result<Vec<usize>> {
        let mut sources = Vec::new();
        let mut branches = Vec::new();
        for &at in level {
            let group = &self.groups[at];
            let before = branches.len();
            if !group.documents.is_empty() {
                collect(group.selection, &group.parameter, (at, sources.len()), false, &mut branches);
            }
            if branches.len() > before {
                sources.push(Source { ty: group.ty, documents: pairs(&group.documents), state: group.state });
            }
        }
        let mut steps = Vec::new();
        let mut arms: Vec<(usize, usize)> = Vec::new();
        let mut fresh = Vec::new();
        for (number, branch) in branches.iter().enumerate() {
            let mut step = Step { source: branch.source, kind: branch.kind(), arms: Vec::new() };
            for target in branch.targets(loader.compiler, self.groups[branch.group].ty) {
                let Target { ty, filter, sorts, selection } = target;
                let own = [self.groups[branch.group].state];
                let states = if branch.is_relation() { loader.compiler.states(ty) } else { &own };
                for &state in states {
                    step.arms.push(Arm { number: arms.len(), state, ty, filter, sorts });
                    arms.push((number, self.groups.len()));
                    fresh.push(self.groups.len());
                    self.groups.push(group(loader, (ty, state), selection, Vec::new(), branch.parameter.clone()));
                }
            }
            if !step.arms.is_empty() {
                steps.push(step);
            }
        }
        for branch in &branches {
            let count = self.groups[branch.group].documents.len();
            let by_id = if branch.inside { vec![HashMap::new(); count] } else { Vec::new() };
            self.links.insert(address(branch.populate), Links { of: vec![Vec::new(); count], by_id });
        }
        if steps.is_empty() {
            return Ok(fresh);
        }
        if arms.len() > MAX_ARMS {
            return Err(too_much("populate", "too many relations and types at once; populate fewer"));
        }
        let rows = loader.related(&sources, &steps, MAX_RELATED + 1)?;
        if rows.len() as u64 > MAX_RELATED {
            return Err(self.too_many(&branches, &arms, &rows));
        }
        self.take(loader, &branches, &arms, rows);
        Ok(fresh)
    }

    fn take(&mut self, loader: &Loader<'q>, branches: &[Branch<'q>], arms: &[(usize, usize)], mut rows: Vec<Row>) {
        // Rows of one rank are locales of one document: they come in the site's order.
        let order: HashMap<&str, usize> = loader.compiler.model.locales.codes().zip(0..).collect();
        let place = |locale: &str| order.get(locale).copied();
        rows.sort_by_key(|row| (arms.get(row.0 as usize).map(|arm| arm.0), row.1, row.2, place(&row.4)));
        let mut known: HashMap<(usize, i64, String), usize> = HashMap::new();
        // A document may be met in several items.
        let mut met = HashSet::new();
        for (arm, source, _, doc, locale, epoch, data) in rows {
            let Some(&(number, into)) = usize::try_from(arm).ok().and_then(|arm| arms.get(arm)) else { continue };
            let branch = &branches[number];
            let from = usize::try_from(source).ok().and_then(|at| self.groups[branch.group].documents.get(at));
            if from.is_some_and(|from| branch.is_hidden_in(from)) {
                continue;
            }
            let group = &mut self.groups[into];
            let at = *known.entry((into, doc, locale.clone())).or_insert_with(|| {
                group.documents.push(loader.found_in(group.state, group.ty, (doc, locale, epoch, data)));
                group.documents.len() - 1
            });
            let Ok(source) = usize::try_from(source) else { continue };
            if let Some(links) = self.links.get_mut(&address(branch.populate))
                && let Some(of) = links.of.get_mut(source)
                && (!branch.inside || met.insert((number, source, into, at)))
            {
                of.push((into, at));
            }
        }
    }

    /// The ids of all documents.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let documents = self.groups.iter().flat_map(|group| &group.documents);
        documents.filter_map(|d| Stored::open(&d.data)?.word(super::stored::DOCUMENT_ID))
    }

    /// References inside items are found by id; known only once the documents are complete.
    pub fn index_items(&mut self) {
        for links in self.links.values_mut().filter(|links| !links.by_id.is_empty()) {
            for (of, by_id) in links.of.iter().zip(&mut links.by_id) {
                for (rank, &(group, at)) in of.iter().enumerate() {
                    let document = &self.groups[group].documents[at];
                    let id = Stored::open(&document.data).and_then(|mut s| s.word(super::stored::DOCUMENT_ID));
                    if let Some(id) = id {
                        by_id.insert(id.to_owned(), (rank, (group, at)));
                    }
                }
            }
        }
    }

    fn too_many(&self, branches: &[Branch<'q>], arms: &[(usize, usize)], rows: &[Row]) -> Error {
        let mut counts = vec![0usize; branches.len()];
        for row in rows {
            if let Some((branch, _)) = usize::try_from(row.0).ok().and_then(|arm| arms.get(arm)) {
                counts[*branch] += 1;
            }
        }
        let most = counts.iter().zip(branches).max_by_key(|(count, _)| **count);
        let parameter = most.map_or("populate", |(_, branch)| branch.parameter.as_str());
        too_much(
            parameter,
            &format!(
                "this leads to more than {MAX_RELATED} documents; give it `pagination`, or ask for a smaller page"
            ),
        )
    }
}

fn too_much(parameter: &str, message: &str) -> Error {
    Error::Query(vec![QueryProblem::new(parameter, "too_many", message)])
}

fn group<'q>(
    loader: &Loader<'q>,
    (ty, state): (&'q Type, i64),
    selection: &'q Selection,
    documents: Vec<Found>,
    parameter: String,
) -> Group<'q> {
    let compiler = loader.compiler;
    let plan = plan::of(compiler.model, compiler.rules, ty, selection, compiler.view.rich_text);
    Group { ty, state, plan, documents, parameter, selection }
}

/// An entry of a population stays where it is while its query lives, and there is one of it.
fn address(populate: &Populate) -> usize {
    std::ptr::from_ref(populate) as usize
}

fn pairs(documents: &[Found]) -> String {
    serde_json::Value::from_iter(documents.iter().map(|d| serde_json::json!([d.doc, d.locale]))).to_string()
}

/// A relation to follow.
struct Branch<'q> {
    group: usize,
    source: usize,
    populate: &'q Populate,
    parameter: String,
    /// Stands in items of components, whose values hold the references.
    inside: bool,
}

struct Target<'q> {
    ty: &'q Type,
    filter: Option<&'q Filter>,
    sorts: &'q [Sort],
    selection: &'q Selection,
}

impl<'q> Branch<'q> {
    fn kind(&self) -> Related<'q> {
        match self.populate {
            Populate::Relation { relation, window, .. } => {
                // Inside items the window is of each item's list, which the database does not know.
                Related::Relation { relation, window: window.filter(|_| !self.inside) }
            }
            _ => Related::Localizations,
        }
    }

    /// Whether it begins in a field that the caller does not see of this document.
    fn is_hidden_in(&self, document: &Found) -> bool {
        let Populate::Relation { relation: RelationRef::Own { path, .. }, .. } = self.populate else { return false };
        document.hidden.is_some() && document.hides(path.split('.').next().unwrap_or(path))
    }

    fn is_relation(&self) -> bool {
        matches!(self.populate, Populate::Relation { .. })
    }

    fn targets(&self, compiler: &Compiler<'q>, own: &'q Type) -> Vec<Target<'q>> {
        match self.populate {
            Populate::Relation { targets, .. } => targets
                .iter()
                .filter_map(|target| {
                    Some(Target {
                        ty: compiler.model.get(&target.type_id)?,
                        filter: target.filter.as_ref(),
                        sorts: &target.sort,
                        selection: &target.selection,
                    })
                })
                .collect(),
            Populate::Localizations(selection) => vec![Target { ty: own, filter: None, sorts: &[], selection }],
            _ => Vec::new(),
        }
    }
}

fn collect<'q>(
    selection: &'q Selection,
    parameter: &str,
    (group, source): (usize, usize),
    inside: bool,
    branches: &mut Vec<Branch<'q>>,
) {
    let below = |name: &str| match parameter {
        "" => format!("populate[{name}]"),
        outer => format!("{outer}[populate][{name}]"),
    };
    for populate in &selection.populate {
        match populate {
            Populate::Relation { name, .. } => {
                branches.push(Branch { group, source, populate, parameter: below(name), inside });
            }
            Populate::Localizations(_) => {
                let parameter = below("localizations");
                branches.push(Branch { group, source, populate, parameter, inside });
            }
            Populate::Component { field, selection } => {
                collect(selection, &below(&field.name), (group, source), true, branches);
            }
            Populate::Blocks { field, on } => {
                for (component, selection) in on {
                    let parameter = format!("{}[on][{component}]", below(&field.name));
                    collect(selection, &parameter, (group, source), true, branches);
                }
            }
            Populate::Media { .. } => {}
        }
    }
}

/// Whether files are asked for, of the documents themselves or of their items.
fn shows_media(selection: &Selection) -> bool {
    selection.populate.iter().any(|populate| match populate {
        Populate::Media { .. } => true,
        Populate::Component { selection, .. } => shows_media(selection),
        Populate::Blocks { on, .. } => on.iter().any(|(_, selection)| shows_media(selection)),
        Populate::Relation { .. } | Populate::Localizations(_) => false,
    })
}
