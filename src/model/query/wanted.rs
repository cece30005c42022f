//! What `populate` asks for, all its spellings read into one tree of names; nothing is looked up yet.

use super::bind::{Binder, MAX_LEVELS};
use super::problem::At;
use super::qs::Node;

/// What is to be populated at one level.
#[derive(Default)]
pub(super) struct Wanted<'n> {
    /// `*`: everything, without going deeper.
    pub all: bool,
    /// By name, in the order of asking.
    pub entries: Vec<(&'n str, Wanted<'n>)>,
    /// Where it was asked for, as a query string says it.
    pub parameter: String,
    /// What was said about this entry beside `populate`: name, value, parameter.
    pub options: Vec<(&'n str, &'n Node, String)>,
}

impl<'n> Wanted<'n> {
    pub fn option(&self, name: &str) -> Option<(&'n Node, &str)> {
        self.options.iter().find(|(key, ..)| *key == name).map(|(_, node, at)| (*node, at.as_str()))
    }

    /// The entry `name`, made when it is new.
    fn entry(&mut self, name: &'n str, at: At<'_>) -> &mut Wanted<'n> {
        let known = self.entries.iter().position(|(key, _)| *key == name);
        let i = known.unwrap_or_else(|| {
            self.entries.push((name, Wanted { parameter: at.to_string(), ..Wanted::default() }));
            self.entries.len() - 1
        });
        &mut self.entries[i].1
    }
}

impl Binder<'_> {
    /// Reads a `populate` parameter, `level` levels deep, into `wanted`.
    pub fn wanted<'n>(&mut self, node: &'n Node, at: At<'_>, level: usize, wanted: &mut Wanted<'n>) {
        if !self.step(at) || !self.level(level, at) {
            return;
        }
        match node {
            Node::Value(text) if text == "true" => wanted.all = true,
            Node::Value(_) | Node::List(_) => {
                self.words(node, at, &mut |binder, word, at| binder.dotted(word, at, level, wanted));
            }
            Node::Map(entries) => {
                for (name, node) in entries {
                    let at = at.key(name);
                    match node {
                        Node::Value(text) => match text.as_str() {
                            "true" | "*" | "1" | "t" | "" => {
                                wanted.entry(name, at);
                            }
                            "false" | "0" | "f" => {}
                            _ => self.refuse(at, "invalid_value", "expected: `true`, `*`, or options in brackets"),
                        },
                        Node::Map(options) => self.options(options, at, level, wanted.entry(name, at)),
                        Node::List(_) => {
                            self.refuse(at, "invalid_value", "expected: `true`, `*`, or options by name in brackets");
                        }
                    }
                }
            }
        }
    }

    /// Reads the options of one entry.
    pub fn options<'n>(&mut self, options: &'n [(String, Node)], at: At<'_>, level: usize, entry: &mut Wanted<'n>) {
        for (option, node) in options {
            let at = at.key(option);
            if option == "populate" {
                self.wanted(node, at, level + 1, entry);
            } else {
                entry.options.push((option, node, at.to_string()));
            }
        }
    }

    /// `author.avatar`, or `*` for everything at the level it stands on.
    fn dotted<'n>(&mut self, word: &'n str, at: At<'_>, level: usize, wanted: &mut Wanted<'n>) {
        let mut wanted = wanted;
        for (depth, name) in word.split('.').enumerate() {
            if !self.step(at) || !self.level(level + depth, at) {
                return;
            }
            if name == "*" {
                wanted.all = true;
                return;
            }
            wanted = wanted.entry(name, at);
        }
    }

    fn level(&mut self, level: usize, at: At<'_>) -> bool {
        if level > MAX_LEVELS {
            self.refuse(at, "too_deep", format!("at most {MAX_LEVELS} levels can be populated"));
        }
        level <= MAX_LEVELS
    }
}
