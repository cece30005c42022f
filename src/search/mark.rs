//! The part of a text that has the words, with these marked, as safe HTML.

use crate::analyze::{Stemmer, Token, grams, keeps_beginnings, runs, tokens, typos, within, word};
use crate::asked::of_part;
use masthead_core::search::{Marking, Tolerance, Words};

/// Less is not shown of a text, in characters.
const LEAST: usize = 40;

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
}

/// Where a word stands in a text, in bytes.
type Place = (usize, usize);

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
        Self { sought, stemmer, loosely: tolerance != Tolerance::None, keeps }
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

    /// Whether what begins with this byte is none of the words, whatever it is.
    fn is_other(&self, first: u8) -> bool {
        let begins = |text: &str| text.as_bytes().first() == Some(&first.to_ascii_lowercase());
        self.keeps && !self.sought.iter().any(|s| begins(&s.text) || begins(s.own()))
    }

    /// The words of a text, and which of them are met: by their number, and which one it is. No further than to the end of
    /// a part that has them all.
    fn read(&self, text: &str, most: usize) -> (Vec<Place>, Vec<(usize, usize)>) {
        let mut is_other = [false; 128];
        (0..128).for_each(|first| is_other[usize::from(first)] = self.is_other(first));
        let (mut all, mut met): (Vec<Place>, Vec<(usize, usize)>) = (Vec::new(), Vec::new());
        let mut pairs = Vec::new();
        let mut end_of_part = usize::MAX;
        runs(text, |start, end, of_grams| {
            let (known, written) = (met.len(), &text.as_bytes()[start..end]);
            let mut take = |token: &Token| {
                if let Some(which) = self.meets(token, false) {
                    met.push((all.len(), which));
                }
                all.push((token.start, token.end));
            };
            if of_grams {
                pairs.clear();
                grams(&text[start..end], start, &mut 0, &mut pairs);
                pairs.iter().for_each(take);
            } else if written.is_ascii() && is_other[usize::from(written[0])] {
                // Most words are none of those that are looked for.
                all.push((start, end));
            } else if let Some(token) = word(text, start, end, 0) {
                take(&token);
            }
            if end_of_part == usize::MAX && met.len() > known {
                let begins = |at: &(usize, usize)| all[at.0].0 + closest(most) >= end;
                if let Some(first) = met.iter().position(begins)
                    && is_full(&met[first..], self.sought.len())
                {
                    end_of_part = all[met[first].0].0 + most.max(LEAST);
                }
            }
            start <= end_of_part
        });
        if met.is_empty() && self.loosely {
            let tokens = tokens(text);
            met = tokens.iter().enumerate().filter_map(|(i, token)| Some((i, self.meets(token, true)?))).collect();
        }
        (all, met)
    }
}

impl Marking for Marker {
    fn marked(&self, text: &str, most: usize) -> Option<String> {
        let (all, met) = self.read(text, most);
        self.shown(text, &all, met, most)
    }
}

impl Marker {
    fn shown(&self, text: &str, all: &[Place], met: Vec<(usize, usize)>, most: usize) -> Option<String> {
        let (from, to) = window(text, all, &met, self.sought.len(), most)?;
        let mut out = String::with_capacity(to - from + 80);
        if from > 0 {
            out.push('…');
        }
        let mut done = from;
        for (i, _) in met {
            let (start, end) = all[i];
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

/// So far from each other words may stand that are shown together.
fn closest(most: usize) -> usize {
    most.max(LEAST) * 3 / 4
}

/// Whether each of so many different words is among these.
fn is_full(met: &[(usize, usize)], different: usize) -> bool {
    let mut seen: Vec<usize> = met.iter().map(|(_, which)| *which).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len() >= different
}

/// The part with the most different words of so many, from a little before the first of them.
fn window(text: &str, all: &[Place], met: &[(usize, usize)], different: usize, most: usize) -> Option<(usize, usize)> {
    let most = most.max(LEAST);
    let mut best: Option<(usize, usize)> = None;
    let mut seen = Vec::new();
    for (at, (first, _)) in met.iter().enumerate().take(500) {
        let end = all[*first].0 + closest(most);
        seen.clear();
        seen.extend(met[at..].iter().take_while(|(i, _)| all[*i].1 <= end).map(|m| m.1));
        seen.sort_unstable();
        seen.dedup();
        if best.is_none_or(|(count, _)| seen.len() > count) {
            best = Some((seen.len(), *first));
        }
        if seen.len() >= different {
            break;
        }
    }
    let (_, first) = best?;
    let (first_start, first_end) = all[first];
    if text.chars().nth(most).is_none() {
        return Some((0, text.trim_end().len()));
    }
    let wanted = first_start.saturating_sub(most / 4);
    // From the beginning of a word to the end of one.
    let from = all.get(all.partition_point(|(start, _)| *start < wanted)).map_or(0, |(start, _)| *start);
    let from = if from < 3 { 0 } else { from };
    let to = all.iter().take_while(|(_, end)| *end <= from + most).last().map_or(text.len(), |(_, end)| *end);
    let to = to.max(first_end);
    let to = if all.last().is_some_and(|(_, end)| *end <= to) { text.trim_end().len().max(to) } else { to };
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
