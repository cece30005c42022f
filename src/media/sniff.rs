//! What a file is, by its content. The name only chooses among kinds of plain text.

/// How a media field sorts files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Image,
    Video,
    Audio,
    File,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Image, Self::Video, Self::Audio, Self::File];

    pub fn word(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Video => "video",
            Self::Audio => "audio",
            Self::File => "file",
        }
    }
}

pub fn kind_of(mime: &str) -> Kind {
    match mime.split('/').next() {
        Some("image") => Kind::Image,
        Some("video") => Kind::Video,
        Some("audio") => Kind::Audio,
        _ => Kind::File,
    }
}

/// Text by its ending, where the content is text.
const TEXTS: [(&str, &str); 8] = [
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("ics", "text/calendar"),
    ("json", "application/json"),
    ("md", "text/markdown"),
    ("srt", "application/x-subrip"),
    ("txt", "text/plain"),
    ("vtt", "text/vtt"),
];

/// The type of a file that begins with `head`. Deterministic; `application/octet-stream` when nothing is known.
pub fn sniff(head: &[u8], name: &str) -> String {
    if let Some(text) = text_of(head) {
        let start = text.trim_start_matches('\u{feff}').trim_start();
        if let Some(mime) = markup(start) {
            return mime.to_owned();
        }
        let ending = name.rsplit_once('.').map(|(_, e)| e.to_ascii_lowercase()).unwrap_or_default();
        if start.starts_with("%PDF-") {
            return "application/pdf".to_owned();
        }
        let known = TEXTS.iter().find(|(e, _)| *e == ending).map(|(_, mime)| *mime);
        return known.unwrap_or("text/plain").to_owned();
    }
    match infer::get(head).map(|kind| kind.mime_type()) {
        Some("audio/m4a" | "audio/x-m4a") => "audio/mp4".to_owned(),
        Some("audio/x-wav") => "audio/wav".to_owned(),
        Some("audio/x-flac") => "audio/flac".to_owned(),
        Some("image/vnd.microsoft.icon") => "image/x-icon".to_owned(),
        // Words of markup among bytes that are no text: a browser is never to take it for a page.
        Some(mime) if mime.starts_with("text/") => "application/octet-stream".to_owned(),
        Some(mime) => mime.to_owned(),
        None => "application/octet-stream".to_owned(),
    }
}

/// The head as text, if it is UTF-8 without control characters; a character may be cut at its end.
fn text_of(head: &[u8]) -> Option<&str> {
    let text = match std::str::from_utf8(head) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).ok()?,
        Err(_) => return None,
    };
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    text.chars().all(plain).then_some(text)
}

/// SVG, HTML and XML by their first element.
fn markup(start: &str) -> Option<&'static str> {
    let mut rest = start;
    let mut xml = false;
    loop {
        let lower = rest.get(..rest.len().min(16)).map(str::to_ascii_lowercase).unwrap_or_default();
        let skip = if lower.starts_with("<?xml") {
            xml = true;
            rest.find("?>").map(|at| at + 2)
        } else if lower.starts_with("<!--") {
            rest.find("-->").map(|at| at + 3)
        } else if lower.starts_with("<!doctype html") {
            return Some("text/html");
        } else if lower.starts_with("<!doctype") {
            // A subset in brackets may hold other angle brackets.
            let close = rest.find(['[', '>']);
            match close {
                Some(at) if rest.as_bytes()[at] == b'[' => rest.find("]>").map(|at| at + 2),
                Some(at) => Some(at + 1),
                None => None,
            }
        } else {
            None
        };
        match skip {
            Some(skip) => rest = rest[skip..].trim_start(),
            None => break,
        }
    }
    let name: String = rest.strip_prefix('<')?.chars().take_while(|c| c.is_alphanumeric() || *c == ':').collect();
    match name.to_ascii_lowercase().as_str() {
        "svg" | "svg:svg" => Some("image/svg+xml"),
        "html" | "head" | "body" | "script" | "iframe" | "div" | "p" | "a" | "img" | "table" | "style" | "title" => {
            Some("text/html")
        }
        _ if xml => Some("application/xml"),
        _ => None,
    }
}

/// Types and their usual endings.
const ENDINGS: [(&str, &str); 28] = [
    ("image/jpeg", "jpg"),
    ("image/png", "png"),
    ("image/gif", "gif"),
    ("image/webp", "webp"),
    ("image/avif", "avif"),
    ("image/heif", "heic"),
    ("image/heic", "heic"),
    ("image/bmp", "bmp"),
    ("image/tiff", "tiff"),
    ("image/x-icon", "ico"),
    ("image/svg+xml", "svg"),
    ("image/jxl", "jxl"),
    ("video/mp4", "mp4"),
    ("video/webm", "webm"),
    ("video/quicktime", "mov"),
    ("video/x-matroska", "mkv"),
    ("audio/mpeg", "mp3"),
    ("audio/mp4", "m4a"),
    ("audio/ogg", "ogg"),
    ("audio/wav", "wav"),
    ("audio/flac", "flac"),
    ("application/pdf", "pdf"),
    ("application/zip", "zip"),
    ("application/gzip", "gz"),
    ("application/json", "json"),
    ("application/xml", "xml"),
    ("text/html", "html"),
    ("text/plain", "txt"),
];

/// The usual ending for a type, without its dot; none when there is no usual one.
pub fn extension(mime: &str) -> Option<&'static str> {
    let known = ENDINGS.iter().find(|(m, _)| *m == mime).map(|(_, ending)| *ending);
    known.or_else(|| TEXTS.iter().find(|(_, m)| *m == mime).map(|(ending, _)| *ending))
}

/// The types that have this ending.
pub fn mimes_of(ending: &str) -> Vec<&'static str> {
    let texts = TEXTS.iter().map(|(_, mime)| *mime);
    let all = ENDINGS.iter().map(|(mime, _)| *mime).chain(texts);
    all.filter(|mime| extension(mime) == Some(ending)).collect()
}

/// Whether a browser may show it in place: raster images, PDF, audio and video. SVG may too, sandboxed.
pub fn is_inline(mime: &str) -> bool {
    mime == "application/pdf" || (kind_of(mime) != Kind::File && mime != "image/svg+xml")
}

/// Whether pictures can be made from it.
pub fn is_picture(mime: &str) -> bool {
    crate::picture::format_of(mime).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides_and_not_the_name() {
        assert_eq!(sniff(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "x.html"), "image/png");
        assert_eq!(sniff(b"<html><script>alert(1)</script>", "x.png"), "text/html");
        assert_eq!(sniff(b"  <!-- hi --><svg xmlns='http://www.w3.org/2000/svg'/>", "x.txt"), "image/svg+xml");
        assert_eq!(sniff(b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", "x"), "image/svg+xml");
        assert_eq!(sniff(b"<?xml version='1.0'?><feed/>", "x"), "application/xml");
        assert_eq!(sniff(b"%PDF-1.7\n1 0 obj", "x.txt"), "application/pdf");
        assert_eq!(sniff(b"a,b\n1,2\n", "x.csv"), "text/csv");
        assert_eq!(sniff("Grüße".as_bytes(), "x.exe"), "text/plain");
        assert_eq!(sniff(b"\0\x01\x02", "x.png"), "application/octet-stream");
        assert_eq!(sniff(b"", "x"), "text/plain");
        assert!(!is_inline("text/html") && !is_inline("image/svg+xml") && is_inline("video/mp4"));
    }
}
