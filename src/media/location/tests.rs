//! Samples were written by other programs (FFmpeg, libheif) with the place of the Eiffel Tower.

use super::*;
use std::io::{Read, Seek, SeekFrom, Write};

const SAMPLES: [(&str, &str, &[u8]); 5] = [
    ("©xyz", "video/quicktime", include_bytes!("samples/user-data.mov")),
    ("keys", "video/quicktime", include_bytes!("samples/keys.mov")),
    ("loci", "video/mp4", include_bytes!("samples/loci.mp4")),
    ("HEIC", "image/heif", include_bytes!("samples/place.heic")),
    ("AVIF", "image/avif", include_bytes!("samples/place.avif")),
];

/// How the place stands in a file: as text; as the fractions of Exif, in either order of bytes, and its method; in XMP;
/// and as a fraction of 65,536.
const PLACES: [&[u8]; 8] = [
    b"48.8584",
    b"002.2945",
    b"\0\0\x0b\xd0\0\0\0\x64",
    b"\xd0\x0b\0\0\x64\0\0\0",
    b"GPSMETHOD",
    b"48,51.504N",
    b"2,17.67E",
    b"\0\x30\xdb\xc0",
];

fn has(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|w| w == what)
}

fn told(bytes: &[u8]) -> Vec<usize> {
    (0..PLACES.len()).filter(|n| has(bytes, PLACES[*n])).collect()
}

/// The file without the place; none when nothing changed.
fn forgotten(bytes: &[u8], mime: &str) -> Option<Vec<u8>> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let changed = forget_location(&mut file, mime).unwrap();
    let mut after = Vec::new();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.read_to_end(&mut after).unwrap();
    assert_eq!(changed, after != bytes);
    assert_eq!(after.len(), bytes.len());
    changed.then_some(after)
}

#[test]
fn films_and_pictures_made_of_boxes_do_not_tell_the_place() {
    for (name, mime, bytes) in SAMPLES {
        assert!(!told(bytes).is_empty(), "{name}");
        let clean = forgotten(bytes, mime).unwrap_or_else(|| panic!("{name}: nothing was found"));
        assert_eq!(told(&clean), Vec::<usize>::new(), "{name}");
        let changed = clean.iter().zip(bytes).filter(|(a, b)| a != b).count();
        assert!(changed < 200, "{name}: {changed} bytes changed");
        assert!(forgotten(&clean, mime).is_none(), "{name}: nothing is left to take out");
    }
    // What else is said stays.
    assert!(has(&forgotten(SAMPLES[0].2, SAMPLES[0].1).unwrap(), b"Tower"));
    assert!(has(&forgotten(SAMPLES[1].2, SAMPLES[1].1).unwrap(), b"Apple"));
    assert!(has(&forgotten(SAMPLES[3].2, SAMPLES[3].1).unwrap(), b"dc:format=\"image/heic\""));
}

#[test]
fn a_picture_of_boxes_keeps_its_size_and_its_camera() {
    for (_, mime, bytes) in &SAMPLES[3..] {
        let clean = forgotten(bytes, mime).unwrap();
        assert!(crate::size_shown(bytes, mime).is_some());
        assert_eq!(crate::size_shown(&clean, mime), crate::size_shown(bytes, mime));
        assert!(has(&clean, b"Apple\0"));
    }
}

/// A box around others.
fn boxed(name: &[u8; 4], inside: &[u8]) -> Vec<u8> {
    [&(inside.len() as u32 + 8).to_be_bytes()[..], name, inside].concat()
}

#[test]
fn a_place_behind_gigabytes_of_pictures_is_found_without_reading_them() {
    let text = boxed(b"\xa9xyz", b"\0\x12\x15\xc7+48.8584+002.2945/");
    let moov = boxed(b"moov", &boxed(b"udta", &text));
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&boxed(b"ftyp", b"isom\0\0\0\0")).unwrap();
    // A long size, and a hole in the file where the pictures would be.
    let size: u64 = 6 << 30;
    file.write_all(&[&1u32.to_be_bytes()[..], b"mdat", &size.to_be_bytes()].concat()).unwrap();
    let start = file.seek(SeekFrom::Start(16 + size)).unwrap();
    file.write_all(&moov).unwrap();
    assert!(forget_location(&mut file, "video/mp4").unwrap());
    let mut end = Vec::new();
    file.seek(SeekFrom::Start(start)).unwrap();
    file.read_to_end(&mut end).unwrap();
    assert!(told(&end).is_empty() && has(&end, b"free") && end.len() == moov.len());
}

#[test]
fn what_is_no_film_is_left_alone() {
    let moov = boxed(b"moov", &boxed(b"udta", &boxed(b"\xa9xyz", b"+48.8584+002.2945/")));
    assert!(forgotten(&moov, "application/octet-stream").is_none());
    assert!(forgotten(&moov, "video/quicktime").is_some());
    assert!(forgotten(b"", "video/mp4").is_none() && forgotten(b"\0\0\0\x08fty", "video/mp4").is_none());
}

#[test]
fn boxes_that_are_cut_or_broken_anywhere_do_no_harm() {
    for (name, mime, bytes) in SAMPLES {
        for at in 0..bytes.len() {
            forgotten(&bytes[..at], mime);
            for with in [0, 1, 0x7f, 0xff] {
                let mut broken = bytes.to_vec();
                broken[at] = with;
                forgotten(&broken, mime);
            }
        }
        // Four bytes at a time: sizes and counts.
        for at in (0..bytes.len().saturating_sub(4)).step_by(3) {
            for with in [0u32, 1, 7, 0xffff, u32::MAX] {
                let mut broken = bytes.to_vec();
                broken[at..at + 4].copy_from_slice(&with.to_be_bytes());
                forgotten(&broken, mime);
            }
        }
        assert!(bytes.len() < 10_000, "{name}: the loops above are long enough");
    }
}

/// An Exif structure whose directory names a GPS directory in each of its entries: itself.
fn all_places(entries: u16) -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08".to_vec();
    tiff.extend_from_slice(&entries.to_be_bytes());
    for n in 0..u32::from(entries) {
        tiff.extend_from_slice(b"\x88\x25\0\x05\x7f\xff\xff\xff");
        tiff.extend_from_slice(&(8 + n % 7).to_be_bytes());
    }
    tiff
}

#[test]
fn files_made_to_have_places_without_end_are_soon_done_with() {
    // As many steps as there are pairs of entries would take minutes here.
    let tiff = all_places(u16::MAX);
    without_location(&tiff, "image/tiff");
    let names = b"exif:GPS\"\"".repeat(400_000);
    let chunk = |name: &[u8; 4], data: &[u8]| [&(data.len() as u32).to_be_bytes()[..], name, data, &[0; 4]].concat();
    without_location(&[b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"iTXt", &names)].concat(), "image/png");
    let mut webp = b"RIFF\0\0\0\0WEBP".to_vec();
    for (name, data) in [(b"XMP ", &names), (b"EXIF", &tiff)] {
        webp.extend([&name[..], &(data.len() as u32).to_le_bytes(), data].concat());
    }
    without_location(&webp, "image/webp");
    // Segments that each begin in the one before.
    let jpeg =
        [b"\xff\xd8\xff\xda\0\0".to_vec(), b"\xff\xe1\xff\xffExif\0\0II*\0\x08\0\0\0\xff\xff".repeat(100_000)].concat();
    without_location(&jpeg, "image/jpeg");
    // Items of no length in lists without end, and boxes of nothing.
    let infe = boxed(b"infe", b"\x02\0\0\0\0\x01\0\0Exif\0").repeat(100);
    let iinf = boxed(b"iinf", &[&b"\0\0\0\0\0\x64"[..], &infe].concat());
    let entry = b"\0\x02\0\0\xff\xff".repeat(60_000);
    let iloc = boxed(b"iloc", &[&b"\0\0\0\0\0\0\xff\xff"[..], &entry].concat());
    let meta = boxed(b"meta", &[&b"\0\0\0\0"[..], &iinf, &iloc].concat());
    let file = [boxed(b"ftyp", b"heic\0\0\0\0mif1"), meta, boxed(b"moov", b"").repeat(600_000)].concat();
    assert!(forgotten(&file, "image/heif").is_none());
}

#[test]
fn a_film_and_a_second_picture_behind_a_picture_do_not_tell_the_place() {
    let segment = |tiff: &[u8]| [&b"\xff\xe1"[..], &(tiff.len() as u16 + 8).to_be_bytes(), b"Exif\0\0", tiff].concat();
    let mut tiff = b"MM\0*\0\0\0\x08\0\x01\x88\x25\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0".to_vec();
    tiff.extend_from_slice(b"\0\x01\0\x1b\0\x07\0\0\0\x09\0\0\0\x2c\0\0\0\0GPSMETHOD");
    let picture =
        |tiff: &[u8]| [b"\xff\xd8".to_vec(), segment(tiff), b"\xff\xda\0\x02\x12\xff\0\x34\xff\xd9".to_vec()].concat();
    let film = SAMPLES[2].2;
    let photo = [picture(&tiff), picture(&tiff), film.to_vec()].concat();
    assert!(told(&photo).len() > 1);
    let clean = without_location(&photo, "image/jpeg").unwrap();
    assert_eq!(told(&clean), Vec::<usize>::new());
    assert_eq!(clean.len(), photo.len());
}

#[test]
fn a_packed_profile_in_a_png_is_emptied_whole() {
    let chunk = |name: &[u8; 4], data: &[u8]| [&(data.len() as u32).to_be_bytes()[..], name, data, &[0; 4]].concat();
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    png.extend(chunk(b"zTXt", b"Raw profile type exif\0\0packed-GPSMETHOD"));
    png.extend(chunk(b"iTXt", b"XML:com.adobe.xmp\0\x01\0\0\0packed-48,51.504N"));
    png.extend(chunk(b"tEXt", b"Title\0Tower"));
    let clean = without_location(&png, "image/png").unwrap();
    assert!(!has(&clean, b"packed") && has(&clean, b"tEXtRaw profile type exif\0  ") && has(&clean, b"Title\0Tower"));
    assert!(has(&clean, b"XML:com.adobe.xmp\0\0\0\0\0   "));
    assert_eq!(clean.len(), png.len());
}

/// Numbers of four bytes.
fn words(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_be_bytes()).collect()
}

/// A film of pictures and a track whose samples are described by `description`: five of eight bytes or more in two chunks,
/// before `tables` and behind pictures.
fn film_with(description: &[u8], tables: impl Fn(&[u32; 2]) -> Vec<u8>) -> Vec<u8> {
    let ftyp = boxed(b"ftyp", b"isom\0\0\0\0");
    let frames = b"pictures".repeat(4);
    let samples = [&frames[..], b"48.8584 002.2945 48.8584 ++", &frames, b"002.2945 GPSMETHOD", &frames].concat();
    let mdat = boxed(b"mdat", &samples);
    let first = (ftyp.len() + 8 + frames.len()) as u32;
    let chunks = [first, first + 27 + frames.len() as u32];
    let stsd = boxed(b"stsd", &[&words(&[0, 1]), description].concat());
    let stbl = boxed(b"stbl", &[stsd, tables(&chunks)].concat());
    let track = boxed(b"trak", &boxed(b"mdia", &boxed(b"minf", &stbl)));
    // The pictures have a track, too, with the same tables.
    let avc1 = boxed(b"avc1", b"location");
    let stsd = boxed(b"stsd", &[&words(&[0, 1]), &avc1[..]].concat());
    let pictures = boxed(b"stbl", &[stsd, tables(&[first - 32, chunks[1] - 32])].concat());
    let pictures = boxed(b"trak", &boxed(b"mdia", &boxed(b"minf", &pictures)));
    [ftyp, mdat, boxed(b"moov", &[pictures, track].concat())].concat()
}

/// Three samples in the first chunk and two in the second.
fn runs() -> Vec<u8> {
    boxed(b"stsc", &words(&[0, 2, 1, 3, 1, 2, 2, 1]))
}

fn short_offsets(chunks: &[u32; 2]) -> Vec<u8> {
    boxed(b"stco", &words(&[0, 2, chunks[0], chunks[1]]))
}

fn sized(chunks: &[u32; 2]) -> Vec<u8> {
    [boxed(b"stsz", &words(&[0, 0, 5, 8, 9, 10, 9, 9])), runs(), short_offsets(chunks)].concat()
}

#[test]
fn tracks_that_say_the_place_for_every_moment_have_empty_samples() {
    let alike = |chunks: &[u32; 2]| [boxed(b"stsz", &words(&[0, 9, 5])), runs(), short_offsets(chunks)].concat();
    let long = |chunks: &[u32; 2]| {
        let co64 = boxed(b"co64", &words(&[0, 2, 0, chunks[0], 0, chunks[1]]));
        [co64, boxed(b"stz2", &[&words(&[0, 8, 5])[..], b"\x08\x09\x0a\x09\x09"].concat()), runs()].concat()
    };
    let halves = |chunks: &[u32; 2]| {
        let sizes = boxed(b"stz2", &[&words(&[0, 4, 5])[..], b"\x89\xa9\x90"].concat());
        [short_offsets(chunks), runs(), sizes].concat()
    };
    let key = boxed(b"keys", &boxed(b"\0\0\0\x01", &boxed(b"keyd", b"mdtacom.apple.quicktime.location.ISO6709")));
    let mime = b"\0\0\0\0\0\0\0\x01\0application/gps\0";
    let described = [
        boxed(b"gpmd", &[0; 8]),
        boxed(b"camm", &[0; 8]),
        boxed(b"rtmd", &[0; 8]),
        boxed(b"djmd", &[0; 8]),
        boxed(b"mebx", &[&[0; 8][..], &key].concat()),
        boxed(b"mebx", &[0; 8]),
        boxed(b"mett", mime),
    ];
    for description in described {
        let name = String::from_utf8_lossy(&description[4..8]).into_owned();
        let films = [
            film_with(&description, sized),
            film_with(&description, alike),
            film_with(&description, long),
            film_with(&description, halves),
        ];
        for (n, film) in films.iter().enumerate() {
            assert_eq!(told(film), [0, 1, 4], "{name}, {n}");
            let clean = forgotten(film, "video/mp4").unwrap_or_else(|| panic!("{name}, {n}: nothing was found"));
            assert_eq!(told(&clean), Vec::<usize>::new(), "{name}, {n}");
            let pictures = clean.windows(8).filter(|w| w == b"pictures").count();
            assert_eq!(pictures, 12, "{name}, {n}: pictures stay");
            let moov = film.windows(4).position(|w| w == b"moov").unwrap();
            assert!(clean[moov..] == film[moov..], "{name}, {n}: what stands behind them stays");
            assert!(forgotten(&clean, "video/mp4").is_none(), "{name}, {n}: nothing is left to take out");
        }
    }
}

#[test]
fn other_tracks_stay_as_they_are() {
    let key = boxed(b"keys", &boxed(b"\0\0\0\x01", &boxed(b"keyd", b"mdtacom.apple.quicktime.detected-face")));
    let described = [
        boxed(b"avc1", b"location"),
        boxed(b"tmcd", &[0; 8]),
        boxed(b"mebx", &[&[0; 8][..], &key].concat()),
        boxed(b"mett", b"\0\0\0\0\0\0\0\x01\0application/gyro\0"),
    ];
    for description in described {
        assert!(forgotten(&film_with(&description, sized), "video/mp4").is_none());
    }
}

#[test]
fn tables_that_are_cut_broken_or_without_end_do_no_harm() {
    let film = film_with(&boxed(b"gpmd", &[0; 8]), sized);
    let moov = film.windows(4).position(|w| w == b"moov").unwrap();
    for at in moov..film.len() {
        forgotten(&film[..at], "video/mp4");
        for with in [0u32, 1, 2, 7, 0xffff, 0x7fff_ffff, u32::MAX] {
            let mut broken = film.clone();
            let end = (at + 4).min(film.len());
            broken[at..end].copy_from_slice(&with.to_be_bytes()[..end - at]);
            forgotten(&broken, "video/mp4");
        }
    }
    // All chunks are the whole file, as often as there is room to say so; and none has a sample.
    let many = 2_000_000;
    for (per, same) in [(u32::MAX, u32::MAX), (0, 0), (1, 1)] {
        let offsets = boxed(b"stco", &[words(&[0, many]), words(&[8]).repeat(many as usize)].concat());
        let tables = |_: &[u32; 2]| {
            let sizes = boxed(b"stsz", &words(&[0, same, u32::MAX]));
            [sizes, boxed(b"stsc", &words(&[0, 1, 1, per, 1])), offsets.clone()].concat()
        };
        forgotten(&film_with(&boxed(b"gpmd", &[0; 8]), tables), "video/mp4");
    }
}
