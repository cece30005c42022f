//! What is to be written over, in a file in memory or on the disk.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;

const CHUNK: u64 = 64 << 10;
/// Places in a file: five hours of thirty chunks a second. One that has more was made to have them, and is written over as
/// far as that.
const MOST: usize = 500_000;

/// Places, each with the byte that comes there.
#[derive(Default)]
pub struct Blanks(Vec<(u8, Range<u64>)>);

impl Blanks {
    fn push(&mut self, with: u8, place: Range<u64>) {
        if let Some((last, before)) = self.0.last_mut()
            && *last == with
            && before.end == place.start
        {
            before.end = place.end;
            return;
        }
        if self.0.len() < MOST {
            self.0.push((with, place));
        }
    }

    pub fn zeros(&mut self, place: Range<u64>) {
        self.push(0, place);
    }

    pub fn spaces(&mut self, place: Range<u64>) {
        self.push(b' ', place);
    }

    /// Four letters.
    pub fn word(&mut self, at: u64, word: &[u8; 4]) {
        (at..).zip(word).for_each(|(at, letter)| self.push(*letter, at..at + 1));
    }

    /// Those of a part of the file, which begins at `base`.
    pub fn add(&mut self, part: Self, base: u64) {
        part.0.into_iter().for_each(|(with, place)| self.push(with, place.start + base..place.end + base));
    }

    /// Those of what was read from several places as one: each range of it was at a place of the file.
    pub fn add_scattered(&mut self, part: Self, from: &[(Range<u64>, u64)]) {
        for (with, place) in part.0 {
            for (range, at) in from {
                let (start, end) = (place.start.max(range.start), place.end.min(range.end));
                if start < end {
                    self.push(with, at + (start - range.start)..at + (end - range.start));
                }
            }
        }
    }

    /// Each place once, in order: a file may name the same place as often as it likes.
    fn merged(mut self, length: u64) -> Vec<(u8, Range<u64>)> {
        self.0.sort_unstable_by_key(|(with, place)| (*with, place.start));
        let mut merged: Vec<(u8, Range<u64>)> = Vec::new();
        for (with, place) in self.0 {
            let place = place.start..place.end.min(length);
            match merged.last_mut() {
                Some((last, before)) if *last == with && place.start <= before.end => {
                    before.end = before.end.max(place.end);
                }
                _ if place.start < place.end => merged.push((with, place)),
                _ => {}
            }
        }
        merged
    }

    /// The bytes with the blanks; none when nothing changes.
    pub fn over(self, bytes: &[u8]) -> Option<Vec<u8>> {
        let merged = self.merged(bytes.len() as u64);
        let is_blank = |(with, place): &(u8, Range<u64>)| {
            bytes[place.start as usize..place.end as usize].iter().all(|byte| byte == with)
        };
        if merged.iter().all(is_blank) {
            return None;
        }
        let mut out = bytes.to_vec();
        for (with, place) in merged {
            out[place.start as usize..place.end as usize].fill(with);
        }
        Some(out)
    }

    /// Write them into the file; whether anything changed.
    pub fn write(self, file: &mut File) -> io::Result<bool> {
        let length = file.metadata()?.len();
        let mut changed = false;
        for (with, place) in self.merged(length) {
            let mut at = place.start;
            while at < place.end {
                let mut chunk = vec![0; CHUNK.min(place.end - at) as usize];
                file.seek(SeekFrom::Start(at))?;
                file.read_exact(&mut chunk)?;
                if chunk.iter().any(|byte| *byte != with) {
                    chunk.fill(with);
                    file.seek(SeekFrom::Start(at))?;
                    file.write_all(&chunk)?;
                    changed = true;
                }
                at += chunk.len() as u64;
            }
        }
        Ok(changed)
    }
}
