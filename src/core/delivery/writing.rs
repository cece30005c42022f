//! The parameters of a write: where it goes, and what of the document the answer shall show. Checked before anything
//! is written, so that a refusal changes nothing.

use crate::access::{self, Rules};
use crate::{Caller, Core, Error, Result};
use masthead_model::Action;
use masthead_model::query::ast::{LocaleChoice, Status};
use masthead_model::query::{self, Limits, Node, QueryProblem, qs};

/// Where a write goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writing {
    /// None when the request names none.
    pub locale: Option<String>,
    /// `status=draft`: save without publishing.
    pub draft: bool,
    /// Whether the caller may read what it writes; otherwise the answer says only its id.
    pub readable: bool,
}

/// Check the query string of a write to `/api/{name}`.
pub async fn writing(core: &Core, caller: &Caller, name: &str, raw_query: &str) -> Result<Writing> {
    let (caller, name, raw) = (caller.clone(), name.to_owned(), raw_query.to_owned());
    let max_page_size = core.settings().max_page_size.max(1);
    core.with_model(move |snapshot| {
        let ty = access::api_type(&caller, snapshot, &name)?;
        let rules = Rules::of(&caller, snapshot);
        let tree = qs::parse(&raw).map_err(|problem| Error::Query(vec![problem]))?;
        let may_read = |action| rules.grant(action, ty.id()).is_some();
        if may_read(Action::Read) {
            let limits = Limits { max_page_size, ..Limits::default() };
            let query = query::parse_one(&raw, &snapshot.model, ty, &rules, &limits).map_err(Error::Query)?;
            let given = matches!(&tree, Node::Map(members) if members.iter().any(|(key, _)| key == "locale"));
            let locale = match query.view.locale {
                LocaleChoice::All => return Err(refused("locale", "a write goes to one locale")),
                LocaleChoice::One(code) => given.then_some(code),
            };
            let draft = query.view.status == Status::Draft;
            return Ok(Writing { locale, draft, readable: !draft || may_read(Action::ReadDraft) });
        }
        blind(&tree, snapshot)
    })
    .await
}

/// Of somebody who may not read: only where the write goes.
fn blind(tree: &Node, snapshot: &crate::Snapshot) -> Result<Writing> {
    let mut writing = Writing { locale: None, draft: false, readable: false };
    let Node::Map(members) = tree else { return Ok(writing) };
    for (key, node) in members {
        match (key.as_str(), node) {
            ("locale", Node::Value(code)) if snapshot.model.locales.contains(code) => {
                writing.locale = Some(code.clone());
            }
            ("status", Node::Value(status)) if status == "draft" => writing.draft = true,
            ("status", Node::Value(status)) if status == "published" => {}
            (known @ ("locale" | "status"), _) => return Err(refused(known, "is not one that can be written")),
            (other, _) => return Err(refused(other, "is no parameter of a write by somebody who may not read")),
        }
    }
    Ok(writing)
}

fn refused(parameter: &str, why: &str) -> Error {
    Error::Query(vec![QueryProblem::new(parameter, "not_allowed", format!("`{parameter}` {why}"))])
}
