//! The parameters of a search over several types: its own, and for each type those of a list.

use super::super::read::{Reading, refused};
use super::facets::{self, Facet};
use crate::search::{Words, words};
use crate::{Error, Result, access};
use masthead_model::query::ast::{ListQuery, Status};
use masthead_model::query::{self, Node, QueryProblem, Visible, qs};
use masthead_model::{Action, Kind, Type};

/// Problems that one type may have where another has none.
const ELSEWHERE: [&str; 2] = ["unknown_field", "not_filterable"];
const OWN: [&str; 5] = ["q", "types", "highlight", "facets", "limit"];

/// A search, read.
pub(super) struct Search<'q> {
    /// As it was typed.
    pub text: String,
    pub words: Words,
    pub highlight: bool,
    pub facets: Vec<Facet>,
    /// At most so many proposals.
    pub limit: Option<usize>,
    pub types: Vec<(&'q Type, ListQuery)>,
}

impl<'r> Reading<'r> {
    /// Read the query string of a search; `own` are the parameters it has beside those of lists.
    pub(super) fn read_search<'q>(&'q self, raw: &str, own: &[&str], of_lists: bool) -> Result<Search<'q>> {
        let root = qs::parse(raw).map_err(|problem| Error::Query(vec![problem]))?;
        let entries = if let Node::Map(entries) = &root { entries.as_slice() } else { &[] };
        for (name, _) in entries {
            let known = own.contains(&name.as_str());
            let is_list = of_lists && !OWN.contains(&name.as_str()) && name != "_q";
            if !known && !is_list && !matches!(name.as_str(), "locale" | "status") {
                let hint = if name == "_q" { "; write `q`" } else { "" };
                let message = format!("there is no parameter `{}` here{hint}", cut(name));
                return Err(refused(&cut(name), "unknown_parameter", &message));
            }
        }
        let rest: Vec<_> = entries.iter().filter(|(name, _)| !own.contains(&name.as_str())).cloned().collect();
        let rest = Node::Map(rest);
        let text = single(&root, "q")?.unwrap_or_default().trim_start().to_owned();
        let words = words(&text).map_err(|why| refused("q", "invalid_value", &why))?;
        let highlight = match single(&root, "highlight")? {
            None | Some("true") => true,
            Some("false") => false,
            Some(_) => return Err(refused("highlight", "invalid_value", "expected: `true` or `false`")),
        };
        let limit = match single(&root, "limit")? {
            None => None,
            Some(text) => match text.parse() {
                Ok(limit @ 1..=20) => Some(limit),
                _ => return Err(refused("limit", "invalid_value", "expected: a whole number from 1 to 20")),
            },
        };
        let types = self.queries(&root, &rest)?;
        if types.len() > 1 && root.get("sort").is_some() {
            let message = "several types have no order in common: name one with `types`, or leave `sort` out";
            return Err(refused("sort", "conflict", message));
        }
        Ok(Search { text, words, highlight, facets: facets::read(&root)?, limit, types })
    }

    /// The types to look through, each with its query. A type without a field that is filtered by has no matches.
    fn queries<'q>(&'q self, root: &Node, rest: &Node) -> Result<Vec<(&'q Type, ListQuery)>> {
        let model = &self.snapshot.model;
        let asked = names(root, "types")?;
        let (mut read, mut problems): (Vec<(&Type, ListQuery)>, Vec<QueryProblem>) = (Vec::new(), Vec::new());
        let mut chosen: Vec<&Type> = Vec::new();
        for name in asked.iter().flatten() {
            // As hits name it, too.
            let named = model.by_api_name(name).or_else(|| model.by_singular(name));
            let found = named.filter(|ty| ty.def.kind != Kind::Component && self.rules.type_visible(ty.id()));
            match found {
                Some(ty) if chosen.iter().any(|known| known.id() == ty.id()) => {}
                Some(ty) => chosen.push(ty),
                None => {
                    let message = format!("there is no type `{}` here", cut(name));
                    return Err(refused("types", "unknown_type", &message));
                }
            }
        }
        if asked.is_none() {
            let all = model.types().filter(|ty| ty.def.kind != Kind::Component && self.rules.type_visible(ty.id()));
            chosen.extend(all.map(|ty| &**ty));
        }
        for ty in chosen {
            match query::parse_list_of(rest, model, ty, &self.rules, &self.limits) {
                Ok(query) => {
                    if query.view.status == Status::Draft {
                        let may = access::authorize(self.caller, self.snapshot, Action::ReadDraft, ty);
                        match may {
                            Err(error) if asked.is_some() => return Err(error),
                            Err(_) => continue,
                            Ok(_) => {}
                        }
                    }
                    read.push((ty, query));
                }
                Err(found) => {
                    let of_type = |p: &QueryProblem| ELSEWHERE.contains(&p.code) && p.parameter.starts_with("filters");
                    if !found.iter().all(of_type) {
                        return Err(Error::Query(found));
                    }
                    if problems.is_empty() {
                        problems = found;
                    }
                }
            }
        }
        if read.is_empty() && !problems.is_empty() {
            return Err(Error::Query(problems));
        }
        Ok(read)
    }
}

fn single<'n>(root: &'n Node, name: &str) -> Result<Option<&'n str>> {
    match root.get(name) {
        None => Ok(None),
        Some(Node::Value(text)) => Ok(Some(text)),
        Some(_) => Err(refused(name, "invalid_value", "expected: one value")),
    }
}

/// A list, written with commas or as several values.
fn names(root: &Node, name: &str) -> Result<Option<Vec<String>>> {
    let split = |text: &str| text.split(',').map(|w| w.trim().to_owned()).filter(|w| !w.is_empty()).collect::<Vec<_>>();
    let wrong = || refused(name, "invalid_value", "expected: names, separated by commas");
    let found = match root.get(name) {
        None => return Ok(None),
        Some(Node::Value(text)) => split(text),
        Some(Node::List(items)) => {
            let mut all = Vec::new();
            for item in items {
                let Node::Value(text) = item else { return Err(wrong()) };
                all.extend(split(text));
            }
            all
        }
        Some(Node::Map(_)) => return Err(wrong()),
    };
    if found.is_empty() { Err(wrong()) } else { Ok(Some(found)) }
}

/// As much of a name as is worth repeating.
pub(super) fn cut(name: &str) -> String {
    name.chars().take(80).collect()
}
