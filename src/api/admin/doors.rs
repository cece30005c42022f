//! What holds for every route of the admin API before and after it: methods, parameters, headers.

use crate::errors::{Refusal, wrong_parameter};
use masthead_core::Error;
use masthead_model::query::QueryProblem;
use poem::http::header::{ALLOW, CACHE_CONTROL, HeaderValue};
use poem::http::{Method, StatusCode};
use poem::{Endpoint, IntoResponse, Request, Response, Result};
use poem_openapi::error::ParsePathError;
use serde_json::Value;
use std::collections::BTreeMap;

/// Operations that check their query string themselves.
const FREE: [&str; 3] = ["listDocuments", "listMedia", "searchDocuments"];

/// The routes, as their description has them.
pub struct Table(Vec<Entry>);

struct Entry {
    steps: Vec<Step>,
    /// Methods, and the parameters that each takes; none when the operation checks them itself.
    methods: BTreeMap<String, Option<Vec<String>>>,
    allowed: HeaderValue,
}

enum Step {
    Word(String),
    /// A parameter, by its name.
    Any(String),
}

impl Table {
    /// From an OpenAPI description with the prefix.
    pub fn of(description: &Value) -> Self {
        let paths = description["paths"].as_object();
        Self(paths.into_iter().flatten().map(|(path, operations)| entry(path, operations)).collect())
    }

    /// The route that a path (without the prefix) leads to; a plain word wins over a parameter.
    fn find(&self, path: &str) -> Option<&Entry> {
        let words: Vec<&str> = path.split('/').skip(1).collect();
        let fits = |e: &&Entry| {
            e.steps.len() == words.len()
                && e.steps.iter().zip(&words).all(|(step, word)| match step {
                    Step::Word(own) => own == word,
                    Step::Any(_) => !word.is_empty(),
                })
        };
        self.0
            .iter()
            .filter(fits)
            .max_by_key(|e| e.steps.iter().map(|s| matches!(s, Step::Word(_))).collect::<Vec<bool>>())
    }
}

fn entry(path: &str, operations: &Value) -> Entry {
    let path = path.strip_prefix(super::PREFIX).unwrap_or(path);
    let steps = path.split('/').skip(1);
    let step = |s: &str| match s.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
        Some(name) => Step::Any(name.to_owned()),
        None => Step::Word(s.to_owned()),
    };
    let steps = steps.map(step).collect();
    let mut methods = BTreeMap::new();
    for (method, operation) in operations.as_object().into_iter().flatten() {
        let parameters = operation["parameters"].as_array();
        let of_query = parameters.into_iter().flatten().filter(|p| p["in"] == "query");
        let names: Vec<String> = of_query.filter_map(|p| p["name"].as_str().map(str::to_owned)).collect();
        let is_free = operation["operationId"].as_str().is_some_and(|id| FREE.contains(&id));
        methods.insert(method.to_uppercase(), (!is_free).then_some(names));
    }
    if let Some(get) = methods.get("GET").cloned() {
        methods.insert("HEAD".to_owned(), get);
    }
    let mut allowed: Vec<&str> = methods.keys().map(String::as_str).collect();
    allowed.push("OPTIONS");
    let allowed = HeaderValue::from_str(&allowed.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"));
    Entry { steps, methods, allowed }
}

impl Entry {
    /// A parameter of the path by its own name: poem-openapi only counts them.
    fn named(&self, error: poem::Error) -> poem::Error {
        let names = self.steps.iter().filter_map(|s| if let Step::Any(name) = s { Some(name) } else { None });
        let wrong = error.downcast_ref::<ParsePathError>().and_then(|wrong| {
            let number: usize = wrong.name.strip_prefix("param")?.parse().ok()?;
            Some(wrong_parameter(names.into_iter().nth(number)?, &wrong.reason))
        });
        wrong.map_or(error, poem::Error::from)
    }
}

/// Lets requests through that fit a route.
pub struct Doors<E> {
    inner: E,
    table: Table,
}

impl<E> Doors<E> {
    pub fn new(inner: E, table: Table) -> Self {
        Self { inner, table }
    }
}

impl<E: Endpoint> Endpoint for Doors<E> {
    type Output = Response;

    async fn call(&self, req: Request) -> Result<Response> {
        let Some(entry) = self.table.find(req.uri().path()) else {
            return Err(Refusal::from(Error::not_found(req.uri().path())).into());
        };
        if *req.method() == Method::OPTIONS {
            let mut response = StatusCode::NO_CONTENT.into_response();
            response.headers_mut().insert(ALLOW, entry.allowed.clone());
            return Ok(response);
        }
        let Some(parameters) = entry.methods.get(req.method().as_str()) else {
            return Err(Refusal::method_not_allowed(entry.allowed.clone()).into());
        };
        if let (Some(known), Some(query)) = (parameters, req.uri().query()) {
            check(known, query)?;
        }
        let mut response = self.inner.call(req).await.map_err(|error| entry.named(error))?.into_response();
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(response)
    }
}

/// Refuse a query string that names what the operation does not know, or anything twice.
fn check(known: &[String], query: &str) -> Result<(), Refusal> {
    let mut seen: Vec<String> = Vec::new();
    let mut problems = Vec::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let sent = part.split('=').next().unwrap_or_default();
        let name = match masthead_model::query::qs::decode(sent) {
            Ok(name) => name,
            Err(why) => {
                problems.push(QueryProblem::new(sent, "encoding", why));
                break;
            }
        };
        if !known.contains(&name) {
            let message = match known {
                [] => "this takes no parameters".to_owned(),
                known => format!("there is no parameter '{name}': there are {}", known.join(", ")),
            };
            problems.push(QueryProblem::new(&name, "unknown_parameter", message));
        } else if seen.contains(&name) {
            problems.push(QueryProblem::new(&name, "repeated", format!("give `{name}` once")));
        }
        if problems.len() >= 20 {
            break;
        }
        seen.push(name);
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Query(problems).into()) }
}
