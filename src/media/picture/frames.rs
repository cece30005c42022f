//! Whether a picture moves, from its structure alone.

/// Whether there is more than one frame.
pub fn is_animated(bytes: &[u8], mime: &str) -> bool {
    match mime {
        "image/gif" => gif_frames(bytes) > 1,
        // The animation bit of the extended header.
        "image/webp" => bytes.get(12..16) == Some(b"VP8X") && bytes.get(20).is_some_and(|flags| flags & 2 != 0),
        "image/png" => png_has(bytes, b"acTL"),
        _ => false,
    }
}

/// Image descriptors of a GIF, counted to two.
fn gif_frames(bytes: &[u8]) -> usize {
    let table = |flags: u8| if flags & 0x80 != 0 { 3 << ((flags & 7) + 1) } else { 0 };
    let Some(flags) = bytes.get(10) else { return 0 };
    let mut at = 13 + table(*flags);
    let mut frames = 0;
    while let Some(kind) = bytes.get(at) {
        at = match kind {
            0x2c => {
                frames += 1;
                let Some(flags) = bytes.get(at + 9) else { return frames };
                skip_blocks(bytes, at + 11 + table(*flags))
            }
            0x21 => skip_blocks(bytes, at + 2),
            _ => return frames,
        };
        if frames > 1 {
            return frames;
        }
    }
    frames
}

fn skip_blocks(bytes: &[u8], mut at: usize) -> usize {
    while let Some(length) = bytes.get(at) {
        at += 1 + usize::from(*length);
        if *length == 0 {
            break;
        }
    }
    at
}

/// Whether a PNG has a chunk before its pixels.
fn png_has(bytes: &[u8], wanted: &[u8]) -> bool {
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let (length, name) = head.split_at(4);
        if name == wanted {
            return true;
        }
        if name == b"IDAT" {
            return false;
        }
        let length = length.iter().fold(0usize, |n, b| n << 8 | usize::from(*b));
        at = at.saturating_add(12).saturating_add(length);
    }
    false
}
