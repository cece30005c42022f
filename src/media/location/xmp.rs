//! Values of `exif:GPS…` in an XMP packet, as attributes and as elements: spaces stand there instead.

use super::blanks::Blanks;

const NAME: &[u8] = b"exif:GPS";

/// In a packet that begins at `base`.
pub fn find(data: &[u8], base: u64, found: &mut Blanks) {
    let mut at = 0;
    while let Some(next) = data.get(at..).and_then(|rest| rest.windows(NAME.len()).position(|w| w == NAME)) {
        let name = at + next;
        // Whichever comes first; nothing is looked through twice, however the packet is made.
        let Some(open) = data[name..].iter().position(|b| matches!(b, b'"' | b'\'' | b'>')) else { return };
        let from = name + open + 1;
        let end = if data[from - 1] == b'>' { b'<' } else { data[from - 1] };
        let to = data[from..].iter().position(|b| *b == end).map_or(data.len(), |length| from + length);
        found.spaces(base + from as u64..base + to as u64);
        at = to;
    }
}
