//! Files on their way in: written to this machine first, hashed as they come, and gone unless somebody keeps them.

use crate::{Error, Result};
use sha2::{Digest, Sha256};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use tokio::io::AsyncWriteExt;

/// The folder of files on their way in.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: PathBuf,
}

/// A file that is being written.
pub struct Filling {
    file: tokio::fs::File,
    path: tempfile::TempPath,
    hash: Sha256,
    size: u64,
}

/// A file that is all there. Removed when it is dropped.
#[derive(Debug)]
pub struct Spooled {
    path: tempfile::TempPath,
    /// Locked, so that a sweep sees that somebody has it.
    _file: std::fs::File,
    /// Bytes.
    pub size: u64,
    /// SHA-256, as hexadecimal digits.
    pub hash: String,
}

impl Spool {
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Begin a file.
    pub async fn begin(&self) -> Result<Filling> {
        let folder = self.folder.clone();
        let made = tokio::task::spawn_blocking(move || {
            std::fs::create_dir_all(&folder)?;
            // A sweep may come between making it and locking it.
            let made = loop {
                let made = tempfile::Builder::new().prefix("upload-").tempfile_in(&folder)?;
                // A disk that knows no locks has sweeps that wait long enough.
                let _ = made.as_file().lock();
                if made.path().exists() {
                    break made;
                }
            };
            Ok::<_, std::io::Error>(made)
        });
        let (file, path) = made.await.map_err(|e| Error::Storage(e.to_string()))??.into_parts();
        Ok(Filling { file: tokio::fs::File::from_std(file), path, hash: Sha256::new(), size: 0 })
    }

    /// Remove what processes that were killed left behind: files that nobody has, nor wrote to since `before`, µs.
    pub fn sweep(&self, before: i64) -> Result<u64> {
        let before = SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(before).unwrap_or(0));
        let mut removed = 0;
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Ok(0) };
        for entry in entries.flatten() {
            let is_ours = entry.file_name().to_string_lossy().starts_with("upload-");
            let written = entry.metadata().ok().and_then(|m| m.modified().ok());
            if !is_ours || written.is_none_or(|at| at > before) {
                continue;
            }
            let Ok(file) = std::fs::File::open(entry.path()) else { continue };
            // Removed while it is locked: whoever is about to lock it, too, sees that it is gone.
            if file.try_lock().is_ok() && std::fs::remove_file(entry.path()).is_ok() {
                removed += 1;
            }
        }
        Ok(removed)
    }
}

impl Filling {
    pub async fn write(&mut self, bytes: &[u8]) -> Result<()> {
        self.hash.update(bytes);
        self.size += bytes.len() as u64;
        self.file.write_all(bytes).await?;
        Ok(())
    }

    /// Bytes so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    pub async fn finish(mut self) -> Result<Spooled> {
        self.file.flush().await?;
        let _file = self.file.into_std().await;
        Ok(Spooled { path: self.path, _file, size: self.size, hash: hex(&self.hash.finalize()) })
    }
}

impl Spooled {
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The first bytes, `most` or fewer.
    pub fn head(&self, most: usize) -> Result<Vec<u8>> {
        let mut head = Vec::new();
        std::fs::File::open(&self.path)?.take(most as u64).read_to_end(&mut head)?;
        Ok(head)
    }

    /// The whole file.
    pub fn read(&self) -> Result<Vec<u8>> {
        Ok(std::fs::read(&self.path)?)
    }

    /// Write other bytes over the file, from its beginning; its length stays.
    pub fn overwrite(&mut self, bytes: &[u8]) -> Result<()> {
        let mut file = std::fs::OpenOptions::new().write(true).open(&self.path)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(bytes)?;
        self.hash = hex(&Sha256::digest(bytes));
        Ok(())
    }

    /// Take out the place where a film or a picture made of boxes was taken. The file is not read into memory.
    pub fn forget_location(&mut self, mime: &str) -> Result<()> {
        let mut file = std::fs::OpenOptions::new().read(true).write(true).open(&self.path)?;
        if crate::location::forget_location(&mut file, mime)? {
            file.seek(SeekFrom::Start(0))?;
            let mut hash = Sha256::new();
            let mut buffer = vec![0; 256 << 10];
            loop {
                match file.read(&mut buffer)? {
                    0 => break,
                    read => hash.update(&buffer[..read]),
                }
            }
            self.hash = hex(&hash.finalize());
        }
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_somebody_still_has_is_not_swept() {
        let folder = tempfile::tempdir().unwrap();
        let spool = Spool::new(folder.path().to_owned());
        std::fs::write(folder.path().join("upload-left"), "x").unwrap();
        std::fs::write(folder.path().join("something-else"), "x").unwrap();
        let mut filling = spool.begin().await.unwrap();
        filling.write(b"abc").await.unwrap();
        assert_eq!(spool.sweep(0).unwrap(), 0, "all are young");
        assert_eq!(spool.sweep(i64::MAX).unwrap(), 1);
        let file = filling.finish().await.unwrap();
        assert_eq!(spool.sweep(i64::MAX).unwrap(), 0);
        assert_eq!((file.read().unwrap(), file.size), (b"abc".to_vec(), 3));
        assert_eq!(file.hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        drop(file);
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().map(|e| e.file_name()).collect();
        assert_eq!(left, ["something-else"]);
    }
}
