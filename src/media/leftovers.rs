//! What a process that was killed left in a folder of files: beginnings of objects that nobody lists, and folders in
//! which nothing is any more.

use std::fs;
use std::io;
use std::path::Path;
use std::time::SystemTime;

/// Remove what nobody has touched since `before`; how many beginnings of objects.
pub(crate) fn remove(folder: &Path, before: SystemTime) -> io::Result<u64> {
    let mut removed = 0;
    for entry in read(folder)? {
        let (path, kind) = (entry.path(), entry.file_type());
        let Ok(kind) = kind else { continue };
        if kind.is_dir() {
            removed += remove(&path, before)?;
            // Refused by the system unless nothing is in it.
            if is_old(&entry, before) {
                let _ = fs::remove_dir(&path);
            }
        } else if is_beginning(&entry.file_name().to_string_lossy()) && is_old(&entry, before) {
            removed += u64::from(fs::remove_file(&path).is_ok());
        }
    }
    Ok(removed)
}

/// Another process may remove a folder at the same time.
fn read(folder: &Path) -> io::Result<Vec<fs::DirEntry>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

fn is_old(entry: &fs::DirEntry, before: SystemTime) -> bool {
    entry.metadata().and_then(|m| m.modified()).is_ok_and(|at| at <= before)
}

/// Ours begin with [`super::blobs::BEGINNING`]; `object_store` puts `#` and a number behind the name.
fn is_beginning(name: &str) -> bool {
    let numbered = |(_, number): (&str, &str)| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    name.starts_with(super::blobs::BEGINNING) || name.rsplit_once('#').is_some_and(numbered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_and_empty_folders_go_and_everything_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["ab/abcd", "ab/.new-x7", "ab/q80.webp#1", "ab/q#80.webp", "cd/.new-1"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        let now = SystemTime::now();
        assert_eq!(remove(folder.path(), now - std::time::Duration::from_secs(60)).unwrap(), 0, "they are young");
        assert_eq!(remove(folder.path(), now + std::time::Duration::from_secs(60)).unwrap(), 3);
        let mut left: Vec<_> = read(&folder.path().join("ab")).unwrap().iter().map(fs::DirEntry::file_name).collect();
        left.sort();
        assert_eq!(left, ["abcd", "q#80.webp"]);
        assert!(!folder.path().join("cd").exists(), "nothing is in it");
    }
}
