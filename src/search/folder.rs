//! The folder of the index: `current` names the folder that is served; one beside it may be in the making.
//!
//! `writer.lock` is held by the process that follows the log, `rebuild.lock` by the one that makes an index anew. Locks
//! end with their process, however it ends.

use masthead_core::{Error, Result};
use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// Held until it is dropped.
pub struct Held(#[allow(dead_code)] File);

impl Folder {
    pub fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub fn create(&self) -> Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        // Words of drafts stand in it.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.0).map_err(|e| self.failed(&e))
    }

    /// The index that is served, if there is one.
    pub fn current(&self) -> Option<PathBuf> {
        let name = fs::read_to_string(self.0.join("current")).ok()?;
        let path = self.0.join(name.trim());
        (number(&path).is_some() && path.join("meta.json").exists()).then_some(path)
    }

    /// Serve this one from now on, in every process.
    pub fn switch(&self, to: &Path) -> Result<()> {
        let name = to.file_name().and_then(|n| n.to_str()).unwrap_or_default();
        let beside = self.0.join("current.new");
        let file = File::create(&beside).map_err(|e| self.failed(&e))?;
        std::io::Write::write_all(&mut &file, name.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(|e| self.failed(&e))?;
        fs::rename(&beside, self.0.join("current")).map_err(|e| self.failed(&e))
    }

    /// A new, empty folder.
    pub fn fresh(&self) -> Result<PathBuf> {
        let last = self.all().iter().filter_map(|path| number(path)).max().unwrap_or(0);
        let path = self.0.join(format!("i-{}", last + 1));
        fs::create_dir_all(&path).map_err(|e| self.failed(&e))?;
        Ok(path)
    }

    /// Remove what is not served and not in the making. What is still being read stays readable.
    pub fn sweep(&self) {
        let Some(_held) = self.hold("rebuild.lock") else { return };
        let current = self.current();
        for path in self.all().into_iter().filter(|path| Some(path) != current.as_ref()) {
            let _ = fs::remove_dir_all(path);
        }
    }

    /// Take a lock, unless another process has it.
    pub fn hold(&self, name: &str) -> Option<Held> {
        let file = File::options().create(true).truncate(false).write(true).open(self.0.join(name)).ok()?;
        match file.try_lock() {
            Ok(()) => Some(Held(file)),
            Err(TryLockError::WouldBlock | TryLockError::Error(_)) => None,
        }
    }

    fn all(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.0).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| number(path).is_some()).collect()
    }

    fn failed(&self, error: &std::io::Error) -> Error {
        Error::Internal(format!("{}: {error}", self.0.display()))
    }
}

fn number(path: &Path) -> Option<u64> {
    path.file_name()?.to_str()?.strip_prefix("i-")?.parse().ok()
}

/// Bytes of the files in a folder.
pub fn size(path: &Path) -> u64 {
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.metadata().ok()).filter(fs::Metadata::is_file).map(|meta| meta.len()).sum()
}
