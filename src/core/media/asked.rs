//! What a picture's address asks for. Parameters that are not ours are left alone: a picture should never break over
//! one that somebody's tool appended.

use super::MediaSettings;
use super::address::{EXPIRES, SIGNATURE};
use masthead_media::{Fit, Format, Transform, Wanted};
use masthead_model::query::QueryProblem;
use masthead_store::assets::Asset;

/// Qualities that anybody may ask for.
const QUALITIES: [u8; 4] = [40, 60, 75, 90];
/// Largest side that a signed address may ask for.
const MOST: u32 = 16_000;

/// The format that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AskedFormat {
    /// The best of those that the reader takes.
    Auto,
    One(Format),
}

/// Parameters, as they were sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Asked {
    pub width: Option<u32>,
    pub height: Option<u32>,
    pub fit: Option<Fit>,
    pub crop: Option<[u32; 4]>,
    pub format: Option<AskedFormat>,
    pub quality: Option<u8>,
    /// In hundredths.
    pub dpr: Option<u32>,
    pub download: bool,
    pub signature: Option<String>,
    /// Seconds since 1970.
    pub expires: Option<i64>,
    /// All of ours but the signature, as they were sent.
    pub sent: Vec<(String, String)>,
}

const OURS: [&str; 10] = ["w", "h", "fit", "crop", "format", "quality", "q", "dpr", "download", EXPIRES];

/// Read the parameters of an address.
pub fn parse(query: &str) -> Result<Asked, QueryProblem> {
    let mut asked = Asked::default();
    for (key, value) in url_pairs(query) {
        if key == SIGNATURE {
            asked.signature = Some(value);
            continue;
        }
        if !OURS.contains(&key.as_str()) || asked.sent.iter().any(|(known, _)| *known == key) {
            continue;
        }
        asked.take(&key, &value)?;
        asked.sent.push((key, value));
    }
    Ok(asked)
}

/// `a=b&c=d`, with `%2C` and `+` read. Ours hold nothing else that would be escaped.
fn url_pairs(query: &str) -> impl Iterator<Item = (String, String)> {
    let read = |text: &str| match text.contains(['+', '%']) {
        true => text.replace('+', " ").replace("%2C", ",").replace("%2c", ",").replace("%20", " "),
        false => text.to_owned(),
    };
    query.split('&').filter(|pair| !pair.is_empty()).map(move |pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (read(key), read(value))
    })
}

impl Asked {
    fn take(&mut self, key: &str, value: &str) -> Result<(), QueryProblem> {
        let wrong = |wanted: &str| QueryProblem::new(key, "value", format!("`{key}` is {wanted}"));
        let number = |most: u32| value.parse::<u32>().ok().filter(|n| (1..=most).contains(n));
        match key {
            "w" => self.width = Some(number(100_000).ok_or_else(|| wrong("a width in pixels, from 1"))?),
            "h" => self.height = Some(number(100_000).ok_or_else(|| wrong("a height in pixels, from 1"))?),
            "quality" | "q" => self.quality = Some(number(100).ok_or_else(|| wrong("a number from 1 to 100"))? as u8),
            "fit" => {
                self.fit = Some(match value {
                    "cover" => Fit::Cover,
                    "contain" => Fit::Contain,
                    "inside" => Fit::Inside,
                    _ => return Err(wrong("cover, contain or inside")),
                });
            }
            "crop" if value == "focal" => self.crop = None,
            "crop" => {
                let parts: Option<Vec<u32>> = value.split(',').map(|n| n.trim().parse().ok()).collect();
                let part = parts.and_then(|parts| <[u32; 4]>::try_from(parts).ok()).filter(|p| p[2] > 0 && p[3] > 0);
                self.crop = Some(part.ok_or_else(|| wrong("focal, or x,y,width,height in pixels of the picture"))?);
            }
            "format" => {
                self.format = Some(match value {
                    "auto" => AskedFormat::Auto,
                    "webp" => AskedFormat::One(Format::Webp),
                    "jpeg" | "jpg" => AskedFormat::One(Format::Jpeg),
                    "png" => AskedFormat::One(Format::Png),
                    _ => return Err(wrong("auto, webp, jpeg or png")),
                });
            }
            "dpr" => {
                let ratio = value.parse::<f64>().ok().filter(|r| (0.1..=5.0).contains(r));
                self.dpr = Some((ratio.ok_or_else(|| wrong("a number from 0.1 to 5"))? * 100.0).round() as u32);
            }
            "download" => self.download = !matches!(value, "0" | "false"),
            _ => {
                let at = value.parse::<i64>().ok();
                self.expires = Some(at.ok_or_else(|| wrong("seconds since 1970"))?);
            }
        }
        Ok(())
    }

    /// Whether another picture than the file itself is asked for.
    pub fn is_transform(&self) -> bool {
        self.width.is_some()
            || self.height.is_some()
            || self.crop.is_some()
            || self.format.is_some()
            || self.quality.is_some()
    }

    /// The first parameter that only a signed address may have.
    pub fn is_free(&self) -> Option<&'static str> {
        [("h", self.height.is_some()), ("crop", self.crop.is_some())].into_iter().find(|p| p.1).map(|p| p.0)
    }

    /// What to make for a reader who takes WebP or not. Of an unsigned address, sizes are those that are configured.
    pub fn transform(&self, settings: &MediaSettings, asset: &Asset, signed: bool, takes_webp: bool) -> Transform {
        let times = |length: u32| (u64::from(length) * u64::from(self.dpr.unwrap_or(100)) / 100).max(1) as u32;
        let listed = |length: u32| {
            let next = settings.widths.iter().find(|w| **w >= length);
            next.or(settings.widths.last()).copied().unwrap_or(length)
        };
        let side = |length: u32| if signed { times(length).min(MOST) } else { listed(times(length)) };
        let source = (asset.width.unwrap_or(0), asset.height.unwrap_or(0));
        let (mut width, mut height) = (self.width.map(side), self.height.map(side));
        // What would not make it smaller is one picture, not many.
        if self.crop.is_none() && height.is_none() && width.is_some_and(|w| i64::from(w) >= source.0) {
            width = None;
        }
        if self.crop.is_none() && width.is_none() && height.is_some_and(|h| i64::from(h) >= source.1) {
            height = None;
        }
        let format = match self.format {
            Some(AskedFormat::One(format)) => format,
            Some(AskedFormat::Auto) if takes_webp => Format::Webp,
            _ => own_format(&asset.mime),
        };
        let usual = if format == Format::Jpeg { 80 } else { 75 };
        let nearest = |q: u8| QUALITIES.into_iter().min_by_key(|known| known.abs_diff(q)).unwrap_or(usual);
        let quality = match self.quality {
            _ if format == Format::Png => 100,
            Some(quality) if signed => quality,
            Some(quality) => nearest(quality),
            None => usual,
        };
        let (x, y) = asset.focal.unwrap_or((500, 500));
        let focal = (x as f64 / 1000.0, y as f64 / 1000.0);
        let fit = self.fit.unwrap_or(Fit::Cover);
        Transform { wanted: Wanted { width, height, fit, crop: self.crop, focal }, format, quality }
    }
}

/// The format that a picture keeps when none is asked for: its own, where browsers know that and it can be written.
pub fn own_format(mime: &str) -> Format {
    match mime {
        "image/jpeg" => Format::Jpeg,
        "image/webp" => Format::Webp,
        _ => Format::Png,
    }
}

/// A short text that is equal exactly when the same picture is made of the same bytes.
pub fn key_of(what: &Transform) -> String {
    let wanted = &what.wanted;
    let mut key = String::new();
    for (letter, length) in [('w', wanted.width), ('h', wanted.height)] {
        if let Some(length) = length {
            key.push_str(&format!("{letter}{length}-"));
        }
    }
    if wanted.width.is_some() && wanted.height.is_some() {
        key.push_str(match wanted.fit {
            Fit::Cover => "cover-",
            Fit::Contain => "contain-",
            Fit::Inside => "inside-",
        });
        if wanted.fit == Fit::Cover {
            let (x, y) = wanted.focal;
            key.push_str(&format!("f{}x{}-", (x * 1000.0).round(), (y * 1000.0).round()));
        }
    }
    if let Some([x, y, w, h]) = wanted.crop {
        key.push_str(&format!("c{x}x{y}x{w}x{h}-"));
    }
    format!("{key}q{}.{}", what.quality, what.format.word())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn photo() -> Asset {
        Asset { mime: "image/jpeg".to_owned(), width: Some(4000), height: Some(3000), ..Asset::default() }
    }

    fn key(query: &str, signed: bool) -> String {
        let asked = parse(query).unwrap();
        key_of(&asked.transform(&MediaSettings::default(), &photo(), signed, true))
    }

    #[test]
    fn unlisted_widths_are_rounded_up_and_qualities_to_the_nearest() {
        assert_eq!(key("w=641&format=auto", false), "w750-q75.webp");
        assert_eq!(key("w=640&q=74", false), "w640-q75.jpeg");
        assert_eq!(key("w=320&dpr=2&v=17", false), "w640-q80.jpeg");
        assert_eq!(key("w=99999", false), "q80.jpeg");
        assert_eq!(key("w=641&h=10&fit=inside&quality=33", true), "w641-h10-inside-q33.jpeg");
        assert_eq!(parse("w=641&h=10").unwrap().is_free(), Some("h"));
        assert_eq!(parse("w=0").unwrap_err().parameter, "w");
        assert_eq!(parse("crop=1,2,3").unwrap_err().parameter, "crop");
        assert_eq!(parse("crop=1%2C2%2C3%2C4").unwrap().crop, Some([1, 2, 3, 4]));
    }
}
