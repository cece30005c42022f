//! JPEG: Exif and XMP segments; those of the further pictures that some cameras put behind the first; and a film behind
//! it ("motion photo").

use super::blanks::Blanks;
use super::{boxes, exif, xmp};
use std::io::Cursor;

const EXIF: &[u8] = b"Exif\0\0";
const XMP: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";

pub fn find(bytes: &[u8], found: &mut Blanks) {
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = bytes.get(at..at + 4).and_then(|b| <[u8; 4]>::try_from(b).ok()) {
        if marker == 0xff {
            at += 1;
            continue;
        }
        if marker == 0xda {
            break;
        }
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        segment(bytes, at, end, found);
        at = end;
    }
    behind(bytes, at, found);
}

/// The application's segment from its marker on; whether it is one that may tell the place.
fn segment(bytes: &[u8], at: usize, end: usize, found: &mut Blanks) -> bool {
    let end = end.min(bytes.len());
    let Some([0xff, 0xe1, _, _, data @ ..]) = bytes.get(at..end) else { return false };
    let (is_exif, is_xmp) = (data.starts_with(EXIF), data.starts_with(XMP));
    if is_exif {
        exif::find(&bytes[..end], at + 4 + EXIF.len(), found);
    } else if is_xmp {
        xmp::find(data, at as u64 + 4, found);
    }
    is_exif || is_xmp
}

/// What follows the head of the first picture. Compressed pixels never hold the marker of a segment (T.81, B.1.1.5).
fn behind(bytes: &[u8], from: usize, found: &mut Blanks) {
    let mut at = from;
    while let Some(next) = bytes.get(at..).and_then(|rest| rest.windows(2).position(|w| w == [0xff, 0xe1])) {
        at += next;
        let Some([high, low]) = bytes.get(at + 2..at + 4) else { return };
        let end = at + 2 + usize::from(u16::from_be_bytes([*high, *low]));
        at = if segment(bytes, at, end, found) { end } else { at + 2 };
    }
    let film = bytes.get(from..).and_then(|rest| rest.windows(4).rposition(|w| w == b"ftyp"));
    if let Some(film) = film.and_then(|at| (from + at).checked_sub(4)) {
        let mut inside = Blanks::default();
        // In memory, nothing can go wrong with reading.
        if boxes::find(&mut Cursor::new(&bytes[film..]), 0..(bytes.len() - film) as u64, &mut inside).is_ok() {
            found.add(inside, film as u64);
        }
    }
}
