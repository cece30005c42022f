//! Which files a pull has written, so that the next one removes those of deleted types and nothing else.

use super::write::{pretty, replace};
use crate::cli::failure::Failure;
use std::path::{Component, Path};

/// Belongs in version control with the files that it lists.
const FILE: &str = ".pulled.json";

pub struct Manifest(Vec<String>);

impl Manifest {
    pub fn new(files: Vec<String>) -> Self {
        Self(files)
    }

    /// Of the last pull into `folder`; empty when there was none.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let path = folder.join(FILE);
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Self(Vec::new())),
            Err(e) => return Err(Failure::io(path.display(), &e)),
        };
        serde_json::from_slice(&text).map(Self).map_err(|e| {
            let message = format!("{}: this is not the list that a pull writes: {e}", path.display());
            Failure::new(message).next("removing that file")
        })
    }

    /// The listed files that a pull can have written: whatever else stands in the list is never touched.
    pub fn files(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str).filter(|file| {
            let parts: Vec<_> = Path::new(file).components().collect();
            let room = match parts.as_slice() {
                [Component::Normal(room), Component::Normal(_)] => room.to_str().unwrap_or_default(),
                _ => return *file == "locales.json",
            };
            matches!(room, "types" | "components" | "roles") && file.ends_with(".json")
        })
    }

    pub fn write(&self, folder: &Path) -> Result<(), Failure> {
        let text = pretty(&self.0.clone().into())?;
        replace(&folder.join(FILE), text.as_bytes()).map_err(|e| Failure::io(folder.join(FILE).display(), &e))
    }
}

#[cfg(test)]
mod tests {
    use super::Manifest;

    #[test]
    fn only_files_of_a_pull_count() {
        let listed = ["types/a.json", "../x.json", "/etc/passwd", "types/../../x.json", "locales.json", "README.json"];
        let manifest = Manifest::new(listed.map(str::to_owned).to_vec());
        assert_eq!(manifest.files().collect::<Vec<_>>(), ["types/a.json", "locales.json"]);
    }
}
