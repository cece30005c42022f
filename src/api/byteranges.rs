//! Several parts of a file in one answer: `multipart/byteranges` (RFC 9110, 14.6).

use bytes::Bytes;
use masthead_model::ids::DocumentId;
use std::ops::Range;

/// What an answer of several parts consists of.
pub struct Parts {
    /// Stands in no file: nobody can guess it.
    boundary: String,
    parts: Vec<(Bytes, Range<u64>)>,
}

/// A piece of such an answer.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece {
    Text(Bytes),
    OfFile(Range<u64>),
}

impl Parts {
    /// Of a file of this type and size.
    pub fn new(ranges: Vec<Range<u64>>, mime: &str, size: u64) -> Self {
        let boundary = DocumentId::generate().to_string();
        let head = |range: &Range<u64>| {
            let (first, last) = (range.start, range.end.saturating_sub(1));
            let lines = format!("Content-Type: {mime}\r\nContent-Range: bytes {first}-{last}/{size}");
            Bytes::from(format!("\r\n--{boundary}\r\n{lines}\r\n\r\n"))
        };
        let parts = ranges.into_iter().map(|range| (head(&range), range)).collect();
        Self { boundary, parts }
    }

    pub fn mime(&self) -> String {
        format!("multipart/byteranges; boundary={}", self.boundary)
    }

    fn end(&self) -> Bytes {
        Bytes::from(format!("\r\n--{}--\r\n", self.boundary))
    }

    /// Bytes of the whole answer.
    pub fn length(&self) -> u64 {
        let parts: u64 = self.parts.iter().map(|(head, range)| head.len() as u64 + range.end - range.start).sum();
        parts + self.end().len() as u64
    }

    pub fn pieces(self) -> Vec<Piece> {
        let end = Piece::Text(self.end());
        let parts = self.parts.into_iter().flat_map(|(head, range)| [Piece::Text(head), Piece::OfFile(range)]);
        parts.chain([end]).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_as_long_as_it_says() {
        let parts = Parts::new(vec![0..4, 6..10], "text/plain", 10);
        assert!(parts.mime().starts_with("multipart/byteranges; boundary="));
        let said = parts.length();
        let pieces = parts.pieces();
        let length = |piece: &Piece| match piece {
            Piece::Text(text) => text.len() as u64,
            Piece::OfFile(range) => range.end - range.start,
        };
        assert_eq!(pieces.iter().map(length).sum::<u64>(), said);
        assert_eq!((pieces.len(), &pieces[3]), (5, &Piece::OfFile(6..10)));
        let Piece::Text(head) = &pieces[2] else { panic!("{pieces:?}") };
        assert!(String::from_utf8_lossy(head).contains("Content-Range: bytes 6-9/10"));
    }
}
