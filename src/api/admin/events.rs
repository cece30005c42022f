//! `/events`: what happened, page after page or as a stream.

use super::{Answer, Tag, Who};
use crate::errors::Refusal;
use futures_util::stream::{self, BoxStream, StreamExt};
use masthead_core::events::{self, EventView, Feed, From};
use poem::web::sse;
use poem_openapi::param::{Header, Query};
use poem_openapi::payload::EventStream;
use poem_openapi::types::ToJSON;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A page waits at most so long for an event, in seconds.
const LONGEST_WAIT: u64 = 30;
/// A stream ends after this long, so that who it is for is asked again; clients go on where it ended.
const LONGEST_STREAM: Duration = Duration::from_secs(10 * 60);
/// How often a stream looks whether it should end.
const STEP: Duration = Duration::from_secs(5);

pub struct Events;

#[OpenApi(prefix_path = "/events", tag = "Tag::Events")]
impl Events {
    /// List events, oldest first.
    ///
    /// You see events about documents whose drafts you may read; administrators see all.
    #[oai(path = "/", method = "get", operation_id = "listEvents")]
    async fn list(
        &self,
        who: Who,
        /// Go on behind this cursor; `now` begins with what happens next. From the oldest when left out.
        after: Query<Option<String>>,
        #[oai(validator(minimum(value = "1"), maximum(value = "500")))] limit: Query<Option<u32>>,
        /// Seconds to wait when there is none yet.
        #[oai(validator(minimum(value = "0"), maximum(value = "30")))]
        wait: Query<Option<u64>>,
    ) -> Result<Answer<EventList>, Refusal> {
        let wait = Duration::from_secs(wait.0.unwrap_or(0).min(LONGEST_WAIT));
        let limit = limit.0.unwrap_or(100) as usize;
        let from = begin(after.0.as_deref(), From::Start);
        Ok(Answer::of(&events::feed(&who.core, &who.caller, &from, limit, wait).await?))
    }

    /// Follow events as they happen, as server-sent events. Begins with what happens next.
    #[oai(path = "/stream", method = "get", operation_id = "streamEvents")]
    async fn stream(
        &self,
        who: Who,
        /// Go on behind this cursor.
        after: Query<Option<String>>,
        /// Sent by browsers that connect again.
        #[oai(name = "Last-Event-ID")]
        last: Header<Option<String>>,
    ) -> Result<EventStream<BoxStream<'static, Told>>, Refusal> {
        let from = begin(last.0.as_deref().or(after.0.as_deref()), From::Now);
        // Wrong cursors are refused before the stream begins.
        let first = events::feed(&who.core, &who.caller, &from, 500, Duration::ZERO).await?;
        Ok(EventStream::new(follow(who, first)).keep_alive(Duration::from_secs(15)).to_event(|told: Told| {
            let Told(event) = told;
            sse::Event::message(serde_json::to_string(&event).unwrap_or_default())
                .id(event.cursor)
                .event_type(event.kind)
        }))
    }
}

fn begin(after: Option<&str>, otherwise: From) -> From {
    match after {
        None | Some("") => otherwise,
        Some("now") => From::Now,
        Some(cursor) => From::After(cursor.to_owned()),
    }
}

fn follow(who: Who, first: Feed) -> BoxStream<'static, Told> {
    let ends = Instant::now() + LONGEST_STREAM;
    let waiting: VecDeque<EventView> = first.events.into();
    let state = (who, waiting, first.cursor);
    stream::unfold(state, move |(who, mut waiting, mut cursor)| async move {
        loop {
            if let Some(event) = waiting.pop_front() {
                return Some((Told(event), (who, waiting, cursor)));
            }
            if Instant::now() > ends {
                return None;
            }
            let page = events::feed(&who.core, &who.caller, &From::After(cursor), 500, STEP).await.ok()?;
            waiting = page.events.into();
            cursor = page.cursor;
        }
    })
    .boxed()
}

/// An event of a stream; described as `Event`.
pub struct Told(EventView);

impl poem_openapi::types::Type for Told {
    const IS_REQUIRED: bool = true;
    type RawValueType = Self;
    type RawElementValueType = Self;

    fn name() -> std::borrow::Cow<'static, str> {
        <EventForm as poem_openapi::types::Type>::name()
    }

    fn schema_ref() -> poem_openapi::registry::MetaSchemaRef {
        <EventForm as poem_openapi::types::Type>::schema_ref()
    }

    fn register(registry: &mut poem_openapi::registry::Registry) {
        <EventForm as poem_openapi::types::Type>::register(registry);
    }

    fn as_raw_value(&self) -> Option<&Self> {
        Some(self)
    }

    fn raw_element_iter<'a>(&'a self) -> Box<dyn Iterator<Item = &'a Self> + 'a> {
        Box::new(std::iter::empty())
    }
}

impl ToJSON for Told {
    fn to_json(&self) -> Option<Value> {
        serde_json::to_value(&self.0).ok()
    }
}

/// A part of the log.
#[derive(Object)]
struct EventList {
    events: Vec<EventForm>,
    /// Ask on with this as `after`.
    cursor: String,
}

/// Something that happened. It says what changed, never to what value.
#[derive(Object)]
#[oai(rename = "Event", rename_all = "camelCase")]
struct EventForm {
    /// The place behind it.
    cursor: String,
    at: String,
    /// `document.published`, `schema.changed`, `user.signed_in`, …
    kind: String,
    /// Id of the content type.
    #[oai(rename = "type")]
    type_id: Option<String>,
    document_id: Option<String>,
    /// Of events about accounts, tokens and roles, which administrators see: an address or a name.
    subject: Option<String>,
    locale: Option<String>,
    /// Ids of the fields that changed; of an account the words `name`, `roles` and `disabled`.
    fields: Vec<String>,
    version: Option<i64>,
    actor: String,
    /// Whether what is delivered changed.
    live: bool,
}
