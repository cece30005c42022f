//! What changes in the site's locales.

use super::step::Step;
use crate::locale::{Locale, Locales};

/// Steps to `desired`; those that delete go to `last`.
pub(super) fn diff(current: &Locales, desired: &Locales, steps: &mut Vec<Step>, last: &mut Vec<Step>) {
    let mut order: Vec<&str> = current.codes().filter(|code| desired.contains(code)).collect();
    for locale in &desired.0 {
        match current.0.iter().find(|known| known.code == locale.code) {
            None => {
                steps.push(Step::AddLocale { locale: Locale { default: false, ..locale.clone() } });
                order.push(&locale.code);
            }
            Some(known) if known.name != locale.name => {
                let (code, from, to) = (locale.code.clone(), known.name.clone(), locale.name.clone());
                steps.push(Step::RenameLocale { code, from, to });
            }
            Some(_) => {}
        }
    }
    let (from, to) = (current.default_code(), desired.default_code());
    if from != to {
        steps.push(Step::SetDefaultLocale { from: from.to_owned(), to: to.to_owned() });
    }
    for code in current.codes().filter(|code| !desired.contains(code)) {
        last.push(Step::RemoveLocale { code: code.to_owned() });
    }
    let wanted: Vec<&str> = desired.codes().collect();
    if order != wanted {
        last.push(Step::MoveLocales { order: wanted.into_iter().map(str::to_owned).collect() });
    }
}

/// The locales after one of the steps above; none when it does not fit.
pub(super) fn apply(locales: &mut Locales, step: &Step) -> Option<()> {
    let list = &mut locales.0;
    let find = |list: &[Locale], code: &str| list.iter().position(|locale| locale.code == code);
    match step {
        Step::AddLocale { locale } => match find(list, &locale.code) {
            Some(_) => return None,
            None => list.push(locale.clone()),
        },
        Step::RenameLocale { code, to, .. } => {
            let at = find(list, code)?;
            list.get_mut(at)?.name.clone_from(to);
        }
        Step::SetDefaultLocale { to, .. } => {
            find(list, to)?;
            list.iter_mut().for_each(|locale| locale.default = locale.code == *to);
        }
        Step::RemoveLocale { code } => {
            let at = find(list, code).filter(|at| !list[*at].default)?;
            list.remove(at);
        }
        Step::MoveLocales { order } => {
            let place = |code: &str| order.iter().position(|wanted| wanted == code);
            if order.len() != list.len() || list.iter().any(|locale| place(&locale.code).is_none()) {
                return None;
            }
            list.sort_by_key(|locale| place(&locale.code));
        }
        _ => {}
    }
    Some(())
}
