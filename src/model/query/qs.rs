//! Query strings with brackets, as the `qs` package of JavaScript reads them, into an ordered tree.
//!
//! Stricter than `qs` where it would guess: broken percent signs, unclosed brackets and parameters that are a value
//! here and a map there are refused, so that no filter is ever dropped in silence.

use super::problem::{QueryProblem, shown};
use serde_json::Value;

/// Longest query string, in bytes as sent.
pub const MAX_LENGTH: usize = 16 * 1024;
/// Most brackets behind one parameter name.
pub const MAX_DEPTH: usize = 20;
/// Most `name=value` pairs.
pub const MAX_LEAVES: usize = 1000;
/// Highest index of a list; a longer one is written with `[]`.
pub const MAX_INDEX: usize = 200;

/// A query string as a tree. Lists have no gaps; maps keep the order in which their names first appeared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    Value(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    /// What it holds, by name; items of a list by their number.
    pub fn children(&self) -> Vec<(String, &Node)> {
        match self {
            Self::Value(_) => Vec::new(),
            Self::List(items) => items.iter().enumerate().map(|(i, node)| (i.to_string(), node)).collect(),
            Self::Map(entries) => entries.iter().map(|(key, node)| (key.clone(), node)).collect(),
        }
    }

    /// The entry `name` of a map.
    pub fn get(&self, name: &str) -> Option<&Node> {
        match self {
            Self::Map(entries) => entries.iter().find(|(key, _)| key == name).map(|(_, node)| node),
            _ => None,
        }
    }
}

impl From<&Value> for Node {
    /// The same query written as JSON: scalars are their text, null is the test `$null`.
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Map(vec![("$null".to_owned(), Self::Value("true".to_owned()))]),
            Value::String(text) => Self::Value(text.clone()),
            Value::Bool(_) | Value::Number(_) => Self::Value(value.to_string()),
            Value::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Value::Object(map) => Self::Map(map.iter().map(|(key, v)| (key.clone(), Self::from(v))).collect()),
        }
    }
}

/// The tree of `raw`, the part of a URL behind `?`: always a map.
pub fn parse(raw: &str) -> Result<Node, QueryProblem> {
    let mut root = Vec::new();
    let mut leaves = 0;
    let mut offset = 0;
    for part in raw.split('&') {
        offset += part.len() + 1;
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        if offset > MAX_LENGTH + 1 {
            let message = format!("the query string is longer than {MAX_LENGTH} bytes");
            return Err(QueryProblem::new(shown(key), "too_long", message));
        }
        if part.is_empty() {
            continue;
        }
        leaves += 1;
        if leaves > MAX_LEAVES {
            let message = format!("a query may hold at most {MAX_LEAVES} parameters");
            return Err(QueryProblem::new(shown(key), "too_many", message));
        }
        let key = decode(key).map_err(|why| QueryProblem::new(shown(key), "malformed", why))?;
        let value = decode(value).map_err(|why| QueryProblem::new(shown(&key), "malformed", why))?;
        let problem = |code, message: String| QueryProblem::new(shown(&key), code, message);
        let steps = steps(&key).map_err(|(code, message)| problem(code, message))?;
        insert(&mut root, &steps, value).map_err(|message| problem("conflict", message))?;
    }
    Ok(finish(Build::Branch(root), true))
}

/// Percent-decoded, `+` as a space; control characters that no database takes are refused.
pub fn decode(text: &str) -> Result<String, &'static str> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => match (rest.next().and_then(hex), rest.next().and_then(hex)) {
                (Some(high), Some(low)) => high << 4 | low,
                _ => return Err("a `%` must be followed by two hexadecimal digits; write `%25` for the sign itself"),
            },
            other => other,
        });
    }
    match String::from_utf8(bytes) {
        Ok(text) if text.contains('\0') => Err("the character NUL is not allowed"),
        Ok(text) => Ok(text),
        Err(_) => Err("not valid UTF-8 once percent-decoded"),
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok())
}

/// `filters[title][$eq]` → `filters`, `title`, `$eq`.
fn steps(key: &str) -> Result<Vec<&str>, (&'static str, String)> {
    let (name, mut rest) = key.split_at(key.find('[').unwrap_or(key.len()));
    let mut steps = vec![name];
    while !rest.is_empty() {
        let inner = rest.strip_prefix('[').and_then(|r| r.split_once(']'));
        let Some((step, behind)) = inner.filter(|(step, _)| !step.contains('[')) else {
            return Err(("malformed", "brackets must be closed and follow each other, as in `a[b][c]`".to_owned()));
        };
        if steps.len() > MAX_DEPTH {
            return Err(("too_deep", format!("at most {MAX_DEPTH} brackets may follow a name")));
        }
        if step.bytes().all(|b| b.is_ascii_digit()) && !step.is_empty() && index(step).is_none() {
            let message = format!("a list index is a number up to {MAX_INDEX}; write `[]` for longer lists");
            return Err(("too_many", message));
        }
        steps.push(step);
        rest = behind;
    }
    Ok(steps)
}

/// A list index within the limit, in its usual spelling.
fn index(step: &str) -> Option<usize> {
    let index = step.parse().ok()?;
    (index <= MAX_INDEX && step.bytes().all(|b| b.is_ascii_digit()) && (step.len() == 1 || !step.starts_with('0')))
        .then_some(index)
}

/// The tree while it grows. The step `[]` stands as an empty name and is new each time.
enum Build {
    Values(Vec<String>),
    Branch(Vec<(String, Build)>),
}

fn insert(branch: &mut Vec<(String, Build)>, steps: &[&str], value: String) -> Result<(), String> {
    let Some((step, rest)) = steps.split_first() else {
        return Ok(());
    };
    let known = branch.iter().position(|(name, _)| name == step && !name.is_empty());
    let at = known.unwrap_or_else(|| {
        let new = if rest.is_empty() { Build::Values(Vec::new()) } else { Build::Branch(Vec::new()) };
        branch.push(((*step).to_owned(), new));
        branch.len() - 1
    });
    match (&mut branch[at].1, rest.is_empty()) {
        (Build::Values(values), true) => {
            values.push(value);
            Ok(())
        }
        (Build::Branch(inner), false) => insert(inner, rest, value),
        _ => Err(format!("`{}` is given both as a value and with brackets behind it", shown(step))),
    }
}

fn finish(build: Build, root: bool) -> Node {
    match build {
        Build::Values(mut values) => match (values.len(), values.pop()) {
            (1, Some(only)) => Node::Value(only),
            (_, last) => Node::List(values.into_iter().chain(last).map(Node::Value).collect()),
        },
        Build::Branch(mut entries) => {
            if !root && entries.iter().all(|(name, _)| name.is_empty() || index(name).is_some()) {
                entries.sort_by_key(|(name, _)| index(name).unwrap_or(usize::MAX));
                Node::List(entries.into_iter().map(|(_, inner)| finish(inner, false)).collect())
            } else {
                Node::Map(entries.into_iter().map(|(name, inner)| (name, finish(inner, false))).collect())
            }
        }
    }
}
