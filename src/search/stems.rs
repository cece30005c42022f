//! Stems of words that were met before: the words of one site come again and again, and making a stem is dear.

use crate::analyze::{Stemmer, Token};
use std::collections::HashMap;

/// Words that are remembered, of all languages.
const MAX: usize = 100_000;

/// By language, its stemmer and what is known.
#[derive(Default)]
pub struct Stems(HashMap<String, (Option<Stemmer>, Known)>);

/// The stems of words as they are written, apart from their case.
type Known = HashMap<String, Option<String>>;

impl Stems {
    /// The stems of one language.
    pub fn of(&mut self, language: &str) -> Of<'_> {
        if self.0.values().map(|(_, known)| known.len()).sum::<usize>() > MAX {
            self.0.clear();
        }
        let (stemmer, known) =
            self.0.entry(language.to_owned()).or_insert_with(|| (Stemmer::of(language), Known::new()));
        Of { stemmer: stemmer.as_ref(), known }
    }
}

/// The stems of one language.
pub struct Of<'s> {
    stemmer: Option<&'s Stemmer>,
    known: &'s mut Known,
}

impl Of<'_> {
    /// As [`Token::stem`].
    pub fn stem(&mut self, token: &Token) -> Option<&str> {
        let stemmer = self.stemmer?;
        // Words that differ by an accent alone may have different stems.
        if !self.known.contains_key(token.caseless()) {
            self.known.insert(token.caseless().to_owned(), token.stem(Some(stemmer)));
        }
        self.known.get(token.caseless())?.as_deref()
    }
}
