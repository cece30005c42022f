//! The folded key of a text: what sorting and the case-insensitive operators compare, the same on every database.
//!
//! The key is the text case-folded and stripped of accents, followed, where accents were lost, by a separator and the
//! case-folded text with them. So keys sort by base letters first and by accents second ("Apfel", "Äpfel", "Zebra"),
//! while equality of keys is equality without case only ("resume" is not "résumé").

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Stands between the two halves of a key.
pub const SEPARATOR: char = '\u{1}';

/// The text without case: NFKC, each character upper- and then lower-cased (which joins ß and ss, ς and σ).
pub fn caseless(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase).filter(|c| *c != SEPARATOR).nfc().collect()
}

/// The key of `text`.
pub fn key(text: &str) -> String {
    let full = caseless(text);
    if full.is_ascii() {
        return full;
    }
    let base: String = full.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    if base == full { full } else { format!("{base}{SEPARATOR}{full}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_order_by_letters_and_keep_accents_apart() {
        let mut words = ["Zebra", "Äpfel", "apfel", "Apfelsine"];
        words.sort_by_key(|w| key(w));
        assert_eq!(words, ["apfel", "Äpfel", "Apfelsine", "Zebra"]);
        assert_eq!(key("RÉSUMÉ"), key("résumé"));
        assert_ne!(key("resume"), key("résumé"));
        assert_eq!(key("STRASSE"), key("Straße"));
        assert_eq!(key("ΟΔΟΣ"), key("οδος"));
    }
}
