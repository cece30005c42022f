//! Count the documents that were found by their values: facets. Over all of them, and over nothing else.

use crate::find::Part;
use crate::sets::Bits;
use crate::values::Values;
use masthead_core::Result;
use masthead_core::search::{Count, Counted, Fact, Tallied};
use std::cell::OnceCell;

/// Where at least one of so many documents was found, they are counted as a set.
const MUCH: usize = 16;

/// What is wanted, and what was counted of it so far.
pub struct Counting<'c>(Vec<(&'c Count, Counted)>);

impl<'c> Counting<'c> {
    pub fn new(counts: &'c [Count]) -> Self {
        Self(counts.iter().map(|count| (count, Counted::default())).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Count what was found in a segment.
    pub fn add(&mut self, part: &Part<'_>) -> Result<()> {
        let segment = &part.segment;
        let is_much = part.total >= part.scores.len() / MUCH;
        let found: OnceCell<Bits> = OnceCell::new();
        // Mostly all facets are of the same shelves.
        let mut some: Option<(&[usize], Vec<u32>)> = None;
        for (count, counted) in &mut self.0 {
            let Some(facts) = segment.columns.facts(segment.segment, &count.field, count.form)? else { continue };
            if is_much && segment.stands_on(&count.shelves) {
                let found = found.get_or_init(|| Bits::of_scores(&part.scores));
                if facts.count(found, &count.what, counted)? {
                    continue;
                }
            }
            if some.as_ref().is_none_or(|(shelves, _)| *shelves != count.shelves) {
                let of_shelf = |doc: &u32| count.shelves.contains(&(segment.shelf(*doc) as usize));
                some = Some((&count.shelves, part.found().into_iter().filter(of_shelf).collect()));
            }
            let (docs, values) = (some.as_ref().map(|(_, docs)| docs.as_slice()).unwrap_or_default(), &facts.values);
            match (&count.what, values) {
                (Tallied::Values, Values::Many(_)) => {}
                (Tallied::Values, _) => add_values(values, docs, counted)?,
                (Tallied::Span(ranges), Values::Many(_)) => add_numbers(values, docs, ranges, counted),
                (Tallied::Span(ranges), _) => add_span(values, docs, ranges, counted)?,
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

/// Let the span reach from `least` to `most`.
pub fn widen(counted: &mut Counted, least: Fact, most: Fact) {
    counted.span = Some(match counted.span.take() {
        None => (least, most),
        Some((low, high)) => (low.min(least), high.max(most)),
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sets::Facts;
    use crate::values::tests::segment;
    use crate::view::RUN;
    use serde_json::json;

    #[test]
    fn documents_are_counted_alike_as_sets_and_one_by_one() {
        // One text each, several, few numbers, and many.
        let texts = |n: i64| if n % 5 == 0 { vec![] } else { vec![json!(format!("{:03}", n % 40))] };
        let several = |n: i64| (0..n % 4).map(|i| json!(format!("{:03}", (n + i * 7) % 40))).collect();
        let few = |n: i64| if n % 5 == 0 { vec![] } else { vec![json!(n * 31 % 90 - 20)] };
        let many = |n: i64| if n % 5 == 0 { vec![] } else { vec![json!(n * 7919 % 20_011 - 20)] };
        let shapes: [(bool, Vec<Vec<serde_json::Value>>); 4] = [
            (true, (0..900).map(texts).collect()),
            (true, (0..900).map(several).collect()),
            (false, (0..900).map(few).collect()),
            (false, (0..20_005).map(many).collect()),
        ];
        let mut counted_as_sets = 0;
        for (are_texts, stored) in shapes {
            let size = stored.len() as i64;
            let segment = segment(&stored);
            let fast = segment.fast_fields();
            let values = match are_texts {
                true => Values::of_texts(&fast.str("facts.f").unwrap().unwrap(), segment.max_doc()).unwrap(),
                false => Values::of_numbers(&fast.column_opt::<i64>("facts.f").unwrap().unwrap(), segment.max_doc()),
            };
            let facts = Facts::new(values, segment.max_doc());
            let end = |n: i64| if are_texts { Fact::Text(format!("{n:03}")) } else { Fact::Number(n) };
            let ranges = vec![
                (None, Some(end(7))),
                (Some(end(7)), Some(end(33))),
                (Some(end(33)), None),
                (None, None),
                (Some(end(33)), Some(end(7))),
                (Some(end(900)), Some(end(950))),
            ];
            for (every, from) in [(1, 0), (2, 1), (7, 3), (1, size)] {
                let is_found = |doc: i64| doc >= from && doc < size && doc % every == 0;
                let rows = (size as usize).next_multiple_of(RUN) as i64;
                let scores: Vec<i16> =
                    (0..rows).map(|doc| if is_found(doc) { 1 + (doc % 500) as i16 } else { 0 }).collect();
                let docs: Vec<u32> = (0..size).filter(|doc| is_found(*doc)).map(|doc| doc as u32).collect();
                for what in [Tallied::Values, Tallied::Span(ranges.clone())] {
                    let mut as_sets = Counted::default();
                    if !facts.count(&Bits::of_scores(&scores), &what, &mut as_sets).unwrap() {
                        continue;
                    }
                    let mut expected = Counted::default();
                    match (&what, &facts.values) {
                        (Tallied::Values, values) => add_values(values, &docs, &mut expected).unwrap(),
                        (Tallied::Span(ranges), Values::Many(_)) => {
                            add_numbers(&facts.values, &docs, ranges, &mut expected)
                        }
                        (Tallied::Span(ranges), values) => add_span(values, &docs, ranges, &mut expected).unwrap(),
                    }
                    assert_eq!(as_sets, expected, "{are_texts} {size} {every} {what:?}");
                    counted_as_sets += 1;
                }
            }
        }
        // Not the values of many numbers or of ninety, nor the ends of several.
        assert_eq!(counted_as_sets, 4 * (2 + 1 + 1 + 1));
    }
}
