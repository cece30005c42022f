//! How analysed words travel into tantivy: a line a word. A line that begins with [`STEM`] is a stem at the same place,
//! one that is [`GAP`] alone leaves room, so that no phrase spans two texts.

use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// Begins the terms of stems.
pub const STEM: char = '\u{1}';
const GAP: char = '\u{2}';
/// Places between two texts.
pub const ROOM: u32 = 16;
/// Its name in the schema.
pub const NAME: &str = "packed";

/// Words being packed.
#[derive(Default)]
pub struct Pack {
    pub text: String,
    /// Where the next text begins.
    pub position: u32,
}

impl Pack {
    /// A text begins: its first place.
    pub fn begin(&mut self) -> u32 {
        if self.position > 0 {
            self.text.push(GAP);
            self.text.push('\n');
            self.position += ROOM;
        }
        self.position
    }

    pub fn add(&mut self, word: &str, stem: Option<&str>) {
        self.text.push_str(word);
        self.text.push('\n');
        self.position += 1;
        if let Some(stem) = stem {
            self.text.push(STEM);
            self.text.push_str(stem);
            self.text.push('\n');
        }
    }
}

/// Unpacks.
#[derive(Clone, Default)]
pub struct Unpack {
    token: Token,
}

pub struct Lines<'a> {
    rest: &'a str,
    next: usize,
    token: &'a mut Token,
}

impl Tokenizer for Unpack {
    type TokenStream<'a> = Lines<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Lines<'a> {
        Lines { rest: text, next: 0, token: &mut self.token }
    }
}

impl TokenStream for Lines<'_> {
    fn advance(&mut self) -> bool {
        while let Some((line, rest)) = self.rest.split_once('\n') {
            self.rest = rest;
            if line.starts_with(GAP) {
                self.next += ROOM as usize;
                continue;
            }
            if line.starts_with(STEM) {
                self.token.position = self.next.saturating_sub(1);
            } else {
                self.token.position = self.next;
                self.next += 1;
            }
            self.token.text.clear();
            self.token.text.push_str(line);
            return true;
        }
        false
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}
