//! The log's readers: generations for caches, and the runner of followers with a durable cursor.

mod feed;
mod follow;
mod generations;
mod standing;

pub use feed::{EventView, Feed, From, feed};
pub use follow::{Follow, News, Progress, head, news, place, tail, watch};
pub use generations::{Dependency, Generations};
pub use standing::{Standing, standing};

use crate::Caller;
use masthead_store::events::NewEvent;

/// An event about the model rather than a document. Delivered answers may change with it.
pub(crate) fn schema_event(kind: &str, type_id: Option<&str>, caller: &Caller) -> NewEvent {
    NewEvent {
        kind: kind.to_owned(),
        type_id: type_id.map(str::to_owned),
        actor: caller.actor(),
        live: true,
        ..NewEvent::default()
    }
}

/// An event about an account, a token or a role, by its address or name. Only administrators see it.
pub(crate) fn account_event(kind: &str, subject: &str, caller: &Caller) -> NewEvent {
    NewEvent { kind: kind.to_owned(), subject: Some(subject.to_owned()), actor: caller.actor(), ..NewEvent::default() }
}

/// An event about a role. What is delivered may change with it.
pub(crate) fn role_event(kind: &str, name: &str, caller: &Caller) -> NewEvent {
    NewEvent { live: true, ..account_event(kind, name, caller) }
}

/// An event about a document; not live unless the caller says so.
pub(crate) fn document_event(kind: &str, loaded: &crate::content::Loaded, caller: &Caller) -> NewEvent {
    NewEvent {
        kind: kind.to_owned(),
        type_id: Some(loaded.ty.def.id.clone()),
        doc: Some(loaded.doc.key),
        document_id: Some(loaded.doc.document_id.clone()),
        actor: caller.actor(),
        ..NewEvent::default()
    }
}
