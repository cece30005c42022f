//! The site's languages. Deleting one loses content, and so goes through a plan.

use super::change::{admin, apply_now};
use crate::{Caller, Core, Error, Result, aside, schema};
use masthead_model::check::Schema;
use masthead_model::{Locale, Locales};
use masthead_store::Connection;

/// The languages, for whoever signed in.
pub async fn locales(core: &Core, caller: &Caller) -> Result<Vec<Locale>> {
    if *caller == Caller::Anonymous {
        return Err(Error::Unauthorized);
    }
    core.read(|_: &mut Connection, snapshot| Ok(snapshot.model.locales.0.clone())).await
}

/// Add a language. It is not the default one.
pub async fn add_locale(core: &Core, caller: &Caller, code: &str, name: Option<&str>) -> Result<Vec<Locale>> {
    let (code, name) = (code.to_owned(), name.unwrap_or(code).to_owned());
    change(core, caller, move |locales| {
        if locales.contains(&code) {
            return Err(Error::Conflict(format!("there is a locale '{code}' already")));
        }
        locales.0.push(Locale { code: code.clone(), name: name.clone(), default: false });
        Ok(())
    })
    .await
}

/// Rename a language, or make it the default one.
pub async fn change_locale(
    core: &Core,
    caller: &Caller,
    code: &str,
    name: Option<String>,
    default: bool,
) -> Result<Vec<Locale>> {
    let code = code.to_owned();
    change(core, caller, move |locales| {
        if !locales.contains(&code) {
            return Err(Error::not_found(format!("locale '{code}'")));
        }
        for locale in &mut locales.0 {
            let is_it = locale.code == code;
            if let (true, Some(name)) = (is_it, &name) {
                locale.name.clone_from(name);
            }
            if default {
                locale.default = is_it;
            }
        }
        Ok(())
    })
    .await
}

async fn change(
    core: &Core,
    caller: &Caller,
    edit: impl FnOnce(&mut Locales) -> Result<()> + Send + 'static,
) -> Result<Vec<Locale>> {
    admin(core, caller).await?;
    let (core, caller) = (core.clone(), caller.clone());
    aside(move || {
        let mut locales = core.read_blocking(|_, snapshot| Ok(snapshot.model.locales.clone()))?;
        edit(&mut locales)?;
        let desired = Schema { locales: Some(locales.clone()), ..Schema::default() };
        let plan = schema::plan(&core, &caller, desired.clone(), false).map_err(of_one)?;
        if !plan.is_empty() {
            apply_now(&core, &caller, desired, false, &plan.fingerprint, true, &mut |_| {}).map_err(of_one)?;
        }
        Ok(locales.0)
    })
    .await
}

/// Problems of the list are problems of the one that was sent: `/locales/2/code` → `/code`.
fn of_one(error: Error) -> Error {
    let last = |pointer: &str| pointer.rfind('/').map_or(String::new(), |at| pointer[at..].to_owned());
    match error {
        Error::Invalid(problems) => Error::Invalid(
            problems.into_iter().map(|p| masthead_model::Problem { pointer: last(&p.pointer), ..p }).collect(),
        ),
        other => other,
    }
}
