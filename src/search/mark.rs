//! The part of a text that has the words, with these marked, as safe HTML.

use crate::analyze::{Token, stemmer, tokens, typos};
use crate::asked::of_part;
use masthead_core::search::Words;

/// A word that is marked.
struct Sought {
    text: String,
    stem: Option<String>,
    open: bool,
    typos: u8,
}

/// About `most` characters of `text` around the words, each in `<mark>`; none when it has none.
pub fn marked(words: &Words, language: &str, text: &str, most: usize) -> Option<String> {
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
    let is_met = |token: &Token, loose: bool| {
        let stem = token.stem(stemmer.as_ref());
        sought.iter().position(|s| s.meets(&token.text, stem.as_deref(), loose))
    };
    let mut met: Vec<(usize, usize)> = Vec::new();
    // Words with typos are marked only where nothing else is.
    for loose in [false, true] {
        if met.is_empty() {
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
    fn meets(&self, word: &str, stem: Option<&str>, loose: bool) -> bool {
        if word == self.text || self.open && word.starts_with(&self.text) {
            return true;
        }
        let own = self.stem.as_deref().unwrap_or(&self.text);
        if self.stem.is_some() && word == own || stem == Some(own) {
            return true;
        }
        loose && self.typos > 0 && {
            let cut: String = match self.open {
                true => word.chars().take(self.text.chars().count()).collect(),
                false => word.to_owned(),
            };
            within(&self.text, &cut, usize::from(self.typos))
        }
    }
}

/// Whether two words differ by at most `most` changes: a letter more, less, another, or two swapped.
fn within(a: &str, b: &str, most: usize) -> bool {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > most {
        return false;
    }
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let changed = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            row[j] = changed.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(rows[i - 2][j - 2] + 1);
            }
        }
        rows.push(row);
    }
    rows[a.len()][b.len()] <= most
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
    use masthead_core::search::words;

    fn mark(query: &str, language: &str, text: &str) -> Option<String> {
        marked(&words(query).unwrap(), language, text, 80)
    }

    #[test]
    fn words_are_marked_as_they_are_found() {
        let text = "Running <b>foxes</b> & Müller's dens";
        let shown = mark("run mull", "en", text).unwrap();
        assert_eq!(shown, "<mark>Running</mark> &lt;b&gt;foxes&lt;/b&gt; &amp; <mark>Müller</mark>&#39;s dens");
        assert_eq!(mark("foxs ", "en", text).unwrap().matches("<mark>").count(), 0 + 1);
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
