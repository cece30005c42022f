//! Find documents of all types by their words, for editors: as their drafts read.

use super::editor::{self, Brief};
use super::listing::load;
use crate::access::Rules;
use crate::{Caller, Core, Error, Result, delivery};
use masthead_model::query::{Node, QueryProblem, qs};
use serde::Serialize;
use serde_json::{Map, Value};

/// What a search takes; it is read by delivery.
const PARAMETERS: [&str; 4] = ["q", "types", "locale", "pagination"];

/// A page of what was found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    pub documents: Vec<FoundDocument>,
    /// As the content API says it.
    pub pagination: Value,
}

/// A document that has the words.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoundDocument {
    /// With the title and the status that it has in the locale.
    #[serde(flatten)]
    pub document: Brief,
    /// None in types without localized fields.
    pub locale: Option<String>,
    /// Parts of its texts with `<mark>` around the words, by field; the rest is escaped.
    pub highlights: Map<String, Value>,
}

/// Documents of the types whose drafts the caller reads, the best first. The query string has `q`, and perhaps `types`,
/// `locale` and `pagination`.
pub async fn find(core: &Core, caller: &Caller, raw_query: &str) -> Result<Finding> {
    let tree = qs::parse(raw_query).map_err(|problem| Error::Query(vec![problem]))?;
    if let Node::Map(members) = &tree
        && let Some((name, _)) = members.iter().find(|(name, _)| !PARAMETERS.contains(&name.as_str()))
    {
        let message = format!("there is no such parameter: there are {}", PARAMETERS.join(", "));
        return Err(Error::Query(vec![QueryProblem::new(name, "unknown_parameter", message)]));
    }
    let parts: Vec<&str> = raw_query.split('&').filter(|part| !part.is_empty()).collect();
    let raw = [parts.as_slice(), &["status=draft", "fields=documentId,locale"]].concat().join("&");
    let found = delivery::search(core, caller, &raw).await?;
    let mut body: Value = serde_json::from_slice(&found.body).map_err(|e| Error::Internal(e.to_string()))?;
    let pagination = body["meta"]["pagination"].take();
    let rows = if let Value::Array(rows) = body["data"].take() { rows } else { Vec::new() };
    let caller = caller.clone();
    let documents = core
        .read(move |conn, snapshot| {
            let rules = Rules::of(&caller, snapshot);
            let id = |row: &Value| row["documentId"].as_str().unwrap_or_default().to_owned();
            let wanted: Vec<String> = rows.iter().map(id).collect();
            let loaded = load(conn, snapshot, &wanted)?;
            let mut out = Vec::with_capacity(rows.len());
            for mut row in rows {
                let id = id(&row);
                // Erased between the two readings.
                let Some(doc) = loaded.iter().find(|l| l.doc.document_id == id) else { continue };
                let locale = row["locale"].as_str().map(str::to_owned);
                let at = locale.clone().unwrap_or_default();
                let highlights =
                    if let Value::Object(map) = row["_search"]["highlights"].take() { map } else { Map::new() };
                let document = Brief {
                    title: editor::title(conn, snapshot, &rules, doc, &at)?,
                    status: doc.status(&at),
                    ..editor::brief(conn, snapshot, &rules, doc)?
                };
                out.push(FoundDocument { document, locale, highlights });
            }
            Ok(out)
        })
        .await?;
    Ok(Finding { documents, pagination })
}
