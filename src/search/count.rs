//! Count the documents that were found by their values: facets. Over all of them, and over nothing else.

use crate::book::failed;
use crate::find::Met;
use crate::view::{Columns, Facts};
use masthead_core::Result;
use masthead_core::search::{Count, Counted, Fact, Tallied};
use tantivy::SegmentReader;
use tantivy::columnar::{Column, StrColumn, TermOrdHit};

/// Documents whose values are read at once.
const BLOCK: usize = 1_024;

/// What is wanted, and what was counted of it so far.
pub struct Counting<'c>(Vec<(&'c Count, Counted)>);

impl<'c> Counting<'c> {
    pub fn new(counts: &'c [Count]) -> Self {
        Self(counts.iter().map(|count| (count, Counted::default())).collect())
    }

    /// Count the documents that were found in a segment.
    pub fn add(&mut self, segment: &SegmentReader, columns: &Columns, found: &[Met]) -> Result<()> {
        if self.0.is_empty() || found.is_empty() {
            return Ok(());
        }
        for (count, counted) in &mut self.0 {
            let of_shelf = |met: &&Met| count.shelves.contains(&(met.shelf as usize));
            let docs: Vec<u32> = found.iter().filter(of_shelf).map(|met| met.doc).collect();
            match columns.facts(segment, &count.field, count.form)? {
                Some(Facts::Texts(column)) => match &count.what {
                    Tallied::Values => texts(&column, &docs, counted)?,
                    Tallied::Span(ranges) => days(&column, &docs, ranges, counted)?,
                },
                Some(Facts::Numbers(column)) => numbers(&column, &docs, &count.what, counted),
                None => {}
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
fn texts(column: &StrColumn, docs: &[u32], counted: &mut Counted) -> Result<()> {
    let mut by_ord = vec![0u64; column.num_terms()];
    each(column.ords(), docs, 0, |ord| {
        if let Some(count) = by_ord.get_mut(ord as usize) {
            *count += 1;
        }
    });
    let ords: Vec<u64> = (0..).zip(&by_ord).filter(|(_, count)| **count > 0).map(|(ord, _)| ord).collect();
    let mut counts = ords.iter().map(|ord| by_ord[*ord as usize]);
    let take = |term: &[u8]| {
        let text = String::from_utf8_lossy(term).into_owned();
        *counted.values.entry(Fact::Text(text)).or_default() += counts.next().unwrap_or(0);
    };
    column.dictionary().sorted_ords_to_term_cb(&ords, take).map_err(failed)?;
    Ok(())
}

/// Texts in an order, as dates and times are: the least, the largest, and how many there are in each range.
fn days(
    column: &StrColumn,
    docs: &[u32],
    ranges: &[(Option<Fact>, Option<Fact>)],
    counted: &mut Counted,
) -> Result<()> {
    let end = |end: &Option<Fact>, otherwise: u64| -> Result<u64> {
        match end {
            Some(Fact::Text(text)) => match column.dictionary().term_ord_or_next(text).map_err(failed)? {
                TermOrdHit::Exact(ord) | TermOrdHit::Next(ord) => Ok(ord),
            },
            _ => Ok(otherwise),
        }
    };
    let ranges: Vec<(u64, u64)> =
        ranges.iter().map(|(from, to)| Ok((end(from, 0)?, end(to, u64::MAX)?))).collect::<Result<_>>()?;
    let span = spanned(column.ords(), docs, 0, &ranges, counted);
    let Some((least, most)) = span else { return Ok(()) };
    let text = |ord: u64| -> Result<Fact> {
        let mut text = String::new();
        column.ord_to_str(ord, &mut text).map_err(failed)?;
        Ok(Fact::Text(text))
    };
    widen(counted, text(least)?, text(most)?);
    Ok(())
}

fn numbers(column: &Column<i64>, docs: &[u32], what: &Tallied, counted: &mut Counted) {
    match what {
        Tallied::Values => {
            // Booleans: one of two.
            let mut few = [0u64; 2];
            each(column, docs, 0, |value| {
                if let Some(count) = usize::try_from(value).ok().and_then(|at| few.get_mut(at)) {
                    *count += 1;
                }
            });
            for (value, count) in (0..).zip(few).filter(|(_, count)| *count > 0) {
                *counted.values.entry(Fact::Number(value)).or_default() += count;
            }
        }
        Tallied::Span(ranges) => {
            let number = |end: &Option<Fact>, otherwise: i64| match end {
                Some(Fact::Number(end)) => *end,
                _ => otherwise,
            };
            // The largest number of all is no value: it is larger than what a client can write exactly.
            let ranges: Vec<_> = ranges.iter().map(|(a, z)| (number(a, i64::MIN), number(z, i64::MAX))).collect();
            if let Some((least, most)) = spanned(column, docs, 0, &ranges, counted) {
                widen(counted, Fact::Number(least), Fact::Number(most));
            }
        }
    }
}

/// Count values and those in each range, from its first number on and below its second; the least and the largest.
fn spanned<T: Ord + Copy + std::fmt::Debug + Send + Sync + 'static>(
    column: &Column<T>,
    docs: &[u32],
    blank: T,
    ranges: &[(T, T)],
    counted: &mut Counted,
) -> Option<(T, T)> {
    let mut span: Option<(T, T)> = None;
    counted.ranges.resize(ranges.len(), 0);
    let (within, with_value) = (&mut counted.ranges, &mut counted.with_value);
    each(column, docs, blank, |value| {
        span = Some(span.map_or((value, value), |(least, most)| (least.min(value), most.max(value))));
        *with_value += 1;
        for ((from, to), count) in ranges.iter().zip(within.iter_mut()) {
            *count += u64::from(*from <= value && value < *to);
        }
    });
    span
}

fn widen(counted: &mut Counted, least: Fact, most: Fact) {
    counted.span = Some(match counted.span.take() {
        None => (least, most),
        Some((low, high)) => (low.min(least), high.max(most)),
    });
}

/// Hand out each value of these documents.
fn each<T: PartialOrd + Copy + std::fmt::Debug + Send + Sync + 'static>(
    column: &Column<T>,
    docs: &[u32],
    blank: T,
    mut take: impl FnMut(T),
) {
    let (mut of, mut rows, mut values) = (Vec::new(), Vec::new(), Vec::new());
    for block in docs.chunks(BLOCK) {
        of.clear();
        rows.clear();
        column.row_ids_for_docs(block, &mut of, &mut rows);
        values.clear();
        values.resize(rows.len(), blank);
        column.values.get_vals(&rows, &mut values);
        values.iter().copied().for_each(&mut take);
    }
}
