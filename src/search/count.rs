//! Count the documents that were found by their values: facets. Over all of them, and over nothing else.

use crate::values::Values;
use crate::view::Columns;
use masthead_core::Result;
use masthead_core::search::{Count, Counted, Fact, Tallied};
use tantivy::SegmentReader;

/// What is wanted, and what was counted of it so far.
pub struct Counting<'c>(Vec<(&'c Count, Counted)>);

impl<'c> Counting<'c> {
    pub fn new(counts: &'c [Count]) -> Self {
        Self(counts.iter().map(|count| (count, Counted::default())).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Count documents that were found in a segment; `shelf` says on which shelf one stands.
    pub fn add(
        &mut self,
        (segment, columns): (&SegmentReader, &Columns),
        found: &[u32],
        shelf: impl Fn(u32) -> u32,
    ) -> Result<()> {
        // Mostly all facets are of the same shelves.
        let mut some: Option<(&[usize], Vec<u32>)> = None;
        for (count, counted) in &mut self.0 {
            let Some(values) = columns.facts(segment, &count.field, count.form)? else { continue };
            if some.as_ref().is_none_or(|(shelves, _)| *shelves != count.shelves) {
                let of_shelf = |doc: &u32| count.shelves.contains(&(shelf(*doc) as usize));
                some = Some((&count.shelves, found.iter().copied().filter(of_shelf).collect()));
            }
            let docs = some.as_ref().map(|(_, docs)| docs.as_slice()).unwrap_or_default();
            match (&count.what, &*values) {
                (Tallied::Values, Values::Many(_)) => {}
                (Tallied::Values, _) => add_values(&values, docs, counted)?,
                (Tallied::Span(ranges), Values::Many(_)) => add_numbers(&values, docs, ranges, counted),
                (Tallied::Span(ranges), _) => add_span(&values, docs, ranges, counted)?,
            }
        }
        Ok(())
    }

    pub fn finish(self) -> Vec<Counted> {
        let finished = |(count, mut counted): (&Count, Counted)| {
            if let Tallied::Span(ranges) = &count.what {
                counted.ranges.resize(ranges.len(), 0);
            }
            counted
        };
        self.0.into_iter().map(finished).collect()
    }
}

/// Each value and how often it comes.
fn add_values(values: &Values, docs: &[u32], counted: &mut Counted) -> Result<()> {
    let counts = values.counts(docs);
    let mut each = counts.iter().map(|(_, count)| *count);
    values.named(counts.iter().map(|(place, _)| *place), |fact| {
        *counted.values.entry(fact).or_default() += each.next().unwrap_or(0);
    })
}

/// An end of a range, open ones beside it.
type Ends = (Option<Fact>, Option<Fact>);

/// The least, the largest, and how many there are in each range.
fn add_span(values: &Values, docs: &[u32], ranges: &[Ends], counted: &mut Counted) -> Result<()> {
    counted.ranges.resize(ranges.len(), 0);
    let counts = values.counts(docs);
    let (Some((least, _)), Some((most, _))) = (counts.first(), counts.last()) else { return Ok(()) };
    let mut ends = Vec::new();
    values.named([*least, *most].into_iter(), |fact| ends.push(fact))?;
    if let [least, most] = ends.as_slice() {
        widen(counted, least.clone(), most.clone());
    }
    counted.with_value += counts.iter().map(|(_, count)| count).sum::<u64>();
    for ((from, to), within) in ranges.iter().zip(&mut counted.ranges) {
        let end = |end: &Option<Fact>| end.as_ref().map(|end| values.place_of(end)).transpose();
        let (from, to) = (end(from)?.unwrap_or(0), end(to)?.unwrap_or(u32::MAX));
        let is_within = |(place, _): &&(u32, u64)| from <= *place && *place < to;
        *within += counts.iter().filter(is_within).map(|(_, count)| count).sum::<u64>();
    }
    Ok(())
}

/// The same of numbers that are kept as they are.
fn add_numbers(values: &Values, docs: &[u32], ranges: &[Ends], counted: &mut Counted) {
    let number = |end: &Option<Fact>, otherwise: i64| match end {
        Some(Fact::Number(end)) => *end,
        _ => otherwise,
    };
    let ranges: Vec<_> = ranges.iter().map(|(a, z)| (number(a, i64::MIN), number(z, i64::MAX))).collect();
    counted.ranges.resize(ranges.len(), 0);
    let (mut least, mut most, mut with_value) = (i64::MAX, i64::MIN, 0);
    values.each(docs, |number| {
        least = least.min(number);
        most = most.max(number);
        with_value += 1;
        for ((from, to), count) in ranges.iter().zip(counted.ranges.iter_mut()) {
            *count += u64::from(*from <= number && number < *to);
        }
    });
    counted.with_value += with_value;
    if with_value > 0 {
        widen(counted, Fact::Number(least), Fact::Number(most));
    }
}

fn widen(counted: &mut Counted, least: Fact, most: Fact) {
    counted.span = Some(match counted.span.take() {
        None => (least, most),
        Some((low, high)) => (low.min(least), high.max(most)),
    });
}
