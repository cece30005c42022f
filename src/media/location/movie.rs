//! The movie's own box: places among its user data (`©xyz`, 3GPP's `loci`), its metadata (QuickTime's keys) and in tracks
//! of their own.

use super::blanks::Blanks;
use super::boxes::{Boxed, Walk, packet};
use super::{tracks, xmp};
use std::io::{self, Read, Seek};

/// Largest box that is taken for a place, bytes: texts.
const MOST: u64 = 1 << 20;
/// Keys of a film; cameras write some twenty.
const MOST_KEYS: usize = 10_000;

/// In `moov`, `trak` and `udta`, which stand in one another.
pub fn find(walk: &mut Walk<'_, impl Read + Seek>, outer: Boxed, found: &mut Blanks) -> io::Result<()> {
    let mut at = outer.start;
    while let Some(one) = walk.next(at, outer.end)? {
        match (&outer.name, &one.name) {
            (b"moov", b"trak" | b"udta") | (b"trak", b"udta") => find(walk, one, found)?,
            (b"trak", b"mdia") => tracks::find(walk, one, found)?,
            (_, b"meta") => metadata(walk, one, found)?,
            (_, b"uuid") => packet(walk, one, found)?,
            (b"udta", b"XMP_") => xmp::find(&walk.read(one.start..one.end)?, one.start, found),
            (b"udta", b"\xa9xyz" | b"loci") if one.end - one.start <= MOST => one.free(found),
            _ => {}
        }
        at = one.end;
    }
    Ok(())
}

/// Names stand in `keys`; an item of `ilst` has the number of its name where other boxes have theirs.
fn metadata(walk: &mut Walk<'_, impl Read + Seek>, meta: Boxed, found: &mut Blanks) -> io::Result<()> {
    // ISO's has a version before its boxes, QuickTime's has not.
    let first = walk.read(meta.start + 4..meta.start + 8)?;
    let start = if first == b"hdlr" { meta.start } else { meta.start + 4 };
    let (mut at, mut places) = (start, Vec::new());
    while let Some(one) = walk.next(at, meta.end)? {
        if &one.name == b"keys" {
            places = numbers_of_places(&walk.read(one.start..one.end)?);
        }
        at = one.end;
    }
    at = start;
    while let Some(list) = walk.next(at, meta.end)? {
        at = list.end;
        let mut item = list.start;
        while &list.name == b"ilst"
            && let Some(one) = walk.next(item, list.end)?
        {
            let is_place = one.name == *b"\xa9xyz" || places.binary_search(&u32::from_be_bytes(one.name)).is_ok();
            if is_place && one.end - one.start <= MOST {
                one.free(found);
            }
            item = one.end;
        }
    }
    Ok(())
}

/// Which of the keys name a place (`com.apple.quicktime.location.ISO6709` and its like), counted from one; in order.
fn numbers_of_places(keys: &[u8]) -> Vec<u32> {
    let mut places = Vec::new();
    let mut rest = keys.get(8..).unwrap_or_default();
    for number in 1.. {
        let Some((size, _)) = rest.split_first_chunk::<4>() else { break };
        let size = u32::from_be_bytes(*size) as usize;
        let Some(name) = rest.get(8..size).filter(|_| places.len() < MOST_KEYS) else { break };
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        if name.contains("location") || name.contains("gps") {
            places.push(number);
        }
        rest = &rest[size..];
    }
    places
}
