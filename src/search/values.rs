//! The values of a field in a segment, as they are counted: by document, as small numbers.

use crate::book::failed;
use masthead_core::Result;
use masthead_core::search::Fact;
use tantivy::columnar::{Column, StrColumn, TermOrdHit};

/// With more different numbers in a segment, the numbers themselves are kept.
const MAX_NUMBERS: usize = 10_000;
/// Stands for no number: it is larger than what a client can write exactly.
const NONE: i64 = i64::MAX;

/// The values of a field.
pub enum Values {
    Texts(StrColumn, Rows),
    /// The different numbers, in order.
    Few(Vec<i64>, Rows),
    /// By document, where each has one at most.
    Many(Vec<i64>),
}

/// By document, the places of its values among the different ones.
pub enum Rows {
    /// One at most, and the first number that is no place where there is none.
    One(Places),
    /// Where those of each document begin, and one more.
    More(Vec<u32>, Places),
}

/// Places, in as few bytes as they need.
pub enum Places {
    Byte(Vec<u8>),
    Short(Vec<u16>),
    Long(Vec<u32>),
}

impl Values {
    pub fn of_texts(column: &StrColumn, documents: u32) -> Result<Self> {
        let rows = Rows::new(column.ords(), documents, column.num_terms(), |ord| ord as u32);
        Ok(Self::Texts(column.clone(), rows))
    }

    pub fn of_numbers(column: &Column<i64>, documents: u32) -> Self {
        let mut known: Vec<i64> = (0..documents).flat_map(|doc| column.values_for_doc(doc)).collect();
        let is_single = (0..documents).all(|doc| column.values_for_doc(doc).nth(1).is_none());
        known.sort_unstable();
        known.dedup();
        if known.len() > MAX_NUMBERS && is_single {
            return Self::Many((0..documents).map(|doc| column.first(doc).unwrap_or(NONE)).collect());
        }
        let place = |number: i64| known.binary_search(&number).unwrap_or(0) as u32;
        let rows = Rows::new(column, documents, known.len(), place);
        Self::Few(known, rows)
    }

    /// How many different values there are, where each has a place.
    pub fn different(&self) -> Option<usize> {
        match self {
            Self::Texts(column, _) => Some(column.num_terms()),
            Self::Few(known, _) => Some(known.len()),
            Self::Many(_) => None,
        }
    }

    fn rows(&self) -> Option<&Rows> {
        match self {
            Self::Texts(_, rows) | Self::Few(_, rows) => Some(rows),
            Self::Many(_) => None,
        }
    }

    /// The places of a document's values.
    pub fn places(&self, doc: u32, take: impl FnMut(u32)) {
        if let (Some(rows), Some(different)) = (self.rows(), self.different()) {
            rows.places(doc, different, take);
        }
    }

    /// The value of a document that has one.
    pub fn of(&self, doc: u32) -> Result<Fact> {
        if let Self::Many(numbers) = self {
            return Ok(Fact::Number(numbers.get(doc as usize).copied().unwrap_or(NONE)));
        }
        let (mut place, mut found) = (0, Fact::Number(0));
        self.places(doc, |known| place = known);
        self.named(std::iter::once(place), |fact| found = fact)?;
        Ok(found)
    }

    /// The documents that have a value, by it; none where some have several.
    pub fn ordered(&self, documents: u32) -> Option<Vec<u32>> {
        let mut all: Vec<(i64, u32)> = match (self, self.rows()) {
            (Self::Many(numbers), _) => {
                numbers.iter().copied().zip(0..).filter(|(number, _)| *number != NONE).collect()
            }
            (_, Some(Rows::One(_))) => {
                let mut all = Vec::new();
                (0..documents).for_each(|doc| self.places(doc, |place| all.push((i64::from(place), doc))));
                all
            }
            _ => return None,
        };
        all.sort_unstable();
        Some(all.into_iter().map(|(_, doc)| doc).collect())
    }

    /// Whether the value of a document, which has one, is below `end`, whose place is `place`.
    pub fn is_below(&self, doc: u32, place: u32, end: &Fact) -> bool {
        if let (Self::Many(numbers), Fact::Number(end)) = (self, end) {
            return numbers.get(doc as usize).is_some_and(|number| number < end);
        }
        let mut is_below = false;
        self.places(doc, |known| is_below = known < place);
        is_below
    }

    /// How often each value comes in these documents: its place and the count, of those that come, in order.
    pub fn counts(&self, docs: &[u32]) -> Vec<(u32, u64)> {
        let counts = match self {
            Self::Texts(column, rows) => rows.counts(docs, column.num_terms()),
            Self::Few(known, rows) => rows.counts(docs, known.len()),
            Self::Many(_) => Vec::new(),
        };
        (0..).zip(counts).filter(|(_, count)| *count > 0).map(|(place, count)| (place, count.into())).collect()
    }

    /// The values at these places, in order, one by one.
    pub fn named(&self, places: impl Iterator<Item = u32>, mut take: impl FnMut(Fact)) -> Result<()> {
        match self {
            Self::Texts(column, _) => {
                let ords: Vec<u64> = places.map(u64::from).collect();
                let text = |term: &[u8]| take(Fact::Text(String::from_utf8_lossy(term).into_owned()));
                column.dictionary().sorted_ords_to_term_cb(&ords, text).map_err(failed)?;
            }
            Self::Few(known, _) => {
                places.filter_map(|place| known.get(place as usize)).for_each(|number| take(Fact::Number(*number)));
            }
            Self::Many(_) => {}
        }
        Ok(())
    }

    /// The place of the first value that is not below `end`.
    pub fn place_of(&self, end: &Fact) -> Result<u32> {
        Ok(match (self, end) {
            (Self::Texts(column, _), Fact::Text(text)) => {
                match column.dictionary().term_ord_or_next(text).map_err(failed)? {
                    TermOrdHit::Exact(ord) | TermOrdHit::Next(ord) => u32::try_from(ord).unwrap_or(u32::MAX),
                }
            }
            (Self::Few(known, _), Fact::Number(number)) => known.partition_point(|n| n < number) as u32,
            _ => 0,
        })
    }

    /// The numbers of these documents, where each is kept as it is.
    pub fn each(&self, docs: &[u32], mut take: impl FnMut(i64)) {
        let Self::Many(numbers) = self else { return };
        for doc in docs {
            match numbers.get(*doc as usize) {
                None | Some(&NONE) => {}
                Some(number) => take(*number),
            }
        }
    }
}

impl Rows {
    fn new<T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + 'static>(
        column: &Column<T>,
        documents: u32,
        different: usize,
        place: impl Fn(T) -> u32,
    ) -> Self {
        let mut starts = Vec::with_capacity(documents as usize + 1);
        let mut places = Vec::new();
        for doc in 0..documents {
            starts.push(places.len() as u32);
            places.extend(column.values_for_doc(doc).map(&place));
        }
        starts.push(places.len() as u32);
        if starts.windows(2).any(|pair| pair[1] - pair[0] > 1) {
            return Self::More(starts, Places::new(places, different));
        }
        let of = |pair: &[u32]| if pair[0] < pair[1] { places[pair[0] as usize] } else { different as u32 };
        Self::One(Places::new(starts.windows(2).map(of).collect(), different))
    }

    fn places(&self, doc: u32, different: usize, mut take: impl FnMut(u32)) {
        let doc = doc as usize;
        match self {
            Self::One(places) => {
                Some(places.get(doc)).filter(|place| (*place as usize) < different).into_iter().for_each(take)
            }
            Self::More(starts, places) => {
                (starts[doc]..starts[doc + 1]).for_each(|at| take(places.get(at as usize)));
            }
        }
    }

    /// How often each place comes in these documents.
    fn counts(&self, docs: &[u32], different: usize) -> Vec<u32> {
        match self {
            Self::One(Places::Byte(places)) => one(places, docs, different),
            Self::One(Places::Short(places)) => one(places, docs, different),
            Self::One(Places::Long(places)) => one(places, docs, different),
            Self::More(starts, Places::Byte(places)) => more(starts, places, docs, different),
            Self::More(starts, Places::Short(places)) => more(starts, places, docs, different),
            Self::More(starts, Places::Long(places)) => more(starts, places, docs, different),
        }
    }
}

impl Places {
    fn get(&self, at: usize) -> u32 {
        match self {
            Self::Byte(places) => places[at].into(),
            Self::Short(places) => places[at].into(),
            Self::Long(places) => places[at],
        }
    }

    /// `different` may be one of them.
    fn new(places: Vec<u32>, different: usize) -> Self {
        if different <= usize::from(u8::MAX) {
            Self::Byte(places.into_iter().map(|place| place as u8).collect())
        } else if different <= usize::from(u16::MAX) {
            Self::Short(places.into_iter().map(|place| place as u16).collect())
        } else {
            Self::Long(places)
        }
    }
}

/// A list to count in for every other document: neighbours often have the same value, and a count would wait for the one
/// before.
type Two = [Vec<u32>; 2];

fn one<T: Copy + Into<u32>>(places: &[T], docs: &[u32], different: usize) -> Vec<u32> {
    // One more for those that have none.
    let [mut even, mut odd]: Two = [vec![0; different + 1], vec![0; different + 1]];
    let pairs = docs.chunks_exact(2);
    for doc in pairs.remainder() {
        odd[places[*doc as usize].into() as usize] += 1;
    }
    for pair in pairs {
        even[places[pair[0] as usize].into() as usize] += 1;
        odd[places[pair[1] as usize].into() as usize] += 1;
    }
    even.iter().zip(&odd).take(different).map(|(a, b)| a + b).collect()
}

fn more<T: Copy + Into<u32>>(starts: &[u32], places: &[T], docs: &[u32], different: usize) -> Vec<u32> {
    let mut counts: Two = [vec![0; different], vec![0; different]];
    for doc in docs {
        let doc = *doc as usize;
        for place in &places[starts[doc] as usize..starts[doc + 1] as usize] {
            counts[doc & 1][(*place).into() as usize] += 1;
        }
    }
    counts[0].iter().zip(&counts[1]).map(|(a, b)| a + b).collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use tantivy::schema::{JsonObjectOptions, Schema};
    use tantivy::{Index, IndexWriter, TantivyDocument};

    /// A segment with a document for each of these lists of values.
    pub fn segment(values: &[Vec<serde_json::Value>]) -> tantivy::SegmentReader {
        let mut schema = Schema::builder();
        let facts = schema.add_json_field("facts", JsonObjectOptions::default().set_fast("raw"));
        let index = Index::create_in_ram(schema.build());
        let mut writer: IndexWriter = index.writer_with_num_threads(1, 200_000_000).unwrap();
        for values in values {
            let mut document = TantivyDocument::new();
            let values = values.iter().map(|value| match value.as_i64() {
                Some(number) => tantivy::schema::OwnedValue::I64(number),
                None => tantivy::schema::OwnedValue::Str(value.as_str().unwrap().to_owned()),
            });
            let object = BTreeMap::from([("f".to_owned(), tantivy::schema::OwnedValue::Array(values.collect()))]);
            document.add_object(facts, object);
            writer.add_document(document).unwrap();
        }
        writer.commit().unwrap();
        let searcher = index.reader().unwrap().searcher();
        assert_eq!(searcher.segment_readers().len(), 1);
        searcher.segment_reader(0).clone()
    }

    fn counted(values: &Values, docs: &[u32]) -> Vec<(Fact, u64)> {
        let counts = values.counts(docs);
        let mut named = Vec::new();
        values.named(counts.iter().map(|(place, _)| *place), |fact| named.push(fact)).unwrap();
        named.into_iter().zip(counts.into_iter().map(|(_, count)| count)).collect()
    }

    #[test]
    fn values_are_counted_in_whatever_form_they_are_kept() {
        // One at most or several, and so many different ones that a place takes one byte, two, or four.
        for (different, several) in [(3, false), (3, true), (300, false), (300, true), (70_000, false)] {
            let size = 2 * different + 7;
            let of = |n: usize| match n % 5 {
                0 => Vec::new(),
                1 if several => vec![format!("{:05}", n % different), format!("{:05}", (n + 1) % different)],
                _ => vec![format!("{:05}", n % different)],
            };
            let texts: Vec<Vec<String>> = (0..size).map(of).collect();
            let stored: Vec<Vec<_>> = texts.iter().map(|t| t.iter().map(|t| t.as_str().into()).collect()).collect();
            let segment = segment(&stored);
            let column = segment.fast_fields().str("facts.f").unwrap().unwrap();
            let values = Values::of_texts(&column, segment.max_doc()).unwrap();
            let docs: Vec<u32> = (0..size as u32).filter(|doc| doc % 3 > 0).collect();
            let mut expected: BTreeMap<Fact, u64> = BTreeMap::new();
            for text in docs.iter().flat_map(|doc| &texts[*doc as usize]) {
                *expected.entry(Fact::Text(text.clone())).or_default() += 1;
            }
            assert_eq!(counted(&values, &docs), expected.into_iter().collect::<Vec<_>>(), "{different} {several}");
        }
    }

    #[test]
    fn numbers_are_kept_by_place_or_as_they_are() {
        for different in [50, MAX_NUMBERS as i64 + 5] {
            let number = |n: i64| (n % 4 > 0).then_some(n % different - 20);
            let stored: Vec<Vec<_>> =
                (0..2 * different).map(|n| number(n).map(Into::into).into_iter().collect()).collect();
            let segment = segment(&stored);
            let column = segment.fast_fields().column_opt::<i64>("facts.f").unwrap().unwrap();
            let values = Values::of_numbers(&column, segment.max_doc());
            assert_eq!(matches!(values, Values::Many(_)), different > 50);
            let docs: Vec<u32> = (0..segment.max_doc()).filter(|doc| doc % 3 > 0).collect();
            let mut expected: Vec<i64> = docs.iter().filter_map(|doc| number(i64::from(*doc))).collect();
            let mut found = Vec::new();
            values.each(&docs, |number| found.push(number));
            for (fact, count) in counted(&values, &docs) {
                let Fact::Number(number) = fact else { panic!("{fact:?}") };
                found.extend((0..count).map(|_| number));
            }
            expected.sort_unstable();
            found.sort_unstable();
            assert_eq!(found, expected);
            if let Values::Few(known, _) = &values {
                assert_eq!(values.place_of(&Fact::Number(-1_000)).unwrap(), 0);
                assert_eq!(values.place_of(&Fact::Number(1_000)).unwrap() as usize, known.len());
            }
        }
    }
}
