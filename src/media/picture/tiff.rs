//! What only TIFF files have: colours that are stored darker the more one sees through them.

use image::DynamicImage;

/// Whether they are (`ExtraSamples` is 1; TIFF 6.0, page 31).
pub fn is_multiplied(bytes: &[u8]) -> bool {
    let little = match bytes.get(..4) {
        Some(b"II*\0") => true,
        Some(b"MM\0*") => false,
        _ => return false,
    };
    let number = |at: usize, length: usize| -> Option<usize> {
        let part = bytes.get(at..at.checked_add(length)?)?;
        let add = |n: usize, b: &u8| n << 8 | usize::from(*b);
        Some(if little { part.iter().rev().fold(0, add) } else { part.iter().fold(0, add) })
    };
    let Some(directory) = number(4, 4) else { return false };
    let count = number(directory, 2).unwrap_or(0);
    let entries = (0..count).map(|i| directory.saturating_add(2 + i * 12));
    entries.into_iter().any(|at| number(at, 2) == Some(338) && number(at.saturating_add(8), 2) == Some(1))
}

/// The colours as they were.
pub fn divided(image: DynamicImage) -> DynamicImage {
    if !image.color().has_alpha() {
        return image;
    }
    let mut pixels = image.into_rgba8();
    for pixel in pixels.pixels_mut() {
        let [colours @ .., alpha] = &mut pixel.0;
        let alpha = u32::from(*alpha);
        for colour in colours.iter_mut().filter(|_| alpha > 0) {
            *colour = ((u32::from(*colour) * 255 + alpha / 2) / alpha).min(255) as u8;
        }
    }
    pixels.into()
}
