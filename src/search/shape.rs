//! The shape of the index: which fields a document has in it, and how one is made.

use crate::analyze::tokens;
use crate::packed::{NAME, Pack, Unpack};
use crate::stems::Stems;
use masthead_core::search::{Entry, Fact};
use masthead_model::search_text::Class;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, JsonObjectOptions, NumericOptions, OwnedValue, Schema, TextFieldIndexing,
    TextOptions,
};
use tantivy::{Index, TantivyDocument};

/// Changes when what is written below or by the analysis changes: an older index is then made anew.
pub const FORMAT: u32 = 4;
/// Words of one text that are indexed, of each class.
const MAX_WORDS: u32 = 200_000;

/// The fields.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Key of the document.
    pub doc: Field,
    /// Key of its type, to remove all of one.
    pub ty: Field,
    /// Type, locale and states as one number: [`kind`].
    pub kind: Field,
    /// Freshness, µs.
    pub at: Field,
    /// Of everything that is in the index of it.
    pub digest: Field,
    /// Words in its titles.
    pub title_words: Field,
    /// Where each of its own fields begins: [`slot`].
    pub slots: Field,
    /// Values that documents are counted by, by id of the field.
    pub facts: Field,
    /// Words by class.
    pub words: [Field; 4],
}

impl Shape {
    pub fn new() -> (Self, Schema) {
        let mut schema = Schema::builder();
        let fast = || NumericOptions::from(FAST);
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(NAME)
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let text = TextOptions::default().set_indexing_options(indexing);
        let shape = Self {
            doc: schema.add_u64_field("doc", INDEXED | FAST),
            ty: schema.add_u64_field("type", INDEXED),
            kind: schema.add_u64_field("kind", fast()),
            at: schema.add_i64_field("at", fast()),
            digest: schema.add_u64_field("digest", fast()),
            title_words: schema.add_u64_field("title_words", fast()),
            slots: schema.add_u64_field("slots", fast()),
            facts: schema.add_json_field("facts", JsonObjectOptions::default().set_fast("raw")),
            words: ["title", "lead", "body", "aside"].map(|name| schema.add_text_field(name, text.clone())),
        };
        (shape, schema.build())
    }

    /// The index knows how its words are packed.
    pub fn register(index: &Index) {
        index.tokenizers().register(NAME, Unpack::default());
    }

    pub fn document(&self, entry: &Entry, stems: &mut Stems) -> TantivyDocument {
        let mut stems = stems.of(&entry.language);
        let mut packs: [Pack; 4] = Default::default();
        let mut slots = Vec::new();
        for text in &entry.texts {
            let pack = &mut packs[text.class as usize];
            let start = pack.begin();
            slots.push(slot(&text.field, text.class, start));
            for token in tokens(&text.text) {
                if pack.position - start > MAX_WORDS {
                    break;
                }
                // Code and addresses have no language.
                let stem = if text.class == Class::Aside { None } else { stems.stem(&token) };
                pack.add(&token.text, stem);
            }
        }
        let kind = kind(entry.type_key, &entry.locale, state(entry.published, entry.draft));
        let mut hasher = DefaultHasher::new();
        (entry.doc, kind, entry.at, &slots, &entry.facts).hash(&mut hasher);
        packs.iter().for_each(|pack| pack.text.hash(&mut hasher));

        let mut document = TantivyDocument::new();
        document.add_u64(self.doc, entry.doc.unsigned_abs());
        document.add_u64(self.ty, entry.type_key.unsigned_abs());
        document.add_u64(self.kind, kind);
        document.add_i64(self.at, entry.at);
        document.add_u64(self.digest, hasher.finish());
        document.add_u64(self.title_words, u64::from(packs[0].position));
        slots.into_iter().for_each(|slot| document.add_u64(self.slots, slot));
        if !entry.facts.is_empty() {
            document.add_object(self.facts, facts(&entry.facts));
        }
        for (field, pack) in self.words.into_iter().zip(packs) {
            if !pack.text.is_empty() {
                document.add_text(field, pack.text);
            }
        }
        document
    }
}

/// The values of each field, as a list.
fn facts(facts: &[(String, Fact)]) -> BTreeMap<String, OwnedValue> {
    let mut all: BTreeMap<String, Vec<OwnedValue>> = BTreeMap::new();
    for (field, fact) in facts {
        all.entry(field.clone()).or_default().push(match fact {
            Fact::Text(text) => OwnedValue::Str(text.clone()),
            Fact::Number(number) => OwnedValue::I64(*number),
        });
    }
    all.into_iter().map(|(field, values)| (field, OwnedValue::Array(values))).collect()
}

/// In which states an entry is seen: 1 published, 2 draft, 3 both.
pub fn state(published: bool, draft: bool) -> u64 {
    u64::from(published) | u64::from(draft) << 1
}

/// Type, locale and states of an entry as one number. Locales are told apart by 30 bits of a hash; what is found in the
/// wrong one has no row in the database.
pub fn kind(type_key: i64, locale: &str, state: u64) -> u64 {
    type_key.unsigned_abs() << 32 | (hash(locale) & 0x3fff_ffff) << 2 | state
}

/// Where a field of a document begins among the words of a class: its hash, the class, and the place.
pub fn slot(field: &str, class: Class, start: u32) -> u64 {
    (hash(field) & 0xffff_ffff) << 32 | (class as u64) << 30 | u64::from(start & 0x3fff_ffff)
}

/// FNV-1a: the same on every machine and for ever.
pub fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
