//! From files to a schema: every mistake is named with its file, and with line and column or JSON pointer.

use crate::cli::failure::{Failure, line};
use masthead_model::check::{Schema, parse_locales, parse_role, parse_type};
use masthead_model::{Kind, Problem};
use serde_json::Value;
use std::io::ErrorKind;
use std::path::Path;

/// The largest file that is read, in bytes.
const LARGEST: u64 = 16 << 20;

/// A file by its path in the folder, and what is wrong in it.
type Wrong = Vec<(String, Problem)>;

/// Read a folder of definitions, or say all that is wrong in it.
pub fn tree(folder: &Path) -> Result<Schema, Failure> {
    let mut schema = Schema::default();
    let mut found = Wrong::new();
    for room in ["types", "components", "roles"] {
        for name in names(&folder.join(room))? {
            let file = format!("{room}/{name}");
            let Some(json) = json(folder, &file, &mut found)? else { continue };
            let parsed = match room {
                "roles" => parse_role(&json).map(|role| {
                    expect_name(&name, &role.name, &mut |p| found.push((file.clone(), p)));
                    schema.roles.push(role);
                }),
                _ => parse_type(&json).map(|def| {
                    expect_room(room, def.kind, &mut |p| found.push((file.clone(), p)));
                    expect_name(&name, &def.singular, &mut |p| found.push((file.clone(), p)));
                    schema.types.push(def);
                }),
            };
            if let Err(problems) = parsed {
                found.extend(problems.into_iter().map(|p| (file.clone(), p)));
            }
        }
    }
    let locales = "locales.json";
    if folder.join(locales).exists()
        && let Some(json) = json(folder, locales, &mut found)?
    {
        match parse_locales(&json) {
            Ok(parsed) => schema.locales = Some(parsed),
            Err(problems) => found.extend(problems.into_iter().map(|p| (locales.to_owned(), p))),
        }
    }
    if !found.is_empty() {
        return Err(wrong(found));
    }
    if schema == Schema::default() {
        let message =
            format!("{} holds no types/*.json, components/*.json, roles/*.json or locales.json", folder.display());
        return Err(Failure::new(message).next(format!("masthead schema pull {}", folder.display())));
    }
    Ok(schema)
}

/// All problems, a line each.
pub fn wrong(found: Wrong) -> Failure {
    let lines: Vec<String> = found
        .iter()
        .map(|(file, problem)| match file.as_str() {
            "" => line(problem),
            file if problem.pointer.is_empty() => format!("{file}: {}", problem.message),
            file => format!("{file} {}", line(problem)),
        })
        .collect();
    match lines.as_slice() {
        [only] => Failure::new(only),
        several => Failure::new(format!("{} problems:\n  {}", several.len(), several.join("\n  "))),
    }
}

/// The JSON files of a folder, in order; none where there is no folder.
fn names(folder: &Path) -> Result<Vec<String>, Failure> {
    let failed = |e: std::io::Error| Failure::io(folder.display(), &e);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(failed(e)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let name = entry.map_err(failed)?.file_name();
        if let Some(name) = name.to_str()
            && name.ends_with(".json")
            && !name.starts_with('.')
        {
            names.push(name.to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

fn json(folder: &Path, file: &str, found: &mut Wrong) -> Result<Option<Value>, Failure> {
    let path = folder.join(file);
    let failed = |e: std::io::Error| Failure::io(path.display(), &e);
    if std::fs::metadata(&path).map_err(failed)?.len() > LARGEST {
        found.push((file.to_owned(), Problem::new("", "too_large", "a definition has at most 16 MB")));
        return Ok(None);
    }
    let bytes = std::fs::read(&path).map_err(failed)?;
    // Editors of other systems put a mark of three bytes before the text.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
    match serde_json::from_slice(text) {
        Ok(json) => Ok(Some(json)),
        Err(e) => {
            let place = format!("{file}:{}:{}", e.line(), e.column());
            let said = e.to_string();
            let said = said.split(" at line ").next().unwrap_or(&said);
            found.push((place, Problem::new("", "json", format!("this is not JSON: {said}"))));
            Ok(None)
        }
    }
}

/// The name of a file is part of what it says: two files cannot describe one thing, and a pull overwrites the right one.
fn expect_name(file: &str, name: &str, wrong: &mut dyn FnMut(Problem)) {
    if file.strip_suffix(".json") != Some(name) {
        wrong(Problem::new("", "file_name", format!("this describes `{name}`: call the file `{name}.json`")));
    }
}

fn expect_room(room: &str, kind: Kind, wrong: &mut dyn FnMut(Problem)) {
    let right = if kind == Kind::Component { "components" } else { "types" };
    if room != right {
        wrong(Problem::new("/kind", "folder", format!("move this file to `{right}`")));
    }
}
