//! Records from NDJSON: one object a line.

use super::run::{Line, Records};
use super::source::{LONGEST, Source};
use masthead_core::content::Record;
use serde_json::Value;
use std::io::{self, BufRead, Read};

pub struct Lines {
    source: Source,
    line: u64,
    buffer: Vec<u8>,
}

impl Lines {
    pub fn new(source: Source) -> Self {
        Self { source, line: 0, buffer: Vec::new() }
    }

    /// The next line into the buffer; none at the end. A line that is too long is passed over, not kept.
    fn fill(&mut self) -> io::Result<Option<bool>> {
        self.buffer.clear();
        let read = self.source.by_ref().take(LONGEST + 1).read_until(b'\n', &mut self.buffer)?;
        if read == 0 {
            return Ok(None);
        }
        self.line += 1;
        let whole = self.buffer.ends_with(b"\n") || read as u64 <= LONGEST;
        if !whole {
            skip_line(&mut self.source)?;
        }
        Ok(Some(whole))
    }
}

impl Records for Lines {
    fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            let Some(whole) = self.fill()? else { return Ok(None) };
            let (number, text) = (self.line, self.buffer.trim_ascii());
            if !whole {
                let reason = format!("longer than {} MB", LONGEST >> 20);
                return Ok(Some(Line { number, size: 0, record: Err(reason) }));
            }
            if text.is_empty() {
                continue;
            }
            let record = match serde_json::from_slice(text) {
                Ok(Value::Object(values)) => Ok(Record { line: number, values }),
                Ok(_) => Err("this is no JSON object".to_owned()),
                Err(e) if e.is_io() => return Err(e.into()),
                Err(e) => Err(not_json(&e)),
            };
            return Ok(Some(Line { number, size: text.len(), record }));
        }
    }
}

/// The line is known; of the place that the parser names, only the column says something.
fn not_json(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or(&said);
    format!("this is not JSON: {said}, at column {}", error.column())
}

fn skip_line(source: &mut Source) -> io::Result<()> {
    loop {
        let buffer = source.fill_buf()?;
        if buffer.is_empty() {
            return Ok(());
        }
        let end = buffer.iter().position(|b| *b == b'\n');
        let used = end.map_or(buffer.len(), |at| at + 1);
        source.consume(used);
        if end.is_some() {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: Vec<u8>) -> Vec<(u64, Result<String, String>)> {
        let mut lines = Lines::new(Box::new(std::io::Cursor::new(text)));
        let mut out = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            out.push((line.number, line.record.map(|r| Value::Object(r.values).to_string())));
        }
        out
    }

    #[test]
    fn each_line_is_a_record_or_says_why_not() {
        let found = all(b"{\"a\":1}\r\n\n[1]\n{\"a\":\n{\"b\":2}".to_vec());
        assert_eq!(found[0], (1, Ok("{\"a\":1}".to_owned())));
        assert_eq!(found[1], (3, Err("this is no JSON object".to_owned())));
        assert!(found[2].0 == 4 && found[2].1.as_ref().unwrap_err().starts_with("this is not JSON: EOF"), "{found:?}");
        assert_eq!(found[3], (5, Ok("{\"b\":2}".to_owned())));
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over() {
        let mut text = vec![b'x'; LONGEST as usize + 10];
        text.extend(b"\n{\"a\":1}\n");
        let found = all(text);
        assert_eq!(found[0], (1, Err("longer than 32 MB".to_owned())));
        assert_eq!(found[1], (2, Ok("{\"a\":1}".to_owned())));
    }

    #[test]
    fn what_is_not_utf_8_is_refused_by_line() {
        let found = all(b"{\"a\":\"\xff\"}\n{}\n".to_vec());
        assert!(found[0].1.is_err() && found[1].1.is_ok());
    }
}
