//! Records from CSV: a header with field names, then a row for each.

use super::cells::put;
use super::columns::{Column, columns};
use super::run::{Line, Records, Target};
use super::source::{LONGEST, Source};
use crate::cli::failure::Failure;
use csv::{Reader, ReaderBuilder, StringRecord};
use masthead_core::content::Record;
use serde_json::Map;
use std::cell::Cell as Shared;
use std::io::{self, Read};
use std::rc::Rc;

pub struct Rows {
    reader: Reader<Bounded>,
    left: Rc<Shared<u64>>,
    columns: Vec<Column>,
    row: StringRecord,
}

/// Gives up when a record does not end: an open quote would take in the rest of the file.
struct Bounded {
    source: Source,
    left: Rc<Shared<u64>>,
}

impl Read for Bounded {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.source.read(buf)?;
        let left = self.left.get().checked_sub(read as u64).ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                format!("a record is longer than {} MB: is a quote left open?", LONGEST >> 20),
            )
        })?;
        self.left.set(left);
        Ok(read)
    }
}

impl Rows {
    pub fn new(source: Source, target: &Target) -> Result<Self, Failure> {
        let left = Rc::new(Shared::new(LONGEST));
        let bounded = Bounded { source, left: left.clone() };
        let mut reader = ReaderBuilder::new().flexible(true).from_reader(bounded);
        let header = reader.headers().map_err(|e| Failure::new(format!("the header cannot be read: {e}")))?;
        if header.is_empty() {
            return Err(Failure::new("the file is empty: its first line names the fields"));
        }
        let columns = columns(&target.snapshot.model, &target.ty, header)
            .map_err(|wrong| Failure::new(format!("the header cannot be used:\n  {}", wrong.join("\n  "))))?;
        Ok(Self { reader, left, columns, row: StringRecord::new() })
    }

    fn record(&self, line: u64) -> Result<Record, String> {
        if self.row.len() != self.columns.len() {
            return Err(format!("{} cells, but the header has {}", self.row.len(), self.columns.len()));
        }
        let mut values = Map::new();
        let mut wrong = Vec::new();
        for (column, text) in self.columns.iter().zip(&self.row) {
            match column.cell.read(text) {
                Ok(Some(value)) => put(&mut values, &column.path, value),
                Ok(None) => {}
                Err(reason) => wrong.push(format!("/{}: {reason}", column.path.join("/"))),
            }
        }
        if wrong.is_empty() { Ok(Record { line, values }) } else { Err(wrong.join("; ")) }
    }
}

impl Records for Rows {
    fn next(&mut self) -> io::Result<Option<Line>> {
        self.left.set(LONGEST);
        let read = self.reader.read_record(&mut self.row);
        let number = self.row.position().map_or_else(|| self.reader.position().line(), csv::Position::line);
        match read {
            Ok(false) => Ok(None),
            Ok(true) => Ok(Some(Line { number, size: self.row.as_slice().len(), record: self.record(number) })),
            Err(error) => match error.into_kind() {
                csv::ErrorKind::Io(error) => Err(error),
                csv::ErrorKind::Utf8 { pos, err } => {
                    let number = pos.map_or(number, |p| p.line());
                    let reason = format!("cell {} is not UTF-8", err.field() + 1);
                    Ok(Some(Line { number, size: 0, record: Err(reason) }))
                }
                other => Err(io::Error::other(format!("{other:?}"))),
            },
        }
    }
}
