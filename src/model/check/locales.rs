//! The rules of the site's locales.

use super::MAX_LOCALES;
use super::report::Report;
use super::types::LONGEST_LABEL;
use crate::close::brief;
use crate::locale::Locales;
use crate::names::is_locale_code;
use std::collections::HashSet;

pub(super) fn check(locales: &Locales, report: &mut Report) {
    let list = &locales.0;
    let many = list.len();
    let message = || format!("a site has at most {MAX_LOCALES} locales, not {many}");
    report.expect(many <= MAX_LOCALES, "/locales", "too_many", message);
    let defaults = list.iter().filter(|locale| locale.default).count();
    let message = || format!("exactly one locale has `\"default\": true`; {defaults} have");
    report.expect(defaults == 1, "/locales", "default", message);
    let mut seen = HashSet::new();
    for (index, locale) in list.iter().enumerate() {
        let code = &locale.code;
        let pointer = format!("/locales/{index}/code");
        let message = || format!("`{}` is no language tag; write it as `en`, `pt-BR` or `zh-Hans`", brief(code));
        report.expect(is_locale_code(code), &pointer, "locale", message);
        let message = || format!("`{}` is listed twice; remove one", brief(code));
        report.expect(seen.insert(code.to_ascii_lowercase()), &pointer, "duplicate_value", message);
        let named = (1..=LONGEST_LABEL).contains(&locale.name.chars().count());
        let message = || format!("a locale's name has 1 to {LONGEST_LABEL} characters");
        report.expect(named, format!("/locales/{index}/name"), "name", message);
    }
}
