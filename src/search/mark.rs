//! The part of a text that has the words, with these marked, as safe HTML.

use crate::analyze::{Stemmer, Token, grams, keeps_beginnings, runs, tokens, typos, within, word};
use crate::asked::of_part;
use masthead_core::search::{Marking, Tolerance, Words};
use std::cell::RefCell;
use std::collections::HashMap;

/// Less is not shown of a text, in characters.
const LEAST: usize = 40;

/// Words that are known by how they are written.
const MOST_KNOWN: usize = 2_000;

/// A word that is marked.
struct Sought {
    text: String,
    stem: Option<String>,
    open: bool,
    typos: u8,
}

/// The words that are marked in texts of one language.
pub struct Marker {
    sought: Vec<Sought>,
    stemmer: Option<Stemmer>,
    /// Words with typos too, where nothing else is.
    loosely: bool,
    /// Stems begin with the letter that the word begins with.
    keeps: bool,
    /// Which of the words a written one is, of those that begin like one.
    known: RefCell<HashMap<Box<str>, Known>>,
}

/// Whether something written is a word, and which one.
type Known = Option<Option<usize>>;

/// Where a word stands in a text, in bytes.
type Place = (usize, usize);

/// Where one of the words is met, and which one.
type Met = (Place, usize);

/// Where words of a text begin and end.
enum Edges<'t> {
    /// They are all known.
    Places(Vec<Place>),
    /// Letters are words, and everything else is between them.
    Plain(&'t str),
}

impl Marker {
    pub fn new(words: &Words, tolerance: Tolerance, language: &str) -> Self {
        let stemmer = Stemmer::of(language);
        let mut sought = Vec::new();
        for part in &words.parts {
            let (tokens, _) = of_part(part);
            let last = tokens.len().saturating_sub(1);
            for (i, token) in tokens.into_iter().enumerate() {
                let stem = token.stem(stemmer.as_ref()).filter(|_| !part.exact);
                let open = part.open && i == last || token.gram && token.text.chars().nth(1).is_none();
                let typos = if part.exact || token.gram { 0 } else { typos(&token.text) };
                sought.push(Sought { text: token.text, stem, open, typos });
            }
        }
        let keeps = stemmer.is_none() || keeps_beginnings(language);
        Self { sought, stemmer, loosely: tolerance != Tolerance::None, keeps, known: RefCell::default() }
    }

    /// Which of the words this is.
    fn meets(&self, token: &Token, loose: bool) -> Option<usize> {
        if let Some(which) = self.sought.iter().position(|s| s.is_written(&token.text)) {
            return Some(which);
        }
        let first = token.text.chars().next();
        // A stem is made only where it could be one of those looked for.
        let may_be = !self.keeps || self.sought.iter().any(|s| s.own().chars().next() == first);
        let stem = if may_be { token.stem(self.stemmer.as_ref()) } else { None };
        self.sought.iter().position(|s| s.meets(&token.text, stem.as_deref(), loose))
    }

    /// What of the words this is, if it is a word: texts repeat theirs.
    fn is_which(&self, written: &str) -> Known {
        let mut known = self.known.borrow_mut();
        if let Some(known) = known.get(written) {
            return *known;
        }
        let which = word(written, 0, written.len(), 0).map(|token| self.meets(&token, false));
        if known.len() < MOST_KNOWN {
            known.insert(written.into(), which);
        }
        which
    }

    /// Whether what begins with this byte is none of the words, whatever it is.
    fn is_other(&self, first: u8) -> bool {
        let begins = |text: &str| text.as_bytes().first() == Some(&first.to_ascii_lowercase());
        self.keeps && !self.sought.iter().any(|s| begins(&s.text) || begins(s.own()))
    }

    /// Where the words of a text are met, and where its words begin and end. No further than to the end of a part that has
    /// them all.
    fn read<'t>(&self, text: &'t str, most: usize) -> (Vec<Met>, Edges<'t>) {
        let mut is_other = [false; 128];
        (0..128).for_each(|first| is_other[usize::from(first)] = self.is_other(first));
        let (met, edges) = match text.is_ascii() {
            true => (self.read_plain(text, &is_other, most), Edges::Plain(text)),
            false => self.read_any(text, &is_other, most),
        };
        if met.is_empty() && self.loosely {
            let tokens = tokens(text);
            let place = |token: &Token| (token.start, token.end);
            let met = tokens.iter().filter_map(|token| Some((place(token), self.meets(token, true)?))).collect();
            return (met, Edges::Places(tokens.iter().map(place).collect()));
        }
        (met, edges)
    }

    /// Of a text of plain letters: most words are none of those that are looked for, and are stepped over.
    fn read_plain(&self, text: &str, is_other: &[bool; 128], most: usize) -> Vec<Met> {
        let (bytes, mut at) = (text.as_bytes(), 0);
        let (mut met, mut end_of_part): (Vec<Met>, _) = (Vec::new(), usize::MAX);
        while at < bytes.len() && at <= end_of_part {
            if !bytes[at].is_ascii_alphanumeric() {
                at += 1;
                continue;
            }
            let start = at;
            while at < bytes.len() && bytes[at].is_ascii_alphanumeric() {
                at += 1;
            }
            if is_other[usize::from(bytes[start])] {
                continue;
            }
            at = end_of_word(text, start, at);
            if let Some(Some(which)) = self.is_which(&text[start..at]) {
                met.push(((start, at), which));
                self.end_part(&met, at, most, &mut end_of_part);
            }
        }
        met
    }

    fn read_any(&self, text: &str, is_other: &[bool; 128], most: usize) -> (Vec<Met>, Edges<'static>) {
        let (mut all, mut met): (Vec<Place>, Vec<Met>) = (Vec::new(), Vec::new());
        let mut pairs = Vec::new();
        let mut end_of_part = usize::MAX;
        runs(text, |start, end, of_grams| {
            let (known, written) = (met.len(), &text.as_bytes()[start..end]);
            if of_grams {
                pairs.clear();
                grams(&text[start..end], start, &mut 0, &mut pairs);
                for token in &pairs {
                    let place = (token.start, token.end);
                    met.extend(self.meets(token, false).map(|which| (place, which)));
                    all.push(place);
                }
            } else if written.is_ascii() && is_other[usize::from(written[0])] {
                all.push((start, end));
            } else if let Some(which) = self.is_which(&text[start..end]) {
                met.extend(which.map(|which| ((start, end), which)));
                all.push((start, end));
            }
            if met.len() > known {
                self.end_part(&met, end, most, &mut end_of_part);
            }
            start <= end_of_part
        });
        (met, Edges::Places(all))
    }

    /// Where the first part ends that has all of the words, if the one that was just met, which ends at `end`, is the last.
    fn end_part(&self, met: &[Met], end: usize, most: usize, end_of_part: &mut usize) {
        if *end_of_part == usize::MAX
            && let Some(first) = met.iter().position(|((start, _), _)| start + closest(most) >= end)
            && is_full(&met[first..], self.sought.len())
        {
            *end_of_part = met[first].0.0 + most.max(LEAST);
        }
    }
}

impl Marking for Marker {
    fn marked(&self, text: &str, most: usize) -> Option<String> {
        let (met, edges) = self.read(text, most);
        self.shown(text, &edges, met, most)
    }
}

impl Marker {
    fn shown(&self, text: &str, edges: &Edges<'_>, met: Vec<Met>, most: usize) -> Option<String> {
        let (from, to) = window(text, edges, &met, self.sought.len(), most)?;
        let mut out = String::with_capacity(to - from + 80);
        if from > 0 {
            out.push('…');
        }
        let mut done = from;
        for ((start, end), _) in met {
            if start < from || end > to || end <= done {
                continue;
            }
            let start = start.max(done);
            escape(&text[done..start], &mut out);
            // Pairs that overlap are one mark.
            match out.strip_suffix("</mark>").map(str::len).filter(|_| start == done) {
                Some(length) => out.truncate(length),
                None => out.push_str("<mark>"),
            }
            escape(&text[start..end], &mut out);
            out.push_str("</mark>");
            done = end;
        }
        escape(&text[done..to], &mut out);
        if to < text.trim_end().len() {
            out.push('…');
        }
        Some(out)
    }
}

impl Edges<'_> {
    /// The first beginning of a word that is not before `at`.
    fn begin_from(&self, at: usize) -> Option<usize> {
        match self {
            Self::Places(all) => all.get(all.partition_point(|(start, _)| *start < at)).map(|(start, _)| *start),
            Self::Plain(text) => {
                let is_letter = |at: &usize| text.as_bytes()[*at].is_ascii_alphanumeric();
                let is_begun = at > 0 && text.as_bytes().get(at - 1).is_some_and(u8::is_ascii_alphanumeric);
                let next = if is_begun { (at..text.len()).find(|at| !is_letter(at))? } else { at };
                (next..text.len()).find(is_letter)
            }
        }
    }

    /// The last end of a word that is not behind `at`.
    fn end_until(&self, at: usize) -> Option<usize> {
        match self {
            Self::Places(all) => all.iter().take_while(|(_, end)| *end <= at).last().map(|(_, end)| *end),
            Self::Plain(text) => {
                let is_letter = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_alphanumeric);
                let ends = |end: &usize| *end > 0 && is_letter(end - 1) && !is_letter(*end);
                let whole = |end: usize| {
                    let start = (0..end).rev().find(|at| !is_letter(*at)).map_or(0, |at| at + 1);
                    end_of_word(text, start, end)
                };
                (0..=at.min(text.len())).rev().filter(ends).map(whole).find(|end| *end <= at)
            }
        }
    }

    /// Whether there is no word behind `at`.
    fn are_over(&self, at: usize) -> bool {
        match self {
            Self::Places(all) => all.last().is_some_and(|(_, end)| *end <= at),
            Self::Plain(text) => !text.as_bytes()[at..].iter().any(u8::is_ascii_alphanumeric),
        }
    }
}

/// Where a word ends whose letters end at `end`: signs may belong to it besides.
fn end_of_word(text: &str, start: usize, end: usize) -> usize {
    let mut whole = end;
    runs(&text[start..text.len().min(end + 3)], |_, end, _| {
        whole = start + end;
        false
    });
    whole
}

/// So far from each other words may stand that are shown together.
fn closest(most: usize) -> usize {
    most.max(LEAST) * 3 / 4
}

/// Whether each of so many different words is among these.
fn is_full(met: &[Met], different: usize) -> bool {
    let mut seen: Vec<usize> = met.iter().map(|(_, which)| *which).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() >= different
}

/// The part with the most different words of so many, from a little before the first of them.
fn window(text: &str, edges: &Edges<'_>, met: &[Met], different: usize, most: usize) -> Option<(usize, usize)> {
    let most = most.max(LEAST);
    let mut best: Option<(usize, Place)> = None;
    let mut seen = Vec::new();
    for (at, (first, _)) in met.iter().enumerate().take(500) {
        let end = first.0 + closest(most);
        seen.clear();
        seen.extend(met[at..].iter().take_while(|(place, _)| place.1 <= end).map(|m| m.1));
        seen.sort_unstable();
        seen.dedup();
        if best.is_none_or(|(count, _)| seen.len() > count) {
            best = Some((seen.len(), *first));
        }
        if seen.len() >= different {
            break;
        }
    }
    let (_, (first_start, first_end)) = best?;
    if text.chars().nth(most).is_none() {
        return Some((0, text.trim_end().len()));
    }
    // From the beginning of a word to the end of one.
    let from = edges.begin_from(first_start.saturating_sub(most / 4)).unwrap_or(0);
    let from = if from < 3 { 0 } else { from };
    let to = edges.end_until(from + most).unwrap_or(text.len());
    let to = to.max(first_end);
    let to = if edges.are_over(to) { text.trim_end().len().max(to) } else { to };
    Some((from.min(first_start), to))
}

impl Sought {
    /// Its stem, or itself.
    fn own(&self) -> &str {
        self.stem.as_deref().unwrap_or(&self.text)
    }

    /// Whether this is the word itself, or what it begins.
    fn is_written(&self, word: &str) -> bool {
        word == self.text || self.open && word.starts_with(&self.text)
    }

    /// Whether this is another form of it.
    fn meets(&self, word: &str, stem: Option<&str>, loose: bool) -> bool {
        let own = self.own();
        if self.stem.is_some() && word == own || stem == Some(own) {
            return true;
        }
        let (typos, letters) = (usize::from(self.typos), self.text.chars().count());
        let beginning = |length: usize| word.chars().take(length).collect::<String>();
        loose
            && typos > 0
            && match self.open {
                true => (letters - typos..=letters + typos).any(|n| within(&self.text, &beginning(n), typos)),
                false => within(&self.text, word, typos),
            }
    }
}

fn escape(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_whitespace() => {
                if !out.ends_with(' ') {
                    out.push(' ');
                }
            }
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::asked::Needs;
    use masthead_core::search::words;
    use proptest::prelude::*;

    proptest! {
        /// Any words, any text, any language: what is shown is a part of the text, and safe.
        #[test]
        fn anything_can_be_marked(typed in "(?s).{0,60}|(-?\"?[a-zé東ก한م]{1,12}\"? ?){0,8}", text in "(?s).{0,300}|([a-zé東ก한م<>&'\"]{0,12} ){0,80}",
            language in "en|de|ar|zh|ja|th|tr|id|xx|", most in 0usize..300) {
            let Ok(read) = words(&typed) else { return Ok(()) };
            let needs = Needs::new(&read, &[language.as_str()].into_iter().collect(), Tolerance::Words);
            prop_assert!(needs.with.len() <= 64 && needs.without.len() <= 64 && needs.enough <= needs.with.len());
            if let Some(shown) = Marker::new(&read, Tolerance::Words, &language).marked(&text, most) {
                let bare = shown.replace("<mark>", "").replace("</mark>", "");
                prop_assert!(shown.contains("<mark>") && !bare.contains(['<', '>', '"', '\'']));
                prop_assert_eq!(shown.matches("<mark>").count(), shown.matches("</mark>").count());
                let back = bare.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&");
                let spaced = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
                let inner = back.trim_start_matches('…').trim_end_matches('…');
                prop_assert!(spaced(&text).contains(&spaced(inner)), "{} in {}", inner, text);
            }
        }
    }

    proptest! {
        /// The short way through plain letters leads to the same places.
        #[test]
        fn plain_texts_are_read_alike_in_both_ways(typed in "([a-d]{1,4}|c[+]{2}|-e) ?[a-d]{0,3}", text in "([a-dA-D]{0,4}[ .,+#'-]{0,3}){0,60}", most in 0usize..90) {
            let Ok(read) = words(&typed) else { return Ok(()) };
            let marker = Marker::new(&read, Tolerance::None, "en");
            let mut is_other = [false; 128];
            (0..128).for_each(|first| is_other[usize::from(first)] = marker.is_other(first));
            let plain = marker.shown(&text, &Edges::Plain(&text), marker.read_plain(&text, &is_other, most), most);
            let (met, edges) = marker.read_any(&text, &is_other, most);
            prop_assert_eq!(plain, marker.shown(&text, &edges, met, most));
        }
    }

    fn mark(query: &str, language: &str, text: &str) -> Option<String> {
        Marker::new(&words(query).unwrap(), Tolerance::Typos, language).marked(text, 80)
    }

    #[test]
    fn words_are_marked_as_they_are_found() {
        let text = "Running <b>foxes</b> & Müller's dens";
        let shown = mark("run mull", "en", text).unwrap();
        assert_eq!(shown, "<mark>Running</mark> &lt;b&gt;foxes&lt;/b&gt; &amp; <mark>Müller</mark>&#39;s dens");
        assert_eq!(mark("foxs ", "en", text).unwrap().matches("<mark>").count(), 1);
        assert_eq!(mark("mulelr", "en", text).unwrap().matches("<mark>").count(), 1);
        assert_eq!(mark("ירושלים", "he", "תיירות בירושלים").as_deref(), Some("תיירות <mark>בירושלים</mark>"));
        assert_eq!(Marker::new(&words("mulelr").unwrap(), Tolerance::None, "en").marked(text, 80), None);
        assert_eq!(mark("elephant", "en", text), None);
        assert_eq!(mark("東京都", "ja", "今日の東京都は").as_deref(), Some("今日の<mark>東京都</mark>は"));
    }

    #[test]
    fn long_texts_are_cut_around_the_words() {
        let text = format!("{} the needle is here {}", "hay ".repeat(200), "straw ".repeat(200));
        let shown = mark("needle", "en", &text).unwrap();
        assert!(shown.starts_with('…') && shown.ends_with('…') && shown.contains("<mark>needle</mark>"), "{shown}");
        assert!(shown.chars().count() < 130);
    }
}
