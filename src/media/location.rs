//! Where a photograph or a film was taken is nobody's business: the file as it is kept does not say it.
//!
//! Nothing moves: what tells the place is written over, so that everything else in the file stays where others point at
//! it.

mod blanks;
mod boxes;
mod exif;
mod items;
mod jpeg;
mod movie;
mod png;
#[cfg(test)]
mod tests;
mod tracks;
mod xmp;

use blanks::Blanks;
use std::fs::File;
use std::io;

/// The picture without the place, of the same length; none when it says none. For pictures that are read whole anyway.
pub fn without_location(bytes: &[u8], mime: &str) -> Option<Vec<u8>> {
    let mut found = Blanks::default();
    match mime {
        "image/jpeg" => jpeg::find(bytes, &mut found),
        "image/webp" => webp(bytes, &mut found),
        "image/tiff" => exif::find(bytes, 0, &mut found),
        "image/png" => return png::without_location(bytes),
        _ => {}
    }
    found.over(bytes)
}

/// Take the place out of a film or a picture made of boxes (MP4, QuickTime, HEIC, AVIF, JPEG XL), however large it is.
/// Whether there was one. Other files are left alone.
pub fn forget_location(file: &mut File, mime: &str) -> io::Result<bool> {
    if !boxes::are_in(file, mime)? {
        return Ok(false);
    }
    let length = file.metadata()?.len();
    let mut found = Blanks::default();
    boxes::find(file, 0..length, &mut found)?;
    found.write(file)
}

fn webp(bytes: &[u8], found: &mut Blanks) {
    let mut at = 12;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = head[4..].iter().rev().fold(0usize, |n, b| n << 8 | usize::from(*b));
        let (start, end) = (at + 8, (at + 8).saturating_add(length));
        let Some(data) = bytes.get(start..end) else { return };
        match &head[..4] {
            b"EXIF" => {
                let skip = if data.starts_with(b"Exif\0\0") { 6 } else { 0 };
                exif::find(&bytes[..end], start + skip, found);
            }
            b"XMP " => xmp::find(data, start as u64, found),
            _ => {}
        }
        at = end + length % 2;
    }
}
