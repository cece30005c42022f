//! From texts to the words that are compared: the same for what is indexed, what is asked and what is marked.
//!
//! A word is a run of letters and digits without case and accents. Scripts that set no spaces between words are cut
//! into pairs of neighbouring characters. Beside a word stands its stem, where its language has one.

use frostem::Algorithm;
use masthead_model::fold;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Longer words are cut, in characters.
const LONGEST: usize = 40;

/// A word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Folded.
    pub text: String,
    /// Without case only: what stems are made of.
    caseless: Option<String>,
    /// Where it stands, in bytes.
    pub start: usize,
    pub end: usize,
    /// Its number in the text, from 0.
    pub position: u32,
    /// A pair of characters, or the last one of a run.
    pub gram: bool,
}

impl Token {
    /// Without case, but with its accents.
    pub fn caseless(&self) -> &str {
        self.caseless.as_deref().unwrap_or(&self.text)
    }

    /// Its stem, where that is another word.
    pub fn stem(&self, stemmer: Option<&Stemmer>) -> Option<String> {
        let stem = stemmer.filter(|_| !self.gram)?.stem(self.caseless());
        let stem = if stem.is_ascii() { stem.into_owned() } else { plain(&stem) };
        (stem != self.text && !stem.is_empty()).then_some(stem)
    }
}

/// Makes the stems of a language.
pub struct Stemmer {
    snowball: frostem::Stemmer,
    is_arabic: bool,
}

impl Stemmer {
    /// The stemmer of a language, by the code of its locale.
    pub fn of(language: &str) -> Option<Self> {
        let code = language.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        let code = if matches!(code.as_str(), "nb" | "nn") { "no" } else { &code };
        let algorithm = Algorithm::from_name(code).ok()?;
        Some(Self { snowball: frostem::Stemmer::new(algorithm), is_arabic: code == "ar" })
    }

    fn stem<'w>(&self, word: &'w str) -> Cow<'w, str> {
        self.snowball.stem(if self.is_arabic { without_and(word) } else { word })
    }
}

/// An Arabic word without the "and" that is written together with its article: Snowball takes off either alone. Short
/// words may begin like that, as "father" does.
fn without_and(word: &str) -> &str {
    let mut letters = word.char_indices().filter(|(_, c)| !is_combining_mark(*c));
    let (first, second, third) = (letters.next(), letters.next(), letters.next());
    match (first, second, third, letters.nth(2)) {
        (Some((_, 'و')), Some((article, 'ا')), Some((_, 'ل')), Some(_)) => &word[article..],
        _ => word,
    }
}

/// Whether the stems of a language begin with the letter that the word begins with.
pub fn keeps_beginnings(language: &str) -> bool {
    const ENDINGS: [&str; 20] = [
        "da", "de", "el", "en", "es", "fi", "fr", "hu", "it", "nb", "nl", "nn", "no", "pl", "pt", "ro", "ru", "sv",
        "tr", "uk",
    ];
    let code = language.split(['-', '_']).next().unwrap_or_default();
    ENDINGS.iter().any(|known| code.eq_ignore_ascii_case(known))
}

/// The words of `text`.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::with_capacity(text.len() / 6);
    let mut position = 0;
    runs(text, |start, end, of_grams| {
        if of_grams {
            grams(&text[start..end], start, &mut position, &mut found);
        } else if let Some(token) = word(text, start, end, position) {
            found.push(token);
            position += 1;
        }
        true
    });
    found
}

/// Where words begin and end, and runs of characters that are cut into pairs, until `take` wants no more.
pub fn runs(text: &str, mut take: impl FnMut(usize, usize, bool) -> bool) {
    let bytes = text.as_bytes();
    let mut run: Option<(usize, bool)> = None;
    let mut at = 0;
    while at < bytes.len() {
        // Most texts are mostly of these.
        if bytes[at].is_ascii_alphanumeric() && run.is_none_or(|(_, of_grams)| !of_grams) {
            let start = run.map_or(at, |(start, _)| start);
            while at < bytes.len() && bytes[at].is_ascii_alphanumeric() {
                at += 1;
            }
            run = Some((start, false));
            continue;
        }
        let Some(c) = text[at..].chars().next() else { break };
        let gram = is_gram(c);
        let word = !gram && (c.is_alphanumeric() || run.is_some() && !c.is_ascii() && is_combining_mark(c));
        if let Some((start, of_grams)) = run
            && (of_grams != gram || !(gram || word))
        {
            let mut end = at;
            // C++, C#, F#: without their signs they are letters.
            if !of_grams && at - start <= 2 && matches!(c, '+' | '#') && bytes[start].is_ascii_alphabetic() {
                end = at + text[at..].chars().take_while(|sign| *sign == c).take(2).count();
            }
            if !take(start, end, of_grams) {
                return;
            }
            run = None;
        }
        if run.is_none() && (gram || word) {
            run = Some((at, gram));
        }
        at += c.len_utf8();
    }
    if let Some((start, of_grams)) = run {
        take(start, text.len(), of_grams);
    }
}

/// The word that stands there; none where nothing of it is left.
pub fn word(text: &str, start: usize, end: usize, position: u32) -> Option<Token> {
    let written = &text[start..end];
    let (folded, caseless) = if written.is_ascii() {
        (written.to_ascii_lowercase(), None)
    } else {
        let caseless = fold::caseless(written);
        (plain(&caseless), Some(caseless))
    };
    let text: String =
        if folded.chars().nth(LONGEST).is_some() { folded.chars().take(LONGEST).collect() } else { folded };
    (!text.is_empty()).then_some(Token { text, caseless, start, end, position, gram: false })
}

/// Pairs of neighbouring characters, and the last one alone, so that each begins some token.
pub fn grams(written: &str, start: usize, position: &mut u32, found: &mut Vec<Token>) {
    let folded: Vec<char> = plain(&fold::caseless(written)).chars().collect();
    let mut places: Vec<usize> = written.char_indices().map(|(at, _)| start + at).collect();
    places.push(start + written.len());
    let same = places.len() == folded.len() + 1;
    for (i, c) in folded.iter().enumerate() {
        let mut text = String::from(*c);
        text.extend(folded.get(i + 1));
        // Half-width forms may join: then the whole run stands for each.
        let (from, to) =
            if same { (places[i], places[(i + 2).min(folded.len())]) } else { (places[0], start + written.len()) };
        found.push(Token { text, caseless: None, start: from, end: to, position: *position, gram: true });
        *position += 1;
    }
}

/// Scripts without spaces between words, and Korean, whose words carry their particles.
fn is_gram(c: char) -> bool {
    c > '\u{0E00}'
        && matches!(c,
        '\u{0E01}'..='\u{0E3A}' | '\u{0E40}'..='\u{0E4E}' // Thai
        | '\u{0E81}'..='\u{0ECD}' // Lao
        | '\u{1000}'..='\u{103F}' // Burmese
        | '\u{1780}'..='\u{17D3}' // Khmer
        | '\u{1100}'..='\u{11FF}' | '\u{3130}'..='\u{318F}' | '\u{AC00}'..='\u{D7AF}' // Hangul
        | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{FF66}'..='\u{FF9F}' // kana
        | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Without accents, where these are no letters of their own: not in the scripts of India, nor in kana.
fn plain(caseless: &str) -> String {
    if caseless.is_ascii() {
        return caseless.to_owned();
    }
    let mut out = String::with_capacity(caseless.len());
    for c in caseless.nfkd() {
        match c {
            '\u{0300}'..='\u{036F}'
            | '\u{0483}'..='\u{0489}'
            | '\u{0591}'..='\u{05C7}'
            | '\u{0610}'..='\u{061A}'
            | '\u{0640}'
            | '\u{064B}'..='\u{065F}'
            | '\u{0670}'
            | '\u{06D6}'..='\u{06ED}'
            | '\u{200B}'..='\u{200F}' => {}
            'ø' => out.push('o'),
            'ł' => out.push('l'),
            'đ' | 'ð' => out.push('d'),
            'ı' => out.push('i'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'þ' => out.push_str("th"),
            // Arabic letters that are written one for the other.
            'ى' | 'ی' => out.push('ي'),
            'ک' => out.push('ك'),
            'ة' => out.push('ه'),
            other => out.push(other),
        }
    }
    out.nfc().collect()
}

/// How many changes of one character a word may have.
pub fn typos(word: &str) -> u8 {
    match word.chars().count() {
        0..=4 => 0,
        5..=8 => 1,
        _ => 2,
    }
}

/// Whether two words differ by at most `most` changes: a letter more, less, another, or two swapped.
pub fn within(a: &str, b: &str, most: usize) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|t| t.text).collect()
    }

    #[test]
    fn words_are_found_in_every_script() {
        assert_eq!(
            words("Zürich's Straße, ŁÓDŹ — e-mail 3.14"),
            ["zurich", "s", "strasse", "lodz", "e", "mail", "3", "14"]
        );
        assert_eq!(words("東京都 and タワー"), ["東京", "京都", "都", "and", "タワ", "ワー", "ー"]);
        assert_eq!(words("한국어"), ["한국", "국어", "어"]);
        assert_eq!(words("מָשׁיחַ العَرَبِيَّة"), ["משיח", "العربيه"]);
        assert_eq!(words("हिन्दी भाषा"), ["हिन्दी", "भाषा"]);
        assert_eq!(words("C++ and C# or F#"), ["c++", "and", "c#", "or", "f#"]);
        assert_eq!(words("Й ёлка"), ["и", "елка"]);
    }

    #[test]
    fn every_word_knows_where_it_stands() {
        let text = "Über 東京 naïve";
        let shown: Vec<&str> = tokens(text).iter().map(|t| &text[t.start..t.end]).collect();
        assert_eq!(shown, ["Über", "東京", "京", "naïve"]);
    }

    #[test]
    fn stems_are_of_the_language() {
        let stem = |language: &str, word: &str| tokens(word)[0].stem(Stemmer::of(language).as_ref());
        assert_eq!(stem("en", "running").as_deref(), Some("run"));
        assert_eq!(stem("de-CH", "Häuser").as_deref(), Some("haus"));
        assert_eq!(stem("pt-br", "contêineres"), stem("pt", "contêineres"));
        assert!(stem("ru", "документы").is_some() && stem("zh-cn", "running").is_none());
        // "The book", "and the book", with vowels too; "father" only begins like that.
        assert_eq!(stem("ar", "الكتاب").as_deref(), Some("كتاب"));
        assert_eq!(stem("ar", "والكتاب"), stem("ar", "الكتاب"));
        assert_eq!(stem("ar", "وَالكِتاب"), stem("ar", "الكتاب"));
        assert_eq!(without_and("والد"), "والد");
    }
}
