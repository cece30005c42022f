//! What is asked, word by word, as terms of the index.

use crate::analyze::{Stemmer, Token, tokens, typos, within};
use masthead_core::search::{Part, Tolerance, Words};
use std::collections::BTreeSet;

/// Words and phrases, and words of a phrase, that are looked for; the rest of a longer text adds nothing.
const MAX_NEEDS: usize = 64;

/// A word that is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Word {
    pub text: String,
    /// Its stems in the languages that are looked through.
    pub stems: Vec<String>,
    /// Longer words that begin with it count, too.
    pub open: bool,
    /// So many typos are allowed for.
    pub typos: u8,
}

impl Word {
    /// Whether `other`, or what it begins with, is this word but for one change.
    pub fn is_near(&self, other: &str) -> bool {
        let letters = self.text.chars().count();
        let beginning = |length: usize| other.chars().take(length).collect::<String>();
        match self.open {
            true => (letters.saturating_sub(1)..=letters + 1).any(|n| within(&self.text, &beginning(n), 1)),
            false => within(&self.text, other, 1),
        }
    }
}

/// Something that a document has or has not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Need {
    Word(Word),
    /// Words in a row.
    Phrase(Vec<Word>),
}

/// A search in terms of the index.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    pub with: Vec<Need>,
    pub without: Vec<Need>,
    /// So many of `with` are enough.
    pub enough: usize,
}

impl Needs {
    pub fn new(words: &Words, languages: &BTreeSet<&str>, tolerance: Tolerance) -> Self {
        let stemmers: Vec<_> = languages.iter().filter_map(|code| Stemmer::of(code)).collect();
        let word = |token: &Token, open: bool, exact: bool| {
            let mut stems: Vec<String> = Vec::new();
            if !exact {
                stems = stemmers.iter().filter_map(|s| token.stem(Some(s))).collect();
                stems.sort_unstable();
                stems.dedup();
            }
            let typos = if exact || token.gram || tolerance == Tolerance::None { 0 } else { typos(&token.text) };
            Word { text: token.text.clone(), stems, open, typos }
        };
        let mut needs = Self::default();
        for part in &words.parts {
            let (tokens, single) = of_part(part);
            let last = tokens.len().saturating_sub(1);
            // Beyond what is written, what was written together may stand apart.
            if part.exact && !single || tolerance == Tolerance::None && tokens.len() > 1 {
                let phrase = tokens.iter().enumerate();
                needs.with.push(Need::Phrase(phrase.map(|(i, t)| word(t, part.open && i == last, true)).collect()));
            } else {
                needs.with.extend(tokens.iter().enumerate().map(|(i, token)| {
                    // A character alone begins a pair.
                    let open = part.open && i == last || token.gram && token.text.chars().nth(1).is_none();
                    Need::Word(word(token, open, part.exact))
                }));
            }
        }
        for part in &words.without {
            let (tokens, single) = of_part(part);
            let mut all: Vec<Word> = tokens.iter().map(|token| word(token, false, true)).collect();
            match single {
                true => needs.without.extend(all.pop().map(Need::Word)),
                false => needs.without.push(Need::Phrase(all)),
            }
        }
        // A run of characters without spaces may be many words.
        needs.with.truncate(MAX_NEEDS);
        needs.without.truncate(MAX_NEEDS);
        needs.enough = match tolerance {
            Tolerance::Words => needs.with.len().div_ceil(2),
            _ => needs.with.len(),
        };
        needs
    }
}

/// The tokens of a part without those that only end a run of pairs; whether there is one.
pub fn of_part(part: &Part) -> (Vec<Token>, bool) {
    let all = tokens(&part.text);
    let ends_run = |i: usize| {
        all[i].gram && all[i].text.chars().nth(1).is_none() && i > 0 && all[i - 1].gram && all[i - 1].end >= all[i].end
    };
    let kept: Vec<Token> = (0..all.len()).filter(|&i| !ends_run(i)).take(MAX_NEEDS).map(|i| all[i].clone()).collect();
    let single = kept.len() == 1;
    (kept, single)
}
