//! A file as the API shows it: Strapi's names where it has them.

use super::asked::{Asked, AskedFormat};
use super::{address, settings, texts};
use crate::{Core, time};
use masthead_media::{Format, Transform, frame, is_picture};
use masthead_store::assets::Asset;
use serde_json::{Map, Value, json};

/// Ready-made sizes: name and width.
const FORMATS: [(&str, u32); 4] = [("thumbnail", 245), ("small", 500), ("medium", 750), ("large", 1000)];

/// The file; texts in the first of `locales` that has them. `until` (seconds since 1970) ends the addresses of a
/// private one.
pub fn view(core: &Core, asset: &Asset, locales: &[&str], until: i64) -> Value {
    let said = texts::all(asset);
    let text = |name: &str| texts::text(&said, name, locales).map_or(Value::Null, Value::String);
    let ending = masthead_media::extension(&asset.mime).map(str::to_owned);
    let ending = ending.or_else(|| asset.name.rsplit_once('.').map(|(_, e)| e.to_owned()));
    json!({
        "id": core.ids().public(asset.key),
        "documentId": asset.id,
        "name": asset.name,
        "alternativeText": text("alternativeText"),
        "caption": text("caption"),
        "title": text("title"),
        "width": asset.width,
        "height": asset.height,
        "formats": formats(core, asset, until),
        "focalPoint": asset.focal.map(|(x, y)| json!({"x": x as f64 / 10.0, "y": y as f64 / 10.0})),
        "placeholder": asset.placeholder,
        "color": asset.color,
        "hash": address::short(&asset.hash),
        "ext": ending.map(|e| format!(".{e}")),
        "mime": asset.mime,
        "size": kilobytes(asset.size),
        "sizeInBytes": asset.size,
        "url": url(core, asset, &[], until),
        "previewUrl": null,
        "provider": "masthead",
        "provider_metadata": null,
        "createdAt": time::to_text(asset.created_at),
        "updatedAt": time::to_text(asset.updated_at),
        "publishedAt": time::to_text(asset.created_at),
    })
}

/// Files as the API shows them to somebody who sees them; texts in `locale`, else in the site's own language.
pub async fn shown(core: &Core, assets: &[Asset], locale: Option<&str>) -> crate::Result<Vec<Value>> {
    let own = core.read(|_, snapshot| Ok(snapshot.model.locales.default_code().to_owned())).await?;
    let locales: Vec<&str> = locale.into_iter().chain([own.as_str()]).collect();
    let until = masthead_store::now_micros() / 1_000_000 + 3600;
    Ok(assets.iter().map(|asset| view(core, asset, &locales, until)).collect())
}

/// Files as editors see them: with all texts by language, and what is never delivered.
pub async fn opened(core: &Core, assets: &[Asset]) -> crate::Result<Vec<Value>> {
    let mut shown = shown(core, assets, None).await?;
    let folders = core.read(|conn, _| Ok(masthead_store::media_folders::all(conn)?)).await?;
    for (view, asset) in shown.iter_mut().zip(assets) {
        let Some(view) = view.as_object_mut() else { continue };
        let folder = folders.iter().find(|f| f.key == asset.folder).map(|f| f.id.clone());
        view.insert("folder".to_owned(), folder.into());
        view.insert("tags".to_owned(), texts::tags(asset).into());
        view.insert("texts".to_owned(), Value::Object(texts::all(asset)));
        view.insert("private".to_owned(), asset.private.into());
        view.insert("animated".to_owned(), asset.animated.into());
        view.insert("createdBy".to_owned(), asset.created_by.as_str().into());
        view.insert("updatedBy".to_owned(), asset.updated_by.as_str().into());
        view.insert("trashedAt".to_owned(), asset.trashed_at.map(time::to_text).into());
    }
    Ok(shown)
}

/// The address of the file, or of a picture made of it.
pub(super) fn url(core: &Core, asset: &Asset, parameters: &[(String, String)], until: i64) -> String {
    if asset.private {
        return address::signed(core, asset, parameters, Some(until));
    }
    let query: Vec<String> = parameters.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let path = address::immutable(core, asset);
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

/// Strapi's unit, with two digits.
fn kilobytes(bytes: i64) -> f64 {
    (bytes as f64 / 10.0).round() / 100.0
}

/// Whether a format of the site's own may have this name.
pub fn is_format_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    (1..=40).contains(&name.len()) && name.bytes().all(plain) && FORMATS.iter().all(|(taken, _)| *taken != name)
}

/// The sizes that are smaller than the picture, the thumbnail in any case, and the site's own; null for what is no
/// picture.
fn formats(core: &Core, asset: &Asset, until: i64) -> Value {
    let (Some(width), Some(height)) = (asset.width, asset.height) else { return Value::Null };
    if !is_picture(&asset.mime) {
        return Value::Null;
    }
    let pixels = (u32::try_from(width).unwrap_or(1), u32::try_from(height).unwrap_or(1));
    let mut out = Map::new();
    for (name, to) in FORMATS.into_iter().filter(|(name, to)| *name == "thumbnail" || pixels.0 > *to) {
        let sent = vec![("w".to_owned(), to.to_string()), ("format".to_owned(), "webp".to_owned())];
        let address = url(core, asset, &sent, until);
        let format = Some(AskedFormat::One(Format::Webp));
        let asked = Asked { width: Some(to), format, sent, ..Asked::default() };
        let mut what = asked.transform(settings(core), asset, false, true);
        what.wanted.width = Some(to);
        out.insert(name.to_owned(), format_of(name, asset, pixels, &what, address));
    }
    for (name, asked) in &settings(core).formats {
        let until = asset.private.then_some(until);
        let address = address::signed(core, asset, &asked.sent, until);
        let what = asked.transform(settings(core), asset, true, false);
        out.insert(name.clone(), format_of(name, asset, pixels, &what, address));
    }
    Value::Object(out)
}

fn format_of(name: &str, asset: &Asset, pixels: (u32, u32), what: &Transform, address: String) -> Value {
    let (width, height) = frame(pixels, &what.wanted).canvas;
    let ending = masthead_media::extension(what.format.mime()).unwrap_or_default();
    json!({
        "name": format!("{name}_{}", asset.name),
        "hash": format!("{name}_{}", address::short(&asset.hash)),
        "ext": format!(".{ending}"),
        "mime": what.format.mime(),
        "width": width,
        "height": height,
        "path": null,
        "url": address,
    })
}
