//! The part of a text that has the words, with these marked, as safe HTML.

use crate::analyze::{Token, keeps_beginnings, stemmer, tokens, typos, within};
use crate::asked::of_part;
use masthead_core::search::{Tolerance, Words};

/// A word that is marked.
struct Sought {
    text: String,
    stem: Option<String>,
    open: bool,
    typos: u8,
}

/// About `most` characters of `text` around the words, each in `<mark>`; none when it has none.
pub fn marked(words: &Words, tolerance: Tolerance, language: &str, text: &str, most: usize) -> Option<String> {
    let stemmer = stemmer(language);
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
    let all = tokens(text);
    let keeps = keeps_beginnings(language);
    let is_met = |token: &Token, loose: bool| {
        // A stem is made only where it could be one of those looked for.
        let may_be = sought.iter().any(|s| !keeps || s.own().chars().next() == token.text.chars().next());
        let stem = if may_be { token.stem(stemmer.as_ref()) } else { None };
        sought.iter().position(|s| s.meets(&token.text, stem.as_deref(), loose))
    };
    let mut met: Vec<(usize, usize)> = Vec::new();
    // Words with typos are marked only where nothing else is.
    for loose in [false, true] {
        if met.is_empty() && (!loose || tolerance != Tolerance::None) {
            met = all.iter().enumerate().filter_map(|(i, token)| Some((i, is_met(token, loose)?))).collect();
        }
    }
    let (from, to) = window(text, &all, &met, most)?;
    let mut out = String::with_capacity(to - from + 80);
    if from > 0 {
        out.push('…');
    }
    let mut done = from;
    for (i, _) in met {
        let Token { start, end, .. } = all[i];
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

/// The part with the most different words, from a little before the first of them.
fn window(text: &str, all: &[Token], met: &[(usize, usize)], most: usize) -> Option<(usize, usize)> {
    let most = most.max(40);
    let mut best: Option<(usize, usize)> = None;
    for (at, (first, _)) in met.iter().enumerate().take(500) {
        let end = all[*first].start + most * 3 / 4;
        let mut seen: Vec<usize> = met[at..].iter().take_while(|(i, _)| all[*i].end <= end).map(|m| m.1).collect();
        seen.sort_unstable();
        seen.dedup();
        if best.is_none_or(|(count, _)| seen.len() > count) {
            best = Some((seen.len(), *first));
        }
    }
    let (_, first) = best?;
    if text.chars().count() <= most {
        return Some((0, text.trim_end().len()));
    }
    let wanted = all[first].start.saturating_sub(most / 4);
    // From the beginning of a word to the end of one.
    let from = all.iter().find(|t| t.start >= wanted).map_or(0, |t| t.start);
    let from = if from < 3 { 0 } else { from };
    let to = all.iter().take_while(|t| t.end <= from + most).last().map_or(text.len(), |t| t.end);
    let to = to.max(all[first].end);
    let to = if all.last().is_some_and(|t| t.end <= to) { text.trim_end().len().max(to) } else { to };
    Some((from.min(all[first].start), to))
}

impl Sought {
    /// Its stem, or itself.
    fn own(&self) -> &str {
        self.stem.as_deref().unwrap_or(&self.text)
    }

    fn meets(&self, word: &str, stem: Option<&str>, loose: bool) -> bool {
        if word == self.text || self.open && word.starts_with(&self.text) {
            return true;
        }
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
            if let Some(shown) = marked(&read, Tolerance::Words, &language, &text, most) {
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
        marked(&words(query).unwrap(), Tolerance::Typos, language, text, 80)
    }

    #[test]
    fn words_are_marked_as_they_are_found() {
        let text = "Running <b>foxes</b> & Müller's dens";
        let shown = mark("run mull", "en", text).unwrap();
        assert_eq!(shown, "<mark>Running</mark> &lt;b&gt;foxes&lt;/b&gt; &amp; <mark>Müller</mark>&#39;s dens");
        assert_eq!(mark("foxs ", "en", text).unwrap().matches("<mark>").count(), 1);
        assert_eq!(mark("mulelr", "en", text).unwrap().matches("<mark>").count(), 1);
        assert_eq!(mark("ירושלים", "he", "תיירות בירושלים").as_deref(), Some("תיירות <mark>בירושלים</mark>"));
        assert_eq!(marked(&words("mulelr").unwrap(), Tolerance::None, "en", text, 80), None);
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
