//! Both databases give the same answers: one stream of mixed requests, made from a seed, is played on each.
//!
//! Documents get their ids from the stream, so that answers can be compared byte by byte; numbers, moments and the ids
//! of items are replaced by a sign first.

use crate::app::{Database, OPERATOR, On, TestApp, map};
use masthead_core::content::{self, ImportOptions, Record, Save};
use masthead_core::{Caller, Error, Settings, delivery, schema};
use masthead_model::check::{self, Schema};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

const LOCALES: [&str; 3] = ["en", "de", "ja"];

/// Cases, accents, scripts of all directions, and nothing.
const TEXTS: [&str; 26] = [
    "apple",
    "Apple",
    "APPLE",
    "äpfel",
    "Äpfel",
    "A\u{308}pfel",
    "straße",
    "STRASSE",
    "résumé",
    "resume",
    "日本語",
    "日本",
    "한국어",
    "😀",
    "👩‍👩‍👧",
    "مرحبا بالعالم",
    "שלום",
    "",
    " ",
    "a b",
    "100%",
    "it's \"quoted\"",
    "back\\slash",
    "İstanbul",
    "ﬁn",
    "_z",
];

const SLUGS: [&str; 8] = ["one", "two", "three", "vier", "五", "six-6", "seven", "Eight"];

/// One request.
#[derive(Clone, Debug)]
enum Request {
    Import {
        ty: &'static str,
        record: Value,
        publish: bool,
        key: Option<&'static str>,
    },
    Save {
        id: String,
        locale: Option<&'static str>,
        data: Value,
    },
    Publish(String, Option<&'static str>),
    Unpublish(String, Option<&'static str>),
    Discard(String, Option<&'static str>),
    Trash(String),
    Restore(String),
    Draft(String, Option<&'static str>),
    Push(Vec<Value>),
    Read {
        who: &'static str,
        name: String,
        id: Option<String>,
        query: String,
    },
    /// The pages of a list, by cursor.
    Walk {
        name: &'static str,
        query: String,
    },
}

/// The model at its n-th change.
fn types(change: usize) -> Vec<Value> {
    let score = if change >= 2 {
        json!({"id": "score", "name": "points", "type": "integer"})
    } else {
        json!({"id": "score", "name": "score", "type": "integer"})
    };
    let code = if change >= 3 {
        json!({"id": "code", "name": "code", "type": "integer"})
    } else {
        json!({"id": "code", "name": "code", "type": "string"})
    };
    let mut fields = vec![
        json!({"name": "title", "type": "string"}),
        json!({"name": "slug", "type": "slug", "from": "title", "unique": true}),
        json!({"name": "prose", "type": "text", "searchable": true}),
        score,
        code,
        json!({"name": "price", "type": "decimal", "scale": 3}),
        json!({"name": "ok", "type": "boolean"}),
        json!({"name": "day", "type": "date"}),
        json!({"name": "moment", "type": "datetime"}),
        json!({"name": "kind", "type": "enumeration", "values": ["news", "essay", "Zoë"]}),
        json!({"name": "words", "type": "tags"}),
        json!({"name": "extra", "type": "json"}),
        json!({"name": "owner", "type": "relation", "targets": ["person"], "inverse": "things"}),
        json!({"name": "others", "type": "relation", "targets": ["thing", "person"], "many": true}),
        json!({"name": "seo", "type": "component", "component": "seo"}),
        json!({"name": "links", "type": "component", "component": "link", "repeatable": true}),
        json!({"name": "sections", "type": "blocks", "components": ["hero", "quote"]}),
    ];
    if change >= 1 {
        fields.push(json!({"name": "added", "type": "string", "default": "new"}));
    }
    if change >= 4 {
        fields.retain(|f| f["name"] != "day");
    }
    let name = if change >= 5 {
        json!({"name": "name", "type": "string", "localized": true, "unique": true})
    } else {
        json!({"name": "name", "type": "string", "unique": true})
    };
    vec![
        json!({"kind": "component", "singular": "link", "fields": [{"name": "label", "type": "string"}, {"name": "weight", "type": "integer"}]}),
        json!({"kind": "component", "singular": "seo", "fields": [{"name": "metaTitle", "type": "string"}, {"name": "noIndex", "type": "boolean"}]}),
        json!({"kind": "component", "singular": "hero", "fields": [{"name": "heading", "type": "string"},
            {"name": "person", "type": "relation", "targets": ["person"]}]}),
        json!({"kind": "component", "singular": "quote", "fields": [{"name": "text", "type": "text"}]}),
        json!({"kind": "collection", "singular": "person", "plural": "people", "fields": [name, {"name": "rank", "type": "integer"},
            {"name": "secret", "type": "string", "private": true}, {"name": "boss", "type": "relation", "targets": ["person"], "inverse": "reports"}]}),
        json!({"kind": "collection", "singular": "thing", "plural": "things", "titleField": "title", "fields": fields}),
        json!({"kind": "collection", "singular": "page", "plural": "pages", "urlPattern": "/{locale}/{slug}", "fields": [
            {"name": "title", "type": "string", "localized": true, "required": true}, {"name": "slug", "type": "slug", "localized": true, "unique": true},
            {"name": "weight", "type": "integer"}, {"name": "thing", "type": "relation", "targets": ["thing"]}]}),
        json!({"kind": "collection", "singular": "note", "plural": "notes", "draftAndPublish": false, "orderable": true, "fields": [
            {"name": "text", "type": "text", "required": true}]}),
    ]
}

/// Makes the stream.
struct Maker {
    rng: StdRng,
    /// Ids by type.
    known: Vec<(&'static str, String)>,
    /// How often the model has changed.
    change: usize,
}

impl Maker {
    fn one<T: Clone>(&mut self, from: &[T]) -> T {
        from.choose(&mut self.rng).unwrap().clone()
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_range(0..100) < percent
    }

    fn text(&mut self) -> String {
        if self.chance(30) { format!("{}{}", self.one(&TEXTS), self.one(&TEXTS)) } else { self.one(&TEXTS).to_owned() }
    }

    fn id(&mut self, ty: &str) -> Option<String> {
        let of_type: Vec<String> = self.known.iter().filter(|(t, _)| *t == ty).map(|(_, id)| id.clone()).collect();
        of_type.choose(&mut self.rng).cloned()
    }

    fn any_id(&mut self) -> String {
        if self.known.is_empty() || self.chance(3) {
            return "zzzzzzzzzzzzzzzzzzzzzzzz".to_owned();
        }
        let known = self.known.clone();
        self.one(&known).1
    }

    fn new_id(&mut self, ty: &'static str) -> String {
        let letters: String = (0..23).map(|_| char::from(self.rng.random_range(b'a'..=b'z'))).collect();
        let id = format!("d{letters}");
        self.known.push((ty, id.clone()));
        id
    }

    /// A name as it is by now, mostly: `score` became `points`, and `day` goes.
    fn current(&mut self, text: &str) -> String {
        let is_old = self.chance(3);
        match self.change {
            _ if is_old => text.to_owned(),
            0 | 1 => text.to_owned(),
            2 | 3 => text.replace("score", "points"),
            _ => text.replace("score", "points").replace("day", "moment"),
        }
    }

    fn locale(&mut self) -> Option<&'static str> {
        if self.chance(50) { None } else { Some(self.one(&LOCALES)) }
    }

    fn day(&mut self) -> String {
        format!(
            "20{:02}-{:02}-{:02}",
            self.rng.random_range(18..26),
            self.rng.random_range(1..13),
            self.rng.random_range(1..29)
        )
    }

    /// Some fields of a document, now and then a wrong one.
    fn data(&mut self, ty: &str) -> Value {
        let mut data = serde_json::Map::new();
        let fields: &[&str] = match ty {
            "person" => &["name", "rank", "secret", "boss"],
            "page" => &["title", "slug", "weight", "thing"],
            "note" => &["text"],
            _ => &[
                "title", "slug", "prose", "score", "code", "price", "ok", "day", "moment", "kind", "words", "extra",
                "owner", "others", "seo", "links", "sections", "added",
            ],
        };
        for field in fields {
            let likely = match *field {
                "added" if self.change == 0 => 1,
                "title" | "name" | "text" => 90,
                _ => 45,
            };
            if self.chance(likely) {
                let name = self.current(field);
                let value = if self.chance(6) { Value::Null } else { self.value(&name) };
                data.insert(name, value);
            }
        }
        if self.chance(2) {
            data.insert(self.one(&["titel", "id", "_x", "Ünknown"]).to_owned(), json!(1));
        }
        Value::Object(data)
    }

    fn value(&mut self, field: &str) -> Value {
        match field {
            "slug" if self.chance(97) => {
                let slug = self.one(&SLUGS);
                if self.chance(15) { json!(slug) } else { json!(format!("{slug}-{}", self.rng.random_range(0..400))) }
            }
            "rank" | "score" | "points" | "weight" => json!(self.rng.random_range(-3..12)),
            "code" => {
                let (number, is_word) = (self.rng.random_range(0..50), self.chance(50));
                match self.change {
                    0..3 if is_word => json!(self.text()),
                    0..3 => json!(number.to_string()),
                    _ => json!(number),
                }
            }
            "price" => json!(format!("{}.{:03}", self.rng.random_range(-2..20), self.rng.random_range(0..1000))),
            "ok" => json!(self.chance(50)),
            "day" => json!(self.day()),
            "moment" => json!(format!(
                "{}T{:02}:00:00.{:03}Z",
                self.day(),
                self.rng.random_range(0..24),
                self.rng.random_range(0..1000)
            )),
            "kind" => json!(if self.chance(3) { "nothing" } else { self.one(&["news", "essay", "Zoë"]) }),
            // Unique ones, mostly.
            "name" => json!(format!("{} {}", self.text(), self.rng.random_range(0..60))),
            "words" => (0..self.rng.random_range(0..4)).map(|_| self.text()).filter(|t| !t.trim().is_empty()).collect(),
            "extra" => json!({"z": self.text(), "a": [1, 2.5, null, {"k": self.text()}]}),
            "owner" | "boss" | "person" => self.id("person").map_or(Value::Null, Value::from),
            "thing" => self.id("thing").map_or(Value::Null, Value::from),
            "others" => {
                let ids: Vec<Value> = (0..self.rng.random_range(0..4))
                    .filter_map(|i| self.id(if i % 2 == 0 { "thing" } else { "person" }))
                    .map(Value::from)
                    .collect();
                if self.chance(25) { json!({"connect": ids}) } else { json!(ids) }
            }
            "seo" => json!({"metaTitle": self.text(), "noIndex": self.chance(50)}),
            "links" => (0..self.rng.random_range(0..3))
                .map(|_| json!({"label": self.text(), "weight": self.rng.random_range(0..4)}))
                .collect(),
            "sections" => (0..self.rng.random_range(0..4))
                .map(|i| match i % 2 {
                    0 => json!({"__component": "hero", "heading": self.text(), "person": self.value("person")}),
                    _ => json!({"__component": "quote", "text": self.text()}),
                })
                .collect(),
            _ => json!(self.text()),
        }
    }

    fn request(&mut self) -> Request {
        match self.rng.random_range(0..100) {
            0..18 => {
                let ty = self.one(&["thing", "thing", "thing", "person", "person", "page", "note"]);
                let mut record = self.data(ty);
                record["documentId"] = json!(if self.chance(88) { self.new_id(ty) } else { self.any_id() });
                if ty == "page"
                    && let Some(locale) = self.locale()
                {
                    record["locale"] = json!(locale);
                }
                if ty == "thing" && self.chance(15) {
                    record["owner"] = json!({"name": self.text()});
                }
                let key = if ty == "person" && self.chance(20) { Some("name") } else { None };
                if key.is_some() {
                    // The document that has the name, or a new one, whose id the stream could not know.
                    record["name"] = json!("Ann");
                }
                Request::Import { ty, record, publish: self.chance(60), key }
            }
            18..26 => {
                let (ty, id) = self.typed_id();
                let locale = if ty == "page" { self.locale() } else { None };
                Request::Save { id, locale, data: self.data(ty) }
            }
            26..33 => {
                let (id, locale) = self.in_locale();
                Request::Publish(id, locale)
            }
            33..35 => {
                let (id, locale) = self.in_locale();
                Request::Unpublish(id, locale)
            }
            35..37 => {
                let (id, locale) = self.in_locale();
                Request::Discard(id, locale)
            }
            37..40 => Request::Trash(self.any_id()),
            40..42 => Request::Restore(self.any_id()),
            42..45 => {
                let (id, locale) = self.in_locale();
                Request::Draft(id, locale)
            }
            45..48 => Request::Walk { name: self.one(&["things", "people", "pages"]), query: self.order("things") },
            _ => self.read(),
        }
    }

    fn typed_id(&mut self) -> (&'static str, String) {
        if self.known.is_empty() {
            return ("thing", self.any_id());
        }
        let known = self.known.clone();
        self.one(&known)
    }

    fn in_locale(&mut self) -> (String, Option<&'static str>) {
        let (ty, id) = self.typed_id();
        (id, if ty == "page" { self.locale() } else { None })
    }

    fn read(&mut self) -> Request {
        let name = if self.chance(3) {
            "nothing"
        } else {
            self.one(&["things", "things", "things", "people", "people", "pages", "notes"])
        };
        let singular = match name {
            "people" => "person",
            "pages" => "page",
            "notes" => "note",
            _ => "thing",
        };
        let id = if self.chance(15) { self.id(singular) } else { None };
        let most = if id.is_some() { 1 } else { 3 };
        let mut parts: Vec<String> = (0..self.rng.random_range(0..most)).map(|_| self.filter(name)).collect();
        if id.is_none() {
            parts.push(self.order(name));
            if self.chance(40) {
                parts.push(format!(
                    "pagination[page]={}&pagination[pageSize]={}",
                    self.rng.random_range(1..4),
                    self.rng.random_range(1..30)
                ));
            } else if self.chance(20) {
                parts.push(format!(
                    "pagination[start]={}&pagination[limit]={}",
                    self.rng.random_range(0..9),
                    self.rng.random_range(1..30)
                ));
            }
            if self.chance(8) {
                parts.push(format!("_q={}", encoded(&self.text())));
            }
        }
        if self.chance(50) {
            parts.push(self.populate(name));
        }
        if self.chance(25) {
            let code = if self.chance(6) { "xx" } else { self.one(&LOCALES) };
            parts.push(format!("locale={}", if id.is_none() && self.chance(20) { "*" } else { code }));
        }
        if self.chance(10) {
            parts.push(format!("fallbackLocale={}", self.one(&["en", "de,ja", "ja"])));
        }
        if self.chance(20) {
            parts.push("status=draft".to_owned());
        }
        if self.chance(15) {
            parts.push(format!(
                "fields={}",
                self.one(match name {
                    "people" => &["name", "rank,name", "*"],
                    "notes" => &["text", "id"],
                    _ => &["title", "title,slug", "id,createdAt"],
                })
            ));
        }
        if self.chance(4) {
            parts.push(
                self.one(&[
                    "bogus=1",
                    "filters[title]",
                    "sort=%ff",
                    "pagination[page]=0",
                    "populate[title]=1",
                    "filters[$xor]=1",
                ])
                .to_owned(),
            );
        }
        parts.retain(|p| !p.is_empty());
        Request::Read {
            who: self.one(&["operator", "operator", "operator", "operator", "public", "public", "public", "nobody"]),
            name: name.to_owned(),
            id,
            query: parts.join("&"),
        }
    }

    fn order(&mut self, name: &str) -> String {
        let keys: &[&str] = match name {
            "people" => &["name", "rank", "boss.name", "createdAt", "boss.rank"],
            "pages" => &["title", "slug", "weight", "thing.title", "title"],
            "notes" => &["position", "text", "id"],
            _ if self.chance(3) => &["words", "locale", "others.title"],
            _ => &[
                "title",
                "slug",
                "prose",
                "score",
                "code",
                "price",
                "ok",
                "day",
                "moment",
                "kind",
                "owner.name",
                "seo.metaTitle",
                "createdAt",
            ],
        };
        let count = self.rng.random_range(0..3);
        let words: Vec<String> = (0..count)
            .map(|_| {
                let key = self.one(keys);
                let key = self.current(key);
                if self.chance(45) { format!("{key}:desc") } else { key }
            })
            .collect();
        if words.is_empty() { String::new() } else { format!("sort={}", words.join(",")) }
    }

    fn populate(&mut self, name: &str) -> String {
        self.one(match name {
            "people" => &[
                "populate=*",
                "populate=things",
                "populate[things][sort]=slug:desc&populate[things][fields]=title",
                "populate[reports][populate]=things",
            ],
            "pages" => &["populate=*", "populate[thing][populate]=owner", "populate=localizations"],
            "notes" => &["populate=*", "populate=nothing"],
            _ => &[
                "populate=*",
                "populate=owner,others",
                "populate[owner][populate]=boss,reports",
                "populate[sections][on][hero][populate]=person",
                "populate[sections][on][quote]=true&populate[seo][fields]=metaTitle",
                "populate[others][filters][name][$containsi]=a",
                "populate=links,seo",
                "populate[others][sort]=createdAt:desc",
                "populate[others][pagination][limit]=1",
                "populate[owner][fields]=secret",
            ],
        })
        .to_owned()
    }

    fn filter(&mut self, name: &str) -> String {
        let fields: &[&str] = match name {
            _ if self.chance(4) => &["[secret]", "[extra]", "[nothing]", "[title][x]"],
            "people" => {
                &["[name]", "[name]", "[rank]", "[boss][name]", "[things][title]", "[reports][rank]", "[documentId]"]
            }
            "pages" => &["[title]", "[title]", "[slug]", "[weight]", "[thing][title]", "[thing][owner][name]"],
            "notes" => &["[text]", "[position]"],
            _ => &[
                "[title]",
                "[title]",
                "[slug]",
                "[prose]",
                "[prose]",
                "[score]",
                "[code]",
                "[price]",
                "[ok]",
                "[day]",
                "[moment]",
                "[kind]",
                "[words]",
                "[owner][name]",
                "[owner]",
                "[others][title]",
                "[others][name]",
                "[seo][metaTitle]",
                "[links][label]",
                "[links][weight]",
                "[sections][hero][heading]",
                "[sections][hero][person][name]",
                "[sections][quote][text]",
            ],
        };
        let field = self.one(fields);
        let operators = match field {
            _ if self.chance(3) => "$eqq $between $gt $contains $null",
            "[owner]" | "[documentId]" => "$eq $ne $in $notIn $null $notNull",
            "[ok]" => "$eq $ne $in $null $notNull",
            "[code]" if self.change >= 3 => "$eq $ne $lt $lte $gt $gte $in $notIn $null $between",
            f if ["rank", "weight", "score", "price", "moment"].iter().any(|number| f.contains(number)) => {
                "$eq $ne $lt $lte $gt $gte $in $notIn $null $notNull $between $not][$gt"
            }
            "[day]" if self.change >= 4 => "$eq $ne $lt $gte $in $null",
            _ => {
                "$eq $eqi $ne $nei $lt $lte $gt $gte $in $notIn $contains $notContains $containsi $notContainsi $startsWith \
                 $startsWithi $endsWith $endsWithi $null $notNull $between $not][$containsi $not][$eqi"
            }
        };
        let op = self.one(&operators.split_whitespace().collect::<Vec<_>>());
        let group = match self.rng.random_range(0..10) {
            0 => "[$not]",
            1 => "[$or][0]",
            2 => "[$and][0]",
            _ => "",
        };
        let name = self.current(field);
        let value = |maker: &mut Self| match field {
            _ if op == "$null" || op == "$notNull" => maker.one(&["true", "false"]).to_owned(),
            "[code]" if maker.change >= 3 => maker.rng.random_range(0..50).to_string(),
            f if f.contains("rank") || f.contains("weight") || f.contains("score") => {
                maker.rng.random_range(-3..12).to_string()
            }
            "[price]" => format!("{}.5", maker.rng.random_range(-2..20)),
            "[ok]" => maker.one(&["true", "false", "1"]).to_owned(),
            "[day]" | "[moment]" => maker.day(),
            "[kind]" => maker.one(&["news", "essay", "Zoë", "NEWS"]).to_owned(),
            "[slug]" => maker.one(&SLUGS).to_owned(),
            "[owner]" | "[documentId]" => maker.any_id(),
            _ => maker.text(),
        };
        match op {
            "$in" | "$notIn" | "$between" => {
                let count = if op == "$between" { 2 } else { self.rng.random_range(1..4) };
                let values: Vec<String> =
                    (0..count).map(|i| format!("filters{group}{name}[{op}][{i}]={}", encoded(&value(self)))).collect();
                values.join("&")
            }
            _ => format!("filters{group}{name}[{op}]={}", encoded(&value(self))),
        }
    }
}

fn encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() || b == b'-' { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

fn stream(seed: u64, length: usize) -> Vec<Request> {
    let mut maker = Maker { rng: StdRng::seed_from_u64(seed), known: Vec::new(), change: 0 };
    let mut requests = vec![Request::Push(types(0))];
    let ann = maker.new_id("person");
    requests.push(Request::Import {
        ty: "person",
        record: json!({"documentId": ann, "name": "Ann"}),
        publish: true,
        key: None,
    });
    for i in 2..length {
        if i % (length / 6) == 0 {
            maker.change = i / (length / 6);
            requests.push(Request::Push(types(maker.change)));
        } else {
            requests.push(maker.request());
        }
    }
    requests
}

/// What went in, and what came out.
async fn play(app: &TestApp, request: &Request) -> String {
    let core = &app.core;
    match request.clone() {
        Request::Import { ty, record, publish, key } => {
            let options = ImportOptions { key: key.map(str::to_owned), publish, dry_run: false };
            told(
                content::import_batch(core, &OPERATOR, ty, &options, vec![Record { line: 1, values: map(record) }])
                    .await,
            )
        }
        Request::Save { id, locale, data } => told(
            content::save(
                core,
                &OPERATOR,
                &id,
                Save { data: map(data), locale: locale.map(str::to_owned), ..Save::default() },
            )
            .await,
        ),
        Request::Publish(id, locale) => told(content::publish(core, &OPERATOR, &id, locale).await),
        Request::Unpublish(id, locale) => told(content::unpublish(core, &OPERATOR, &id, locale).await),
        Request::Discard(id, locale) => told(content::discard_draft(core, &OPERATOR, &id, locale).await),
        Request::Trash(id) => told(content::trash(core, &OPERATOR, &id).await),
        Request::Restore(id) => told(content::restore(core, &OPERATOR, &id).await),
        Request::Draft(id, locale) => told(
            content::draft(core, &OPERATOR, &id, locale)
                .await
                .map(|d| normal(&serde_json::to_string(&d.data).unwrap())),
        ),
        Request::Push(types) => {
            let desired =
                Schema { types: types.iter().map(|t| check::parse_type(t).unwrap()).collect(), ..Schema::default() };
            let plan = schema::plan(core, &OPERATOR, desired.clone(), false).unwrap();
            let applied = schema::apply(core, &OPERATOR, desired, false, &plan.fingerprint, true, &mut |_| {}).unwrap();
            format!("{}\n{:?}", plan.render(), applied)
        }
        Request::Read { who, name, id, query } => read(app, who, &name, id.as_deref(), &query).await.0,
        Request::Walk { name, query } => {
            let (mut all, mut cursor) = (String::new(), String::new());
            for _ in 0..4 {
                let (answer, next) = read(
                    app,
                    "operator",
                    name,
                    None,
                    &format!("{query}&pagination[cursor]={cursor}&pagination[pageSize]=5"),
                )
                .await;
                all.push_str(&answer);
                match next {
                    Some(next) => cursor = next,
                    None => break,
                }
            }
            all
        }
    }
}

async fn read(app: &TestApp, who: &str, name: &str, id: Option<&str>, query: &str) -> (String, Option<String>) {
    let caller = match who {
        "operator" => OPERATOR,
        "public" => Caller::Anonymous,
        _ => Caller::Token { name: who.to_owned(), role: who.to_owned() },
    };
    let found = match id {
        Some(id) => delivery::one(&app.core, &caller, name, id, query).await,
        None => delivery::list_or_single(&app.core, &caller, name, query).await,
    };
    match found {
        Ok(delivered) => {
            let body = std::str::from_utf8(&delivered.body).unwrap();
            let json: Value = serde_json::from_str(body).unwrap_or_else(|e| panic!("{e}: {body}"));
            let next = json["meta"]["pagination"]["nextCursor"].as_str().map(str::to_owned);
            (format!("{} statements {}", delivered.statements, normal(body)), next)
        }
        Err(error) => (told::<()>(Err(error)), None),
    }
}

fn told<T: std::fmt::Debug>(outcome: Result<T, Error>) -> String {
    match outcome {
        Ok(done) => format!("{done:?}"),
        Err(error @ (Error::Store(_) | Error::Internal(_))) => panic!("not an answer: {error:?}"),
        Err(error) => format!("{error:?}"),
    }
}

/// `text` with the values of what differs from run to run replaced: the scalar behind each of these keys.
fn normal(text: &str) -> String {
    const KEYS: [&str; 6] =
        ["\"id\":", "\"createdAt\":", "\"updatedAt\":", "\"publishedAt\":", "\"nextCursor\":", "\"position\":"];
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((at, key)) = KEYS.iter().filter_map(|key| rest.find(key).map(|at| (at, *key))).min() {
        out.push_str(&rest[..at + key.len()]);
        rest = &rest[at + key.len()..];
        let end = if let Some(quoted) = rest.strip_prefix('"') {
            quoted.find('"').map_or(rest.len(), |end| end + 2)
        } else {
            rest.find([',', '}']).unwrap_or(rest.len())
        };
        out.push_str(if &rest[..end] == "null" { "null" } else { "?" });
        rest = &rest[end..];
    }
    out.push_str(rest);
    out
}

/// The debug form of an outcome without public numbers and ids of items.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(" id: ") {
        out.push_str(&rest[..at]);
        out.push_str(" id: ?");
        rest = rest[at + 5..].trim_start_matches(|c: char| c.is_ascii_digit());
    }
    out.push_str(rest);
    out
}

mod heavy {
    use super::*;

    #[test]
    fn one_stream_of_mixed_requests_has_the_same_answers_on_both_databases() {
        let Some(postgres) = Database::fresh(On::Postgres) else {
            eprintln!("skipped: TEST_POSTGRES_URL is not set");
            return;
        };
        let sqlite = Database::fresh(On::Sqlite).unwrap();
        let length = if std::env::var_os("MASTHEAD_TEST_QUICK").is_some() { 400 } else { 2000 };
        let requests = stream(20_261_122, length);
        assert!(requests.len() == length);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        runtime.block_on(async {
            let apps = [TestApp::open(&sqlite, Settings::default()), TestApp::open(&postgres, Settings::default())];
            for app in &apps {
                app.push_locales(&LOCALES);
            }
            let (mut refused, mut delivered) = (0, 0);
            for (i, request) in requests.iter().enumerate() {
                let (left, right) = tokio::join!(play(&apps[0], request), play(&apps[1], request));
                let (left, right) = (without_numbers(&left), without_numbers(&right));
                assert_eq!(left, right, "request {i}: {request:?}");
                if i == 1 {
                    for app in &apps {
                        app.allow("public", masthead_model::Action::Read, "thing").await;
                        app.allow("public", masthead_model::Action::Read, "page").await;
                    }
                }
                refused += usize::from(
                    ["Query(", "Invalid(", "Blocked(", "NotFound(", "Conflict(", "Forbidden("]
                        .iter()
                        .any(|e| left.starts_with(e)),
                );
                delivered += usize::from(left.contains("\"documentId\""));
            }
            assert!(refused > length / 20 && delivered > length / 20, "{refused} refused, {delivered} with documents");
            for app in &apps {
                app.assert_healthy();
                app.core.store().close();
            }
        });
    }
}
