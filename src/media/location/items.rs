//! The items of HEIC and AVIF (ISO/IEC 14496-12, 8.11): which of them are Exif or XMP (`iinf`), and where they are
//! (`iloc`), in pieces if need be.

use super::blanks::Blanks;
use super::boxes::{Boxed, MOST_BYTES, Walk, structure};
use super::xmp;
use std::io::{self, Read, Seek};
use std::ops::Range;

/// Exif and XMP items; pictures have one of each.
const MOST_ITEMS: usize = 16;
/// Pieces of one item.
const MOST_PIECES: usize = 256;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Exif,
    Xmp,
}

/// Numbers one behind the other.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    /// A number of this many bytes, eight at most.
    fn take(&mut self, bytes: usize) -> Option<u64> {
        let (number, rest) = self.0.split_at_checked(bytes)?;
        self.0 = rest;
        Some(number.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
    }
}

pub fn find(walk: &mut Walk<'_, impl Read + Seek>, meta: Boxed, found: &mut Blanks) -> io::Result<()> {
    let (mut items, mut places, mut data) = (Vec::new(), Vec::new(), meta.end..meta.end);
    let mut at = meta.start + 4;
    while let Some(one) = walk.next(at, meta.end)? {
        match &one.name {
            b"iinf" => items = named(walk, one)?,
            b"iloc" => places = walk.read(one.start..one.end)?,
            b"idat" => data = one.start..one.end,
            _ => {}
        }
        at = one.end;
    }
    for (item, kind) in items {
        let Some(pieces) = pieces(&places, item, &data) else { continue };
        // Read as one, and what is found is brought back to where it was.
        let (mut bytes, mut from) = (Vec::new(), Vec::new());
        for piece in pieces {
            let start = bytes.len() as u64;
            let room = MOST_BYTES - start;
            bytes.extend(walk.read(piece.start..piece.end.min(piece.start.saturating_add(room)))?);
            from.push((start..bytes.len() as u64, piece.start));
        }
        let mut inside = Blanks::default();
        match kind {
            Kind::Exif => structure(&bytes, 0, &mut inside),
            Kind::Xmp => xmp::find(&bytes, 0, &mut inside),
        }
        found.add_scattered(inside, &from);
    }
    Ok(())
}

/// Numbers of the items that are Exif or XMP.
fn named(walk: &mut Walk<'_, impl Read + Seek>, list: Boxed) -> io::Result<Vec<(u64, Kind)>> {
    let version = walk.read(list.start..list.start + 1)?.first().copied().unwrap_or(0);
    let mut at = list.start + if version == 0 { 6 } else { 8 };
    let mut items = Vec::new();
    while let Some(one) = walk.next(at, list.end)?.filter(|_| items.len() < MOST_ITEMS) {
        let entry = walk.read(one.start..one.end.min(one.start + 256))?;
        if &one.name == b"infe" {
            items.extend(kind_of(&entry));
        }
        at = one.end;
    }
    Ok(items)
}

fn kind_of(entry: &[u8]) -> Option<(u64, Kind)> {
    let mut numbers = Numbers(entry);
    let version = numbers.take(4)? >> 24;
    let item = match version {
        2 => numbers.take(2)?,
        3 => numbers.take(4)?,
        _ => return None,
    };
    // Whether it is protected.
    numbers.take(2)?;
    match numbers.0.split_first_chunk::<4>()? {
        (b"Exif", _) => Some((item, Kind::Exif)),
        // A name, then the type.
        (b"mime", rest) => {
            let mime = rest.split(|b| *b == 0).nth(1)?;
            (mime == b"application/rdf+xml").then_some((item, Kind::Xmp))
        }
        _ => None,
    }
}

/// Where an item is, by `iloc`. `data` is the box that items may stand in.
fn pieces(iloc: &[u8], wanted: u64, data: &Range<u64>) -> Option<Vec<Range<u64>>> {
    let mut numbers = Numbers(iloc);
    let version = numbers.take(4)? >> 24;
    let sizes = numbers.take(2)?;
    let size = |place: u32| (sizes >> place & 15).min(8) as usize;
    let (of_offset, of_length, of_base) = (size(12), size(8), size(4));
    let of_index = if version == 0 { 0 } else { size(0) };
    let of_item = if version < 2 { 2 } else { 4 };
    for _ in 0..numbers.take(of_item)? {
        let item = numbers.take(of_item)?;
        let within = if version == 0 { 0 } else { numbers.take(2)? & 15 };
        // Which file: this one, in practice.
        numbers.take(2)?;
        let base = numbers.take(of_base)?;
        let count = numbers.take(2)?;
        // Pieces that take no room in the list are all the same one.
        let count = if of_index + of_offset + of_length == 0 { count.min(1) } else { count };
        let mut pieces = Vec::new();
        for _ in 0..count {
            numbers.take(of_index)?;
            let (offset, length) = (numbers.take(of_offset)?, numbers.take(of_length)?);
            let place = match within {
                0 => 0..u64::MAX,
                1 => data.clone(),
                _ => continue,
            };
            if item == wanted && pieces.len() < MOST_PIECES {
                let start = place.start.saturating_add(base).saturating_add(offset);
                // Without a length: to the end.
                let end = if length == 0 { place.end } else { start.saturating_add(length).min(place.end) };
                pieces.push(start..end);
            }
        }
        if item == wanted {
            return Some(pieces);
        }
    }
    None
}
