//! Names of files, as they came from anywhere.

use unicode_normalization::UnicodeNormalization;

/// Longest name, in bytes.
const LONGEST: usize = 200;

/// A name without folders, control characters and marks that turn the reading direction; never empty.
pub fn file_name(given: &str) -> String {
    let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
    let kept = |c: &char| !c.is_control() && !is_direction(*c) && !matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*');
    let clean: String = last.nfc().filter(kept).collect();
    let clean = clean.trim().trim_start_matches('.').trim_end_matches(['.', ' ']);
    let (stem, ending) = match clean.rsplit_once('.') {
        Some((stem, ending)) if !stem.is_empty() && ending.len() <= 12 => (stem, Some(ending)),
        _ => (clean, None),
    };
    let room = LONGEST - ending.map_or(0, |e| e.len() + 1);
    let mut end = stem.len().min(room);
    while !stem.is_char_boundary(end) {
        end -= 1;
    }
    let stem = if stem.is_empty() { "file" } else { stem[..end].trim_end() };
    match ending {
        Some(ending) => format!("{stem}.{ending}"),
        None => stem.to_owned(),
    }
}

/// Marks that hide what a name ends with, and other characters that nobody sees.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}')
}

/// The name as it stands in an address: letters, digits and dashes, with the ending of the type.
pub fn url_name(name: &str, ending: Option<&str>) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let mut out = String::new();
    for c in deunicode::deunicode(stem).chars() {
        if c.is_ascii_alphanumeric() {
            out.push(c.to_ascii_lowercase());
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.len() >= 80 {
            break;
        }
    }
    let own = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase());
    let own = own.filter(|e| (1..=8).contains(&e.len()) && e.bytes().all(|b| b.is_ascii_alphanumeric()));
    let stem = out.trim_end_matches('-');
    let stem = if stem.is_empty() { "file" } else { stem };
    match ending.map(str::to_owned).or(own) {
        Some(ending) => format!("{stem}.{ending}"),
        None => stem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tricks_in_names_are_taken_out() {
        assert_eq!(file_name("../../etc/passwd"), "passwd");
        assert_eq!(file_name("C:\\temp\\a b.png"), "a b.png");
        assert_eq!(file_name("a\u{202e}gnp.exe"), "agnp.exe");
        assert_eq!(file_name("a\0b\n.txt"), "ab.txt");
        assert_eq!(file_name("..."), "file");
        assert_eq!(file_name(".htaccess"), "htaccess");
        assert!(file_name(&"ä".repeat(500)).len() <= LONGEST);
        assert_eq!(url_name("Grüße aus Köln.JPG", Some("jpg")), "grusse-aus-koln.jpg");
        assert_eq!(url_name("日本.bin", None), "ri-ben.bin");
        assert_eq!(url_name("…", None), "file");
    }
}
