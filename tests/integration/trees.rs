//! Random histories of a tree in two locales: paths, slugs and what is derived of them, against a reference model.

use crate::app::{OPERATOR, TestApp};
use masthead_core::content::{self, Place};
use masthead_core::{Error, doctor};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const LOCALES: [&str; 2] = ["en", "de"];
const SLUGS: [&str; 4] = ["a", "b", "c", "d"];

#[derive(Clone, Debug)]
struct Page {
    id: String,
    parent: Option<usize>,
    trashed: bool,
    erased: bool,
    /// Draft and published slug, by locale.
    slugs: BTreeMap<&'static str, (&'static str, Option<&'static str>)>,
}

#[derive(Clone, Default)]
struct Tree(Vec<Page>);

impl Tree {
    fn slug(&self, page: usize, locale: &str, published: bool) -> Option<&'static str> {
        let p = &self.0[page];
        let (draft, public) = p.slugs.get(locale).filter(|_| !p.trashed && !p.erased)?;
        if published { *public } else { Some(draft) }
    }

    /// None where the page is not there, `Some(None)` where it has no path.
    fn path(&self, page: usize, locale: &str, published: bool) -> Option<Option<String>> {
        let slug = self.slug(page, locale, published)?;
        Some(match self.0[page].parent {
            None => Some(slug.to_owned()),
            Some(parent) => self.path(parent, locale, published).flatten().map(|above| format!("{above}/{slug}")),
        })
    }

    fn is_below(&self, page: usize, other: usize) -> bool {
        page == other || self.0[page].parent.is_some_and(|parent| self.is_below(parent, other))
    }

    /// Whether another public page below `parent` has one of these slugs.
    fn is_taken(&self, page: usize, parent: Option<usize>, slugs: &[(&'static str, &'static str)]) -> bool {
        (0..self.0.len())
            .filter(|p| *p != page && self.0[*p].parent == parent)
            .any(|p| slugs.iter().any(|(locale, slug)| self.slug(p, locale, true) == Some(slug)))
    }

    fn public(&self, page: usize) -> Vec<(&'static str, &'static str)> {
        self.0[page].slugs.iter().filter_map(|(locale, (_, public))| Some((*locale, (*public)?))).collect()
    }

    /// Public pages that have a path below another.
    fn below(&self) -> u64 {
        let paths = (0..self.0.len()).flat_map(|p| LOCALES.map(|locale| self.path(p, locale, true).flatten()));
        paths.flatten().filter(|path| path.contains('/')).count() as u64
    }

    fn withdraw(&mut self, page: usize) {
        self.0[page].slugs.values_mut().for_each(|(_, public)| *public = None);
    }
}

#[derive(Debug, PartialEq)]
enum Outcome {
    Done,
    Invalid,
    Blocked,
    Conflict,
}

fn outcome<T>(result: Result<T, Error>) -> Result<Outcome, String> {
    match result {
        Ok(_) => Ok(Outcome::Done),
        Err(Error::Invalid(_)) => Ok(Outcome::Invalid),
        Err(Error::Blocked(_)) => Ok(Outcome::Blocked),
        Err(Error::Conflict(_)) => Ok(Outcome::Conflict),
        Err(other) => Err(format!("{other:?}")),
    }
}

/// One random operation: what it was, and how it should and did end.
async fn step(app: &TestApp, tree: &mut Tree, rng: &mut StdRng) -> Result<(String, Outcome, Outcome), String> {
    let there: Vec<usize> = (0..tree.0.len()).filter(|p| !tree.0[*p].erased).collect();
    let any = |rng: &mut StdRng| there[rng.random_range(0..there.len())];
    let (locale, slug) = (LOCALES[rng.random_range(0..2)], SLUGS[rng.random_range(0..4)]);
    let kind = if there.len() < 3 { 0 } else { rng.random_range(0..36) };
    if kind < 3 && there.len() < 8 {
        let parent = (!there.is_empty() && rng.random_bool(0.7)).then(|| any(rng));
        let usable = parent.is_none_or(|p| !tree.0[p].trashed);
        let data = json!({"slug": slug, "parent": parent.map(|p| tree.0[p].id.clone())});
        let result = app.try_create("page", data, Some(locale), false).await;
        if let (Ok(saved), true) = (&result, usable) {
            let slugs = BTreeMap::from([(locale, (slug, None))]);
            tree.0.push(Page { id: saved.document_id.clone(), parent, trashed: false, erased: false, slugs });
        }
        let wanted = if usable { Outcome::Done } else { Outcome::Invalid };
        return Ok((format!("create {slug} {locale} below {parent:?}"), wanted, outcome(result)?));
    }
    let page = any(rng);
    let (id, trashed) = (tree.0[page].id.clone(), tree.0[page].trashed);
    let core = &app.core;
    Ok(match kind {
        0..=6 => {
            if !trashed {
                tree.0[page].slugs.entry(locale).or_insert((slug, None)).0 = slug;
            }
            let wanted = if trashed { Outcome::Conflict } else { Outcome::Done };
            let result = app.save_in(&id, locale, json!({"slug": slug})).await;
            (format!("save {page} {slug} {locale}"), wanted, outcome(result)?)
        }
        7..=12 | 24.. => {
            let locale = if tree.0[page].slugs.contains_key(locale) {
                locale
            } else {
                *tree.0[page].slugs.keys().next().unwrap()
            };
            let draft = tree.0[page].slugs[locale].0;
            let wanted = if trashed {
                Outcome::Conflict
            } else if tree.is_taken(page, tree.0[page].parent, &[(locale, draft)]) {
                Outcome::Blocked
            } else {
                tree.0[page].slugs.get_mut(locale).unwrap().1 = Some(draft);
                Outcome::Done
            };
            (
                format!("publish {page} {locale}"),
                wanted,
                outcome(content::publish(core, &OPERATOR, &id, Some(locale)).await)?,
            )
        }
        13 | 14 => {
            if let (false, Some(slugs)) = (trashed, tree.0[page].slugs.get_mut(locale)) {
                slugs.1 = None;
            }
            let wanted = if trashed { Outcome::Conflict } else { Outcome::Done };
            let result = content::unpublish(core, &OPERATOR, &id, Some(locale)).await;
            (format!("unpublish {page} {locale}"), wanted, outcome(result)?)
        }
        15 => {
            tree.0[page].trashed = true;
            (format!("trash {page}"), Outcome::Done, outcome(content::trash(core, &OPERATOR, &id).await)?)
        }
        16..=18 => {
            if trashed && tree.is_taken(page, tree.0[page].parent, &tree.public(page)) {
                tree.withdraw(page);
            }
            tree.0[page].trashed = false;
            (format!("restore {page}"), Outcome::Done, outcome(content::restore(core, &OPERATOR, &id).await)?)
        }
        19..=22 => {
            let parent = rng.random_bool(0.7).then(|| any(rng));
            let wanted = if trashed {
                Outcome::Conflict
            } else if parent.is_some_and(|p| tree.0[p].trashed || tree.is_below(p, page)) {
                Outcome::Invalid
            } else if parent != tree.0[page].parent && tree.is_taken(page, parent, &tree.public(page)) {
                Outcome::Blocked
            } else {
                tree.0[page].parent = parent;
                Outcome::Done
            };
            let parent_id = parent.map(|p| tree.0[p].id.clone());
            let result = if rng.random_bool(0.5) {
                let to = Place { parent: Some(parent_id), ..Place::default() };
                outcome(content::move_document(core, &OPERATOR, &id, to).await)?
            } else {
                let locale = *tree.0[page].slugs.keys().next().unwrap();
                outcome(app.save_in(&id, locale, json!({"parent": parent_id})).await)?
            };
            (format!("move {page} below {parent:?}"), wanted, result)
        }
        _ => {
            tree.0[page].erased = true;
            for child in (0..tree.0.len()).filter(|c| tree.0[*c].parent == Some(page)).collect::<Vec<_>>() {
                let public = tree.public(child);
                tree.0[child].parent = None;
                if !tree.0[child].trashed && !tree.0[child].erased && tree.is_taken(child, None, &public) {
                    tree.withdraw(child);
                }
            }
            (format!("erase {page}"), Outcome::Done, outcome(content::erase(core, &OPERATOR, &id).await)?)
        }
    })
}

/// The path of each page, in both states and locales, is what the model says.
async fn compare(app: &TestApp, tree: &Tree) -> Result<(), String> {
    for published in [true, false] {
        for locale in LOCALES {
            let status = if published { "" } else { "&status=draft" };
            let list =
                app.get(&format!("pages?locale={locale}&populate=parent{status}")).await.map_err(|e| e.to_string())?;
            let found: BTreeMap<String, Value> = list["data"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|d| {
                    let what = json!([d["path"], d["parent"].get("documentId")]);
                    (d["documentId"].as_str().unwrap_or_default().to_owned(), what)
                })
                .collect();
            let wanted: BTreeMap<String, Value> = (0..tree.0.len())
                .filter_map(|p| {
                    let path = tree.path(p, locale, published)?;
                    let parent = tree.0[p].parent.filter(|parent| tree.slug(*parent, locale, published).is_some());
                    Some((tree.0[p].id.clone(), json!([path, parent.map(|p| tree.0[p].id.clone())])))
                })
                .collect();
            if wanted != found {
                return Err(format!("{locale}{status}\n  wanted {wanted:?}\n  found  {found:?}"));
            }
        }
    }
    Ok(())
}

fn examine(app: &TestApp) -> Result<(), String> {
    let report = doctor::run(&app.core, &OPERATOR, false, &mut |_, _| {}).map_err(|e| e.to_string())?;
    if report.healthy { Ok(()) } else { Err(format!("differs from a rebuild: {report:?}")) }
}

async fn histories(app: &TestApp, count: u64) {
    app.push_locales(&LOCALES);
    app.push(&[json!({"kind": "collection", "singular": "page", "plural": "pages", "tree": true,
        "urlPattern": "/{locale}/{path}", "fields": [{"name": "slug", "type": "slug", "localized": true}]})]);
    let count = if std::env::var("MASTHEAD_TEST_QUICK").is_ok_and(|v| v == "1") { count / 4 } else { count };
    let mut below = 0;
    for seed in 0..count {
        let (mut rng, mut tree, mut log) = (StdRng::seed_from_u64(seed), Tree::default(), Vec::new());
        for n in 0..40 {
            match step(app, &mut tree, &mut rng).await {
                Ok((said, wanted, found)) => {
                    log.push(said);
                    assert_eq!(wanted, found, "seed {seed}: {log:#?}");
                }
                Err(why) => panic!("seed {seed}, after {log:#?}: {why}"),
            }
            if n % 8 == 7 {
                below += tree.below();
                compare(app, &tree).await.unwrap_or_else(|why| panic!("seed {seed}: {why}\n{log:#?}"));
            }
        }
        examine(app).unwrap_or_else(|why| panic!("seed {seed}: {why}\n{log:#?}"));
        for page in tree.0.iter().filter(|p| !p.erased) {
            content::erase(&app.core, &OPERATOR, &page.id).await.unwrap();
        }
        assert_eq!(app.get("pages").await.unwrap()["meta"]["pagination"]["total"], 0);
    }
    assert!(below > count, "trees without public pages below others prove nothing: {below} in {count}");
}

mod heavy {
    use super::*;

    on_both! {
        async fn any_history_of_a_tree_has_the_paths_of_the_reference_model(app) {
            histories(&app, 8).await;
        }
    }
}
