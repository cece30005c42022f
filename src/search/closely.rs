//! Documents that have the words near each other count more. The best are looked at, chosen by what they are alone:
//! neither by how documents are spread over segments nor by what else there is, so that nothing is learned of that.

use crate::best::{Best, Ranked};
use crate::find::{Part, Search};
use crate::forms::{Form, LookedFor};
use crate::near::{NEAR, NEAREST, Places, nearness};
use crate::view::RUN;
use masthead_core::Result;
use std::cmp::Reverse;

/// Documents that are looked at closely, unless more are wanted.
const MAX_NEAR: usize = 2_000;
/// So many times as many as are wanted are looked at first: the others may have no chance then.
const FIRST: usize = 3;

/// Of each word, by class, the forms that are the word itself. What it begins and its typos may be many, and which they
/// are depends on other documents.
type Own = Vec<Vec<Vec<Form>>>;

/// The documents that are looked at, and by document and pair of words what that adds.
struct Candidates {
    ranked: Vec<Ranked>,
    bonus: Vec<i16>,
    pairs: usize,
}

impl Candidates {
    fn bonus(&self, at: usize) -> &[i16] {
        &self.bonus[at * self.pairs..(at + 1) * self.pairs]
    }

    fn score(&self, at: usize) -> i16 {
        self.ranked[at].score.0.saturating_add(self.bonus(at).iter().sum())
    }

    /// What one may still come to, where this class and those behind it are not looked at yet.
    fn most(&self, at: usize, class: usize) -> i16 {
        self.ranked[at].score.0.saturating_add(self.bonus(at).iter().map(|bonus| NEAR[class].max(*bonus)).sum())
    }

    /// The score of the `most`th best, 0 where there are not so many.
    fn nth_best(&self, most: usize) -> i16 {
        let mut scores: Vec<i16> = (0..self.ranked.len()).map(|at| self.score(at)).collect();
        if scores.len() < most {
            return 0;
        }
        *scores.select_nth_unstable_by(most - 1, |a, b| b.cmp(a)).1
    }
}

impl Search<'_> {
    /// The best documents, where words may be near each other; none where they cannot.
    pub fn nearest(&self, parts: &[Part<'_>]) -> Result<Option<Vec<Ranked>>> {
        let (words, wanted) = (self.with.iter().filter(|need| !need.is_phrase).collect::<Vec<_>>(), self.wanted.most);
        if words.len() < 2 || wanted == 0 {
            return Ok(None);
        }
        let own = parts.iter().map(|part| own(part, &words)).collect::<Result<Vec<Own>>>()?;
        let may_be = |class: &usize| own.iter().any(|own| may_be_near(own, *class));
        let classes: Vec<usize> = (0..NEAR.len()).filter(may_be).collect();
        if classes.is_empty() {
            return Ok(None);
        }
        let pairs = words.len() - 1;
        let least = nth_score(parts, wanted).saturating_sub(NEAREST * pairs as i16);
        let ranked = first_of(parts, least.max(1), MAX_NEAR.max(wanted));
        let mut candidates = Candidates { bonus: vec![0; ranked.len() * pairs], ranked, pairs };
        for class in classes {
            let mut order: Vec<usize> = (0..candidates.ranked.len()).collect();
            let first = (wanted * FIRST).min(order.len());
            if first < order.len() {
                order.select_nth_unstable_by_key(first, |at| Reverse(candidates.score(*at)));
            }
            for some in [&order[..first], &order[first..]] {
                // Whoever cannot come to so much any more has no place.
                let enough = candidates.nth_best(wanted);
                let may_gain = |at: &usize| {
                    candidates.most(*at, class) >= enough && candidates.bonus(*at).iter().any(|b| *b < NEAR[class])
                };
                let mut some: Vec<usize> = some.iter().copied().filter(may_gain).collect();
                some.sort_unstable_by_key(|at| (candidates.ranked[*at].part, candidates.ranked[*at].doc));
                let part = |at: usize| candidates.ranked[at].part as usize;
                let by_part: Vec<&[usize]> = some.chunk_by(|a, b| part(*a) == part(*b)).collect();
                for some in by_part {
                    let part = candidates.ranked[some[0]].part as usize;
                    look(&parts[part], &own[part], class, some, &mut candidates)?;
                }
            }
        }
        let mut best = Best::new(wanted);
        for (at, ranked) in candidates.ranked.iter().enumerate() {
            best.add(Ranked { score: Reverse(candidates.score(at)), ..*ranked });
        }
        Ok(Some(best.into_sorted()))
    }
}

fn own(part: &Part<'_>, words: &[&LookedFor<'_>]) -> Result<Own> {
    let of_class = |need: &LookedFor<'_>, class: usize| match (&part.segment.words[class], need.words.first()) {
        (Some(index), Some(looked)) if part.total > 0 => looked.own(index, class),
        _ => Ok(Vec::new()),
    };
    words.iter().map(|need| (0..part.segment.words.len()).map(|class| of_class(need, class)).collect()).collect()
}

/// Whether a word and the next one stand in a class of a segment at all.
fn may_be_near(own: &Own, class: usize) -> bool {
    let stands = |word: &Vec<Vec<Form>>| word.get(class).is_some_and(|forms| !forms.is_empty());
    own.windows(2).any(|pair| stands(&pair[0]) && stands(&pair[1]))
}

/// Note how near to each other the words stand in a class of documents of a segment, which come in order.
fn look(part: &Part<'_>, own: &Own, class: usize, some: &[usize], candidates: &mut Candidates) -> Result<()> {
    if !may_be_near(own, class) {
        return Ok(());
    }
    let Some(index) = part.segment.words.get(class).and_then(Option::as_ref) else { return Ok(()) };
    let mut lists = own.iter().map(|word| Places::open(index, word[class].iter())).collect::<Result<Vec<_>>>()?;
    let (mut before, mut places) = (Vec::new(), Vec::new());
    for &candidate in some {
        let doc = candidates.ranked[candidate].doc;
        let limit = if part.segment.search.shelves.is_limited { part.segment.limit(doc) } else { None };
        for (at, list) in lists.iter_mut().enumerate() {
            list.at(doc, &mut places);
            if let Some(limit) = limit {
                places.retain(|place| part.segment.reads(doc, class, *place, limit));
            }
            if at > 0 {
                let known = &mut candidates.bonus[candidate * candidates.pairs + at - 1];
                *known = (*known).max(nearness(class, &before, &places));
            }
            std::mem::swap(&mut before, &mut places);
        }
    }
    Ok(())
}

/// The documents with at least this score, and of these the `most` best, in no order.
fn first_of(parts: &[Part<'_>], least: i16, most: usize) -> Vec<Ranked> {
    let counts = counts(parts, least);
    let total: usize = counts.iter().sum();
    // Of those with the last score that has a place, the freshest.
    let (mut last, mut better) = (least, 0);
    if total > most {
        for (at, count) in counts.iter().enumerate().rev() {
            last = least + at as i16;
            if better + count >= most {
                break;
            }
            better += count;
        }
    }
    let room = if total > most { most - better } else { most };
    let mut found = Vec::with_capacity(most.min(total));
    let mut equal: Vec<Ranked> = Vec::new();
    for part in parts {
        let freshest = &part.segment.columns.freshest;
        // Fresh ones mostly come last.
        for (run, _) in part.highest.iter().enumerate().rev().filter(|(_, highest)| **highest >= last) {
            let start = run * RUN;
            // Among those that are equal, what this fresh has no place any more.
            let is_late = equal.len() == room && equal.last().is_some_and(|worst| freshest[run] < worst.at.0);
            for (doc, score) in (start..).zip(part.scores[start..].iter().take(RUN)) {
                if total > most && *score == last && !is_late {
                    equal.push(part.segment.ranked(doc as u32, *score));
                } else if *score >= last && (total <= most || *score > last) {
                    found.push(part.segment.ranked(doc as u32, *score));
                }
            }
            if equal.len() >= room * 2 {
                keep_first(&mut equal, room);
            }
        }
    }
    keep_first(&mut equal, room);
    found.append(&mut equal);
    found
}

/// The first `most`, the last of them at the end.
fn keep_first(ranked: &mut Vec<Ranked>, most: usize) {
    if most > 0 && ranked.len() > most {
        ranked.select_nth_unstable(most - 1);
    }
    ranked.truncate(most);
}

/// How many documents have each score, from `least` on.
fn counts(parts: &[Part<'_>], least: i16) -> Vec<usize> {
    let highest = parts.iter().flat_map(|part| &part.highest).copied().max().unwrap_or(0);
    if highest < least {
        return Vec::new();
    }
    // The first place is for all below. Neighbours are often worth the same, and a count would wait for the one before.
    let mut counts = vec![[0u32; 2]; (highest - least) as usize + 2];
    for part in parts {
        for (scores, _) in part.scores.chunks(RUN).zip(&part.highest).filter(|(_, highest)| **highest >= least) {
            for pair in scores.chunks(2) {
                for (i, score) in pair.iter().enumerate() {
                    counts[(score - least + 1).max(0) as usize][i] += 1;
                }
            }
        }
    }
    counts.into_iter().skip(1).map(|[a, b]| (a + b) as usize).collect()
}

/// The score of the `most`th best of all, 0 where there are no more than these.
fn nth_score(parts: &[Part<'_>], most: usize) -> i16 {
    if parts.iter().map(|part| part.total).sum::<usize>() <= most {
        return 0;
    }
    let mut highest: Vec<i16> = parts.iter().flat_map(|part| &part.highest).copied().collect();
    // At least so many have at least this score: nothing below is of interest.
    let least = if highest.len() < most { 1 } else { *highest.select_nth_unstable_by(most - 1, |a, b| b.cmp(a)).1 };
    let least = least.max(1);
    let mut better = 0;
    for (at, count) in counts(parts, least).iter().enumerate().rev() {
        better += count;
        if better >= most {
            return least + at as i16;
        }
    }
    0
}
