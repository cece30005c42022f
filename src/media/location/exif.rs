//! The GPS directory of a TIFF structure (Exif 2.32, 4.6.3): its entries are emptied, and what they point at.

use super::blanks::Blanks;

/// Directories that are looked at: a page or a thumbnail each.
const MOST_DIRECTORIES: usize = 16;
/// GPS directories that are emptied; cameras write one.
const MOST_PLACES: usize = 8;
/// Their entries; there are 32 tags.
const MOST_ENTRIES: usize = 100;
/// Bytes of one value: names of methods and areas are texts.
const MOST_OF_A_VALUE: usize = 64 << 10;

struct Structure<'a> {
    bytes: &'a [u8],
    base: usize,
    little: bool,
}

impl Structure<'_> {
    fn number(&self, at: usize, length: usize) -> Option<usize> {
        let part = self.bytes.get(at..at.checked_add(length)?)?;
        let add = |n: usize, b: &u8| n << 8 | usize::from(*b);
        Some(if self.little { part.iter().rev().fold(0, add) } else { part.iter().fold(0, add) })
    }

    /// Where something is that the four bytes at `at` point at.
    fn pointed(&self, at: usize) -> Option<usize> {
        let offset = self.number(at, 4).filter(|offset| *offset > 0)?;
        self.base.checked_add(offset).filter(|at| *at < self.bytes.len())
    }

    /// Where the entries of a directory begin, those that are there.
    fn entries(&self, directory: usize) -> impl Iterator<Item = usize> + use<> {
        let there = self.bytes.len().saturating_sub(directory + 2) / 12;
        let count = self.number(directory, 2).unwrap_or(0).min(there);
        (0..count).map(move |i| directory + 2 + i * 12)
    }
}

/// In a structure that begins at `base`.
pub fn find(bytes: &[u8], base: usize, found: &mut Blanks) {
    let little = match bytes.get(base..).and_then(|rest| rest.get(..4)) {
        Some(b"II*\0") => true,
        Some(b"MM\0*") => false,
        _ => return,
    };
    let of = Structure { bytes, base, little };
    let (mut next, mut places) = (of.pointed(base + 4), Vec::new());
    for _ in 0..MOST_DIRECTORIES {
        let Some(directory) = next else { break };
        let mut end = directory + 2;
        for entry in of.entries(directory) {
            end = entry + 12;
            if of.number(entry, 2) == Some(0x8825) && places.len() < MOST_PLACES {
                places.extend(of.pointed(entry + 8).filter(|place| !places.contains(place)));
            }
        }
        next = of.pointed(end);
    }
    for place in places {
        empty(&of, place, found);
    }
}

fn empty(of: &Structure<'_>, directory: usize, found: &mut Blanks) {
    let mut end = directory + 2;
    for entry in of.entries(directory).take(MOST_ENTRIES) {
        end = entry + 12;
        let size = match of.number(entry + 2, 2) {
            Some(1 | 2 | 6 | 7) => 1,
            Some(3 | 8) => 2,
            Some(4 | 9 | 11) => 4,
            Some(5 | 10 | 12) => 8,
            _ => 0,
        };
        let length = of.number(entry + 4, 4).unwrap_or(0).saturating_mul(size);
        if length > 4
            && let Some(at) = of.pointed(entry + 8)
        {
            let end = at.saturating_add(length.min(MOST_OF_A_VALUE)).min(of.bytes.len());
            found.zeros(at as u64..end as u64);
        }
    }
    // With their number: none are left.
    found.zeros(directory as u64..end.min(of.bytes.len()) as u64);
}
