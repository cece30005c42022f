//! PNG: chunks with Exif and XMP, which a checksum guards each.

use super::blanks::Blanks;
use super::{exif, xmp};

/// Exif and XMP as texts, packed or in digits, which some programs write. They cannot be emptied in part.
const PROFILES: [&[u8]; 3] = [b"Raw profile type exif\0", b"Raw profile type APP1\0", b"Raw profile type xmp\0"];
const PACKET: &[u8] = b"XML:com.adobe.xmp\0";

pub fn without_location(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.to_vec();
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = head[..4].iter().fold(0usize, |n, b| n << 8 | usize::from(*b));
        let end = (at + 8).saturating_add(length);
        let Some(chunk) = bytes.get(at + 4..end).filter(|_| end + 4 <= bytes.len()) else { break };
        if let Some(clean) = clean(chunk) {
            out[at + 4..end].copy_from_slice(&clean);
            let sum = crc32(&clean).to_be_bytes();
            out[end..end + 4].copy_from_slice(&sum);
        }
        at = end.saturating_add(4);
    }
    (out != bytes).then_some(out)
}

/// A chunk, from its name on, without the place; none when it says none.
fn clean(chunk: &[u8]) -> Option<Vec<u8>> {
    let mut found = Blanks::default();
    let (name, data) = chunk.split_at_checked(4)?;
    let whole = chunk.len() as u64;
    match name {
        b"eXIf" => exif::find(chunk, 4, &mut found),
        b"iTXt" if data.starts_with(PACKET) && data.get(PACKET.len()) == Some(&1) => {
            // Packed: a text of spaces that is not.
            let flag = 4 + PACKET.len() as u64;
            found.zeros(flag..(flag + 4).min(whole));
            found.spaces((flag + 4).min(whole)..whole);
        }
        b"iTXt" => xmp::find(data, 4, &mut found),
        b"tEXt" | b"zTXt" => {
            let keyword = PROFILES.iter().find(|keyword| data.starts_with(keyword))?;
            found.word(0, b"tEXt");
            found.spaces(4 + keyword.len() as u64..whole);
        }
        _ => return None,
    }
    found.over(chunk)
}

/// The checksum of PNG chunks (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |s, _| if s & 1 == 1 { s >> 1 ^ 0xedb8_8320 } else { s >> 1 })
    })
}
