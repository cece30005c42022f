//! A form with files, as it arrives: each file is written down as it comes, and never held in memory.

use crate::errors::Refusal;
use crate::manners::hear_out;
use crate::upload::PATIENCE;
use futures_util::stream;
use masthead_core::content::Showing;
use masthead_core::media::{self, Details, Spooled};
use masthead_core::{Core, Error};
use poem::http::StatusCode;
use poem::web::Multipart;
use poem::{FromRequest, Request};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt};

/// Files of one form.
const MOST_FILES: usize = 100;
/// Largest field that is no file, bytes.
const LARGEST_FIELD: usize = 256 << 10;
const BUFFER: usize = 256 << 10;

/// What a form held.
#[derive(Default)]
pub struct Received {
    /// Name as it was sent, and bytes.
    pub files: Vec<(String, Spooled)>,
    /// What is said about them, in the same order.
    infos: Vec<Value>,
    /// Where they will be shown.
    pub showing: Option<Showing>,
}

fn malformed(error: impl std::fmt::Display) -> Refusal {
    Error::invalid("", "multipart", format!("the form cannot be read: {error}")).into()
}

/// Read a form.
pub async fn received(core: &Core, req: Request) -> Result<Received, Refusal> {
    let (req, mut body) = req.split();
    let mut form = match Multipart::from_request(&req, &mut body).await {
        Ok(form) => form,
        Err(_) => return Err(Refusal::unsupported("send a form: multipart/form-data")),
    };
    let outcome = read(core, &mut form).await;
    if outcome.is_err() {
        let rest = stream::unfold(&mut form, |form| async move {
            match form.next_field().await {
                Ok(None) => None,
                other => Some((other.map(drop), form)),
            }
        });
        hear_out(Box::pin(rest)).await;
    }
    outcome
}

async fn read(core: &Core, form: &mut Multipart) -> Result<Received, Refusal> {
    let mut out = Received::default();
    let mut reference: [Option<String>; 3] = Default::default();
    while let Some(field) = next(form).await? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "files" | "files[]" | "file" => {
                if out.files.len() >= MOST_FILES {
                    let message = format!("a form holds at most {MOST_FILES} files");
                    return Err(Error::invalid("/files", "items", message).into());
                }
                let given = field.file_name().unwrap_or("file").to_owned();
                let file = write_down(core, field.into_async_read()).await?;
                out.files.push((given, file));
            }
            "fileInfo" => {
                let text = text(field.into_async_read(), &name).await?;
                let info: Value = serde_json::from_str(&text)
                    .map_err(|_| Error::invalid("/fileInfo", "json", "`fileInfo` is JSON: {\"alternativeText\": …}"))?;
                match info {
                    Value::Array(list) => out.infos.extend(list),
                    one => out.infos.push(one),
                }
            }
            "ref" => reference[0] = Some(text(field.into_async_read(), &name).await?),
            "refId" => reference[1] = Some(text(field.into_async_read(), &name).await?),
            "field" => reference[2] = Some(text(field.into_async_read(), &name).await?),
            // Where Strapi keeps plugins' files and folders of its own: nothing that would mean something here.
            "path" | "source" => drop(text(field.into_async_read(), &name).await?),
            other => {
                let message = "a form for files has files, fileInfo, ref, refId and field";
                let pointer = masthead_model::problem::pointer_to("", other);
                return Err(Error::invalid(&pointer, "unknown_field", message).into());
            }
        }
    }
    out.showing = match reference {
        [None, None, None] => None,
        [Some(type_word), Some(id), Some(field)] => Some(Showing { type_word, id, field }),
        _ => {
            let message = "to show files in a document, name ref, refId and field";
            return Err(Error::invalid("/ref", "required", message).into());
        }
    };
    Ok(out)
}

async fn next(form: &mut Multipart) -> Result<Option<poem::web::Field>, Refusal> {
    let next = tokio::time::timeout(PATIENCE, form.next_field()).await;
    next.map_err(|_| Refusal::of_status(StatusCode::REQUEST_TIMEOUT))?.map_err(malformed)
}

/// Read a piece; a client that sends nothing is not waited for.
async fn piece(source: &mut (impl AsyncRead + Unpin), buffer: &mut [u8]) -> Result<usize, Refusal> {
    let read = tokio::time::timeout(PATIENCE, source.read(buffer)).await;
    read.map_err(|_| Refusal::of_status(StatusCode::REQUEST_TIMEOUT))?.map_err(malformed)
}

async fn write_down(core: &Core, source: impl AsyncRead) -> Result<Spooled, Refusal> {
    let mut source = std::pin::pin!(source);
    let mut file = media::spool(core).await?;
    let most = core.settings().media.max_bytes;
    let mut buffer = vec![0; BUFFER];
    loop {
        // Small pieces of the network are written together.
        let mut filled = 0;
        while filled < buffer.len() {
            match piece(&mut source, &mut buffer[filled..]).await? {
                0 => break,
                read => filled += read,
            }
        }
        file.write(&buffer[..filled]).await.map_err(Error::from)?;
        if file.size() > most {
            return Err(Error::TooLarge(format!("a file has at most {most} bytes")).into());
        }
        if filled < buffer.len() {
            return Ok(file.finish().await.map_err(Error::from)?);
        }
    }
}

async fn text(source: impl AsyncRead, name: &str) -> Result<String, Refusal> {
    let mut source = std::pin::pin!(source);
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 8 << 10];
    loop {
        match piece(&mut source, &mut buffer).await? {
            0 => break,
            read => bytes.extend_from_slice(&buffer[..read]),
        }
        if bytes.len() > LARGEST_FIELD {
            return Err(Error::TooLarge(format!("`{name}` is too long")).into());
        }
    }
    String::from_utf8(bytes).map_err(|_| Error::invalid(&format!("/{name}"), "text", "this is not UTF-8").into())
}

impl Received {
    /// What is said about the file at `index`.
    pub fn details(&self, index: usize) -> Result<Details, Refusal> {
        match self.infos.get(index) {
            None | Some(Value::Null) => Ok(Details::default()),
            Some(info) => Ok(details(info, "/fileInfo")?),
        }
    }
}

/// What a JSON object says about a file; refused by pointers below `at`.
pub fn details(info: &Value, at: &str) -> Result<Details, Error> {
    let wrong = |name: &str, wanted: &str| Error::invalid(&format!("{at}/{name}"), "type", wanted);
    let Some(members) = info.as_object() else { return Err(Error::invalid(at, "type", "send an object")) };
    let mut details = Details::default();
    for (name, value) in members {
        let text = || match value {
            Value::Null => Ok(None),
            Value::String(text) => Ok(Some(text.clone())),
            _ => Err(wrong(name, "a text or null")),
        };
        match name.as_str() {
            "name" => details.name = text()?,
            "alternativeText" => details.alternative_text = Some(text()?),
            "caption" => details.caption = Some(text()?),
            "title" => details.title = Some(text()?),
            "locale" => details.locale = text()?,
            "folder" => details.folder = Some(text()?),
            "private" => details.private = Some(value.as_bool().ok_or_else(|| wrong(name, "true or false"))?),
            "tags" => {
                let list = value.as_array().and_then(|l| l.iter().map(|t| t.as_str().map(str::to_owned)).collect());
                details.tags = Some(list.ok_or_else(|| wrong(name, "a list of texts"))?);
            }
            "focalPoint" => {
                details.focal = Some(match value {
                    Value::Null => None,
                    point => {
                        let number = |axis: &str| point.get(axis).and_then(Value::as_f64);
                        let both = number("x").zip(number("y"));
                        Some(both.ok_or_else(|| wrong(name, "{\"x\": …, \"y\": …} in percent, or null"))?)
                    }
                });
            }
            // What a client read it may send back.
            "id" | "documentId" => {}
            other => {
                let message =
                    "of a file: name, alternativeText, caption, title, locale, folder, tags, focalPoint, private";
                let pointer = masthead_model::problem::pointer_to(at, other);
                return Err(Error::invalid(&pointer, "unknown_field", message));
            }
        }
    }
    Ok(details)
}
