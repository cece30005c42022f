//! Where bytes are kept: a folder, S3 and its like, or memory. Objects are whole or not there.

use crate::patience::Patient;
use crate::{Error, Result, Spooled, leftovers};
use bytes::Bytes;
use futures_util::TryFutureExt;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    ClientConfigKey, ClientOptions, GetOptions, GetRange, GetResultPayload, MultipartUpload, ObjectStore,
    ObjectStoreExt, PutPayload, RetryConfig,
};
use std::fmt;
use std::io::{Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::io::AsyncReadExt;

/// Larger files go up in parts of this size: 10,000 parts, the most that S3 takes, are 160 GB.
const PART: usize = 16 << 20;
/// Parts on their way at once.
const PARTS_AT_ONCE: usize = 3;
/// Bytes of a file in a folder that are read together.
const TOGETHER: u64 = 256 << 10;
/// What the names of files that are not whole yet begin with.
pub(crate) const BEGINNING: &str = ".new-";
/// How often a sweep may take a folder or a beginning from under a file that is just being kept.
const SWEPT_AT_MOST: usize = 20;
/// A store that says nothing for so long is asked again.
const SILENCE: Duration = Duration::from_secs(30);

/// A store of objects.
#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// The folder, when it is one.
    folder: Option<PathBuf>,
    /// As it was given, without secrets.
    name: String,
}

/// An object on its way out.
pub struct Reading {
    /// Of the whole object, bytes.
    pub size: u64,
    pub bytes: BoxStream<'static, Result<Bytes>>,
}

/// An object in a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub key: String,
    pub size: u64,
    /// µs.
    pub modified: i64,
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blobs({})", self.name)
    }
}

impl Blobs {
    /// From a URL: `file:///folder` (or a path), `s3://bucket/prefix`, `gs://…`, `az://…`, `memory://`. Credentials come
    /// from the environment, by the names that the clouds' own tools use (`AWS_ACCESS_KEY_ID`, `AWS_ENDPOINT_URL`, …).
    pub fn open(url: &str) -> Result<Self> {
        let wrong = |cause: String| Error::Setting(format!("storage_url: {cause}"));
        let Some((scheme, rest)) = url.split_once("://") else { return Self::folder(PathBuf::from(url)) };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let base = format!("{scheme}://{bucket}");
        // No limit to the whole: a long film is as long under way as its reader takes.
        let client = || ClientOptions::new().with_timeout_disabled().with_read_timeout(SILENCE);
        let retry = || RetryConfig { retry_timeout: SILENCE * 4, ..RetryConfig::default() };
        let store: Arc<dyn ObjectStore> = match scheme {
            "file" => return Self::folder(PathBuf::from(rest)),
            "memory" => return Ok(Self::memory()),
            "s3" | "s3a" => {
                prepare_tls();
                let plain = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AWS_ENDPOINT_URL_S3"]
                    .iter()
                    .any(|name| std::env::var(name).is_ok_and(|url| url.starts_with("http://")));
                let mut client = client().with_allow_http(plain);
                for (name, key) in [
                    ("AWS_TIMEOUT", ClientConfigKey::Timeout),
                    ("AWS_READ_TIMEOUT", ClientConfigKey::ReadTimeout),
                    ("AWS_CONNECT_TIMEOUT", ClientConfigKey::ConnectTimeout),
                ] {
                    if let Ok(value) = std::env::var(name) {
                        client = client.with_config(key, value);
                    }
                }
                let made = AmazonS3Builder::from_env().with_url(base).with_retry(retry());
                let made = made.with_client_options(client).with_http_connector(Patient { part: PART as u64 });
                Arc::new(made.build().map_err(|e| wrong(e.to_string()))?)
            }
            "gs" => {
                prepare_tls();
                let made = GoogleCloudStorageBuilder::from_env().with_url(base).with_retry(retry());
                let made = made.with_client_options(client()).with_http_connector(Patient { part: PART as u64 });
                Arc::new(made.build().map_err(|e| wrong(e.to_string()))?)
            }
            "az" | "azure" | "abfs" => {
                prepare_tls();
                let made = MicrosoftAzureBuilder::from_env().with_url(base).with_retry(retry());
                let made = made.with_client_options(client()).with_http_connector(Patient { part: PART as u64 });
                Arc::new(made.build().map_err(|e| wrong(e.to_string()))?)
            }
            other => return Err(wrong(format!("'{other}://' is none of file, s3, gs, az and memory"))),
        };
        let store: Arc<dyn ObjectStore> = match prefix.trim_matches('/') {
            "" => store,
            prefix => Arc::new(PrefixStore::new(store, prefix)),
        };
        Ok(Self { store, folder: None, name: url.to_owned() })
    }

    /// A folder, which is created.
    pub fn folder(folder: PathBuf) -> Result<Self> {
        std::fs::create_dir_all(&folder)?;
        let store = LocalFileSystem::new_with_prefix(&folder)?.with_fsync(true);
        Ok(Self { store: Arc::new(store), name: folder.display().to_string(), folder: Some(folder) })
    }

    /// Nothing outlives the process.
    pub fn memory() -> Self {
        Self { store: Arc::new(InMemory::new()), folder: None, name: "memory".to_owned() }
    }

    /// The folder that files are kept in, when it is one.
    pub fn as_folder(&self) -> Option<&std::path::Path> {
        self.folder.as_deref()
    }

    /// Keep a file under `key`; it is durable when this returns. In a folder, nothing is copied.
    pub async fn put_file(&self, key: &str, file: &Spooled) -> Result<()> {
        let path = path(key)?;
        if let Some(folder) = &self.folder {
            let (from, to) = (file.path().to_owned(), folder.join(key));
            let link = move || {
                for _ in 0..SWEPT_AT_MOST {
                    match link_durably(&from, &to) {
                        // A sweep took the folder, in which nothing was yet, or the beginning.
                        Err(Error::Missing) if from.exists() => {}
                        other => return other,
                    }
                }
                link_durably(&from, &to)
            };
            return tokio::task::spawn_blocking(link).await.map_err(|e| Error::Storage(e.to_string()))?;
        }
        if file.size <= PART as u64 {
            let bytes = tokio::fs::read(file.path()).await?;
            self.store.put(&path, PutPayload::from(bytes)).await?;
            return Ok(());
        }
        let mut upload = self.store.put_multipart(&path).await?;
        let (upload, source) = (upload.as_mut(), tokio::fs::File::open(file.path()).await?);
        let ended = match send(upload, source).await {
            Ok(()) => upload.complete().await.map_err(Error::from),
            Err(error) => {
                // What is left of it is the bucket's to expire when even this fails.
                let _ = upload.abort().await;
                return Err(error);
            }
        };
        match ended {
            Ok(_) => Ok(()),
            // The answer was lost, and who asked again was told that there is nothing to end: the object says how it went.
            Err(_) if matches!(self.size(key).await, Ok(Some(size)) if size == file.size) => Ok(()),
            Err(error) => {
                let _ = upload.abort().await;
                Err(error)
            }
        }
    }

    /// Keep bytes under `key`.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        self.store.put(&path(key)?, PutPayload::from_bytes(bytes)).await?;
        Ok(())
    }

    /// The object, or a range of its bytes, as a stream. `Error::Missing` when it is not there.
    pub async fn get(&self, key: &str, range: Option<Range<u64>>) -> Result<Reading> {
        let options = GetOptions { range: range.map(GetRange::Bounded), ..GetOptions::default() };
        let found = self.store.get_opts(&path(key)?, options).await?;
        let size = found.meta.size;
        let bytes = match found.payload {
            GetResultPayload::File(file, _) => in_pieces(file, found.range),
            GetResultPayload::Stream(bytes) => bytes.map_err(Error::from).boxed(),
        };
        Ok(Reading { size, bytes })
    }

    /// The whole object, which must not be larger than `most` bytes.
    pub async fn bytes(&self, key: &str, most: u64) -> Result<Bytes> {
        let found = self.store.get(&path(key)?).await?;
        if found.meta.size > most {
            return Err(Error::TooLarge(format!("the file has more than {most} bytes")));
        }
        Ok(found.bytes().await?)
    }

    /// Bytes of the object; none when it is not there.
    pub async fn size(&self, key: &str) -> Result<Option<u64>> {
        match self.store.head(&path(key)?).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(other) => Err(other.into()),
        }
    }

    /// Drop the object; one that is not there is fine.
    pub async fn delete(&self, key: &str) -> Result<()> {
        match self.store.delete(&path(key)?).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(other) => Err(other.into()),
        }
    }

    /// Remove what processes that were killed left behind in a folder and did not touch since `before`, µs: beginnings of
    /// objects that are in no listing. How many. Other stores know of none.
    pub async fn remove_leftovers(&self, before: i64) -> Result<u64> {
        let Some(folder) = self.folder.clone() else { return Ok(0) };
        let before = SystemTime::UNIX_EPOCH + Duration::from_micros(u64::try_from(before).unwrap_or(0));
        let remove = move || {
            let mut removed = 0;
            for room in ["blobs", "variants", "uploads"] {
                removed += leftovers::remove(&folder.join(room), before)?;
            }
            Ok(removed)
        };
        tokio::task::spawn_blocking(remove).await.map_err(|e| Error::Storage(e.to_string()))?
    }

    /// All objects whose key begins with the folder `prefix`, in no order.
    pub fn list(&self, prefix: &str) -> BoxStream<'static, Result<Entry>> {
        let entries = self.store.list(Some(&Path::from(prefix)));
        let entry = |meta: object_store::ObjectMeta| Entry {
            key: meta.location.to_string(),
            size: meta.size,
            modified: meta.last_modified.timestamp_micros(),
        };
        entries.map_ok(entry).map_err(Error::from).boxed()
    }
}

fn path(key: &str) -> Result<Path> {
    Path::parse(key).map_err(|e| Error::Storage(e.to_string()))
}

/// Send a file in parts; no more than a few of them are in memory.
async fn send(upload: &mut dyn MultipartUpload, source: tokio::fs::File) -> Result<()> {
    let part = |mut source: tokio::fs::File| async move {
        let mut buffer = Vec::with_capacity(PART);
        let read = (&mut source).take(PART as u64).read_to_end(&mut buffer).await?;
        Ok::<_, Error>((read > 0).then_some((buffer, source)))
    };
    futures_util::stream::try_unfold(source, part)
        .map_ok(|bytes| upload.put_part(PutPayload::from(bytes)).map_err(Error::from))
        .try_buffer_unordered(PARTS_AT_ONCE)
        .try_collect()
        .await
}

/// A part of a file, piece by piece, each read beside the runtime.
fn in_pieces(file: std::fs::File, range: Range<u64>) -> BoxStream<'static, Result<Bytes>> {
    let piece = |(mut file, range): (std::fs::File, Range<u64>)| async move {
        if range.is_empty() {
            return Ok(None);
        }
        let read = tokio::task::spawn_blocking(move || {
            let wanted = (range.end - range.start).min(TOGETHER);
            let mut buffer = Vec::with_capacity(usize::try_from(wanted).unwrap_or_default());
            file.seek(SeekFrom::Start(range.start))?;
            let read = (&mut file).take(wanted).read_to_end(&mut buffer)? as u64;
            if read < wanted {
                return Err(Error::Storage("a file ends before its end".to_owned()));
            }
            Ok(Some((Bytes::from(buffer), (file, range.start + read..range.end))))
        });
        read.await.map_err(|e| Error::Storage(e.to_string()))?
    };
    futures_util::stream::try_unfold((file, range), piece).boxed()
}

/// Both TLS and HTTP come without a provider of their own: the one that is in the program anyway.
fn prepare_tls() {
    // Another part of the program may have been first, with the same one.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Give a file another name, so that neither a crash nor a power loss leaves half of it there. Its own name stays,
/// for another try.
fn link_durably(from: &std::path::Path, to: &std::path::Path) -> Result<()> {
    let folder = to.parent().unwrap_or(to);
    std::fs::create_dir_all(folder)?;
    let beside = tempfile::Builder::new().prefix(BEGINNING).make_in(folder, |path| std::fs::hard_link(from, path));
    let beside = match beside {
        Ok(linked) => {
            std::fs::File::open(from)?.sync_all()?;
            linked.into_temp_path()
        }
        // Another disk, or one that knows no links.
        Err(_) => {
            let mut copy = tempfile::Builder::new().prefix(BEGINNING).tempfile_in(folder)?;
            std::io::copy(&mut std::fs::File::open(from)?, &mut copy)?;
            copy.as_file().sync_all()?;
            copy.into_temp_path()
        }
    };
    std::fs::rename(&beside, to)?;
    // Renaming one name of a file to another name of the same file does nothing: then this one goes.
    drop(beside);
    #[cfg(unix)]
    for folder in folder.ancestors().take(3) {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
