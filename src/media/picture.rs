//! Pictures: what they are, and others made from them.

mod decode;
mod encode;
mod facts;
mod frames;
mod jpeg;
mod png;
#[cfg(test)]
mod tests;
mod tiff;

pub use facts::{Facts, inspect};

use crate::geometry::{Wanted, frame};
use crate::{Error, Result};
use decode::Pixels;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::ImageFormat;

/// What a picture may take.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Width × height.
    pub pixels: u64,
    /// Longest side.
    pub side: u32,
    /// Of its file.
    pub bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { pixels: 100_000_000, side: 30_000, bytes: 100 << 20 }
    }
}

/// What a picture is written as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Jpeg,
    Png,
    Webp,
}

impl Format {
    pub fn mime(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }
}

/// What is made of a picture.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transform {
    pub wanted: Wanted,
    pub format: Format,
    /// 1 to 100; of JPEG and WebP.
    pub quality: u8,
}

/// The format of a picture of this type, when there is a decoder for it.
pub(crate) fn format_of(mime: &str) -> Option<ImageFormat> {
    Some(match mime {
        "image/jpeg" => ImageFormat::Jpeg,
        "image/png" => ImageFormat::Png,
        "image/gif" => ImageFormat::Gif,
        "image/webp" => ImageFormat::WebP,
        "image/bmp" => ImageFormat::Bmp,
        "image/tiff" => ImageFormat::Tiff,
        "image/x-icon" => ImageFormat::Ico,
        _ => return None,
    })
}

/// Width and height as they are shown, from the header alone.
pub fn size_of(bytes: &[u8], mime: &str, limits: &Limits) -> Result<(u32, u32)> {
    Ok(decode::open(bytes, mime, limits)?.size())
}

/// Width and height of a picture that can only be shown, not read (AVIF, HEIC, JPEG XL), from the beginning of its file.
pub fn size_shown(head: &[u8], mime: &str) -> Option<(u32, u32)> {
    if !matches!(mime, "image/avif" | "image/heif" | "image/heic" | "image/jxl") {
        return None;
    }
    let size = imagesize::blob_size(head).ok()?;
    Some((u32::try_from(size.width).ok()?, u32::try_from(size.height).ok()?))
}

/// Make a picture: its bytes, and their size in pixels.
pub fn transform(bytes: &[u8], mime: &str, what: &Transform, limits: &Limits) -> Result<(Vec<u8>, (u32, u32))> {
    let opened = decode::open(bytes, mime, limits)?;
    let (width, height) = opened.size();
    let frame = frame((width, height), &what.wanted);
    let [left, top, w, h] = frame.part;
    let shrink = (w / f64::from(frame.scaled.0)).min(h / f64::from(frame.scaled.1));
    let pixels = opened.pixels(shrink)?;
    // Where fewer pixels were read, the part lies among them.
    let (across, down) = (f64::from(pixels.width), f64::from(pixels.height));
    let (x, y) = (across / f64::from(width), down / f64::from(height));
    let (left, top) = (left * x, top * y);
    let part = [left, top, (w * x).min(across - left), (h * y).min(down - top)];
    let scaled = resized(&pixels, part, frame.scaled)?;
    drop(pixels);
    let framed = if frame.canvas == frame.scaled { scaled } else { on_canvas(&scaled, frame.canvas, what.format) };
    Ok((encode::encode(&framed, what)?, frame.canvas))
}

/// A part of the picture at another size. The filter is Lanczos with three lobes, as in most image servers.
fn resized(pixels: &Pixels, part: [f64; 4], (width, height): (u32, u32)) -> Result<Pixels> {
    let kind = if pixels.alpha { PixelType::U8x4 } else { PixelType::U8x3 };
    let whole = [0.0, 0.0, f64::from(pixels.width), f64::from(pixels.height)];
    if part == whole && (width, height) == (pixels.width, pixels.height) {
        return Ok(pixels.clone());
    }
    let broken = |e: &dyn std::fmt::Display| Error::Broken(format!("the picture cannot be resized: {e}"));
    let source = ImageRef::new(pixels.width, pixels.height, &pixels.data, kind).map_err(|e| broken(&e))?;
    let mut target = Image::new(width, height, kind);
    let [left, top, w, h] = part;
    let options = ResizeOptions::new().resize_alg(ResizeAlg::Convolution(FilterType::Lanczos3)).crop(left, top, w, h);
    Resizer::new().resize(&source, &mut target, &options).map_err(|e| broken(&e))?;
    Ok(Pixels { width, height, alpha: pixels.alpha, data: target.into_vec() })
}

/// The picture in the middle of a larger one: bars are see-through, or white where the format knows no such thing.
fn on_canvas(pixels: &Pixels, (width, height): (u32, u32), format: Format) -> Pixels {
    let pixels = pixels.with_alpha();
    let clear: [u8; 4] = if format == Format::Jpeg { [255; 4] } else { [255, 255, 255, 0] };
    let mut data = clear.repeat(width as usize * height as usize);
    let (left, top) = ((width - pixels.width) as usize / 2, (height - pixels.height) as usize / 2);
    for (y, row) in pixels.data.chunks_exact(pixels.width as usize * 4).enumerate() {
        let start = ((top + y) * width as usize + left) * 4;
        data[start..start + row.len()].copy_from_slice(row);
    }
    Pixels { width, height, alpha: true, data }
}
