//! Real pictures of other projects' test suites, and files made to do harm.

use masthead_media::{Error, Fit, Format, Limits, Transform, Wanted, extension, inspect, is_picture, sniff, transform};
use std::time::Instant;

fn images() -> Vec<(String, Vec<u8>)> {
    let Some(folder) = crate::real_content::data().map(|data| data.join("images")) else { return Vec::new() };
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap()).collect();
    files.sort_by_key(std::fs::DirEntry::file_name);
    let file = |e: &std::fs::DirEntry| (e.file_name().into_string().unwrap(), std::fs::read(e.path()).unwrap());
    files.iter().map(file).filter(|(name, _)| !name.ends_with(".md")).collect()
}

#[test]
fn every_picture_is_known_by_its_content_and_made_smaller() {
    let limits = Limits::default();
    for (name, bytes) in images() {
        let mime = sniff(&bytes, "x");
        let ending = name.rsplit('.').next().unwrap().replace("jpeg", "jpg");
        assert_eq!(extension(&mime), Some(ending.as_str()), "{name}: {mime}");
        if !is_picture(&mime) {
            continue;
        }
        let facts = match inspect(&bytes, &mime, &limits) {
            Ok(facts) => facts,
            Err(error) => {
                assert!(name.contains("broken") || name.contains("truncated"), "{name}: {error}");
                continue;
            }
        };
        assert!(!name.contains("broken") && !name.contains("truncated"), "{name} was taken");
        assert_eq!(
            facts.animated,
            name.contains("animated") || name.contains("ball.png") || name.contains("iss634"),
            "{name}"
        );
        let wanted = Wanted { width: Some(16), height: Some(16), fit: Fit::Inside, crop: None, focal: (0.5, 0.5) };
        for format in [Format::Jpeg, Format::Png, Format::Webp] {
            let what = Transform { wanted, format, quality: 80 };
            let (made, size) = transform(&bytes, &mime, &what, &limits).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(sniff(&made, "x"), format.mime(), "{name}");
            assert_eq!(masthead_media::size_of(&made, format.mime(), &limits).unwrap(), size, "{name}");
            assert!(size.0.max(size.1) <= 16, "{name}");
        }
    }
}

#[test]
fn a_photograph_that_lies_on_its_side_is_turned() {
    let all = images();
    let Some((_, bytes)) = all.iter().find(|(name, _)| name.contains("orientation_6")) else { return };
    let (_, upright) = all.iter().find(|(name, _)| name == "pillow-hopper.jpg").unwrap();
    let small = |bytes: &[u8]| {
        let wanted = Wanted { width: Some(8), height: Some(8), fit: Fit::Cover, crop: None, focal: (0.5, 0.5) };
        let what = Transform { wanted, format: Format::Png, quality: 100 };
        let (png, _) = transform(bytes, "image/jpeg", &what, &Limits::default()).unwrap();
        image::load_from_memory(&png).unwrap().into_rgb8().into_raw()
    };
    let (turned, right) = (small(bytes), small(upright));
    let error: i32 = turned.iter().zip(&right).map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs()).sum();
    assert!(error / (turned.len() as i32) < 6, "{error}");
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _: i32| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), step))
}

/// A PNG of one colour that says it is larger than it is.
fn png_of(width: u32, height: u32) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend_from_slice(&width.to_be_bytes());
    png.extend_from_slice(&height.to_be_bytes());
    png.extend_from_slice(&[8, 6, 0, 0, 0]);
    let sum = crc32(&png[12..29]).to_be_bytes();
    png.extend_from_slice(&sum);
    png.extend_from_slice(b"\0\0\0\0IDAT\x35\xaf\x06\x1e\0\0\0\0IEND\xae\x42\x60\x82");
    png
}

#[test]
fn bombs_are_refused_by_their_header() {
    let limits = Limits::default();
    let started = Instant::now();
    assert!(matches!(inspect(&png_of(50_000, 50_000), "image/png", &limits), Err(Error::TooLarge(_))));
    assert!(matches!(inspect(&png_of(29_000, 29_000), "image/png", &limits), Err(Error::TooLarge(_))));
    let gif = b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\0;";
    assert!(inspect(gif, "image/gif", &limits).is_err());
    let mut bmp = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bmp.extend_from_slice(&50_000u32.to_le_bytes());
    bmp.extend_from_slice(&50_000u32.to_le_bytes());
    bmp.extend_from_slice(&[1, 0, 24, 0]);
    bmp.extend_from_slice(&[0; 24]);
    assert!(inspect(&bmp, "image/bmp", &limits).is_err());
    for mime in ["image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp", "image/tiff", "image/x-icon"] {
        assert!(inspect(b"", mime, &limits).is_err(), "{mime}");
        assert!(inspect(&[0xff; 100], mime, &limits).is_err(), "{mime}");
    }
    // Generous: none of these may as much as begin to decode.
    assert!(started.elapsed().as_secs() < 5);
}

/// A PNG of 8 by 8 with this chunk before its pixels.
fn png_with(name: &[u8], content: &[u8]) -> Vec<u8> {
    let whole = super::client::picture(8, 8);
    let mut chunk = name.to_vec();
    chunk.extend_from_slice(content);
    let sum = crc32(&chunk).to_be_bytes();
    let length = (content.len() as u32).to_be_bytes();
    [&whole[..33], &length, &chunk, &sum, &whole[33..]].concat()
}

/// So many zeros, compressed.
fn zeros(count: u64) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::copy(&mut std::io::Read::take(std::io::repeat(0), count), &mut encoder).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn bombs_take_no_memory_of_a_server() {
    use super::client::{Part, form, token};
    let site = crate::process::Site::fresh(crate::app::On::Sqlite).unwrap();
    let admin = token(&site, "admin");
    let server = site.serve();
    let packed = zeros(800 << 20);
    let webp = b"RIFF\x1e\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\x7f\0\xff\x7f\0VP8 \0\0\0\0".to_vec();
    let tiff =
        b"II*\0\x08\0\0\0\x02\0\0\x01\x04\0\x01\0\0\0P\xc3\0\0\x01\x01\x04\0\x01\0\0\0P\xc3\0\0\0\0\0\0".to_vec();
    let bombs = [
        ("header", png_of(50_000, 50_000), 413),
        ("many pixels", png_of(29_000, 29_000), 413),
        ("pixels that are not there", png_of(9_000, 9_000), 400),
        ("webp", webp, 0),
        ("tiff", tiff, 0),
        // What is said beside the pixels may be read or left alone.
        ("text", png_with(b"zTXt", &[b"Comment\0\0", &packed[..]].concat()), 0),
        ("profile", png_with(b"iCCP", &[b"sRGB\0\0", &packed[..]].concat()), 0),
        ("text in many languages", png_with(b"iTXt", &[b"Comment\0\x01\0\0\0", &packed[..]].concat()), 0),
    ];
    for (name, bytes, status) in bombs {
        let got = form(&format!("{}/api/upload", server.url), Some(&admin), &[Part("files", Some("bomb"), &bytes)]);
        assert!(got.status == status || (status == 0 && got.status < 500), "{name}: {} {}", got.status, got.json());
    }
    let Some(peak) = server.peak_memory() else { return };
    assert!(peak < 300 << 20, "{} MB", peak >> 20);
}

#[test]
fn nothing_that_is_cut_anywhere_makes_the_readers_panic() {
    let limits = Limits { pixels: 4_000_000, ..Limits::default() };
    for (name, bytes) in images().into_iter().filter(|(_, bytes)| bytes.len() < 12_000) {
        let mime = sniff(&bytes, "x");
        if !is_picture(&mime) {
            continue;
        }
        for cut in (0..bytes.len()).step_by(bytes.len() / 40 + 1) {
            let _ = inspect(&bytes[..cut], &mime, &limits);
            let _ = masthead_media::without_location(&bytes[..cut], &mime);
            let mut flipped = bytes.clone();
            flipped[cut] ^= 0xff;
            let outcome = std::panic::catch_unwind(|| drop(inspect(&flipped, &mime, &limits)));
            assert!(outcome.is_ok(), "{name} at {cut}");
            let _ = masthead_media::without_location(&flipped, &mime);
        }
    }
}

/// A JPEG whose Exif says where it was taken, and which way is up.
fn jpeg_with_place() -> Vec<u8> {
    let mut jpeg = Vec::new();
    let pixels = vec![120u8; 16 * 8 * 3];
    image::codecs::jpeg::JpegEncoder::new(&mut jpeg).encode(&pixels, 16, 8, image::ExtendedColorType::Rgb8).unwrap();
    let mut tiff = b"II*\0\x08\0\0\0".to_vec();
    let entry = |tag: u16, kind: u16, count: u32, value: u32| {
        [&tag.to_le_bytes()[..], &kind.to_le_bytes(), &count.to_le_bytes(), &value.to_le_bytes()].concat()
    };
    tiff.extend_from_slice(&2u16.to_le_bytes());
    tiff.extend_from_slice(&entry(0x0112, 3, 1, 6));
    tiff.extend_from_slice(&entry(0x8825, 4, 1, 38));
    tiff.extend_from_slice(&0u32.to_le_bytes());
    tiff.extend_from_slice(&1u16.to_le_bytes());
    tiff.extend_from_slice(&entry(2, 5, 3, 56));
    tiff.extend_from_slice(&0u32.to_le_bytes());
    tiff.extend_from_slice(b"SECRETPLACESECRETPLACE--");
    let mut app = b"\xff\xe1".to_vec();
    app.extend_from_slice(&((tiff.len() + 8) as u16).to_be_bytes());
    app.extend_from_slice(b"Exif\0\0");
    app.extend_from_slice(&tiff);
    [&jpeg[..2], &app, &jpeg[2..]].concat()
}

#[test]
fn the_place_is_taken_out_and_the_rest_stays() {
    let jpeg = jpeg_with_place();
    let clean = masthead_media::without_location(&jpeg, "image/jpeg").unwrap();
    assert_eq!(clean.len(), jpeg.len());
    assert!(!clean.windows(6).any(|w| w == b"SECRET"));
    assert!(masthead_media::without_location(&clean, "image/jpeg").is_none(), "nothing is left to take out");
    let facts = inspect(&clean, "image/jpeg", &Limits::default()).unwrap();
    assert_eq!((facts.width, facts.height), (8, 16), "still turned");
    assert_eq!(facts.color, "#787878");
}
