//! The forms of a word that stand in an index: the word, its stems, what it begins, and what differs from it by a typo.

use crate::asked::{Need, Word};
use crate::book::failed;
use crate::packed::STEM;
use masthead_core::Result;
use std::cell::OnceCell;
use tantivy::postings::TermInfo;
use tantivy::query::{DfaWrapper, FuzzyTermQuery};
use tantivy::schema::Field;
use tantivy::{InvertedIndexReader, Term};

/// What a word is worth, by its form and its class: title, lead, body, aside.
pub const EXACT: [u8; 4] = [100, 70, 50, 20];
const STEMMED: [u8; 4] = [90, 62, 44, 16];
pub const LONGER: [u8; 4] = [80, 55, 38, 12];
const ONE_TYPO: [u8; 4] = [34, 25, 18, 5];
const TWO_TYPOS: [u8; 4] = [22, 16, 11, 3];

/// Words that a beginning or a typo may stand for, per class and segment.
const MAX_FORMS: usize = 200_000;

/// A form of a word in a segment.
#[derive(Clone)]
pub struct Form {
    pub info: TermInfo,
    pub worth: u8,
}

/// A word that is looked for, with what accepts its typos: made once per search, where it is needed.
pub struct Looked<'n> {
    pub word: &'n Word,
    field: Field,
    typos: OnceCell<DfaWrapper>,
}

/// Something that is looked for, in words.
pub struct LookedFor<'n> {
    pub need: &'n Need,
    pub words: Vec<Looked<'n>>,
    pub is_phrase: bool,
}

impl<'n> LookedFor<'n> {
    /// All of these, in order.
    pub fn all(needs: &'n [Need], field: Field) -> Vec<Self> {
        let of = |need: &'n Need| {
            let (words, is_phrase) = match need {
                Need::Word(word) => (std::slice::from_ref(word), false),
                Need::Phrase(words) => (words.as_slice(), true),
            };
            let words = words.iter().map(|word| Looked { word, field, typos: OnceCell::new() }).collect();
            Self { need, words, is_phrase }
        };
        needs.iter().map(of).collect()
    }
}

impl Looked<'_> {
    /// The forms that stand in the words of a class, each with its worth.
    pub fn forms(&self, words: &InvertedIndexReader, class: usize) -> Result<Vec<Form>> {
        let mut found = self.own(words, class)?;
        let (terms, word) = (words.terms(), self.word);
        let letters = word.text.chars().count();
        // One letter begins half of all words: of these, only titles are worth a look.
        if word.open && (letters > 1 || !word.text.is_ascii() || class < 2) {
            let mut after = word.text.clone().into_bytes();
            after.push(0xff);
            let mut stream = terms.range().gt(word.text.as_bytes()).lt(&after).into_stream().map_err(failed)?;
            while let Some((_, info)) = stream.next() {
                found.push(Form { info: info.clone(), worth: LONGER[class] });
                if found.len() >= MAX_FORMS {
                    break;
                }
            }
        }
        if let Some(typos) = self.typos()? {
            let mut stream = terms.search(typos).into_stream().map_err(failed)?;
            while let Some((term, info)) = stream.next() {
                if term.first() != Some(&(STEM as u8)) {
                    let one = word.typos < 2 || word.is_near(std::str::from_utf8(term).unwrap_or_default());
                    let worth = if one { ONE_TYPO[class] } else { TWO_TYPOS[class] };
                    found.push(Form { info: info.clone(), worth });
                }
                if found.len() >= MAX_FORMS {
                    break;
                }
            }
        }
        Ok(found)
    }

    /// Those of the forms that are the word itself: as it is written, and by its stems.
    pub fn own(&self, words: &InvertedIndexReader, class: usize) -> Result<Vec<Form>> {
        let (terms, word) = (words.terms(), self.word);
        let mut found = Vec::new();
        let mut add = |term: &[u8], worth: u8| -> Result<()> {
            found.extend(terms.get(term).map_err(failed)?.map(|info| Form { info, worth }));
            Ok(())
        };
        add(word.text.as_bytes(), EXACT[class])?;
        // A stem may be a word itself, and what has this word for its stem is another form of it.
        for stem in word.stems.iter().chain([&word.text]) {
            add(format!("{STEM}{stem}").as_bytes(), STEMMED[class])?;
            if *stem != word.text {
                add(stem.as_bytes(), STEMMED[class])?;
            }
        }
        Ok(found)
    }

    fn typos(&self) -> Result<Option<&DfaWrapper>> {
        if self.word.typos == 0 {
            return Ok(None);
        }
        if self.typos.get().is_none() {
            let (term, most) = (Term::from_field_text(self.field, &self.word.text), self.word.typos);
            let query = match self.word.open {
                true => FuzzyTermQuery::new_prefix(term, most, true),
                false => FuzzyTermQuery::new(term, most, true),
            };
            let _ = self.typos.set(query.automaton().map_err(failed)?);
        }
        Ok(self.typos.get())
    }
}
