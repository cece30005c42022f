//! A site to test on: a core over a fresh database, and shorthands for what tests do all the time.

use masthead_core::content::{self, Create, Save, Saved};
use masthead_core::schema;
use masthead_core::{Caller, Core, Result, Settings, delivery};
use masthead_model::check::{self, Schema};
use masthead_store::{Options, Store};
use serde_json::{Map, Value};
use std::future::Future;

/// The two databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
}

/// One test on both databases: `on_both! { async fn a_sentence(app) { … } }` makes `a_sentence::sqlite` and
/// `a_sentence::postgres`.
#[macro_export]
macro_rules! on_both {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident) $body:block)*) => { $(
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            async fn test($app: $crate::app::TestApp) $body
            $(#[$meta])* #[test] fn sqlite() { $crate::app::run($crate::app::On::Sqlite, test); }
            $(#[$meta])* #[test] fn postgres() { $crate::app::run($crate::app::On::Postgres, test); }
        }
    )* };
}

/// Run a test on a fresh site, which is gone afterwards.
pub fn run<F: Future<Output = ()>>(on: On, test: impl FnOnce(TestApp) -> F) {
    let Some(database) = Database::fresh(on) else {
        eprintln!("skipped: TEST_POSTGRES_URL is not set");
        return;
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let app = TestApp::open(&database, Settings::default());
        let core = app.core.clone();
        test(app).await;
        core.store().close();
    });
}

/// A database that is removed when it is dropped.
pub struct Database {
    pub url: String,
    pub dir: tempfile::TempDir,
    postgres: Option<(String, String)>,
}

impl Database {
    /// None when there is no Postgres to test on.
    pub fn fresh(on: On) -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        if on == On::Sqlite {
            let url = dir.path().join("masthead.db").to_str().unwrap().to_owned();
            return Some(Self { url, dir, postgres: None });
        }
        let server = std::env::var("TEST_POSTGRES_URL").ok().filter(|u| !u.is_empty())?;
        let name = format!("masthead_{:x}", rand::random::<u64>());
        masthead_store::run_once(&server, &format!("CREATE DATABASE {name}")).unwrap();
        // The database is the last segment of the path; parameters follow it.
        let (base, parameters) = server.split_once('?').map_or((server.as_str(), ""), |(b, p)| (b, p));
        let host = base.rsplit_once('/').filter(|(h, _)| !h.ends_with('/')).map_or(base, |(h, _)| h);
        let parameters = if parameters.is_empty() { String::new() } else { format!("?{parameters}") };
        let url = format!("{host}/{name}{parameters}");
        Some(Self { url, dir, postgres: Some((server, name)) })
    }

    pub fn open(&self) -> Store {
        Store::open(&Options::new(&self.url)).unwrap()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.postgres {
            let _ = masthead_store::run_once(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        }
    }
}

/// A site.
#[derive(Clone)]
pub struct TestApp {
    pub core: Core,
    pub url: String,
}

/// The command line's caller: may do everything.
pub const OPERATOR: Caller = Caller::Operator;

impl TestApp {
    pub fn open(database: &Database, settings: Settings) -> Self {
        let core = Core::new(database.open(), settings).unwrap();
        Self { core, url: database.url.clone() }
    }

    /// Push definitions: each value a type or component as in a file; everything in the plan is allowed.
    pub fn push(&self, types: &[Value]) {
        let types = types.iter().map(|t| check::parse_type(t).unwrap()).collect();
        self.push_schema(Schema { types, ..Schema::default() }).unwrap();
    }

    pub fn push_locales(&self, codes: &[&str]) {
        let list: Vec<Value> = codes
            .iter()
            .enumerate()
            .map(|(i, code)| serde_json::json!({"code": code, "name": code, "default": i == 0}))
            .collect();
        let locales = check::parse_locales(&Value::Array(list)).unwrap();
        self.push_schema(Schema { locales: Some(locales), ..Schema::default() }).unwrap();
    }

    pub fn push_schema(&self, desired: Schema) -> Result<schema::Applied> {
        let plan = schema::plan(&self.core, &OPERATOR, desired.clone(), false)?;
        schema::apply(&self.core, &OPERATOR, desired, false, &plan.fingerprint, true, &mut |_| {})
    }

    pub async fn allow(&self, role: &str, action: masthead_model::Action, type_word: &str) {
        masthead_core::access::roles::set(&self.core, &OPERATOR, role, action, type_word, true).await.unwrap();
    }

    pub async fn create(&self, type_word: &str, data: Value) -> Saved {
        self.try_create(type_word, data, None, false).await.unwrap()
    }

    /// Create and publish.
    pub async fn publish_new(&self, type_word: &str, data: Value) -> Saved {
        self.try_create(type_word, data, None, true).await.unwrap()
    }

    pub async fn try_create(&self, type_word: &str, data: Value, locale: Option<&str>, publish: bool) -> Result<Saved> {
        let what = Create { data: map(data), locale: locale.map(str::to_owned), publish, save_id: None };
        content::create(&self.core, &OPERATOR, type_word, what).await
    }

    pub async fn save(&self, id: &str, data: Value) -> Result<Saved> {
        content::save(&self.core, &OPERATOR, id, Save { data: map(data), ..Save::default() }).await
    }

    pub async fn save_in(&self, id: &str, locale: &str, data: Value) -> Result<Saved> {
        let what = Save { data: map(data), locale: Some(locale.to_owned()), ..Save::default() };
        content::save(&self.core, &OPERATOR, id, what).await
    }

    pub async fn publish(&self, id: &str) -> Result<content::Published> {
        content::publish(&self.core, &OPERATOR, id, None).await
    }

    /// `GET /api/{path}` as the operator: the answer's JSON.
    pub async fn get(&self, path: &str) -> Result<Value> {
        self.get_as(&OPERATOR, path).await
    }

    pub async fn get_as(&self, caller: &Caller, path: &str) -> Result<Value> {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let delivered = match path.split_once('/') {
            Some((name, id)) => delivery::one(&self.core, caller, name, id, query).await?,
            None => delivery::list_or_single(&self.core, caller, path, query).await?,
        };
        Ok(serde_json::from_slice(&delivered.body).unwrap())
    }

    /// Everything derived equals what a rebuild gives.
    pub fn assert_healthy(&self) {
        let report = masthead_core::doctor::run(&self.core, &OPERATOR, false, &mut |_, _| {}).unwrap();
        assert!(report.healthy, "{report:#?}");
    }
}

pub fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}
