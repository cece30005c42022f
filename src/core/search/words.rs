//! What is typed into a search box: words, "phrases", and -words that must not be there. The last word may be the
//! beginning of one. Nothing else has a meaning, so nothing that is typed is wrong; only too much of it is.

/// Longest text, in characters.
const MAX_LENGTH: usize = 400;
/// Most words and phrases.
pub const MAX_WORDS: usize = 24;

/// A word, or several in a row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Part {
    pub text: String,
    /// Written in quotes: nothing but these words, in this order.
    pub exact: bool,
    /// May be the beginning of a longer word.
    pub open: bool,
}

/// What was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Words {
    pub parts: Vec<Part>,
    /// What must not be there.
    pub without: Vec<Part>,
}

impl Words {
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty() && self.without.is_empty()
    }
}

/// Read `text`; or why it is too much.
pub fn words(text: &str) -> Result<Words, String> {
    if text.chars().nth(MAX_LENGTH).is_some() {
        return Err(format!("expected: at most {MAX_LENGTH} characters"));
    }
    let mut found = Words::default();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { break };
        let negative = first == '-' && rest[1..].chars().next().is_some_and(|c| !c.is_whitespace());
        let from = if negative { &rest[1..] } else { rest };
        let quote = from.chars().next().filter(|c| is_quote(*c));
        let (part, behind) = match quote {
            Some(quote) => {
                let inner = &from[quote.len_utf8()..];
                // A phrase that is still being typed ends with the text.
                let (inner, behind, closed) = match inner.find(is_quote) {
                    Some(end) => {
                        let length = inner[end..].chars().next().map_or(0, char::len_utf8);
                        (&inner[..end], &inner[end + length..], true)
                    }
                    None => (inner, "", false),
                };
                (Part { text: inner.trim().to_owned(), exact: true, open: !closed }, behind)
            }
            None => {
                let end = from.find(|c: char| c.is_whitespace() || is_quote(c)).unwrap_or(from.len());
                let (word, behind) = from.split_at(end);
                (Part { text: word.to_owned(), exact: false, open: behind.is_empty() }, behind)
            }
        };
        rest = behind;
        if !part.text.chars().any(char::is_alphanumeric) {
            continue;
        }
        let list = if negative { &mut found.without } else { &mut found.parts };
        list.push(Part { open: part.open && !negative, ..part });
    }
    if found.parts.len() + found.without.len() > MAX_WORDS {
        return Err(format!("expected: at most {MAX_WORDS} words"));
    }
    Ok(found)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”' | '„' | '«' | '»')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever is typed is read, or is too much; what is read says nothing that was not typed.
        #[test]
        fn anything_can_be_typed(text in "(?s).{0,500}|([-\"“”«» *()\\[\\]|\\\\a-z]{0,60})|(-?\"?[a-zé東ก]{1,8}\"? ?){0,40}") {
            match words(&text) {
                Err(_) => {
                    let is_much = text.chars().nth(MAX_LENGTH).is_some() || text.split(|c: char| c.is_whitespace() || is_quote(c)).count() > MAX_WORDS;
                    prop_assert!(is_much);
                }
                Ok(found) => {
                    prop_assert!(found.parts.len() + found.without.len() <= MAX_WORDS);
                    for part in found.parts.iter().chain(&found.without) {
                        prop_assert!(text.contains(&part.text) && part.text.chars().any(char::is_alphanumeric));
                    }
                    prop_assert!(found.without.iter().all(|part| !part.open));
                }
            }
        }
    }

    fn shown(text: &str) -> String {
        let part = |p: &Part| {
            let (quote, end) = (if p.exact { "\"" } else { "" }, if p.open { "*" } else { "" });
            format!("{quote}{}{quote}{end}", p.text)
        };
        let found = words(text).unwrap();
        let with = found.parts.iter().map(part);
        with.chain(found.without.iter().map(|p| format!("-{}", part(p)))).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_phrases_and_exclusions_are_told_apart() {
        for (typed, read) in [
            ("red fox", "red fox*"),
            ("red fox ", "red fox"),
            ("\"red fox\" den", "\"red fox\" den*"),
            ("„rote Füchse“ -Bau", "\"rote Füchse\" -Bau"),
            ("say \"red fo", "say \"red fo\"*"),
            ("e-mail - -\"old mail\" x", "e-mail x* -\"old mail\""),
            ("\"\" -- *.[a-z]+(", "*.[a-z]+(*"),
            ("  ", ""),
        ] {
            assert_eq!(shown(typed), read, "{typed}");
        }
        assert!(words(&"word ".repeat(10_000)).is_err() && words(&"a ".repeat(30)).is_err());
    }
}
