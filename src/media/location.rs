//! Where a photograph was taken is nobody's business: the file as it is kept does not say it.
//!
//! Nothing moves: the entries of the GPS directory (Exif 2.32, 4.6.3) are emptied in place, so that everything else
//! in the file stays where others point at it.

/// The file without the place, of the same length; none when it says none.
pub fn without_location(bytes: &[u8], mime: &str) -> Option<Vec<u8>> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    match mime {
        "image/jpeg" => jpeg(bytes, &mut found),
        "image/webp" => webp(bytes, &mut found),
        "image/tiff" => directories(bytes, 0, &mut found),
        "image/png" => return png(bytes),
        _ => {}
    }
    emptied(bytes, &found)
}

fn emptied(bytes: &[u8], found: &[(usize, usize)]) -> Option<Vec<u8>> {
    if found.is_empty() {
        return None;
    }
    let mut out = bytes.to_vec();
    for (start, end) in found {
        if let Some(part) = out.get_mut(*start..*end) {
            part.fill(0);
        }
    }
    (out != bytes).then_some(out)
}

fn jpeg(bytes: &[u8], found: &mut Vec<(usize, usize)>) {
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = bytes.get(at..at + 4).and_then(|b| <[u8; 4]>::try_from(b).ok()) {
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker == 0xda {
            break;
        }
        let data = bytes.get(at + 4..end).unwrap_or_default();
        if marker == 0xe1 && data.starts_with(b"Exif\0\0") {
            directories(bytes.get(..end).unwrap_or_default(), at + 10, found);
        } else if marker == 0xe1 && data.starts_with(b"http://ns.adobe.com/xap/1.0/\0") {
            packet(data, at + 4, found);
        }
        at = end;
    }
}

fn webp(bytes: &[u8], found: &mut Vec<(usize, usize)>) {
    let mut at = 12;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = head[4..].iter().rev().fold(0usize, |n, b| n << 8 | usize::from(*b));
        let (start, end) = (at + 8, (at + 8).saturating_add(length));
        let Some(data) = bytes.get(start..end) else { return };
        match &head[..4] {
            b"EXIF" => {
                let skip = if data.starts_with(b"Exif\0\0") { 6 } else { 0 };
                directories(&bytes[..end], start + skip, found);
            }
            b"XMP " => packet(data, start, found),
            _ => {}
        }
        at = end + length % 2;
    }
}

/// A PNG guards its chunks with a checksum each.
fn png(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut out = bytes.to_vec();
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = head[..4].iter().fold(0usize, |n, b| n << 8 | usize::from(*b));
        let (start, end) = (at + 8, (at + 8).saturating_add(length));
        let Some(data) = bytes.get(start..end) else { break };
        let mut found = Vec::new();
        match &head[4..] {
            b"eXIf" => directories(&bytes[..end], start, &mut found),
            b"iTXt" => packet(data, start, &mut found),
            _ => {}
        }
        if !found.is_empty() && end + 4 <= out.len() {
            for (from, to) in found {
                if let Some(part) = out.get_mut(from..to) {
                    part.fill(if &head[4..] == b"iTXt" { b' ' } else { 0 });
                }
            }
            let sum = crc32(&out[at + 4..end]).to_be_bytes();
            out[end..end + 4].copy_from_slice(&sum);
        }
        at = end.saturating_add(4);
    }
    (out != bytes).then_some(out)
}

/// The checksum of PNG chunks (ISO 3309).
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |s, _| if s & 1 == 1 { s >> 1 ^ 0xedb8_8320 } else { s >> 1 })
    })
}

/// The GPS directory of a TIFF structure that begins at `base`: its entries, and what they point at.
fn directories(bytes: &[u8], base: usize, found: &mut Vec<(usize, usize)>) {
    let little = match bytes.get(base..base + 4) {
        Some(b"II*\0") => true,
        Some(b"MM\0*") => false,
        _ => return,
    };
    let number = |at: usize, length: usize| -> Option<usize> {
        let part = bytes.get(at..at.checked_add(length)?)?;
        let add = |n: usize, b: &u8| n << 8 | usize::from(*b);
        Some(if little { part.iter().rev().fold(0, add) } else { part.iter().fold(0, add) })
    };
    let entries = |at: usize| (0..number(at, 2).unwrap_or(0)).map(move |i| at + 2 + i * 12);
    let Some(first) = number(base + 4, 4).map(|at| base + at) else { return };
    for entry in entries(first) {
        if number(entry, 2) != Some(0x8825) {
            continue;
        }
        let Some(gps) = number(entry + 8, 4).map(|at| base + at) else { continue };
        for one in entries(gps) {
            let size = match number(one + 2, 2) {
                Some(1 | 2 | 6 | 7) => 1,
                Some(3 | 8) => 2,
                Some(4 | 9 | 11) => 4,
                Some(5 | 10 | 12) => 8,
                _ => 0,
            };
            let length = number(one + 4, 4).unwrap_or(0).saturating_mul(size);
            if length > 4
                && let Some(at) = number(one + 8, 4).map(|at| base + at)
            {
                found.push((at, at.saturating_add(length).min(bytes.len())));
            }
            found.push((one, (one + 12).min(bytes.len())));
        }
        // No entries are left.
        found.push((gps, (gps + 2).min(bytes.len())));
    }
}

/// Values of `exif:GPS…` in an XMP packet, as attributes and as elements.
fn packet(data: &[u8], base: usize, found: &mut Vec<(usize, usize)>) {
    const NAME: &[u8] = b"exif:GPS";
    let mut at = 0;
    while let Some(next) = data.get(at..).and_then(|rest| rest.windows(NAME.len()).position(|w| w == NAME)) {
        let name = at + next;
        let rest = &data[name..];
        let quote = rest.iter().position(|b| matches!(b, b'"' | b'\''));
        let close = rest.iter().position(|b| *b == b'>');
        let (from, end) = match (quote, close) {
            (Some(open), close) if close.is_none_or(|c| open < c) => (open + 1, rest[open]),
            (_, Some(close)) => (close + 1, b'<'),
            _ => return,
        };
        let length = rest[from..].iter().position(|b| *b == end).unwrap_or(rest.len() - from);
        if length > 0 {
            found.push((base + name + from, base + name + from + length));
        }
        at = name + from + length;
    }
}
