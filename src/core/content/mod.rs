//! The write path: everything that changes content goes through here, in one transaction with what is derived from it
//! and its event.
//!
//! Inside a transaction the order is always: lock the document, decide, write bodies and parts, refresh what is
//! derived, emit. Nothing outside this folder writes a content table.

mod allowed;
mod attach;
mod bulk;
mod cells;
mod copy_locale;
mod create;
mod derive;
mod document;
mod duplicate;
mod editor;
mod erase;
mod export;
mod find;
mod history;
mod import;
mod listing;
mod lookup;
mod part;
mod pending;
mod place;
mod project;
mod publish;
mod put;
mod read;
mod referrers;
mod remove_locale;
mod retention;
mod save;
mod slugs;
mod trash;
mod urls;

pub use attach::{Showing, attach, expect_attachable};
pub use bulk::{Bulk, BulkResult, bulk};
pub use copy_locale::copy_locale;
pub use create::{Create, create};
pub use document::{Revision, Status};
pub use duplicate::duplicate;
pub use editor::{Brief, LocaleState, Opened, expect_type, open};
pub use erase::erase;
pub use export::export;
pub use find::{Finding, FoundDocument, find};
pub use history::{HistoryEntry, Restored, diff_versions, restore_version, version, versions};
pub use import::{ImportLine, ImportOptions, Imported, Record, import_batch};
pub use listing::{Listed, Listing, Trashed, list, trashed};
pub use pending::{Waiting, waiting};
pub use place::{Place, move_document};
pub use publish::{Published, discard_draft, publish, publish_locales, unpublish};
pub use put::{Put, put};
pub use read::{Draft, draft};
pub use referrers::{Place as ReferencePlace, Referrer, referrers};
pub use remove_locale::remove_locale;
pub use retention::tidy;
pub use save::{Save, Saved, save};
pub use trash::{Untrashed, delete, restore, trash};

pub(crate) use allowed::{covered, may};
pub(crate) use derive::{
    Means, Rows, TREE_DEPTH, derived_from, keys_of, moments, rendering_values, rows_of, targets_of,
};
pub(crate) use document::{Loaded, State, type_named};
pub(crate) use place::position_after;
pub(crate) use project::{derive_again, refresh};
