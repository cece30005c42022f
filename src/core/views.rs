//! Saved views: how somebody likes to see the documents of a type. Own ones, and those that others share.

use crate::access::{Internal, Rules, authorize, require_admin};
use crate::content::type_named;
use crate::{Caller, Core, Error, Result, Snapshot, time};
use masthead_model::ids::DocumentId;
use masthead_model::query::{self, Limits};
use masthead_model::{Action, Type};
use masthead_store::views::{self as rows, View};
use serde::Serialize;

/// Views of one person for one type.
const MOST: i64 = 100;

/// A view to save.
#[derive(Clone, Debug, Default)]
pub struct NewView {
    pub name: String,
    /// Whether everybody who may read drafts of the type sees it.
    pub shared: bool,
    /// Parameters of a list, as in a URL: `filters[…]…&sort=…`.
    pub query: String,
    /// Names of the fields that are shown.
    pub columns: Vec<String>,
}

/// A saved view.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SavedView {
    pub id: String,
    #[serde(rename = "type")]
    pub type_id: String,
    pub name: String,
    pub owner: String,
    /// Whether it is the caller's own.
    pub own: bool,
    pub shared: bool,
    pub query: String,
    pub columns: Vec<String>,
    pub updated_at: String,
}

/// The caller's views of a type and the shared ones, by name.
pub async fn list(core: &Core, caller: &Caller, type_word: &str) -> Result<Vec<SavedView>> {
    let (caller, word) = (caller.clone(), type_word.to_owned());
    core.read(move |conn, snapshot| {
        let ty = type_named(snapshot, &word)?;
        authorize(&caller, snapshot, Action::ReadDraft, &ty)?;
        let (actor, rules) = (caller.actor(), Rules::of(&caller, snapshot).of_drafts(true));
        let views = rows::list(conn, ty.id(), &actor)?.into_iter().map(|v| saved(v, &actor));
        // What others share may speak of fields that the caller does not know.
        Ok(views.filter_map(|view| if view.own { Some(view) } else { known(view, snapshot, &ty, &rules) }).collect())
    })
    .await
}

/// Save a new view of a type.
pub async fn create(core: &Core, caller: &Caller, type_word: &str, new: NewView) -> Result<SavedView> {
    let (caller, word) = (caller.clone(), type_word.to_owned());
    core.write(move |tx, snapshot| {
        let ty = type_named(snapshot, &word)?;
        authorize(&caller, snapshot, Action::ReadDraft, &ty)?;
        check(&caller, snapshot, &ty, &new)?;
        let actor = caller.actor();
        if rows::count(tx, ty.id(), &actor)? >= MOST {
            return Err(Error::Conflict(format!("there are {MOST} views already: delete one first")));
        }
        let view = view(DocumentId::generate().to_string(), ty.id(), &actor, &new)?;
        put(tx, &view)?;
        Ok(saved(view, &actor))
    })
    .await
}

/// Change a view: its owner may, and administrators.
pub async fn update(core: &Core, caller: &Caller, id: &str, new: NewView) -> Result<SavedView> {
    let (caller, id) = (caller.clone(), id.to_owned());
    core.write(move |tx, snapshot| {
        let (old, ty) = own(tx, snapshot, &caller, &id)?;
        check(&caller, snapshot, &ty, &new)?;
        let view = view(old.id, ty.id(), &old.owner, &new)?;
        put(tx, &view)?;
        Ok(saved(view, &caller.actor()))
    })
    .await
}

/// Delete a view: its owner may, and administrators.
pub async fn delete(core: &Core, caller: &Caller, id: &str) -> Result<()> {
    let (caller, id) = (caller.clone(), id.to_owned());
    core.write(move |tx, snapshot| {
        let (old, _) = own(tx, snapshot, &caller, &id)?;
        Ok(rows::delete(tx, &old.id)?)
    })
    .await
}

/// A view that the caller may change. One that it may not even see is not there.
fn own(
    conn: &mut masthead_store::Connection,
    snapshot: &Snapshot,
    caller: &Caller,
    id: &str,
) -> Result<(View, std::sync::Arc<Type>)> {
    let unknown = || Error::not_found(format!("view {id}"));
    let view = rows::get(conn, id)?.ok_or_else(unknown)?;
    let ty = snapshot.model.get(&view.type_id).cloned().ok_or_else(unknown)?;
    authorize(caller, snapshot, Action::ReadDraft, &ty).map_err(|_| unknown())?;
    if view.owner != caller.actor() {
        match require_admin(caller, snapshot) {
            Ok(()) => {}
            Err(_) if view.shared => return Err(Error::Forbidden(format!("this view is {}'s", view.owner))),
            Err(_) => return Err(unknown()),
        }
    }
    Ok((view, ty))
}

/// Somebody else's view, without the columns that the caller does not know; none when its parameters name such a field.
fn known(view: SavedView, snapshot: &Snapshot, ty: &Type, rules: &Rules<'_>) -> Option<SavedView> {
    if rules.is_admin() {
        return Some(view);
    }
    parsed(&view.query, snapshot, ty, rules).ok()?;
    let columns = view.columns.into_iter().filter(|column| is_column(column, ty, rules)).collect();
    Some(SavedView { columns, ..view })
}

/// The parameters of a view, as a list would read them.
fn parsed(query: &str, snapshot: &Snapshot, ty: &Type, rules: &Rules<'_>) -> Result<(), Vec<query::QueryProblem>> {
    // Where documents stand is a parameter of editors' lists alone.
    let parts: Vec<&str> = query.split('&').filter(|p| !p.starts_with("status=")).collect();
    query::parse_list(&parts.join("&"), &snapshot.model, ty, &Internal(rules), &Limits::default()).map(drop)
}

fn is_column(name: &str, ty: &Type, rules: &Rules<'_>) -> bool {
    const SYSTEM: [&str; 8] =
        ["documentId", "title", "status", "createdAt", "createdBy", "savedAt", "savedBy", "locales"];
    SYSTEM.contains(&name) || ty.def.field_named(name).is_some_and(|field| rules.knows_field(ty.id(), &field.id))
}

fn check(caller: &Caller, snapshot: &Snapshot, ty: &Type, new: &NewView) -> Result<()> {
    let mut problems = Vec::new();
    let mut wrong = |pointer: &str, code: &str, message: String| {
        problems.push(masthead_model::Problem::new(pointer, code, message));
    };
    let length = new.name.chars().count();
    if new.name.trim().is_empty() || length > 100 || new.name.contains(char::is_control) {
        wrong("/name", "length", "a view's name has 1 to 100 characters".to_owned());
    }
    let rules = Rules::of(caller, snapshot).of_drafts(true);
    if new.query.len() > 10_000 {
        wrong("/query", "length", "the parameters have at most 10,000 bytes".to_owned());
    } else if let Err(found) = parsed(&new.query, snapshot, ty, &rules) {
        for problem in found {
            wrong("/query", problem.code, problem.message);
        }
    }
    if new.columns.len() > 50 {
        wrong("/columns", "items", "at most 50 columns".to_owned());
    }
    for (i, column) in new.columns.iter().enumerate().take(50) {
        if !is_column(column, ty, &rules) {
            wrong(&format!("/columns/{i}"), "unknown_field", format!("there is no field '{column}'"));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

fn view(id: String, type_id: &str, owner: &str, new: &NewView) -> Result<View> {
    Ok(View {
        id,
        type_id: type_id.to_owned(),
        owner: owner.to_owned(),
        name: new.name.trim().to_owned(),
        shared: new.shared,
        query: new.query.clone(),
        columns: serde_json::to_string(&new.columns).map_err(|e| Error::Internal(e.to_string()))?,
        updated_at: masthead_store::now_micros(),
    })
}

fn put(conn: &mut masthead_store::Connection, view: &View) -> Result<()> {
    match rows::put(conn, view) {
        Err(masthead_store::Error::Taken(_)) => {
            Err(Error::Conflict(format!("there is a view '{}' already", view.name)))
        }
        other => Ok(other?),
    }
}

fn saved(view: View, actor: &str) -> SavedView {
    SavedView {
        own: view.owner == actor,
        columns: serde_json::from_str(&view.columns).unwrap_or_default(),
        id: view.id,
        type_id: view.type_id,
        name: view.name,
        owner: view.owner,
        shared: view.shared,
        query: view.query,
        updated_at: time::to_text(view.updated_at),
    }
}
