//! Looking through files.

use super::filters;
use super::rights::{Reach, expect};
use crate::{Caller, Core, Error, Result};
use masthead_model::query::{QueryProblem, qs};
use masthead_model::{Action, fold};
use masthead_store::assets::{self, Asset, Order, Query};
use masthead_store::media_folders;

/// A page of files, and how many there are in all.
#[derive(Clone, Debug)]
pub struct Listing {
    pub files: Vec<Asset>,
    pub total: i64,
    pub page: i64,
    pub page_size: i64,
}

/// What a list is asked for, from `sort`, `pagination[…]`, `_q`, `folder`, `kind`, `tag`, `private`, `trashed`, `used`
/// and `filters[…]`.
#[derive(Clone, Debug)]
pub struct Wanted {
    query: Query,
    /// Id of a folder; the inner none is the top.
    folder: Option<Option<String>>,
    order: (Order, bool),
    /// Files before the first; by page when none.
    start: Option<i64>,
    page: i64,
    page_size: i64,
}

fn problem(parameter: &str, message: impl Into<String>) -> Error {
    Error::Query(vec![QueryProblem::new(parameter, "value", message.into())])
}

/// Read the parameters of a list; anything unknown is refused by its name.
pub fn listing_of(core: &Core, raw: &str) -> Result<Wanted> {
    let root = qs::parse(raw).map_err(|problem| Error::Query(vec![problem]))?;
    let mut wanted = Wanted {
        query: Query::default(),
        folder: None,
        order: (Order::Created, true),
        start: None,
        page: 1,
        page_size: 25,
    };
    let mut flat: Vec<(String, String)> = Vec::new();
    flatten(&root, String::new(), &mut flat);
    let most = i64::from(core.settings().max_page_size.max(1));
    let number = |key: &str, value: &str, least: i64, most: i64| {
        let read = value.parse::<i64>().ok().filter(|n| (least..=most).contains(n));
        read.ok_or_else(|| problem(key, format!("`{key}` is a whole number from {least} to {most}")))
    };
    for (key, value) in &flat {
        let yes = || match value.as_str() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(problem(key, format!("`{key}` is true or false"))),
        };
        match key.as_str() {
            "pagination[page]" => wanted.page = number(key, value, 1, 1_000_000)?,
            "pagination[pageSize]" | "pagination[limit]" | "limit" => wanted.page_size = number(key, value, 1, most)?,
            "pagination[start]" | "start" => wanted.start = Some(number(key, value, 0, 100_000_000)?),
            "pagination[withCount]" => drop(yes()?),
            "_q" => {
                let words = value.split_whitespace().take(20).map(fold::key);
                wanted.query.words =
                    words.map(|w| w.split(fold::SEPARATOR).next().unwrap_or_default().to_owned()).collect();
            }
            "folder" => wanted.folder = Some((!matches!(value.as_str(), "" | "root")).then(|| value.clone())),
            "kind" => match value.as_str() {
                "image" | "video" | "audio" => wanted.query.mimes.push(format!("{value}/")),
                "file" => {
                    wanted.query.not_mimes.extend(["image/", "video/", "audio/"].map(str::to_owned));
                }
                _ => return Err(problem(key, "`kind` is image, video, audio or file")),
            },
            "tag" => wanted.query.tag = Some(value.clone()),
            "private" => wanted.query.private = Some(yes()?),
            "trashed" => wanted.query.trashed = yes()?,
            "used" => wanted.query.used = Some(yes()?),
            "sort" | "sort[0]" => wanted.order = order(key, value)?,
            // Read as a whole, below.
            key if key.starts_with("filters") => {}
            other => {
                let message = format!("a list of files has no parameter `{other}`");
                return Err(Error::Query(vec![QueryProblem::new(other, "unknown_parameter", message)]));
            }
        }
    }
    let filter = root.get("filters").map(|node| filters::read(core, node, "filters"));
    wanted.query.filter = filter.transpose()?;
    if let Some(start) = wanted.start {
        wanted.page = start / wanted.page_size + 1;
    }
    Ok(wanted)
}

fn flatten(node: &masthead_model::query::Node, key: String, out: &mut Vec<(String, String)>) {
    match node {
        masthead_model::query::Node::Value(value) => out.push((key, value.clone())),
        other => {
            for (name, inner) in other.children() {
                let below = if key.is_empty() { name.to_owned() } else { format!("{key}[{name}]") };
                flatten(inner, below, out);
            }
        }
    }
}

fn order(key: &str, value: &str) -> Result<(Order, bool)> {
    let (name, descending) = match value.strip_prefix('-') {
        Some(name) => (name, true),
        None => match value.split_once(':') {
            Some((name, "desc" | "DESC")) => (name, true),
            Some((name, "asc" | "ASC")) => (name, false),
            Some(_) => return Err(problem(key, "a sort ends in :asc or :desc")),
            None => (value, false),
        },
    };
    let order = match name {
        "createdAt" | "id" => Order::Created,
        "updatedAt" => Order::Updated,
        "name" => Order::Name,
        "size" | "sizeInBytes" => Order::Size,
        "width" => Order::Width,
        "height" => Order::Height,
        _ => return Err(problem(key, "files are sorted by createdAt, updatedAt, name, size, width or height")),
    };
    Ok((order, descending))
}

/// A page of files.
pub async fn list(core: &Core, caller: &Caller, wanted: Wanted) -> Result<Listing> {
    let caller = caller.clone();
    core.read(move |conn, snapshot| {
        let Wanted { mut query, folder, order, start, page, page_size } = wanted;
        if let Reach::Own(owner) = expect(&caller, snapshot, Action::Read)? {
            query.owner = Some(owner);
        }
        match folder {
            None => {}
            Some(None) => query.folder = Some(0),
            Some(Some(id)) => {
                let found = media_folders::all(conn)?.into_iter().find(|f| f.id == id);
                query.folder = Some(found.ok_or_else(|| problem("folder", "there is no such folder"))?.key);
            }
        }
        let start = start.unwrap_or((page - 1) * page_size);
        let files = assets::list(conn, &query, order, (start, page_size))?;
        let total = assets::count(conn, &query)?;
        Ok(Listing { files, total, page, page_size })
    })
    .await
}
