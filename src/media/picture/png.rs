//! What only PNG files have: pixels that cannot be packed smaller than so much.

/// How much smaller deflate makes anything, at best: 258 bytes in two bits, and some for headers.
const PACKED: u64 = 1040;

/// Whether there are enough bytes for as many pixels as the header speaks of. What is too short for them is refused
/// before there is memory for them.
pub fn may_be_whole(bytes: &[u8]) -> bool {
    let number = |at: usize| bytes.get(at..at + 4).map(|n| n.iter().fold(0, |n, b| n << 8 | u64::from(*b)));
    let (Some(width), Some(height), Some([depth, colour])) = (number(16), number(20), bytes.get(24..26)) else {
        return false;
    };
    let channels = match colour {
        2 => 3,
        4 => 2,
        6 => 4,
        _ => 1,
    };
    let row = 1 + (width * u64::from(*depth) * channels).div_ceil(8);
    row.saturating_mul(height) / PACKED <= bytes.len() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_files_of_large_pictures_may_be_whole_and_headers_alone_may_not() {
        for (image, kind) in [
            (image::DynamicImage::new_luma8(9000, 9000), "grey"),
            (image::DynamicImage::new_rgba16(2000, 2000), "16 bits"),
            (image::DynamicImage::new_rgb8(1, 1), "one"),
        ] {
            let mut out = std::io::Cursor::new(Vec::new());
            let best = image::codecs::png::CompressionType::Best;
            let encoder = image::codecs::png::PngEncoder::new_with_quality(
                &mut out,
                best,
                image::codecs::png::FilterType::NoFilter,
            );
            image.write_with_encoder(encoder).unwrap();
            let bytes = out.into_inner();
            assert!(may_be_whole(&bytes), "{kind}: {} bytes", bytes.len());
            if image.width() > 1 {
                assert!(!may_be_whole(&bytes[..bytes.len() / 4]), "{kind}");
            }
        }
        assert!(!may_be_whole(b"\x89PNG\r\n\x1a\n"));
    }
}
