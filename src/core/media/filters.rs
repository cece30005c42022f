//! `filters[…]` of a list of files, in the words of any other list.

use crate::{Core, Error, Result, time};
use masthead_model::fold;
use masthead_model::query::{Node, QueryProblem};
use masthead_store::asset_filters::{Column, Filter, Test};

/// Conditions within conditions.
const DEEPEST: usize = 10;
/// Of a hash, as it is shown.
const SHOWN: usize = 16;
const FIELDS: &str = "id, documentId, name, mime, ext, hash, size, sizeInBytes, width, height, createdAt, updatedAt";

fn refused(at: &str, code: &'static str, message: impl Into<String>) -> Error {
    Error::Query(vec![QueryProblem::new(at, code, message.into())])
}

/// All conditions of `node`, which stands at the parameter `at`.
pub fn read(core: &Core, node: &Node, at: &str) -> Result<Filter> {
    all(core, node, at, 0)
}

fn all(core: &Core, node: &Node, at: &str, depth: usize) -> Result<Filter> {
    if depth > DEEPEST {
        return Err(refused(at, "too_deep", format!("conditions stand at most {DEEPEST} deep in others")));
    }
    if let Node::Value(_) = node {
        return Err(refused(at, "unknown_field", format!("name a field: {FIELDS}")));
    }
    let mut filters = Vec::new();
    for (name, inner) in node.children() {
        let below = format!("{at}[{name}]");
        let each = || -> Result<Vec<Filter>> {
            let children = inner.children();
            children.iter().map(|(n, one)| all(core, one, &format!("{below}[{n}]"), depth + 1)).collect()
        };
        filters.push(match name.as_str() {
            "$and" => Filter::All(each()?),
            "$or" => Filter::Any(each()?),
            "$not" => Filter::Not(Box::new(all(core, inner, &below, depth + 1)?)),
            // A list of conditions is all of them.
            name if matches!(node, Node::List(_)) && name.parse::<usize>().is_ok() => {
                all(core, inner, &below, depth + 1)?
            }
            name => field(core, name, inner, &below, depth)?,
        });
    }
    Ok(Filter::All(filters))
}

/// What is asked of one field: a value, or tests by their operators.
fn field(core: &Core, name: &str, node: &Node, at: &str, depth: usize) -> Result<Filter> {
    let read = Field::named(core, name, at)?;
    match node {
        Node::Value(value) => read.test("$eq", std::slice::from_ref(value), at),
        Node::List(_) => read.test("$in", &values(node, at)?, at),
        Node::Map(tests) => {
            let test = |(operator, inner): &(String, Node)| {
                let below = format!("{at}[{operator}]");
                match operator.as_str() {
                    "$not" if depth < DEEPEST => {
                        Ok(Filter::Not(Box::new(field(core, name, inner, &below, depth + 1)?)))
                    }
                    operator => read.test(operator, &values(inner, &below)?, &below),
                }
            };
            Ok(Filter::All(tests.iter().map(test).collect::<Result<_>>()?))
        }
    }
}

fn values(node: &Node, at: &str) -> Result<Vec<String>> {
    let wrong = || refused(at, "value", "this takes a value, or a list of them");
    match node {
        Node::Value(value) => Ok(vec![value.clone()]),
        Node::List(items) => {
            let value = |one: &Node| if let Node::Value(value) = one { Ok(value.clone()) } else { Err(wrong()) };
            items.iter().map(value).collect()
        }
        Node::Map(_) => Err(wrong()),
    }
}

/// A field, and how its values are read.
struct Field<'a> {
    core: &'a Core,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Number(Column),
    /// In kB, as it is shown.
    Kilobytes,
    Moment(Column),
    /// The number that documents and files are shown by.
    Public,
    Text(Column),
    Ending,
}

impl<'a> Field<'a> {
    fn named(core: &'a Core, name: &str, at: &str) -> Result<Self> {
        let kind = match name {
            "id" => Kind::Public,
            "documentId" => Kind::Text(Column::Id),
            "name" => Kind::Text(Column::Name),
            "mime" => Kind::Text(Column::Mime),
            "hash" => Kind::Text(Column::Hash),
            "ext" => Kind::Ending,
            "size" => Kind::Kilobytes,
            "sizeInBytes" => Kind::Number(Column::Size),
            "width" => Kind::Number(Column::Width),
            "height" => Kind::Number(Column::Height),
            "createdAt" | "publishedAt" => Kind::Moment(Column::Created),
            "updatedAt" => Kind::Moment(Column::Updated),
            _ => return Err(refused(at, "unknown_field", format!("files are filtered by {FIELDS}"))),
        };
        Ok(Self { core, kind })
    }

    fn test(&self, operator: &str, values: &[String], at: &str) -> Result<Filter> {
        let value = values.first().map(String::as_str).unwrap_or_default();
        let not = |filter: Filter| Filter::Not(Box::new(filter));
        let is_so = || match value {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(refused(at, "value", "this is true or false")),
        };
        // Names are compared as they are; all else that is text has small letters.
        let is_name = matches!(self.kind, Kind::Text(Column::Name));
        match operator {
            "$eqi" | "$nei" if is_name => {
                Err(refused(at, "unknown_operator", format!("`{operator}` is not asked of this")))
            }
            "$eq" | "$eqi" | "$in" => self.among(values, at),
            "$ne" | "$nei" | "$notIn" => Ok(not(self.among(values, at)?)),
            "$null" => Ok(if is_so()? { self.missing() } else { not(self.missing()) }),
            "$notNull" => Ok(if is_so()? { not(self.missing()) } else { self.missing() }),
            "$between" if values.len() == 2 => {
                Ok(Filter::All(vec![self.test("$gte", &values[..1], at)?, self.test("$lte", &values[1..], at)?]))
            }
            "$notContains" => Ok(not(self.test("$contains", values, at)?)),
            "$notContainsi" => Ok(not(self.test("$containsi", values, at)?)),
            _ => match self.kind {
                Kind::Text(column) => text(column, operator, value),
                Kind::Ending | Kind::Public => None,
                _ => self.compared(operator, value, at)?,
            }
            .ok_or_else(|| refused(at, "unknown_operator", format!("`{operator}` is not asked of this"))),
        }
    }

    fn missing(&self) -> Filter {
        match self.kind {
            Kind::Number(column @ (Column::Width | Column::Height)) => Filter::Of(column, Test::Missing),
            // Everything else is always there.
            _ => Filter::Any(Vec::new()),
        }
    }

    fn among(&self, values: &[String], at: &str) -> Result<Filter> {
        let numbers = || values.iter().map(|value| self.number(value, at)).collect::<Result<Vec<_>>>();
        Ok(match self.kind {
            Kind::Public => {
                let number = |value: &String| value.parse().map_err(|_| refused(at, "value", "an id is a number"));
                let ids: Vec<i64> = values.iter().map(number).collect::<Result<_>>()?;
                Filter::Of(Column::Key, Test::Among(ids.into_iter().filter_map(|id| self.core.ids().key(id)).collect()))
            }
            Kind::Number(column) | Kind::Moment(column) => Filter::Of(column, Test::Among(numbers()?)),
            Kind::Kilobytes => {
                // Shown with two digits: all that is shown so.
                let near = |bytes: i64| vec![greater(Column::Size, bytes - 6), less(Column::Size, bytes + 6)];
                Filter::Any(numbers()?.into_iter().map(|bytes| Filter::All(near(bytes))).collect())
            }
            Kind::Text(Column::Hash) => {
                let begins = |value: &String| Filter::Of(Column::Hash, Test::Begins(value.clone()));
                Filter::Any(values.iter().filter(|value| value.len() >= SHOWN).map(begins).collect())
            }
            Kind::Text(column) => Filter::Of(column, Test::AmongTexts(values.to_vec())),
            Kind::Ending => Filter::Any(values.iter().map(|value| ending(value)).collect()),
        })
    }

    fn number(&self, value: &str, at: &str) -> Result<i64> {
        let read = match self.kind {
            Kind::Moment(_) => time::parse(value),
            Kind::Kilobytes => {
                value.parse::<f64>().ok().filter(|n| n.abs() < 1e12).map(|n| (n * 1000.0).round() as i64)
            }
            _ => value.parse().ok(),
        };
        read.ok_or_else(|| refused(at, "value", format!("'{value}' is no value of this")))
    }

    fn compared(&self, operator: &str, value: &str, at: &str) -> Result<Option<Filter>> {
        let column = match self.kind {
            Kind::Number(column) | Kind::Moment(column) => column,
            _ => Column::Size,
        };
        let number = || self.number(value, at);
        Ok(Some(match operator {
            "$lt" => less(column, number()?),
            "$lte" => less(column, number()?.saturating_add(1)),
            "$gt" => greater(column, number()?),
            "$gte" => greater(column, number()?.saturating_sub(1)),
            _ => return Ok(None),
        }))
    }
}

fn less(column: Column, than: i64) -> Filter {
    Filter::Of(column, Test::Less(than))
}

fn greater(column: Column, than: i64) -> Filter {
    Filter::Of(column, Test::Greater(than))
}

fn text(column: Column, operator: &str, value: &str) -> Option<Filter> {
    let exact = value.to_owned();
    let test = match (operator, column) {
        // Names are found by their folded words, too.
        ("$containsi", Column::Name) => return Some(Filter::Of(Column::Words, Test::Holds(fold::caseless(value)))),
        ("$containsi", _) => Test::Holds(exact.to_lowercase()),
        ("$startsWithi", _) if column != Column::Name => Test::Begins(exact.to_lowercase()),
        ("$endsWithi", _) if column != Column::Name => Test::Ends(exact.to_lowercase()),
        ("$contains", _) => Test::Holds(exact),
        ("$startsWith", _) => Test::Begins(exact),
        ("$endsWith", _) => Test::Ends(exact),
        _ => return None,
    };
    Some(Filter::Of(column, test))
}

/// Files that are shown with this ending, whatever their names end in.
fn ending(value: &str) -> Filter {
    let bare = value.trim_start_matches('.').to_lowercase();
    let mimes: Vec<String> = masthead_media::mimes_of(&bare).into_iter().map(str::to_owned).collect();
    match mimes.is_empty() {
        true => Filter::Of(Column::Name, Test::Ends(format!(".{bare}"))),
        false => Filter::Of(Column::Mime, Test::AmongTexts(mimes)),
    }
}
