//! One file: look at it, and say other things about it.

use super::rights::{expect_with, sees_private, unknown};
use super::{media_event, texts};
use crate::{Caller, Core, Error, Result, Snapshot};
use masthead_media::file_name;
use masthead_model::{Action, Problem};
use masthead_store::assets::{self, Asset};
use masthead_store::{Connection, media_folders, now_micros};

const LONGEST_TEXT: usize = 5000;
const LONGEST_TAG: usize = 100;
const MOST_TAGS: usize = 100;

/// What may be said about a file; what is none stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Details {
    pub name: Option<String>,
    pub alternative_text: Option<Option<String>>,
    pub caption: Option<Option<String>>,
    pub title: Option<Option<String>>,
    /// The language of the texts; the site's default when none.
    pub locale: Option<String>,
    /// In percent of width and height.
    pub focal: Option<Option<(f64, f64)>>,
    /// Id of a folder; an inner none is the top.
    pub folder: Option<Option<String>>,
    pub tags: Option<Vec<String>>,
    pub private: Option<bool>,
}

/// The file with `details` said about it; refused with a pointer each for what cannot be.
pub(super) fn checked(
    conn: &mut Connection,
    snapshot: &Snapshot,
    mut asset: Asset,
    details: &Details,
) -> Result<Asset> {
    let mut problems = Vec::new();
    let mut wrong = |pointer: &str, code: &str, message: String| problems.push(Problem::new(pointer, code, message));
    let locale = details.locale.as_deref().unwrap_or(snapshot.model.locales.default_code());
    if !snapshot.model.locales.codes().any(|code| code == locale) {
        wrong("/locale", "unknown_locale", format!("the site has no locale '{locale}'"));
    }
    if let Some(name) = &details.name {
        let clean = file_name(name);
        // The ending says what the file is, so it stays.
        let ending = asset.name.rsplit_once('.').map(|(_, e)| e);
        asset.name = match ending {
            Some(ending) if !clean.to_lowercase().ends_with(&format!(".{}", ending.to_lowercase())) => {
                file_name(&format!("{clean}.{ending}"))
            }
            _ => clean,
        };
    }
    let mut said = texts::all(&asset);
    let given = [&details.alternative_text, &details.caption, &details.title];
    for (name, text) in texts::NAMES.into_iter().zip(given) {
        if let Some(text) = text {
            if text.as_ref().is_some_and(|t| t.chars().count() > LONGEST_TEXT) {
                wrong(&format!("/{name}"), "too_long", format!("at most {LONGEST_TEXT} characters"));
            }
            texts::set(&mut said, locale, name, text.as_deref());
        }
    }
    if let Some(focal) = details.focal {
        let inside = |v: f64| (0.0..=100.0).contains(&v);
        match focal {
            Some((x, y)) if inside(x) && inside(y) => {
                asset.focal = Some(((x * 10.0).round() as i64, (y * 10.0).round() as i64));
            }
            Some(_) => wrong("/focalPoint", "range", "x and y are percentages, 0 to 100".to_owned()),
            None => asset.focal = None,
        }
    }
    if let Some(list) = &details.tags {
        let mut clean: Vec<String> = list.iter().map(|t| t.trim().to_owned()).filter(|t| !t.is_empty()).collect();
        clean.sort();
        clean.dedup();
        if clean.len() > MOST_TAGS || clean.iter().any(|t| t.chars().count() > LONGEST_TAG) {
            wrong("/tags", "too_long", format!("at most {MOST_TAGS} tags of at most {LONGEST_TAG} characters"));
        }
        asset.tags = serde_json::to_string(&clean).map_err(|e| Error::Internal(e.to_string()))?;
    }
    if let Some(folder) = &details.folder {
        match folder {
            None => asset.folder = 0,
            Some(id) => match media_folders::all(conn)?.into_iter().find(|f| f.id == *id) {
                Some(found) => asset.folder = found.key,
                None => wrong("/folder", "not_found", "there is no such folder".to_owned()),
            },
        }
    }
    if let Some(private) = details.private {
        asset.private = private;
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    asset.search = texts::search(&asset.name, &said, &texts::tags(&asset));
    asset.texts = serde_json::to_string(&said).map_err(|e| Error::Internal(e.to_string()))?;
    Ok(asset)
}

/// One file, for those who may look through files.
pub async fn get(core: &Core, caller: &Caller, id: &str) -> Result<Asset> {
    let (caller, id) = (caller.clone(), id.to_owned());
    core.read(move |conn, snapshot| {
        let asset = assets::by_id(conn, &id)?.filter(|a| sees_private(&caller, snapshot, a));
        asset.ok_or_else(|| unknown(&id))
    })
    .await
}

/// The same by the API's number, or by the id of 24 characters.
pub async fn get_numbered(core: &Core, caller: &Caller, word: &str) -> Result<Asset> {
    let Some(key) = word.parse::<i64>().ok().and_then(|number| core.ids().key(number)) else {
        return get(core, caller, word).await;
    };
    let (caller, word) = (caller.clone(), word.to_owned());
    core.read(move |conn, snapshot| {
        let asset = assets::by_key(conn, key)?.filter(|a| sees_private(&caller, snapshot, a));
        asset.ok_or_else(|| unknown(&word))
    })
    .await
}

/// Say other things about a file.
pub async fn edit(core: &Core, caller: &Caller, id: &str, details: Details) -> Result<Asset> {
    let (caller, id) = (caller.clone(), id.to_owned());
    core.write(move |tx, snapshot| {
        let asset = assets::locked(tx, &id)?.ok_or_else(|| unknown(&id))?;
        expect_with(&caller, snapshot, Action::Update, &asset)?;
        let mut asset = checked(tx, snapshot, asset, &details)?;
        (asset.updated_at, asset.updated_by) = (now_micros(), caller.actor());
        assets::update(tx, &asset)?;
        tx.emit(media_event("updated", &asset, &caller, true));
        Ok(asset)
    })
    .await
}
