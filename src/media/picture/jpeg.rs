//! What only JPEG files have: the four inks of print, blocks that can be read small, and an end that may be missing.

use crate::{Error, Result};
use image::{DynamicImage, GrayImage, RgbImage};
use jpeg_decoder::PixelFormat;
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// A picture in the four inks of print, by its profile. None where it is none, or has no profile that says which inks
/// are meant: then the decoder's own plain rule is as good as any.
pub fn printed(bytes: &[u8], profile: Option<&[u8]>) -> Option<Result<DynamicImage>> {
    let profile = ColorProfile::new_from_slice(profile?).ok()?;
    if profile.color_space != DataColorSpace::Cmyk {
        return None;
    }
    let options = DecoderOptions::default().jpeg_set_out_colorspace(ColorSpace::CMYK);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    if decoder.input_colorspace() != Some(ColorSpace::CMYK) {
        return None;
    }
    let size = decoder.info().map(|info| (u32::from(info.width), u32::from(info.height)))?;
    let Ok(mut inks) = decoder.decode() else {
        return Some(Err(Error::Broken("the picture is broken".to_owned())));
    };
    // Adobe's programs, which are those that write such files, store paper instead of ink.
    inks.iter_mut().for_each(|ink| *ink = 255 - *ink);
    let mut out = vec![0; inks.len() / 4 * 3];
    let to = ColorProfile::new_srgb();
    let made = profile.create_transform_8bit(Layout::Rgba, &to, Layout::Rgb, TransformOptions::default()).ok()?;
    made.transform(&inks, &mut out).ok()?;
    RgbImage::from_raw(size.0, size.1, out).map(|image| Ok(image.into()))
}

/// How much larger than needed the pixels are that a picture is made smaller from: the filter has enough to choose from.
const SPARE: f64 = 1.15;

/// The picture at a half, a quarter or an eighth of its size, where that is enough to make one that is smaller by
/// `shrink`: its blocks are never worked out in full, which is most of the work. None where it is not, and for what the
/// decoder does not know; then all of it is to be read.
pub fn shrunk(bytes: &[u8], shrink: f64) -> Option<DynamicImage> {
    let by = [8u16, 4, 2].into_iter().find(|by| shrink >= f64::from(*by) * SPARE)?;
    let mut decoder = jpeg_decoder::Decoder::new(bytes);
    decoder.read_info().ok()?;
    let info = decoder.info()?;
    let (width, height) = decoder.scale(info.width.div_ceil(by), info.height.div_ceil(by)).ok()?;
    let pixels = match info.pixel_format {
        PixelFormat::RGB24 | PixelFormat::L8 => decoder.decode().ok()?,
        PixelFormat::L16 | PixelFormat::CMYK32 => return None,
    };
    let (width, height) = (u32::from(width), u32::from(height));
    match info.pixel_format {
        PixelFormat::L8 => GrayImage::from_raw(width, height, pixels).map(DynamicImage::from),
        _ => RgbImage::from_raw(width, height, pixels).map(DynamicImage::from),
    }
}

/// Whether the picture's data ends as it should. Decoders fill what is missing with grey.
pub fn is_whole(bytes: &[u8]) -> bool {
    let mut at = 2;
    // Segments before the picture may hold a small one that has an end of its own.
    while let Some([0xff, marker, high, low]) = bytes.get(at..at + 4).and_then(|b| <[u8; 4]>::try_from(b).ok()) {
        if marker == 0xff {
            at += 1;
            continue;
        }
        at += 2 + usize::from(u16::from_be_bytes([high, low]));
        if marker == 0xda {
            return bytes.get(at..).is_some_and(|data| data.windows(2).any(|pair| pair == [0xff, 0xd9]));
        }
    }
    false
}
