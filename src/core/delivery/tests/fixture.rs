//! A site with a small model, on a database of its own.

use crate::content::{self, Create};
use crate::delivery::{self, Delivered};
use crate::{Caller, Core, Error, Settings, schema};
use masthead_model::check::Schema;
use masthead_store::{Options, Store};
use serde_json::{Value, json};
use std::future::Future;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::runtime::Runtime;

static COUNT: AtomicU32 = AtomicU32::new(0);

pub struct Site {
    pub core: Core,
    runtime: Runtime,
    folder: Option<PathBuf>,
    database: Option<(String, String)>,
}

/// The test on each database that is there.
pub fn on_each(test: impl Fn(&Site)) {
    test(&Site::sqlite());
    if let Ok(url) = std::env::var("TEST_POSTGRES_URL") {
        test(&Site::postgres(&url));
    }
}

impl Site {
    pub fn sqlite() -> Self {
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("masthead-delivery-{}-{n}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let url = folder.join("site.db").to_str().unwrap().to_owned();
        Self::open(&url, Some(folder), None)
    }

    pub fn postgres(admin: &str) -> Self {
        let n = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("masthead_delivery_{}_{n}", std::process::id());
        psql(admin, &format!("CREATE DATABASE {name}"));
        let (server, _) = admin.rsplit_once('/').unwrap();
        Self::open(&format!("{server}/{name}"), None, Some((admin.to_owned(), name)))
    }

    fn open(url: &str, folder: Option<PathBuf>, database: Option<(String, String)>) -> Self {
        let store = Store::open(&Options { durable: false, readers: 4, ..Options::new(url) }).unwrap();
        let core = Core::new(store, Settings::default()).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let site = Self { core, runtime, folder, database };
        site.push(model());
        site
    }

    /// The same site on SQLite as another process has it.
    pub fn beside(&self) -> Core {
        let url = self.folder.as_ref().unwrap().join("site.db").to_str().unwrap().to_owned();
        Core::new(Store::open(&Options { durable: false, ..Options::new(&url) }).unwrap(), Settings::default()).unwrap()
    }

    /// Apply a schema.
    pub fn push(&self, wanted: Value) {
        let wanted: Schema = serde_json::from_value(wanted).unwrap();
        let plan = schema::plan(&self.core, &Caller::Operator, wanted.clone(), false).unwrap();
        schema::apply(&self.core, &Caller::Operator, wanted, false, &plan.fingerprint, true, &mut |_| {}).unwrap();
    }

    pub fn run<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// A published document; its document id.
    pub fn published(&self, ty: &str, data: Value) -> String {
        self.create(ty, data, None, true)
    }

    pub fn draft(&self, ty: &str, data: Value) -> String {
        self.create(ty, data, None, false)
    }

    pub fn create(&self, ty: &str, data: Value, locale: Option<&str>, publish: bool) -> String {
        let data = data.as_object().unwrap().clone();
        let what = Create { data, locale: locale.map(str::to_owned), publish, save_id: None };
        self.run(content::create(&self.core, &Caller::Operator, ty, what)).unwrap().document_id
    }

    /// Save a locale of a document, and publish it.
    pub fn translate(&self, id: &str, locale: &str, data: Value) {
        let save = content::Save {
            data: data.as_object().unwrap().clone(),
            locale: Some(locale.to_owned()),
            ..content::Save::default()
        };
        self.run(content::save(&self.core, &Caller::Operator, id, save)).unwrap();
        self.run(content::publish(&self.core, &Caller::Operator, id, Some(locale))).unwrap();
    }

    pub fn save(&self, id: &str, data: Value) {
        let save = content::Save { data: data.as_object().unwrap().clone(), ..content::Save::default() };
        self.run(content::save(&self.core, &Caller::Operator, id, save)).unwrap();
    }

    pub fn publish(&self, id: &str) {
        self.run(content::publish(&self.core, &Caller::Operator, id, None)).unwrap();
    }

    pub fn try_get(&self, caller: &Caller, path: &str) -> Result<Arc<Delivered>, Error> {
        let (path, raw) = path.split_once('?').unwrap_or((path, ""));
        self.run(async {
            match path.split_once('/') {
                Some((name, id)) => delivery::one(&self.core, caller, name, id, raw).await,
                None => delivery::list_or_single(&self.core, caller, path, raw).await,
            }
        })
    }

    pub fn get_raw(&self, path: &str) -> Arc<Delivered> {
        self.try_get(&Caller::Operator, path).unwrap_or_else(|error| panic!("{path}: {error:?}"))
    }

    /// The answer, which must be JSON.
    pub fn get(&self, path: &str) -> Value {
        serde_json::from_slice(&self.get_raw(path).body).unwrap()
    }

    /// `field` of each document of a list.
    pub fn column(&self, path: &str, field: &str) -> Vec<Value> {
        self.get(path)["data"].as_array().unwrap().iter().map(|d| d[field].clone()).collect()
    }

    /// The parameter that a wrong query names first.
    pub fn wrong(&self, path: &str) -> String {
        match self.try_get(&Caller::Operator, path) {
            Err(Error::Query(problems)) => problems[0].parameter.clone(),
            other => panic!("{path}: {other:?}"),
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.core.store().close();
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
        if let Some((admin, name)) = &self.database {
            psql(admin, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

fn psql(url: &str, sql: &str) {
    let done = Command::new("psql").args([url, "-qX", "-v", "ON_ERROR_STOP=1", "-c", sql]).output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

fn model() -> Value {
    let field = |id: &str, kind: &str| json!({ "id": id, "name": id, "type": kind });
    let with = |id: &str, kind: &str, more: Value| {
        let mut field = field(id, kind);
        field.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        field
    };
    json!({
        "locales": [
            { "code": "en", "name": "English", "default": true },
            { "code": "de", "name": "Deutsch" },
            { "code": "fr", "name": "Français" },
        ],
        "types": [
            { "kind": "component", "singular": "seo", "fields": [
                field("title", "string"), with("image", "media", json!({})),
                with("canonical", "relation", json!({ "targets": ["article"] })),
            ] },
            { "kind": "component", "singular": "link", "fields": [
                field("label", "string"), field("weight", "integer"), field("marks", "tags"), field("note", "text"),
            ] },
            { "kind": "component", "singular": "hero", "fields": [
                field("title", "string"), field("text", "rich_text"),
                with("person", "relation", json!({ "targets": ["author"] })),
                with("links", "component", json!({ "component": "link", "repeatable": true })),
            ] },
            { "kind": "component", "singular": "quote", "fields": [field("text", "text"), field("by", "string")] },
            { "kind": "collection", "singular": "author", "plural": "authors", "fields": [
                with("name", "string", json!({ "required": true })), field("bio", "text"), field("age", "integer"),
                with("boss", "relation", json!({ "targets": ["author"], "inverse": "reports" })),
                with("secret", "string", json!({ "private": true })),
            ] },
            { "kind": "collection", "singular": "tag", "plural": "tags", "draftAndPublish": false, "fields": [
                field("name", "string"), field("rank", "integer"),
            ] },
            { "kind": "collection", "singular": "article", "plural": "articles", "urlPattern": "/{locale}/{slug}",
              "cacheControl": "public, max-age=60", "fields": [
                with("title", "string", json!({ "localized": true })), field("slug", "slug"),
                with("body", "markdown", json!({ "localized": true, "searchable": true })),
                field("lead", "rich_text"), field("rating", "integer"),
                with("category", "enumeration", json!({ "values": ["news", "essay"] })),
                field("words", "tags"),
                with("author", "relation", json!({ "targets": ["author"], "inverse": "articles" })),
                with("tags", "relation", json!({ "targets": ["tag"], "many": true })),
                with("related", "relation", json!({ "targets": ["article", "author"], "many": true, "localized": true })),
                with("seo", "component", json!({ "component": "seo" })),
                with("links", "component", json!({ "component": "link", "repeatable": true })),
                with("sections", "blocks", json!({ "components": ["hero", "quote"] })),
                field("cover", "media"),
            ] },
            { "kind": "single", "singular": "home", "fields": [field("title", "string")] },
            { "kind": "collection", "singular": "page", "plural": "pages", "tree": true, "orderable": true, "fields": [
                with("title", "string", json!({ "required": true })), with("slug", "slug", json!({ "from": "title" })),
            ] },
            { "kind": "collection", "singular": "thing", "plural": "things", "fields": [
                field("name", "string"), field("prose", "text"), field("size", "integer"), field("day", "date"),
                field("words", "tags"),
                with("links", "component", json!({ "component": "link", "repeatable": true })),
                with("to", "relation", json!({ "targets": ["thing"], "inverse": "from" })),
                with("others", "relation", json!({ "targets": ["thing"], "many": true })),
            ] },
        ],
    })
}
