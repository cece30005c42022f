//! Folders of files: nested, with names that differ beside each other.

use super::rights::{Reach, expect};
use crate::{Caller, Core, Error, Result, Snapshot, time};
use masthead_model::Action;
use masthead_model::ids::DocumentId;
use masthead_store::Connection;
use masthead_store::media_folders::{self as rows, Folder};
use serde::Serialize;

/// Folders within folders, at most.
const DEEPEST: usize = 20;
const MOST: usize = 10_000;

/// A folder, as the API shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FolderView {
    pub id: String,
    pub name: String,
    /// Id of the folder around it; null at the top.
    pub parent: Option<String>,
    /// Names from the top: `/photos/2026`.
    pub path: String,
    pub created_at: String,
}

fn view(all: &[Folder], folder: &Folder) -> FolderView {
    let mut names = vec![folder.name.as_str()];
    let mut at = folder.parent;
    while let Some(above) = all.iter().find(|f| f.key == at).filter(|_| names.len() <= DEEPEST) {
        names.push(&above.name);
        at = above.parent;
    }
    names.reverse();
    FolderView {
        id: folder.id.clone(),
        name: folder.name.clone(),
        parent: all.iter().find(|f| f.key == folder.parent).map(|f| f.id.clone()),
        path: format!("/{}", names.join("/")),
        created_at: time::to_text(folder.created_at),
    }
}

/// All folders, by name.
pub async fn folders(core: &Core, caller: &Caller) -> Result<Vec<FolderView>> {
    let caller = caller.clone();
    core.read(move |conn, snapshot| {
        expect(&caller, snapshot, Action::Read)?;
        let all = rows::all(conn)?;
        Ok(all.iter().map(|f| view(&all, f)).collect())
    })
    .await
}

/// Folders are everybody's: the right to change one's own files is not enough.
fn expect_all(caller: &Caller, snapshot: &Snapshot, action: Action) -> Result<()> {
    match expect(caller, snapshot, action)? {
        Reach::All => Ok(()),
        Reach::Own(_) => Err(Error::Forbidden("folders are changed by those who may change every file".to_owned())),
    }
}

fn name_of(name: &str) -> Result<String> {
    let name = name.trim();
    let fits = (1..=100).contains(&name.chars().count()) && !name.contains(|c: char| c.is_control() || c == '/');
    if fits {
        return Ok(name.to_owned());
    }
    Err(Error::invalid("/name", "name", "a folder's name has 1 to 100 characters, none of them a slash"))
}

/// The key of the folder around, and how deep it lies.
fn around(all: &[Folder], parent: Option<&str>) -> Result<(i64, usize)> {
    let Some(id) = parent else { return Ok((0, 0)) };
    let missing = || Error::invalid("/parent", "not_found", "there is no such folder");
    let found = all.iter().find(|f| f.id == id).ok_or_else(missing)?;
    let (mut depth, mut at) = (1, found.parent);
    while let Some(above) = all.iter().find(|f| f.key == at) {
        (depth, at) = (depth + 1, above.parent);
    }
    Ok((found.key, depth))
}

fn taken<T>(name: &str, outcome: masthead_store::Result<T>) -> Result<T> {
    match outcome {
        Err(masthead_store::Error::Taken(_)) => {
            Err(Error::Conflict(format!("there is a folder '{name}' here already")))
        }
        other => Ok(other?),
    }
}

/// Create a folder.
pub async fn create_folder(core: &Core, caller: &Caller, name: &str, parent: Option<&str>) -> Result<FolderView> {
    let (caller, name, parent) = (caller.clone(), name.to_owned(), parent.map(str::to_owned));
    core.write(move |tx, snapshot| {
        expect(&caller, snapshot, Action::Create)?;
        let name = name_of(&name)?;
        let all = rows::all(tx)?;
        let (above, depth) = around(&all, parent.as_deref())?;
        if depth >= DEEPEST || all.len() >= MOST {
            return Err(Error::Conflict(format!("at most {MOST} folders, {DEEPEST} deep")));
        }
        let id = DocumentId::generate().to_string();
        taken(&name, rows::insert(tx, &id, above, &name))?;
        shown(tx, &id)
    })
    .await
}

/// The folder at a path of names (`/photos/2026`), made as far as it is not there: its id. None at the top.
pub async fn folder_at(core: &Core, caller: &Caller, path: &str) -> Result<Option<String>> {
    let all = folders(core, caller).await?;
    let mut at: Option<String> = None;
    for name in path.split('/').map(str::trim).filter(|name| !name.is_empty()) {
        let there = all.iter().find(|f| f.parent == at && f.name == name);
        at = Some(match there {
            Some(folder) => folder.id.clone(),
            None => create_folder(core, caller, name, at.as_deref()).await?.id,
        });
    }
    Ok(at)
}

fn shown(conn: &mut Connection, id: &str) -> Result<FolderView> {
    let all = rows::all(conn)?;
    let found = all.iter().find(|f| f.id == id).ok_or_else(|| Error::not_found(format!("folder {id}")))?;
    Ok(view(&all, found))
}

/// Rename a folder, or move it (`parent`; an inner none is the top).
pub async fn update_folder(
    core: &Core,
    caller: &Caller,
    id: &str,
    name: Option<&str>,
    parent: Option<Option<&str>>,
) -> Result<FolderView> {
    let (caller, id) = (caller.clone(), id.to_owned());
    let (name, parent) = (name.map(str::to_owned), parent.map(|p| p.map(str::to_owned)));
    core.write(move |tx, snapshot| {
        expect_all(&caller, snapshot, Action::Update)?;
        let all = rows::all(tx)?;
        let found = all.iter().find(|f| f.id == id).ok_or_else(|| Error::not_found(format!("folder {id}")))?;
        let mut folder = found.clone();
        if let Some(name) = &name {
            folder.name = name_of(name)?;
        }
        if let Some(parent) = &parent {
            let (above, depth) = around(&all, parent.as_deref())?;
            let mut at = above;
            while let Some(f) = all.iter().find(|f| f.key == at) {
                if f.key == folder.key {
                    return Err(Error::invalid("/parent", "loop", "a folder cannot lie within itself"));
                }
                at = f.parent;
            }
            if depth + height(&all, folder.key) > DEEPEST {
                return Err(Error::Conflict(format!("folders lie at most {DEEPEST} deep")));
            }
            folder.parent = above;
        }
        taken(&folder.name, rows::update(tx, &folder))?;
        shown(tx, &id)
    })
    .await
}

fn height(all: &[Folder], key: i64) -> usize {
    1 + all.iter().filter(|f| f.parent == key).map(|f| height(all, f.key)).max().unwrap_or(0)
}

/// Delete a folder in which nothing is.
pub async fn delete_folder(core: &Core, caller: &Caller, id: &str) -> Result<()> {
    let (caller, id) = (caller.clone(), id.to_owned());
    core.write(move |tx, snapshot| {
        expect_all(&caller, snapshot, Action::Delete)?;
        let all = rows::all(tx)?;
        let folder = all.iter().find(|f| f.id == id).ok_or_else(|| Error::not_found(format!("folder {id}")))?;
        if rows::held(tx, folder.key)? > 0 {
            let message = format!("'{}' is not empty: move or delete what is in it first, the trash too", folder.name);
            return Err(Error::Conflict(message));
        }
        Ok(rows::delete(tx, folder.key)?)
    })
    .await
}
