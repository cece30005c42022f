use super::decode::{Pixels, open};
use super::*;
use crate::geometry::Fit;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use moxcms::ColorProfile;

const SIDE: u32 = 16;

fn one_pixel(bytes: &[u8], mime: &str) -> [u8; 3] {
    let pixels = open(bytes, mime, &Limits::default()).unwrap().pixels(1.0).unwrap();
    pixels.without_alpha().data[..3].try_into().unwrap()
}

#[test]
fn colours_of_a_wider_profile_come_out_in_srgb() {
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    // By the matrices of both spaces (SMPTE EG 432-1, IEC 61966-2-1), worked out beside.
    let known =
        [([200u8, 100, 50], [215u8, 93, 31]), ([128, 128, 128], [128, 128, 128]), ([60, 160, 90], [0, 163, 82])];
    for (given, wanted) in known {
        let plain = given.repeat((SIDE * SIDE) as usize);
        let deep: Vec<u8> = plain.iter().flat_map(|c| (u16::from(*c) * 257).to_ne_bytes()).collect();
        let png = |data: &[u8], kind| {
            let mut out = Vec::new();
            let mut encoder = PngEncoder::new(&mut out);
            encoder.set_icc_profile(profile.clone()).unwrap();
            encoder.write_image(data, SIDE, SIDE, kind).unwrap();
            out
        };
        let mut jpeg = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 98);
        encoder.set_icc_profile(profile.clone()).unwrap();
        encoder.write_image(&plain, SIDE, SIDE, ExtendedColorType::Rgb8).unwrap();
        for (bytes, mime) in [
            (png(&plain, ExtendedColorType::Rgb8), "image/png"),
            (png(&deep, ExtendedColorType::Rgb16), "image/png"),
            (jpeg, "image/jpeg"),
        ] {
            let got = one_pixel(&bytes, mime);
            let off = got.iter().zip(wanted).map(|(a, b)| a.abs_diff(b)).max();
            assert!(off <= Some(4), "{mime} {given:?}: {got:?}, not {wanted:?}");
        }
    }
}

/// Left red, right blue, with a fine pattern over it.
fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let image = image::RgbImage::from_fn(width, height, |x, y| {
        let fine = ((x / 3 + y / 5) % 7 * 9) as u8;
        if x < width / 2 { image::Rgb([190 + fine, fine, 20]) } else { image::Rgb([20, fine, 190 + fine]) }
    });
    let mut out = Vec::new();
    JpegEncoder::new_with_quality(&mut out, 90).encode_image(&image).unwrap();
    out
}

fn small(pixels: &Pixels) -> Vec<u8> {
    let whole = [0.0, 0.0, f64::from(pixels.width), f64::from(pixels.height)];
    resized(pixels, whole, (100, 50)).unwrap().data
}

#[test]
fn a_jpeg_that_is_read_at_a_fraction_looks_the_same() {
    let bytes = jpeg(1603, 801);
    let read = |shrink: f64| open(&bytes, "image/jpeg", &Limits::default()).unwrap().pixels(shrink).unwrap();
    let whole = read(1.0);
    assert_eq!((whole.width, whole.height), (1603, 801));
    for (shrink, width) in [(2.0, 1603), (3.0, 802), (5.0, 401), (20.0, 201)] {
        let fewer = read(shrink);
        assert_eq!(fewer.width, width, "{shrink}");
        let (a, b) = (small(&whole), small(&fewer));
        let error: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(a.abs_diff(*b))).sum::<f64>() / a.len() as f64;
        assert!(error < 4.0, "{shrink}: {error}");
    }
}

#[test]
fn parts_of_a_jpeg_that_is_read_at_a_fraction_are_where_they_were() {
    let bytes = jpeg(1600, 800);
    let cut = |wanted: Wanted| {
        let what = Transform { wanted, format: Format::Png, quality: 100 };
        let (made, size) = transform(&bytes, "image/jpeg", &what, &Limits::default()).unwrap();
        (size, one_pixel(&made, "image/png"))
    };
    let none = Wanted { width: None, height: None, fit: Fit::Cover, crop: None, focal: (0.5, 0.5) };
    let square = Wanted { width: Some(90), height: Some(90), ..none };
    let (size, [red, _, blue]) = cut(Wanted { focal: (1.0, 0.5), ..square });
    assert!(size == (90, 90) && blue > 150 && red < 80, "{size:?} {red} {blue}");
    let (size, [red, _, blue]) = cut(Wanted { crop: Some([0, 0, 800, 800]), ..square });
    assert!(size == (90, 90) && red > 150 && blue < 80, "{size:?} {red} {blue}");
    let (size, _) = cut(Wanted { width: Some(200), ..none });
    assert_eq!(size, (200, 100));
}

#[test]
fn what_only_can_be_shown_still_has_a_size() {
    assert_eq!(size_shown(b"", "image/avif"), None);
    assert_eq!(size_shown(b"\0\0\0\x1cftypavif", "image/avif"), None);
    assert_eq!(size_shown(b"<svg/>", "image/svg+xml"), None);
}
