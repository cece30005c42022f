//! The parameters of the content API's reads, and what each means.

use super::ast::{Count, Filter, ListQuery, LocaleChoice, OneQuery, Page, RichTextForm, Selection, Sort, Status, View};
use super::bind::{Binder, Limits, Visible};
use super::problem::{At, QueryProblem, shown};
use super::qs::{self, Node};
use super::scope::Scope;
use super::value::{MAX_TEXT, datetime};
use super::wanted::Wanted;
use crate::model::{Model, Type};

/// Most locales to fall back to.
const MAX_FALLBACKS: usize = 3;

const OF_LISTS: [&str; 11] = [
    "filters",
    "sort",
    "fields",
    "populate",
    "pagination",
    "locale",
    "status",
    "_q",
    "highlight",
    "fallbackLocale",
    "richText",
];

const OF_ONE: [&str; 7] = ["filters", "fields", "populate", "locale", "status", "fallbackLocale", "richText"];

/// The query of a list of documents of `ty`, from the part of the URL behind `?`; or all that is wrong with it.
pub fn parse_list(
    raw: &str,
    model: &Model,
    ty: &Type,
    visible: &dyn Visible,
    limits: &Limits,
) -> Result<ListQuery, Vec<QueryProblem>> {
    let root = qs::parse(raw).map_err(|problem| vec![problem])?;
    parse_list_of(&root, model, ty, visible, limits)
}

/// The same from a query string that was read before.
pub fn parse_list_of(
    root: &Node,
    model: &Model,
    ty: &Type,
    visible: &dyn Visible,
    limits: &Limits,
) -> Result<ListQuery, Vec<QueryProblem>> {
    let mut binder = Binder::new(model, visible, limits);
    binder.known_parameters(root, &OF_LISTS, "works on one document only");
    let filter = binder.top_filter(root, ty);
    let sort: Vec<Sort> = root.get("sort").map_or(Vec::new(), |node| binder.sorts(ty, node, At::root("sort")));
    let selection = binder.top_selection(root, ty);
    let (page, with_count): (Page, Count) = binder.page(root.get("pagination"), At::root("pagination"));
    let search = binder.search(root);
    let highlight = binder.highlight(root);
    let view = binder.view(root, true);
    binder.finish(ListQuery { filter, sort, selection, page, with_count, search, highlight, view })
}

/// The query of one document of `ty`. There is nothing to sort, page or search.
pub fn parse_one(
    raw: &str,
    model: &Model,
    ty: &Type,
    visible: &dyn Visible,
    limits: &Limits,
) -> Result<OneQuery, Vec<QueryProblem>> {
    let root = qs::parse(raw).map_err(|problem| vec![problem])?;
    let mut binder = Binder::new(model, visible, limits);
    let known: Vec<&str> = OF_ONE.into_iter().chain(["at"]).collect();
    binder.known_parameters(&root, &known, "works on lists only");
    let filter = binder.top_filter(&root, ty);
    let selection = binder.top_selection(&root, ty);
    let view = binder.view(&root, false);
    let at = binder.moment(&root);
    binder.finish(OneQuery { filter, selection, view, at })
}

/// A filter over `ty` on its own, e.g. the condition of a permission (`Node::from` reads its JSON).
pub fn parse_filter(
    node: &Node,
    model: &Model,
    ty: &Type,
    visible: &dyn Visible,
    limits: &Limits,
) -> Result<Option<Filter>, Vec<QueryProblem>> {
    let mut binder = Binder::new(model, visible, limits);
    let filter = binder.filters(&Scope::document(ty), node, At::root("filters"));
    binder.finish(filter)
}

impl<'m> Binder<'m> {
    fn known_parameters(&mut self, root: &Node, known: &[&str], elsewhere: &str) {
        let Node::Map(entries) = root else { return };
        for (name, _) in entries {
            if known.contains(&name.as_str()) {
                continue;
            }
            let parameter = shown(name);
            let at = At::root(&parameter);
            let hint = match name.as_str() {
                "publicationState" => Some("use `status=published` or `status=draft`".to_owned()),
                "page" | "pageSize" | "start" | "limit" | "cursor" | "withCount" if known.contains(&"pagination") => {
                    Some(format!("write `pagination[{name}]`"))
                }
                word if word == "at" || OF_LISTS.contains(&word) => Some(format!("`{word}` {elsewhere}")),
                _ => None,
            };
            match hint {
                Some(hint) => {
                    self.refuse(at, "unknown_parameter", format!("there is no parameter `{name}` here; {hint}"));
                }
                None => self.unknown(at, "unknown_parameter", "parameter", name, known.iter().copied()),
            }
        }
    }

    fn top_filter(&mut self, root: &Node, ty: &'m Type) -> Option<Filter> {
        root.get("filters").and_then(|node| self.filters(&Scope::document(ty), node, At::root("filters")))
    }

    fn top_selection(&mut self, root: &Node, ty: &'m Type) -> Selection {
        let mut wanted = Wanted { parameter: "populate".to_owned(), ..Wanted::default() };
        if let Some(node) = root.get("populate") {
            self.wanted(node, At::root("populate"), 1, &mut wanted);
        }
        let fields = root.get("fields").map(|node| (node, "fields"));
        self.selection(&Scope::document(ty), fields, &wanted, 1)
    }

    fn view(&mut self, root: &Node, list: bool) -> View {
        let locale = self.locale(root, list);
        let fallback_locales = self.fallbacks(root, &locale);
        let statuses = [("published", Status::Published), ("draft", Status::Draft)];
        let status = self.choice(root, "status", &statuses).unwrap_or(Status::Published);
        let forms = [("json", RichTextForm::Json), ("html", RichTextForm::Html)];
        let rich_text = self.choice(root, "richText", &forms).unwrap_or(RichTextForm::Json);
        View { locale, fallback_locales, status, rich_text }
    }

    fn locale(&mut self, root: &Node, list: bool) -> LocaleChoice {
        let default = || LocaleChoice::One(self.model.locales.default_code().to_owned());
        match self.single(root, "locale") {
            Some("*") if list => LocaleChoice::All,
            Some(code) if self.model.locales.contains(code) => LocaleChoice::One(code.to_owned()),
            Some(code) => {
                self.unknown_locale(code, At::root("locale"));
                LocaleChoice::All
            }
            None => default(),
        }
    }

    fn fallbacks(&mut self, root: &Node, locale: &LocaleChoice) -> Vec<String> {
        let Some(node) = root.get("fallbackLocale") else {
            return Vec::new();
        };
        let at = At::root("fallbackLocale");
        let mut codes: Vec<String> = Vec::new();
        self.words(node, at, &mut |binder, code, at| {
            if !binder.model.locales.contains(code) {
                binder.unknown_locale(code, at);
            } else if !codes.iter().any(|c| c == code) && *locale != LocaleChoice::One(code.to_owned()) {
                codes.push(code.to_owned());
            }
        });
        if codes.len() > MAX_FALLBACKS {
            self.refuse(at, "too_many", format!("at most {MAX_FALLBACKS} locales to fall back to"));
        }
        if *locale == LocaleChoice::All && !codes.is_empty() && self.problems.is_empty() {
            self.refuse(at, "conflict", "with `locale=*` there is nothing to fall back to");
        }
        codes
    }

    fn unknown_locale(&mut self, code: &str, at: At<'_>) {
        let codes = self.model.locales.codes().collect::<Vec<_>>().join(", ");
        let message = format!("there is no locale `{}` on this site; it has: {codes}", shown(code));
        self.refuse(at, "unknown_locale", message);
    }

    fn search(&mut self, root: &Node) -> Option<String> {
        let text = self.single(root, "_q")?.trim();
        if text.chars().nth(MAX_TEXT).is_some() {
            self.refuse(At::root("_q"), "invalid_value", format!("expected: at most {MAX_TEXT} characters"));
        }
        Some(text.to_owned()).filter(|t| !t.is_empty())
    }

    fn highlight(&mut self, root: &Node) -> bool {
        match self.single(root, "highlight") {
            None | Some("true") => true,
            Some("false") => false,
            Some(_) => {
                self.refuse(At::root("highlight"), "invalid_value", "expected: `true` or `false`");
                true
            }
        }
    }

    fn moment(&mut self, root: &Node) -> Option<i64> {
        let text = self.single(root, "at")?;
        let moment = datetime(text);
        if moment.is_none() {
            self.refuse(At::root("at"), "invalid_value", "expected: a time like `2024-05-31T17:30:00Z`");
        }
        moment
    }

    fn choice<T: Copy>(&mut self, root: &Node, name: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.single(root, name)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let message = format!("expected: {}", super::bind::quoted(&words, "or"));
            self.refuse(At::root(name), "invalid_value", message);
        }
        found
    }

    /// A parameter that has one value, when it is given at all.
    fn single<'n>(&mut self, root: &'n Node, name: &str) -> Option<&'n str> {
        match root.get(name)? {
            Node::Value(text) if text.is_empty() => None,
            Node::Value(text) => Some(text),
            _ => {
                self.refuse(At::root(name), "invalid_value", "expected: one value");
                None
            }
        }
    }
}
