//! Whether a document meets a condition of a permission, as the transaction at hand sees it.

use super::compile::Compiler;
use crate::access::Rules;
use crate::{Result, Snapshot};
use masthead_model::Type;
use masthead_model::ids::PublicIds;
use masthead_model::query::ast::{Filter, LocaleChoice, RichTextForm, Status, View};
use masthead_store::{Connection, delivered};

/// How many rows (one per locale) a document has in a state, and how many of them meet `filter`.
pub(crate) fn rows(
    conn: &mut Connection,
    snapshot: &Snapshot,
    rules: &Rules<'_>,
    ty: &Type,
    (doc, state): (i64, i64),
    filter: &Filter,
) -> Result<(i64, i64)> {
    // Children are those of the state that is looked at.
    let status = if state == 0 { Status::Draft } else { Status::Published };
    let view = View { locale: LocaleChoice::All, fallback_locales: Vec::new(), status, rich_text: RichTextForm::Json };
    // Conditions name no public numbers.
    let ids = PublicIds::new(&[]);
    let compiler = Compiler::new(conn.engine(), &snapshot.model, ids, rules, &view);
    let all = delivered::counted(conn, compiler.met(ty, doc, state, None))?;
    let met = delivered::counted(conn, compiler.met(ty, doc, state, Some(filter)))?;
    Ok((all, met))
}
