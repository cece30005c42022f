//! Which part of a list: `pagination[page]`, `[start]` or `[cursor]`, and sizes.

use super::ast::{Count, Page, Window};
use super::bind::Binder;
use super::problem::At;
use super::qs::Node;
use super::value::boolean;
use super::wanted::Wanted;

/// Longest cursor taken, in characters.
const MAX_CURSOR: usize = 1000;

/// How a part of a populated list is named.
pub const WINDOW: [&str; 4] = ["page", "pageSize", "start", "limit"];

/// The three ways of paging, as far as they were written.
#[derive(Default)]
struct Asked {
    page: Option<u32>,
    page_size: Option<u32>,
    start: Option<u64>,
    limit: Option<u32>,
    cursor: Option<String>,
    count: Option<Count>,
}

impl Binder<'_> {
    /// The page of a list and whether to count it.
    pub fn page(&mut self, node: Option<&Node>, at: At<'_>) -> (Page, Count) {
        const NAMES: [&str; 6] = ["page", "pageSize", "start", "limit", "cursor", "withCount"];
        let asked = node.map_or_else(Asked::default, |node| self.asked(node, at, &NAMES));
        let by_page = asked.page.is_some() || asked.page_size.is_some();
        let by_offset = asked.start.is_some() || asked.limit.is_some();
        if by_page && by_offset || asked.cursor.is_some() && (by_offset || asked.page.is_some()) {
            let message = "use `page` and `pageSize`, or `start` and `limit`, or `cursor` and `pageSize`";
            self.refuse(at, "conflict", message);
        }
        let size = asked.page_size.unwrap_or(self.default_size());
        let page = match asked.cursor {
            Some(after) => Page::Cursor { after: Some(after).filter(|a| !a.is_empty()), size },
            None if by_offset => {
                Page::Offset { start: asked.start.unwrap_or(0), limit: asked.limit.unwrap_or(self.default_size()) }
            }
            None => Page::Page { page: asked.page.unwrap_or(1), size },
        };
        (page, asked.count.unwrap_or(Count::Yes))
    }

    /// The part of a populated list: from `populate[x][pagination]`, or from the same names without it, as Strapi has it.
    pub fn window(&mut self, entry: &Wanted<'_>) -> Option<Window> {
        let mut asked = Asked::default();
        let mut at = At::root(&entry.parameter);
        let direct: Vec<_> = WINDOW.iter().filter_map(|name| Some((*name, entry.option(name)?))).collect();
        for (name, (node, parameter)) in &direct {
            self.ask(&mut asked, name, node, At::root(parameter));
        }
        if let Some((node, parameter)) = entry.option("pagination") {
            at = At::root(parameter);
            if direct.is_empty() {
                asked = self.asked(node, at, &WINDOW);
            } else {
                self.refuse(at, "conflict", "give the page inside `pagination`, or without it");
            }
        }
        let by_page = asked.page.is_some() || asked.page_size.is_some();
        let by_offset = asked.start.is_some() || asked.limit.is_some();
        match (by_page, by_offset) {
            (true, true) => {
                self.refuse(at, "conflict", "use `page` and `pageSize`, or `start` and `limit`");
                None
            }
            (true, false) => {
                let limit = asked.page_size.unwrap_or(self.default_size());
                Some(Window { start: u64::from(asked.page.unwrap_or(1) - 1) * u64::from(limit), limit })
            }
            (false, true) => {
                let limit = asked.limit.unwrap_or(self.limits.max_page_size);
                Some(Window { start: asked.start.unwrap_or(0), limit })
            }
            (false, false) => None,
        }
    }

    fn default_size(&self) -> u32 {
        self.limits.page_size.min(self.limits.max_page_size)
    }

    fn asked(&mut self, node: &Node, at: At<'_>, names: &[&'static str]) -> Asked {
        let mut asked = Asked::default();
        let Node::Map(entries) = node else {
            self.refuse(at, "invalid_value", "name what is meant, as in `pagination[page]=2`");
            return asked;
        };
        for (name, node) in entries {
            let at = at.key(name);
            if !names.contains(&name.as_str()) {
                self.unknown(at, "unknown_parameter", "parameter", name, names.iter().copied());
                continue;
            }
            self.ask(&mut asked, name, node, at);
        }
        asked
    }

    /// One of the names of a page.
    fn ask(&mut self, asked: &mut Asked, name: &str, node: &Node, at: At<'_>) {
        let Node::Value(text) = node else {
            self.refuse(at, "invalid_value", "expected: one value");
            return;
        };
        match name {
            "page" => asked.page = self.number(text, 1, at).map(|n| u32::try_from(n).unwrap_or(u32::MAX)),
            "pageSize" => asked.page_size = self.size(text, at),
            "start" => asked.start = self.number(text, 0, at).map(|n| n.min(i64::MAX.unsigned_abs())),
            "limit" if text == "-1" => asked.limit = Some(self.limits.max_page_size),
            "limit" => asked.limit = self.size(text, at),
            "cursor" if text.chars().nth(MAX_CURSOR).is_none() => asked.cursor = Some(text.clone()),
            "cursor" => self.refuse(at, "invalid_value", "expected: the cursor of the page before"),
            _ => {
                asked.count = match text.as_str() {
                    "exact" => Some(Count::Exact),
                    _ => boolean(text).map(|yes| if yes { Count::Yes } else { Count::No }),
                };
                if asked.count.is_none() {
                    self.refuse(at, "invalid_value", "expected: `true`, `false` or `exact`");
                }
            }
        }
    }

    fn size(&mut self, text: &str, at: At<'_>) -> Option<u32> {
        let most = self.limits.max_page_size;
        self.number(text, 1, at).map(|n| u32::try_from(n).map_or(most, |n| n.min(most)))
    }

    /// A whole number of at least `least`; larger than any is the largest.
    fn number(&mut self, text: &str, least: u64, at: At<'_>) -> Option<u64> {
        let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let number = digits.then(|| text.parse().unwrap_or(u64::MAX)).filter(|n| *n >= least);
        if number.is_none() {
            self.refuse(at, "invalid_value", format!("expected: a whole number of at least {least}"));
        }
        number
    }
}
