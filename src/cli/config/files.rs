//! Settings of files: where they are kept and what they may be.

use super::layers::{Found, Layers};
use super::settings::{number, read};
use masthead_core::media::{Asked, MediaSettings, asked, is_format_name};

/// What files may be, and how they are addressed.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSettings {
    /// Largest file, bytes.
    pub max_bytes: u64,
    pub kinds: Vec<String>,
    pub widths: Vec<u32>,
    /// Further ready-made pictures: name, and what is asked for.
    pub formats: Vec<(String, Asked)>,
    /// Of a picture.
    pub max_pixels: u64,
    /// What addresses begin with, when that is not the site's own.
    pub url: Option<String>,
    pub keep_location: bool,
}

impl FileSettings {
    pub fn from_layers(layers: &Layers<'_>) -> Result<Self, String> {
        let default = MediaSettings::default();
        Ok(Self {
            max_bytes: read(layers, "upload_max_bytes", |f| number(f, 1..=1 << 44))?.unwrap_or(default.max_bytes),
            kinds: read(layers, "upload_kinds", kinds)?.unwrap_or(default.kinds),
            widths: read(layers, "image_widths", widths)?.unwrap_or(default.widths),
            formats: read(layers, "image_formats", formats)?.unwrap_or(default.formats),
            max_pixels: read(layers, "image_max_pixels", |f| number(f, 1..=1_000_000_000))?
                .unwrap_or(default.limits.pixels),
            url: read(layers, "media_url", url)?,
            keep_location: read(layers, "keep_location", yes)?.unwrap_or(default.keep_location),
        })
    }
}

/// A folder, or one of the stores that are known.
pub fn storage_url(found: &Found) -> Result<String, String> {
    let known = ["file", "s3", "s3a", "gs", "az", "azure", "abfs", "memory"];
    match found.value.split_once("://") {
        None if !found.value.is_empty() => Ok(found.value.clone()),
        Some((scheme, rest)) if known.contains(&scheme) && (!rest.is_empty() || scheme == "memory") => {
            Ok(found.value.clone())
        }
        _ => Err("a folder, file://…, s3://…, gs://… or az://…".to_owned()),
    }
}

fn kinds(found: &Found) -> Result<Vec<String>, String> {
    let kinds: Vec<String> =
        found.value.split(',').map(|kind| kind.trim().to_owned()).filter(|kind| !kind.is_empty()).collect();
    let known = |kind: &String| ["image", "video", "audio", "file"].contains(&kind.as_str());
    if kinds.iter().all(known) { Ok(kinds) } else { Err("some of image, video, audio and file".to_owned()) }
}

fn widths(found: &Found) -> Result<Vec<u32>, String> {
    let read = found.value.split(',').map(|w| w.trim().parse::<u32>().ok().filter(|w| (1..=16_000).contains(w)));
    let mut widths: Vec<u32> =
        read.collect::<Option<_>>().ok_or("widths in pixels with commas between them, up to 16000")?;
    widths.sort_unstable();
    widths.dedup();
    if widths.len() > 64 { Err("at most 64 widths".to_owned()) } else { Ok(widths) }
}

fn formats(found: &Found) -> Result<Vec<(String, Asked)>, String> {
    let mut formats: Vec<(String, Asked)> = Vec::new();
    for one in found.value.split(',').map(str::trim).filter(|one| !one.is_empty()) {
        let (name, query) = one.split_once(':').ok_or("names and what they ask for: square:w=400&h=400")?;
        if !is_format_name(name) || formats.iter().any(|(known, _)| known == name) {
            return Err(format!("'{name}' is no free name: small letters, digits and _"));
        }
        let asked = asked(query).map_err(|problem| format!("{name}: {}", problem.message))?;
        if !asked.is_transform() || asked.expires.is_some() || asked.sent.len() != query.split('&').count() {
            return Err(format!("{name}: of w, h, fit, crop=focal, format, quality and dpr"));
        }
        formats.push((name.to_owned(), asked));
    }
    if formats.len() > 20 { Err("at most 20 formats".to_owned()) } else { Ok(formats) }
}

fn url(found: &Found) -> Result<String, String> {
    let fits = found.value.starts_with("https://") || found.value.starts_with("http://");
    let plain = !found.value.contains(['?', '#', ' ']);
    let base = found.value.trim_end_matches('/').to_owned();
    if fits && plain { Ok(base) } else { Err("an address: https://media.example.org".to_owned()) }
}

fn yes(found: &Found) -> Result<bool, String> {
    found.value.parse().map_err(|_| "true or false".to_owned())
}
