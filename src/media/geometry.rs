//! How a picture is cut and made smaller. Never larger than it is.

/// How a picture fits a width and a height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Fill both, and cut what is over.
    Cover,
    /// All of it, with bars where the shape differs.
    Contain,
    /// All of it, within both.
    Inside,
}

/// The size that is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wanted {
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub fit: Fit,
    /// A part of the picture, in its own pixels: left, top, width, height.
    pub crop: Option<[u32; 4]>,
    /// What matters, from 0 to 1 of width and height: a cut keeps it as near to the middle as it can.
    pub focal: (f64, f64),
}

/// What to do with the pixels.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Frame {
    /// The part that is taken: left, top, width, height.
    pub part: [f64; 4],
    /// The size it gets.
    pub scaled: (u32, u32),
    /// The size of the picture around it; larger than `scaled` where there are bars.
    pub canvas: (u32, u32),
}

/// Work it out for a picture of `width` by `height` pixels, neither of them 0.
pub fn frame((width, height): (u32, u32), wanted: &Wanted) -> Frame {
    let whole = [0.0, 0.0, f64::from(width), f64::from(height)];
    let [left, top, w, h] = match wanted.crop {
        None => whole,
        Some([x, y, w, h]) => {
            let (x, y) = (x.min(width - 1), y.min(height - 1));
            let (w, h) = (w.clamp(1, width - x), h.clamp(1, height - y));
            [x, y, w, h].map(f64::from)
        }
    };
    let (to_w, to_h) = match (wanted.width, wanted.height) {
        (None, None) => return plain([left, top, w, h], 1.0),
        (Some(to), None) => return plain([left, top, w, h], (f64::from(to.max(1)) / w).min(1.0)),
        (None, Some(to)) => return plain([left, top, w, h], (f64::from(to.max(1)) / h).min(1.0)),
        (Some(to_w), Some(to_h)) => (f64::from(to_w.max(1)), f64::from(to_h.max(1))),
    };
    let inside = (to_w / w).min(to_h / h).min(1.0);
    match wanted.fit {
        Fit::Inside => plain([left, top, w, h], inside),
        Fit::Contain => {
            let frame = plain([left, top, w, h], inside);
            // The bars shrink with a picture that is smaller than the frame.
            let shrink = (f64::from(frame.scaled.0) / to_w).max(f64::from(frame.scaled.1) / to_h).min(1.0);
            let canvas = (pixels(to_w * shrink).max(frame.scaled.0), pixels(to_h * shrink).max(frame.scaled.1));
            Frame { canvas, ..frame }
        }
        Fit::Cover => {
            let scale = (to_w / w).max(to_h / h);
            let (cut_w, cut_h) = ((to_w / scale).min(w), (to_h / scale).min(h));
            let (focal_x, focal_y) = (wanted.focal.0 * whole[2], wanted.focal.1 * whole[3]);
            let x = (focal_x - cut_w / 2.0).clamp(left, left + w - cut_w);
            let y = (focal_y - cut_h / 2.0).clamp(top, top + h - cut_h);
            let size = if scale <= 1.0 { (pixels(to_w), pixels(to_h)) } else { (pixels(cut_w), pixels(cut_h)) };
            Frame { part: [x, y, cut_w, cut_h], scaled: size, canvas: size }
        }
    }
}

fn plain(part: [f64; 4], scale: f64) -> Frame {
    let size = (pixels(part[2] * scale), pixels(part[3] * scale));
    Frame { part, scaled: size, canvas: size }
}

fn pixels(length: f64) -> u32 {
    (length.round() as u32).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Wanted = Wanted { width: None, height: None, fit: Fit::Cover, crop: None, focal: (0.5, 0.5) };

    #[test]
    fn sizes_are_kept_in_proportion_and_never_grow() {
        let f = frame((4000, 3000), &Wanted { width: Some(800), ..NONE });
        assert_eq!(f.canvas, (800, 600));
        let f = frame((400, 300), &Wanted { width: Some(800), ..NONE });
        assert_eq!(f.canvas, (400, 300));
        let f = frame((400, 300), &Wanted { width: Some(800), height: Some(800), ..NONE });
        assert_eq!((f.canvas, f.part), ((300, 300), [50.0, 0.0, 300.0, 300.0]));
        let f = frame((4000, 3000), &Wanted { width: Some(400), height: Some(400), fit: Fit::Inside, ..NONE });
        assert_eq!(f.canvas, (400, 300));
        let f = frame((4000, 3000), &Wanted { width: Some(400), height: Some(400), fit: Fit::Contain, ..NONE });
        assert_eq!((f.scaled, f.canvas), ((400, 300), (400, 400)));
        let f = frame((40, 30), &Wanted { width: Some(400), height: Some(400), fit: Fit::Contain, ..NONE });
        assert_eq!((f.scaled, f.canvas), ((40, 30), (40, 40)));
    }

    #[test]
    fn a_cut_keeps_what_matters() {
        let wanted = Wanted { width: Some(100), height: Some(100), focal: (0.9, 0.5), ..NONE };
        assert_eq!(frame((400, 100), &wanted).part, [300.0, 0.0, 100.0, 100.0]);
        let wanted = Wanted { focal: (0.0, 0.0), ..wanted };
        assert_eq!(frame((400, 100), &wanted).part, [0.0, 0.0, 100.0, 100.0]);
        let wanted = Wanted { crop: Some([10, 10, 5000, 20]), width: Some(30), height: None, ..NONE };
        assert_eq!(frame((100, 100), &wanted).part, [10.0, 10.0, 90.0, 20.0]);
    }
}
