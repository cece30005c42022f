//! Files made of boxes (ISO/IEC 14496-12; QuickTime calls them atoms). They are walked by seeking: a film may be larger
//! than memory, and what is not about places is stepped over.

use super::blanks::Blanks;
use super::{exif, items, movie, xmp};
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

/// Boxes that are looked at: an hour of fragments has some ten thousand.
const MOST_BOXES: u32 = 500_000;
/// Entries of tables that are looked at: five days of sixty samples a second.
const MOST_ENTRIES: u32 = 1 << 25;
/// Bytes of a list, a packet or an Exif structure that are read at once.
pub const MOST_BYTES: u64 = 4 << 20;
/// The identifier of a box with an XMP packet.
const XMP: [u8; 16] = *b"\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac";

/// A box: where its name is, and what it holds.
#[derive(Clone, Copy)]
pub struct Boxed {
    pub name: [u8; 4],
    pub at: u64,
    pub start: u64,
    pub end: u64,
}

/// A file that is walked.
pub struct Walk<'a, F> {
    file: &'a mut F,
    /// Of the file, bytes.
    length: u64,
    left: u32,
    /// Entries of tables.
    entries: u32,
}

/// Whether the file is made of boxes.
pub fn are_in(file: &mut File, mime: &str) -> io::Result<bool> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    file.take(8).read_to_end(&mut head)?;
    Ok(match head.get(4..8) {
        Some(b"ftyp" | b"JXL ") => true,
        // QuickTime's first films begin with any of theirs.
        Some(_) => mime == "video/quicktime",
        None => false,
    })
}

/// All that tells the place in the boxes at `place`.
pub fn find(file: &mut (impl Read + Seek), place: Range<u64>, found: &mut Blanks) -> io::Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut walk = Walk { file, length, left: MOST_BOXES, entries: MOST_ENTRIES };
    let mut at = place.start;
    while let Some(one) = walk.next(at, place.end)? {
        match &one.name {
            b"moov" => movie::find(&mut walk, one, found)?,
            b"meta" => items::find(&mut walk, one, found)?,
            b"uuid" => packet(&mut walk, one, found)?,
            // JPEG XL (ISO/IEC 18181-2): an offset, as in HEIC; packed boxes cannot be emptied in part.
            b"Exif" => structure(&walk.read(one.start..one.end)?, one.start, found),
            b"xml " => xmp::find(&walk.read(one.start..one.end)?, one.start, found),
            b"brob" if matches!(&walk.read(one.start..one.start + 4)?[..], b"Exif" | b"xml ") => one.free(found),
            _ => {}
        }
        at = one.end;
    }
    Ok(())
}

/// The box of an XMP packet, if it is one.
pub fn packet(walk: &mut Walk<'_, impl Read + Seek>, one: Boxed, found: &mut Blanks) -> io::Result<()> {
    let start = one.start + XMP.len() as u64;
    if walk.read(one.start..start.min(one.end))? == XMP {
        xmp::find(&walk.read(start..one.end)?, start, found);
    }
    Ok(())
}

/// Exif behind four bytes that say how far behind.
pub fn structure(bytes: &[u8], base: u64, found: &mut Blanks) {
    let Some((offset, _)) = bytes.split_first_chunk::<4>() else { return };
    let mut inside = Blanks::default();
    exif::find(bytes, (u32::from_be_bytes(*offset) as usize).saturating_add(4), &mut inside);
    found.add(inside, base);
}

impl Boxed {
    /// Make it a box that everybody steps over, with nothing inside.
    pub fn free(self, found: &mut Blanks) {
        found.word(self.at, b"free");
        found.zeros(self.start..self.end);
    }
}

impl<F: Read + Seek> Walk<'_, F> {
    /// Look at one more entry of a table, if there are any left to look at.
    pub fn spend(&mut self) -> bool {
        let before = self.entries;
        self.entries = before.saturating_sub(1);
        before > 0
    }

    /// The box that begins at `at`, before `end`; none where there is none, or it is broken.
    pub fn next(&mut self, at: u64, end: u64) -> io::Result<Option<Boxed>> {
        if self.left == 0 || at >= end {
            return Ok(None);
        }
        self.left -= 1;
        let head = self.read(at..at.saturating_add(16).min(end))?;
        let Some((short, rest)) = head.split_first_chunk::<4>() else { return Ok(None) };
        let Some((name, rest)) = rest.split_first_chunk::<4>() else { return Ok(None) };
        let (size, length) = match (u32::from_be_bytes(*short), rest.first_chunk::<8>()) {
            // To the end of what it stands in.
            (0, _) => (end - at, 8),
            (1, Some(long)) => (u64::from_be_bytes(*long), 16),
            (1, None) => return Ok(None),
            (size, _) => (size.into(), 8),
        };
        if size < length {
            return Ok(None);
        }
        let end = at.saturating_add(size).min(end);
        Ok(Some(Boxed { name: *name, at: at + 4, start: (at + length).min(end), end }))
    }

    /// The bytes at a place, as far as they are there, and not more than may be read at once.
    pub fn read(&mut self, place: Range<u64>) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        // Systems refuse places that are too far behind the end.
        if place.start >= self.length {
            return Ok(bytes);
        }
        self.file.seek(SeekFrom::Start(place.start))?;
        let length = place.end.saturating_sub(place.start).min(MOST_BYTES);
        self.file.by_ref().take(length).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}
