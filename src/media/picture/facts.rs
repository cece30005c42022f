//! What is known of a picture when it comes in.

use super::decode::{Pixels, open};
use super::{Limits, frames, jpeg, resized};
use crate::{Error, Result};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What a picture is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Upright, in pixels.
    pub width: u32,
    pub height: u32,
    pub animated: bool,
    /// `#rrggbb`.
    pub color: String,
    /// A ThumbHash, in base64.
    pub placeholder: String,
}

/// Read the whole picture: what cannot be read is refused here, before it is kept.
pub fn inspect(bytes: &[u8], mime: &str, limits: &Limits) -> Result<Facts> {
    if mime == "image/jpeg" && !jpeg::is_whole(bytes) {
        return Err(Error::Broken("the picture is cut off".to_owned()));
    }
    let pixels = open(bytes, mime, limits)?.pixels(1.0)?;
    let scale = (100.0 / f64::from(pixels.width.max(pixels.height))).min(1.0);
    let side = |length: u32| ((f64::from(length) * scale).round() as u32).max(1);
    let whole = [0.0, 0.0, f64::from(pixels.width), f64::from(pixels.height)];
    let small = resized(&pixels, whole, (side(pixels.width), side(pixels.height)))?.with_alpha();
    let hash = thumbhash::rgba_to_thumb_hash(small.width as usize, small.height as usize, &small.data);
    Ok(Facts {
        width: pixels.width,
        height: pixels.height,
        animated: frames::is_animated(bytes, mime),
        color: dominant(&small),
        placeholder: STANDARD.encode(hash),
    })
}

/// The mean of the fullest of 512 boxes of like colours.
fn dominant(pixels: &Pixels) -> String {
    let mut boxes = vec![[0u32; 4]; 512];
    for [r, g, b, a] in pixels.data.as_chunks::<4>().0 {
        if *a >= 128 {
            let at = usize::from(r >> 5) << 6 | usize::from(g >> 5) << 3 | usize::from(b >> 5);
            let sums = &mut boxes[at];
            for (sum, value) in sums.iter_mut().zip([*r, *g, *b, 1]) {
                *sum += u32::from(value);
            }
        }
    }
    let [r, g, b, count] = boxes.into_iter().max_by_key(|sums| sums[3]).unwrap_or_default();
    let mean = |sum: u32| sum.checked_div(count).unwrap_or(255);
    format!("#{:02x}{:02x}{:02x}", mean(r), mean(g), mean(b))
}
