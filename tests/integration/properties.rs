//! Random histories of related documents, against a reference model of what must be delivered.
//!
//! The model knows the rules and nothing of the implementation: parts with a draft and a published state, references
//! resolved when they are read, unique values held by what is public. A history that fails is cut down by leaving out
//! operations before it is shown.

use crate::app::{Database, OPERATOR, On, TestApp};
use masthead_core::{Error, Settings, content, doctor};
use masthead_store::{Options, Store};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};

const LOCALES: [&str; 3] = ["en", "de", "fr"];
/// Documents at a time.
const MOST: usize = 8;
const OPERATIONS: usize = 40;

fn types() -> Vec<Value> {
    vec![
        json!({"kind": "component", "singular": "hero", "fields": [
            {"name": "heading", "type": "string"},
            {"name": "link", "type": "relation", "targets": ["page", "tag"]}]}),
        json!({"kind": "collection", "singular": "author", "plural": "authors", "draftAndPublish": false, "fields": [
            {"name": "name", "type": "string", "required": true},
            {"name": "code", "type": "string", "unique": true},
            {"name": "best", "type": "relation", "targets": ["page"], "inverse": "bestOf"}]}),
        json!({"kind": "collection", "singular": "tag", "plural": "tags", "fields": [
            {"name": "name", "type": "string", "required": true},
            {"name": "code", "type": "string", "unique": true},
            {"name": "near", "type": "relation", "targets": ["tag"], "many": true, "inverse": "nearOf"}]}),
        json!({"kind": "collection", "singular": "page", "plural": "pages", "fields": [
            {"name": "title", "type": "string", "required": true, "localized": true},
            {"name": "key", "type": "string", "unique": true, "localized": true},
            {"name": "kind", "type": "string", "required": true},
            {"name": "label", "type": "string"},
            {"name": "author", "type": "relation", "targets": ["author"], "inverse": "pages"},
            {"name": "next", "type": "relation", "targets": ["page"]},
            {"name": "tags", "type": "relation", "targets": ["tag"], "many": true, "localized": true, "inverse": "pages"},
            {"name": "sections", "type": "blocks", "components": ["hero"], "localized": true}]}),
    ]
}

/// What the model has to know of a type.
struct Type {
    singular: &'static str,
    plural: &'static str,
    drafts: bool,
    localized: bool,
    fields: &'static [Field],
    /// `(name, source type, field)`.
    inverses: &'static [(&'static str, usize, &'static str)],
    populate: &'static str,
}

struct Field {
    name: &'static str,
    kind: Kind,
    required: bool,
    unique: bool,
    localized: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Text,
    One(usize),
    Many(usize),
    Blocks,
}

const AUTHOR: usize = 0;
const TAG: usize = 1;
const PAGE: usize = 2;

const fn text(name: &'static str, required: bool, unique: bool, localized: bool) -> Field {
    Field { name, kind: Kind::Text, required, unique, localized }
}

const fn other(name: &'static str, kind: Kind, localized: bool) -> Field {
    Field { name, kind, required: false, unique: false, localized }
}

static TYPES: [Type; 3] = [
    Type {
        singular: "author",
        plural: "authors",
        drafts: false,
        localized: false,
        fields: &[
            text("name", true, false, false),
            text("code", false, true, false),
            other("best", Kind::One(PAGE), false),
        ],
        inverses: &[("pages", PAGE, "author")],
        populate: "populate=*",
    },
    Type {
        singular: "tag",
        plural: "tags",
        drafts: true,
        localized: false,
        fields: &[
            text("name", true, false, false),
            text("code", false, true, false),
            other("near", Kind::Many(TAG), false),
        ],
        inverses: &[("nearOf", TAG, "near"), ("pages", PAGE, "tags")],
        populate: "populate=*",
    },
    Type {
        singular: "page",
        plural: "pages",
        drafts: true,
        localized: true,
        fields: &[
            text("title", true, false, true),
            text("key", false, true, true),
            text("kind", true, false, false),
            text("label", false, false, false),
            other("author", Kind::One(AUTHOR), false),
            other("next", Kind::One(PAGE), false),
            other("tags", Kind::Many(TAG), true),
            other("sections", Kind::Blocks, true),
        ],
        inverses: &[("bestOf", AUTHOR, "best")],
        populate: "populate[author]=true&populate[next]=true&populate[tags]=true&populate[sections][populate]=*&populate[bestOf]=true",
    },
];

/// A document of the model, by its index.
type Doc = usize;

#[derive(Clone, Debug, PartialEq)]
enum Held {
    Text(String),
    Refs(Vec<Doc>),
    Blocks(Vec<(Option<String>, Option<Doc>)>),
}

/// Absent where there is no value.
type Values = BTreeMap<&'static str, Held>;

#[derive(Clone, Debug, Default)]
struct Part {
    head: Values,
    published: Option<Values>,
}

#[derive(Clone, Debug)]
struct Document {
    id: String,
    ty: usize,
    trashed: bool,
    erased: bool,
    /// The shared part is `''`.
    parts: BTreeMap<String, Part>,
}

/// A write through an inverse: what becomes of the documents that own the relation.
struct Through {
    source: usize,
    field: &'static str,
    set: bool,
    connect: Vec<Doc>,
    disconnect: Vec<Doc>,
}

/// What an operation says of one field. Documents are numbers that are taken modulo those there are.
#[derive(Clone, Debug)]
enum Given {
    Nothing,
    Text(String),
    Refs(Vec<usize>),
    Connect(usize),
    Disconnect(usize),
    Blocks(Vec<(Option<String>, Option<usize>)>),
}

type Input = Vec<(&'static str, Given)>;

#[derive(Clone, Debug)]
enum Op {
    Create {
        ty: usize,
        locale: usize,
        input: Input,
        publish: bool,
    },
    /// The input for each type: which one it is depends on the document.
    Save {
        doc: usize,
        locale: usize,
        inputs: [Input; 3],
        autosave: bool,
    },
    Publish {
        doc: usize,
        locale: usize,
    },
    Unpublish {
        doc: usize,
        locale: usize,
    },
    Discard {
        doc: usize,
        locale: usize,
    },
    Trash {
        doc: usize,
    },
    Restore {
        doc: usize,
    },
    Duplicate {
        doc: usize,
    },
    Erase {
        doc: usize,
    },
}

fn random_input(rng: &mut StdRng, ty: usize, complete: bool) -> Input {
    let mut input = Input::new();
    for field in TYPES[ty].fields {
        let chance = if field.required && complete { 0.97 } else { 0.45 };
        if !rng.random_bool(chance) {
            continue;
        }
        let slot = |rng: &mut StdRng| rng.random_range(0..1000usize);
        let given = match field.kind {
            Kind::Text if field.unique => match rng.random_range(0..4) {
                0 => Given::Text("one".to_owned()),
                1 => Given::Text("two".to_owned()),
                _ => Given::Nothing,
            },
            Kind::Text if rng.random_bool(0.08) => Given::Nothing,
            Kind::Text => Given::Text(format!("{} {}", field.name, rng.random_range(0..100))),
            Kind::One(_) if rng.random_bool(0.2) => Given::Nothing,
            Kind::One(_) => Given::Refs(vec![slot(rng)]),
            Kind::Many(_) => match rng.random_range(0..4) {
                0 => Given::Connect(slot(rng)),
                1 => Given::Disconnect(slot(rng)),
                _ => Given::Refs((0..rng.random_range(0..4)).map(|_| slot(rng)).collect()),
            },
            Kind::Blocks => Given::Blocks(
                (0..rng.random_range(0..3))
                    .map(|n| {
                        let heading = rng.random_bool(0.7).then(|| format!("heading {n}"));
                        (heading, rng.random_bool(0.7).then(|| slot(rng)))
                    })
                    .collect(),
            ),
        };
        input.push((field.name, given));
    }
    for (name, ..) in TYPES[ty].inverses {
        let slot = |rng: &mut StdRng| rng.random_range(0..1000usize);
        let given = match rng.random_range(0..12) {
            0 => Given::Refs((0..rng.random_range(0..3)).map(|_| slot(rng)).collect()),
            1 => Given::Connect(slot(rng)),
            2 => Given::Disconnect(slot(rng)),
            _ => continue,
        };
        input.push((*name, given));
    }
    input
}

fn random_history(rng: &mut StdRng) -> Vec<Op> {
    let mut ops = Vec::new();
    for ty in [AUTHOR, TAG, TAG, PAGE, PAGE] {
        ops.push(Op::Create {
            ty,
            locale: rng.random_range(0..3),
            input: random_input(rng, ty, true),
            publish: rng.random(),
        });
    }
    while ops.len() < OPERATIONS {
        let (doc, locale) = (rng.random_range(0..1000), rng.random_range(0..3));
        ops.push(match rng.random_range(0..42) {
            0..=2 => {
                let ty = rng.random_range(0..3);
                Op::Create { ty, locale, input: random_input(rng, ty, true), publish: rng.random() }
            }
            3..=14 => {
                let inputs = [0, 1, 2].map(|ty| random_input(rng, ty, false));
                Op::Save { doc, locale, inputs, autosave: rng.random() }
            }
            15..=26 => Op::Publish { doc, locale },
            27..=29 => Op::Unpublish { doc, locale },
            30..=32 => Op::Discard { doc, locale },
            33..=35 => Op::Trash { doc },
            36..=38 => Op::Restore { doc },
            39..=40 => Op::Duplicate { doc },
            _ => Op::Erase { doc },
        });
    }
    ops
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Refused {
    NotFound,
    Conflict,
    Invalid,
    Blocked,
}

fn kind_of(error: &Error) -> Option<Refused> {
    Some(match error {
        Error::NotFound(_) => Refused::NotFound,
        Error::Conflict(_) => Refused::Conflict,
        Error::Invalid(_) => Refused::Invalid,
        Error::Blocked(_) => Refused::Blocked,
        _ => return None,
    })
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Draft,
    Published,
}

/// The reference model.
#[derive(Clone, Default)]
struct Site {
    docs: Vec<Document>,
}

impl Site {
    fn is_live(&self, doc: Doc) -> bool {
        !self.docs[doc].trashed && !self.docs[doc].erased
    }

    fn live(&self) -> usize {
        self.docs.iter().filter(|d| !d.erased).count()
    }

    /// The values of a document in a locale as somebody sees it who asks for `state`; none when it is not there.
    fn seen(&self, doc: Doc, locale: &str, state: State) -> Option<Values> {
        let (d, ty) = (&self.docs[doc], &TYPES[self.docs[doc].ty]);
        if !self.is_live(doc) {
            return None;
        }
        let of = |name: &str| {
            let part = d.parts.get(name)?;
            if state == State::Draft && ty.drafts { Some(part.head.clone()) } else { part.published.clone() }
        };
        let mut values = of("")?;
        if ty.localized {
            values.extend(of(locale)?);
        }
        Some(values)
    }

    fn candidates(&self, kind: Kind) -> Vec<Doc> {
        let is_one = |ty: usize| match kind {
            Kind::One(t) | Kind::Many(t) => ty == t,
            Kind::Blocks => ty == PAGE || ty == TAG,
            Kind::Text => false,
        };
        (0..self.docs.len()).filter(|d| is_one(self.docs[*d].ty)).collect()
    }

    /// What is sent, and what becomes of `values`.
    fn input(
        &self,
        ty: usize,
        values: &mut Values,
        input: &Input,
    ) -> (Map<String, Value>, Vec<Through>, Result<(), Refused>) {
        let mut data = Map::new();
        let mut through = Vec::new();
        let mut outcome = Ok(());
        for (name, given) in input {
            if let Some((_, source, field)) = TYPES[ty].inverses.iter().find(|i| i.0 == *name) {
                let there = self.candidates(Kind::One(*source));
                let pick = |slot: &usize| (!there.is_empty()).then(|| there[slot % there.len()]);
                let ids = |docs: &[Doc]| docs.iter().map(|d| json!(self.docs[*d].id)).collect::<Value>();
                let mut write =
                    Through { source: *source, field, set: false, connect: Vec::new(), disconnect: Vec::new() };
                let json = match given {
                    Given::Refs(slots) => {
                        write.set = true;
                        write.connect = slots.iter().filter_map(pick).collect();
                        ids(&write.connect)
                    }
                    Given::Connect(slot) => {
                        write.connect = pick(slot).into_iter().collect();
                        json!({"connect": ids(&write.connect)})
                    }
                    Given::Disconnect(slot) => {
                        write.disconnect = pick(slot).into_iter().collect();
                        json!({"disconnect": ids(&write.disconnect)})
                    }
                    _ => continue,
                };
                if write.connect.iter().any(|d| !self.is_live(*d)) {
                    outcome = Err(Refused::Invalid);
                }
                data.insert((*name).to_owned(), json);
                through.push(write);
                continue;
            }
            let field = TYPES[ty].fields.iter().find(|f| f.name == *name).unwrap();
            let there = self.candidates(field.kind);
            let pick = |slot: &usize| (!there.is_empty()).then(|| there[slot % there.len()]);
            let id = |doc: Doc| Value::from(self.docs[doc].id.clone());
            let stored: Vec<Doc> = match values.get(name) {
                Some(Held::Refs(list)) => list.clone(),
                _ => Vec::new(),
            };
            let mut usable = |doc: Doc, stored: &[Doc]| {
                if !self.is_live(doc) && !stored.contains(&doc) {
                    outcome = Err(Refused::Invalid);
                }
            };
            let (json, held) = match given {
                Given::Nothing => (Value::Null, None),
                Given::Text(text) => (json!(text), Some(Held::Text(text.clone()))),
                Given::Refs(slots) => {
                    let mut list: Vec<Doc> = Vec::new();
                    for doc in slots.iter().filter_map(pick) {
                        usable(doc, &stored);
                        if !list.contains(&doc) {
                            list.push(doc);
                        }
                    }
                    (list.iter().map(|d| id(*d)).collect(), Some(Held::Refs(list)))
                }
                Given::Connect(slot) => {
                    let Some(doc) = pick(slot) else { continue };
                    usable(doc, &stored);
                    let mut list = stored.clone();
                    if !list.contains(&doc) {
                        list.push(doc);
                    }
                    (json!({"connect": [id(doc)]}), Some(Held::Refs(list)))
                }
                Given::Disconnect(slot) => {
                    let Some(doc) = pick(slot) else { continue };
                    let list = stored.iter().copied().filter(|d| *d != doc).collect();
                    (json!({"disconnect": [id(doc)]}), Some(Held::Refs(list)))
                }
                Given::Blocks(items) => {
                    let mut list = Vec::new();
                    let mut json = Vec::new();
                    for (heading, link) in items {
                        let link = link.as_ref().and_then(pick);
                        // Without an id the item is written anew, and nothing of it was stored.
                        link.iter().for_each(|doc| usable(*doc, &[]));
                        json.push(json!({"__component": "hero", "heading": heading, "link": link.map(id)}));
                        list.push((heading.clone(), link));
                    }
                    (Value::Array(json), Some(Held::Blocks(list)))
                }
            };
            let held = held.filter(|h| !matches!(h, Held::Refs(l) if l.is_empty()));
            let held = held.filter(|h| !matches!(h, Held::Blocks(l) if l.is_empty()));
            match held {
                Some(held) => values.insert(name, held),
                None => values.remove(name),
            };
            data.insert((*name).to_owned(), json);
        }
        (data, through, outcome)
    }

    /// A write through inverses changes the drafts of the documents that own the relations, in all their locales.
    fn write_through(&mut self, here: Doc, through: &[Through]) {
        for write in through {
            for owner in 0..self.docs.len() {
                let add = write.connect.contains(&owner);
                if self.docs[owner].ty != write.source
                    || !self.is_live(owner)
                    || !(add || write.set || write.disconnect.contains(&owner))
                {
                    continue;
                }
                let ty = &TYPES[write.source];
                let field = ty.fields.iter().find(|f| f.name == write.field).unwrap();
                let is_local = ty.localized && field.localized;
                for (name, part) in &mut self.docs[owner].parts {
                    if name.is_empty() == is_local {
                        continue;
                    }
                    let mut list = match part.head.remove(write.field) {
                        Some(Held::Refs(list)) => list,
                        _ => Vec::new(),
                    };
                    if !add {
                        list.retain(|d| *d != here);
                    } else if matches!(field.kind, Kind::One(_)) {
                        list = vec![here];
                    } else if !list.contains(&here) {
                        list.push(here);
                    }
                    if !list.is_empty() {
                        part.head.insert(write.field, Held::Refs(list));
                    }
                    if !ty.drafts {
                        part.published = Some(part.head.clone());
                    }
                }
            }
        }
    }

    fn head(&self, doc: Doc, row: &str) -> Values {
        let d = &self.docs[doc];
        let part = |name: &str| d.parts.get(name).map(|p| p.head.clone()).unwrap_or_default();
        let mut values = part("");
        if TYPES[d.ty].localized {
            values.extend(part(row));
        }
        values
    }

    fn split(ty: usize, values: &Values) -> (Values, Values) {
        let is_local =
            |name: &str| TYPES[ty].localized && TYPES[ty].fields.iter().any(|f| f.name == name && f.localized);
        values.clone().into_iter().partition(|(name, _)| !is_local(name))
    }

    /// Rows that are public, unless it is in the trash.
    fn public_rows(&self, doc: Doc) -> Vec<String> {
        let d = &self.docs[doc];
        let is_public = |name: &str| d.parts.get(name).is_some_and(|p| p.published.is_some());
        if !is_public("") {
            return Vec::new();
        }
        if !TYPES[d.ty].localized {
            return vec![String::new()];
        }
        d.parts.keys().filter(|k| !k.is_empty() && is_public(k)).cloned().collect()
    }

    /// Unique values as `(type, field, locale, value)`.
    fn claims(ty: usize, row: &str, values: &Values) -> BTreeSet<(usize, &'static str, String, String)> {
        let unique = TYPES[ty].fields.iter().filter(|f| f.unique);
        unique
            .filter_map(|f| match values.get(f.name)? {
                Held::Text(text) => {
                    let locale = if f.localized && TYPES[ty].localized { row } else { "" };
                    Some((ty, f.name, locale.to_owned(), text.clone()))
                }
                _ => None,
            })
            .collect()
    }

    fn is_taken(&self, doc: Doc, row: &str, values: &Values) -> bool {
        let wanted = Self::claims(self.docs[doc].ty, row, values);
        (0..self.docs.len()).filter(|d| *d != doc && self.is_live(*d)).any(|d| {
            self.public_rows(d).iter().any(|row| {
                let held = self.seen(d, row, State::Published).unwrap_or_default();
                !Self::claims(self.docs[d].ty, row, &held).is_disjoint(&wanted)
            })
        })
    }

    fn may_publish(&self, doc: Doc, row: &str) -> Result<(), Refused> {
        let d = &self.docs[doc];
        if !d.parts.contains_key(row) {
            return Err(Refused::NotFound);
        }
        let values = self.head(doc, row);
        let is_complete = TYPES[d.ty].fields.iter().all(|f| !f.required || values.contains_key(f.name));
        if !is_complete || self.is_taken(doc, row, &values) { Err(Refused::Blocked) } else { Ok(()) }
    }

    fn release(&mut self, doc: Doc, row: &str) {
        for name in ["", row] {
            if let Some(part) = self.docs[doc].parts.get_mut(name) {
                part.published = Some(part.head.clone());
            }
        }
    }

    fn save(&mut self, doc: Doc, row: &str, values: &Values) -> Result<(), Refused> {
        let (ty, before) = (self.docs[doc].ty, self.docs[doc].parts.clone());
        let (shared, local) = Self::split(ty, values);
        let mut parts = vec![("", shared)];
        if TYPES[ty].localized {
            parts.push((row, local));
        }
        for (name, values) in parts {
            self.docs[doc].parts.entry(name.to_owned()).or_default().head = values;
        }
        if !TYPES[ty].drafts {
            if let Err(refused) = self.may_publish(doc, row) {
                self.docs[doc].parts = before;
                return Err(refused);
            }
            self.release(doc, row);
        }
        Ok(())
    }

    fn row(&self, doc: Doc, locale: usize) -> &'static str {
        if TYPES[self.docs[doc].ty].localized { LOCALES[locale] } else { "" }
    }

    /// A page of everything, as the model sees it.
    fn expected(&self, ty: usize, locale: &str, state: State) -> BTreeMap<String, Value> {
        let mut all = BTreeMap::new();
        for doc in (0..self.docs.len()).filter(|d| self.docs[*d].ty == ty) {
            let Some(values) = self.seen(doc, locale, state) else { continue };
            let there = |d: &Doc| self.seen(*d, locale, state).map(|_| json!(self.docs[*d].id));
            let mut out = Map::new();
            for field in TYPES[ty].fields {
                let held = values.get(field.name);
                let json = match (field.kind, held) {
                    (Kind::Text, Some(Held::Text(text))) => json!(text),
                    (Kind::One(_), Some(Held::Refs(list))) => list.first().and_then(there).unwrap_or_default(),
                    (Kind::Many(_), Some(Held::Refs(list))) => list.iter().filter_map(there).collect(),
                    (Kind::Blocks, Some(Held::Blocks(items))) => {
                        items.iter().map(|(heading, link)| json!([heading, link.as_ref().and_then(there)])).collect()
                    }
                    (Kind::Many(_) | Kind::Blocks, _) => json!([]),
                    _ => Value::Null,
                };
                out.insert(field.name.to_owned(), json);
            }
            for (name, source, field) in TYPES[ty].inverses {
                let points = |d: &Doc| {
                    self.docs[*d].ty == *source
                        && self
                            .seen(*d, locale, state)
                            .is_some_and(|v| matches!(v.get(field), Some(Held::Refs(list)) if list.contains(&doc)))
                };
                let sources: BTreeSet<&str> =
                    (0..self.docs.len()).filter(points).map(|d| self.docs[d].id.as_str()).collect();
                out.insert((*name).to_owned(), json!(sources));
            }
            all.insert(self.docs[doc].id.clone(), Value::Object(out));
        }
        all
    }
}

/// What the API delivers, in the same form.
async fn delivered(app: &TestApp, ty: usize, locale: &str, state: State) -> Result<BTreeMap<String, Value>, String> {
    let spec = &TYPES[ty];
    let status = if state == State::Draft { "&status=draft" } else { "" };
    let path = format!("{}?{}&locale={locale}&pagination[pageSize]=100{status}", spec.plural, spec.populate);
    let answer = app.get(&path).await.map_err(|e| format!("GET {path}: {e:?}"))?;
    let id = |v: &Value| v.get("documentId").cloned().unwrap_or_default();
    let ids = |v: &Value| v.as_array().map(|list| list.iter().map(id).collect::<Vec<_>>()).unwrap_or_default();
    let mut all = BTreeMap::new();
    for data in answer["data"].as_array().ok_or("no list")? {
        let mut out = Map::new();
        for field in spec.fields {
            let value = data.get(field.name).ok_or_else(|| format!("{} is missing in {data}", field.name))?;
            let json = match field.kind {
                Kind::Text => value.clone(),
                Kind::One(_) => id(value),
                Kind::Many(_) => json!(ids(value)),
                Kind::Blocks => value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|item| json!([item["heading"], id(&item["link"])]))
                    .collect(),
            };
            out.insert(field.name.to_owned(), json);
        }
        for (name, ..) in spec.inverses {
            let list = ids(data.get(*name).ok_or_else(|| format!("{name} is missing in {data}"))?);
            let distinct: BTreeSet<String> = list.iter().filter_map(Value::as_str).map(str::to_owned).collect();
            if distinct.len() != list.len() {
                return Err(format!("{name} lists a document twice: {data}"));
            }
            out.insert((*name).to_owned(), json!(distinct));
        }
        all.insert(id(data).as_str().unwrap_or_default().to_owned(), Value::Object(out));
    }
    let total = answer["meta"]["pagination"]["total"].as_u64();
    if total != Some(all.len() as u64) {
        return Err(format!("GET {path}: {} documents, total {total:?}", all.len()));
    }
    Ok(all)
}

async fn compare(app: &TestApp, site: &Site) -> Result<(), String> {
    for state in [State::Published, State::Draft] {
        for ty in [AUTHOR, TAG, PAGE] {
            for locale in LOCALES {
                let (wanted, found) = (site.expected(ty, locale, state), delivered(app, ty, locale, state).await?);
                if wanted != found {
                    let state = if state == State::Draft { "draft" } else { "published" };
                    return Err(format!(
                        "{} in {locale}, {state}\n  wanted {wanted:?}\n  found  {found:?}",
                        TYPES[ty].plural
                    ));
                }
            }
        }
    }
    Ok(())
}

/// Do one operation to the site and to the model; both must agree on the outcome.
async fn step(app: &TestApp, site: &mut Site, op: &Op) -> Result<(), String> {
    let core = &app.core;
    let any = |doc: &usize, site: &Site| (!site.docs.is_empty()).then(|| doc % site.docs.len());
    let (wanted, found): (Result<(), Refused>, Result<(), Error>) = match op {
        Op::Create { ty, locale, input, publish } => {
            if site.live() >= MOST {
                return Ok(());
            }
            let mut values = Values::new();
            let (data, through, mut wanted) = site.input(*ty, &mut values, input);
            let before = site.clone();
            let doc = site.docs.len();
            site.docs.push(Document {
                id: String::new(),
                ty: *ty,
                trashed: false,
                erased: false,
                parts: BTreeMap::new(),
            });
            let row = site.row(doc, *locale);
            if wanted.is_ok() {
                wanted = site.save(doc, row, &values);
            }
            if wanted.is_ok() {
                site.write_through(doc, &through);
            }
            if wanted.is_ok() && *publish && TYPES[*ty].drafts {
                wanted = site.may_publish(doc, row);
                if wanted.is_ok() {
                    site.release(doc, row);
                }
            }
            let what =
                content::Create { data, locale: Some(LOCALES[*locale].to_owned()), publish: *publish, save_id: None };
            let found = content::create(core, &OPERATOR, TYPES[*ty].singular, what).await;
            match (&wanted, &found) {
                (Ok(()), Ok(saved)) => site.docs[doc].id = saved.document_id.clone(),
                _ => *site = before,
            }
            (wanted, found.map(|_| ()))
        }
        Op::Save { doc, locale, inputs, autosave } => {
            let Some(doc) = any(doc, site) else { return Ok(()) };
            let (ty, row) = (site.docs[doc].ty, site.row(doc, *locale));
            let mut values = site.head(doc, row);
            let (data, through, usable) = site.input(ty, &mut values, &inputs[ty]);
            let wanted = match &site.docs[doc] {
                d if d.erased => Err(Refused::NotFound),
                d if d.trashed => Err(Refused::Conflict),
                _ => usable.and_then(|()| site.save(doc, row, &values)),
            };
            if wanted.is_ok() {
                site.write_through(doc, &through);
            }
            let what = content::Save {
                data,
                locale: Some(LOCALES[*locale].to_owned()),
                autosave: *autosave,
                ..content::Save::default()
            };
            (wanted, content::save(core, &OPERATOR, &site.docs[doc].id, what).await.map(|_| ()))
        }
        Op::Publish { doc, locale } => {
            let Some(doc) = any(doc, site) else { return Ok(()) };
            let row = site.row(doc, *locale);
            let wanted = match &site.docs[doc] {
                d if d.erased => Err(Refused::NotFound),
                d if d.trashed => Err(Refused::Conflict),
                _ => site.may_publish(doc, row),
            };
            let before: Vec<(String, Option<Values>)> =
                LOCALES.iter().map(|l| ((*l).to_owned(), site.seen(doc, l, State::Published))).collect();
            let found = content::publish(core, &OPERATOR, &site.docs[doc].id, Some(LOCALES[*locale])).await;
            if wanted.is_ok() {
                site.release(doc, row);
            }
            if let (Ok(()), Ok(done)) = (&wanted, &found)
                && TYPES[site.docs[doc].ty].localized
            {
                let changed: BTreeSet<String> = before
                    .into_iter()
                    .filter(|(l, was)| *was != site.seen(doc, l, State::Published))
                    .map(|(l, _)| l)
                    .collect();
                let listed: BTreeSet<String> = done.locales.iter().cloned().collect();
                let public: BTreeSet<String> = site.public_rows(doc).into_iter().collect();
                if !changed.is_subset(&listed) || !listed.is_subset(&public) {
                    return Err(format!("the answer lists {listed:?}; changed: {changed:?}, public: {public:?}"));
                }
            }
            (wanted, found.map(|_| ()))
        }
        Op::Unpublish { doc, locale } => {
            let Some(doc) = any(doc, site) else { return Ok(()) };
            let row = site.row(doc, *locale);
            let wanted = match &site.docs[doc] {
                d if d.erased => Err(Refused::NotFound),
                d if d.trashed || !TYPES[d.ty].drafts => Err(Refused::Conflict),
                _ => Ok(()),
            };
            if wanted.is_ok() && site.public_rows(doc).iter().any(|r| r == row) {
                let is_last = site.public_rows(doc).len() == 1;
                for (name, part) in &mut site.docs[doc].parts {
                    if name == row || (name.is_empty() && is_last) {
                        part.published = None;
                    }
                }
            }
            (wanted, content::unpublish(core, &OPERATOR, &site.docs[doc].id, Some(LOCALES[*locale])).await.map(|_| ()))
        }
        Op::Discard { doc, locale } => {
            let Some(doc) = any(doc, site) else { return Ok(()) };
            let row = site.row(doc, *locale);
            let wanted = match &site.docs[doc] {
                d if d.erased => Err(Refused::NotFound),
                d if d.trashed => Err(Refused::Conflict),
                _ if !site.public_rows(doc).iter().any(|r| r == row) => Err(Refused::Conflict),
                _ => Ok(()),
            };
            if wanted.is_ok() {
                for name in ["", row] {
                    if let Some(part) = site.docs[doc].parts.get_mut(name) {
                        part.head = part.published.clone().unwrap();
                    }
                }
            }
            (
                wanted,
                content::discard_draft(core, &OPERATOR, &site.docs[doc].id, Some(LOCALES[*locale])).await.map(|_| ()),
            )
        }
        Op::Trash { doc } => {
            let Some(doc) = any(doc, site) else { return Ok(()) };
            let wanted = if site.docs[doc].erased { Err(Refused::NotFound) } else { Ok(()) };
            site.docs[doc].trashed |= wanted.is_ok();
            (wanted, content::trash(core, &OPERATOR, &site.docs[doc].id).await)
        }
        Op::Restore { doc } => {
            let Some(doc) = any(doc, site) else { return Ok(()) };
            let (rows, ty) = (site.public_rows(doc), &TYPES[site.docs[doc].ty]);
            let published = |site: &Site, row: &str| {
                let d = &site.docs[doc];
                let of = |name: &str| d.parts.get(name).and_then(|p| p.published.clone()).unwrap_or_default();
                let mut values = of("");
                values.extend(of(row));
                values
            };
            let is_taken = rows.iter().any(|row| site.is_taken(doc, row, &published(site, row)));
            let wanted = match &site.docs[doc] {
                d if d.erased => Err(Refused::NotFound),
                d if !d.trashed => Ok(()),
                _ if is_taken && !ty.drafts => Err(Refused::Blocked),
                _ => Ok(()),
            };
            if wanted.is_ok() && site.docs[doc].trashed {
                site.docs[doc].trashed = false;
                if is_taken {
                    site.docs[doc].parts.values_mut().for_each(|part| part.published = None);
                }
            }
            (wanted, content::restore(core, &OPERATOR, &site.docs[doc].id).await.map(|_| ()))
        }
        Op::Duplicate { doc } => {
            let Some(doc) = any(doc, site) else { return Ok(()) };
            if site.live() >= MOST {
                return Ok(());
            }
            let source = site.docs[doc].clone();
            let wanted = match &source {
                d if d.erased => Err(Refused::NotFound),
                d if d.trashed => Err(Refused::Conflict),
                _ => Ok(()),
            };
            let found = content::duplicate(core, &OPERATOR, &source.id).await;
            if let (Ok(()), Ok(saved)) = (&wanted, &found) {
                let mut copy = Document { id: saved.document_id.clone(), ..source };
                for part in copy.parts.values_mut() {
                    part.head.retain(|name, _| TYPES[copy.ty].fields.iter().any(|f| f.name == *name && !f.unique));
                    part.published = (!TYPES[copy.ty].drafts).then(|| part.head.clone());
                }
                site.docs.push(copy);
            }
            (wanted, found.map(|_| ()))
        }
        Op::Erase { doc } => {
            let Some(doc) = any(doc, site) else { return Ok(()) };
            let wanted = if site.docs[doc].erased { Err(Refused::NotFound) } else { Ok(()) };
            site.docs[doc].erased = true;
            (wanted, content::erase(core, &OPERATOR, &site.docs[doc].id).await)
        }
    };
    match (&wanted, &found) {
        (Ok(()), Ok(())) => Ok(()),
        (Err(wanted), Err(found)) if kind_of(found) == Some(*wanted) => Ok(()),
        _ => Err(format!("wanted {wanted:?}, found {found:?}")),
    }
}

/// Run a history on an empty site, which is empty again afterwards; how many documents were public in the end.
async fn run(app: &TestApp, ops: &[Op]) -> Result<usize, String> {
    let mut site = Site::default();
    let outcome = follow(app, &mut site, ops).await;
    for doc in site.docs.iter().filter(|d| !d.erased && !d.id.is_empty()) {
        // What went wrong may have left less than the model believes.
        let _ = content::erase(&app.core, &OPERATOR, &doc.id).await;
    }
    outcome
}

async fn follow(app: &TestApp, site: &mut Site, ops: &[Op]) -> Result<usize, String> {
    for (n, op) in ops.iter().enumerate() {
        step(app, site, op).await.map_err(|e| format!("operation {n}: {e}"))?;
        if n % 10 == 9 {
            compare(app, site).await.map_err(|e| format!("after operation {n}: {e}"))?;
        }
    }
    compare(app, site).await.map_err(|e| format!("at the end: {e}"))?;
    let report = doctor::run(&app.core, &OPERATOR, false, &mut |_, _| {}).map_err(|e| e.to_string())?;
    let public = [AUTHOR, TAG, PAGE].map(|ty| site.expected(ty, "en", State::Published).len());
    if report.healthy { Ok(public.iter().sum()) } else { Err(format!("differs from a rebuild: {report:?}")) }
}

/// The shortest history that was found to fail, leaving out what is not needed for it.
async fn cut_down(app: &TestApp, mut ops: Vec<Op>, mut why: String) -> (Vec<Op>, String) {
    let mut size = ops.len() / 2;
    while size > 0 {
        let mut start = 0;
        while start < ops.len() {
            let mut fewer = ops.clone();
            fewer.drain(start..(start + size).min(ops.len()));
            match run(app, &fewer).await {
                Err(still) => (ops, why) = (fewer, still),
                Ok(_) => start += size,
            }
        }
        size /= 2;
    }
    (ops, why)
}

fn on(on: On, test: impl AsyncFnOnce(TestApp)) {
    let Some(database) = Database::fresh(on) else {
        eprintln!("skipped: TEST_POSTGRES_URL is not set");
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        // Nothing is lost here by a crash of the machine, and a commit that does not wait for the disk is quicker.
        let store = Store::open(&Options { durable: false, ..Options::new(&database.url) }).unwrap();
        let core = masthead_core::Core::new(store, Settings::default()).unwrap();
        let app = TestApp { core: core.clone(), url: database.url.clone() };
        app.push_locales(&LOCALES);
        app.push(&types());
        test(app).await;
        core.store().close();
    });
}

fn is_quick() -> bool {
    std::env::var("MASTHEAD_TEST_QUICK").is_ok_and(|v| v == "1")
}

fn seed() -> u64 {
    std::env::var("MASTHEAD_TEST_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_250)
}

async fn histories(app: TestApp, count: u64) {
    let mut public = 0;
    for n in seed()..seed() + count {
        let ops = random_history(&mut StdRng::seed_from_u64(n));
        let outcome = run(&app, &ops).await;
        public += *outcome.as_ref().unwrap_or(&0);
        if let Err(why) = outcome {
            let (ops, why) = cut_down(&app, ops, why).await;
            panic!("MASTHEAD_TEST_SEED={n}: {why}\n{}", ops.iter().map(|op| format!("  {op:?}\n")).collect::<String>());
        }
    }
    assert!(public as u64 > count, "histories without public documents prove nothing: {public} in {count}");
}

mod heavy {
    use super::*;

    #[test]
    fn any_history_delivers_what_the_reference_model_says_on_sqlite() {
        on(On::Sqlite, async |app| histories(app, if is_quick() { 12 } else { 40 }).await);
    }

    #[test]
    fn any_history_delivers_what_the_reference_model_says_on_postgres() {
        on(On::Postgres, async |app| histories(app, if is_quick() { 4 } else { 15 }).await);
    }
}

/// Everything that is delivered, the order of lists too; times aside.
async fn everything(app: &TestApp) -> Vec<Value> {
    let mut all = Vec::new();
    for ty in &TYPES {
        for locale in LOCALES {
            let path = format!("{}?{}&locale={locale}&sort=id", ty.plural, ty.populate);
            let mut answer = app.get(&path).await.unwrap();
            forget_times(&mut answer);
            all.push(answer);
        }
    }
    all
}

fn forget_times(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for name in ["createdAt", "updatedAt", "publishedAt"] {
                map.remove(name);
            }
            map.values_mut().for_each(forget_times);
        }
        Value::Array(list) => list.iter_mut().for_each(forget_times),
        _ => {}
    }
}

async fn orders(app: TestApp) {
    let a = app.create("tag", json!({"name": "a"})).await.document_id;
    let b = app.create("tag", json!({"name": "b", "near": [a]})).await.document_id;
    app.save(&a, json!({"near": [b, a]})).await.unwrap();
    let one = app.create("page", json!({"title": "one", "kind": "k", "tags": [b, a]})).await.document_id;
    let two = app
        .create(
            "page",
            json!({"title": "two", "kind": "k", "next": one, "tags": [a],
            "sections": [{"__component": "hero", "heading": "h", "link": one}]}),
        )
        .await
        .document_id;
    app.save(&one, json!({"next": two, "sections": [{"__component": "hero", "link": a}]})).await.unwrap();
    app.save_in(&one, "de", json!({"title": "eins", "tags": [a, b]})).await.unwrap();
    app.save_in(&two, "de", json!({"title": "zwei", "sections": [{"__component": "hero", "link": one}]}))
        .await
        .unwrap();
    app.create("author", json!({"name": "Ada", "best": one})).await;
    let mut publications = vec![(&a, "en"), (&b, "en"), (&one, "en"), (&one, "de"), (&two, "en"), (&two, "de")];
    let mut rng = StdRng::seed_from_u64(seed());
    let mut first: Option<Vec<Value>> = None;
    for _ in 0..if is_quick() { 6 } else { 24 } {
        publications.shuffle(&mut rng);
        for (id, locale) in &publications {
            content::publish(&app.core, &OPERATOR, id, Some(locale)).await.unwrap();
        }
        let delivered = everything(&app).await;
        let first = first.get_or_insert_with(|| delivered.clone());
        assert_eq!(*first, delivered, "{publications:?}");
        // Some stay public until the next round.
        publications.shuffle(&mut rng);
        let kept = rng.random_range(0..3);
        for (id, locale) in &publications[kept..] {
            content::unpublish(&app.core, &OPERATOR, id, Some(locale)).await.unwrap();
        }
    }
    app.assert_healthy();
}

#[test]
fn any_order_of_publishing_delivers_the_same_on_sqlite() {
    on(On::Sqlite, orders);
}

#[test]
fn any_order_of_publishing_delivers_the_same_on_postgres() {
    on(On::Postgres, orders);
}
