//! From pixels to a file.

use super::decode::Pixels;
use super::{Format, Transform};
use crate::{Error, Result};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

pub fn encode(pixels: &Pixels, what: &Transform) -> Result<Vec<u8>> {
    let failed = |e: &dyn std::fmt::Display| Error::Broken(format!("the picture cannot be written: {e}"));
    let mut out = Vec::new();
    match what.format {
        Format::Jpeg => {
            let flat = pixels.without_alpha();
            JpegEncoder::new_with_quality(&mut out, what.quality)
                .write_image(&flat.data, flat.width, flat.height, ExtendedColorType::Rgb8)
                .map_err(|e| failed(&e))?;
        }
        Format::Png => {
            let kind = if pixels.alpha { ExtendedColorType::Rgba8 } else { ExtendedColorType::Rgb8 };
            PngEncoder::new_with_quality(&mut out, CompressionType::Default, FilterType::Adaptive)
                .write_image(&pixels.data, pixels.width, pixels.height, kind)
                .map_err(|e| failed(&e))?;
        }
        Format::Webp => {
            // The format ends at 16,383 pixels a side.
            if pixels.width.max(pixels.height) > 16_383 {
                return Err(Error::TooLarge("a WebP picture has sides of at most 16,383 pixels".to_owned()));
            }
            let encoder = match pixels.alpha {
                true => webp::Encoder::from_rgba(&pixels.data, pixels.width, pixels.height),
                false => webp::Encoder::from_rgb(&pixels.data, pixels.width, pixels.height),
            };
            let made = encoder.encode_simple(false, f32::from(what.quality));
            out = made.map_err(|e| failed(&format!("{e:?}")))?.to_vec();
        }
    }
    Ok(out)
}
