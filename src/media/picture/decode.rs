//! From a file to pixels: upright, in sRGB, eight bits a channel.

use super::{Limits, format_of, jpeg, png, tiff};
use crate::{Error, Result};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use std::io::Cursor;

/// A picture in memory: RGB, or RGBA with `alpha`.
#[derive(Clone, Debug)]
pub struct Pixels {
    pub width: u32,
    pub height: u32,
    pub alpha: bool,
    pub data: Vec<u8>,
}

impl Pixels {
    pub fn with_alpha(&self) -> Self {
        if self.alpha {
            return self.clone();
        }
        let data = self.data.as_chunks::<3>().0.iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect();
        Self { alpha: true, data, ..*self }
    }

    /// Over white.
    pub fn without_alpha(&self) -> Self {
        if !self.alpha {
            return self.clone();
        }
        let over = |c: u8, a: u8| ((u32::from(c) * u32::from(a) + 255 * (255 - u32::from(a)) + 127) / 255) as u8;
        let data =
            self.data.as_chunks::<4>().0.iter().flat_map(|[r, g, b, a]| [over(*r, *a), over(*g, *a), over(*b, *a)]);
        Self { alpha: false, data: data.collect(), ..*self }
    }
}

/// Memory for what a decoder reads beside the pixels, and for itself.
const BESIDE: u64 = 32 << 20;

fn broken(cause: impl std::fmt::Display) -> Error {
    Error::Broken(format!("the picture is broken: {cause}"))
}

/// What decoders say of it is for those who write decoders.
fn unreadable(mime: &str) -> Error {
    broken(format_args!("it cannot be read as {mime}"))
}

/// A picture whose header was read, and is within the limits.
pub struct Opened<'a> {
    bytes: &'a [u8],
    mime: &'a str,
    decoder: Box<dyn ImageDecoder + 'a>,
    orientation: Orientation,
}

/// Read the header.
pub fn open<'a>(bytes: &'a [u8], mime: &'a str, limits: &Limits) -> Result<Opened<'a>> {
    let format = format_of(mime).ok_or_else(|| Error::Broken(format!("{mime} is no picture that can be read")))?;
    if bytes.len() as u64 > limits.bytes {
        return Err(Error::TooLarge(format!("a picture has at most {} MB", limits.bytes >> 20)));
    }
    let reader = |memory: u64| {
        let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
        let mut guard = image::Limits::default();
        (guard.max_image_width, guard.max_image_height) = (Some(limits.side), Some(limits.side));
        guard.max_alloc = Some(memory);
        reader.limits(guard);
        reader.into_decoder().map_err(|error| match error {
            image::ImageError::Limits(_) => too_many(limits),
            _ => unreadable(mime),
        })
    };
    // What stands beside the pixels (profiles, texts) may be packed as small as they are large: it counts, too.
    let (width, height) = reader(BESIDE)?.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    if pixels > limits.pixels || width.max(height) > limits.side {
        return Err(too_many(limits));
    }
    if mime == "image/png" && !png::may_be_whole(bytes) {
        return Err(Error::Broken("the picture is cut off".to_owned()));
    }
    // Sixteen bits in four channels.
    let mut decoder = reader(pixels * 8 + BESIDE)?;
    if width == 0 || height == 0 {
        return Err(broken("it has no pixels"));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok(Opened { bytes, mime, decoder: Box::new(decoder), orientation })
}

fn too_many(limits: &Limits) -> Error {
    let message =
        format!("a picture has at most {} million pixels, and sides of {}", limits.pixels / 1_000_000, limits.side);
    Error::TooLarge(message)
}

fn is_turned(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

impl Opened<'_> {
    /// Width and height as they are shown.
    pub fn size(&self) -> (u32, u32) {
        let (width, height) = self.decoder.dimensions();
        if is_turned(self.orientation) { (height, width) } else { (width, height) }
    }

    /// The pixels. Of a picture that will be made smaller by `shrink` anyway, there may be fewer from the start.
    pub fn pixels(self, shrink: f64) -> Result<Pixels> {
        let Self { bytes, mime, mut decoder, orientation } = self;
        let profile = decoder.icc_profile().ok().flatten();
        let of_jpeg = match mime {
            "image/jpeg" => jpeg::printed(bytes, profile.as_deref())
                .or_else(|| jpeg::shrunk(bytes, shrink).map(|image| Ok(in_srgb(image, profile.as_deref())))),
            _ => None,
        };
        let mut image = match of_jpeg {
            Some(done) => {
                drop(decoder);
                done?
            }
            None => {
                let image = DynamicImage::from_decoder(decoder).map_err(|_| unreadable(mime))?;
                let is_multiplied = mime == "image/tiff" && tiff::is_multiplied(bytes);
                let image = if is_multiplied { tiff::divided(image) } else { image };
                in_srgb(image, profile.as_deref())
            }
        };
        image.apply_orientation(orientation);
        let (width, height, alpha) = (image.width(), image.height(), image.color().has_alpha());
        let data = if alpha { image.into_rgba8().into_raw() } else { image.into_rgb8().into_raw() };
        Ok(Pixels { width, height, alpha, data })
    }
}

/// Colours as the profile means them. A profile that cannot be read, or is of another kind of colour, changes nothing.
fn in_srgb(image: DynamicImage, profile: Option<&[u8]>) -> DynamicImage {
    let Some(profile) = profile.and_then(|p| ColorProfile::new_from_slice(p).ok()) else { return image };
    let is_gray = profile.color_space == DataColorSpace::Gray;
    if is_gray == image.color().has_color() || !(is_gray || profile.color_space == DataColorSpace::Rgb) {
        return image;
    }
    let (width, height, alpha) = (image.width(), image.height(), image.color().has_alpha());
    let to = if alpha { Layout::Rgba } else { Layout::Rgb };
    let (from, data) = match (is_gray, alpha) {
        (true, true) => (Layout::GrayAlpha, image.to_luma_alpha8().into_raw()),
        (true, false) => (Layout::Gray, image.to_luma8().into_raw()),
        (false, true) => (Layout::Rgba, image.to_rgba8().into_raw()),
        (false, false) => (Layout::Rgb, image.to_rgb8().into_raw()),
    };
    let mut out = vec![0; width as usize * height as usize * if alpha { 4 } else { 3 }];
    let made = profile.create_transform_8bit(from, &ColorProfile::new_srgb(), to, TransformOptions::default());
    if made.and_then(|transform| transform.transform(&data, &mut out)).is_err() {
        return image;
    }
    let made = if alpha {
        image::RgbaImage::from_raw(width, height, out).map(DynamicImage::from)
    } else {
        image::RgbImage::from_raw(width, height, out).map(DynamicImage::from)
    };
    made.unwrap_or(image)
}
