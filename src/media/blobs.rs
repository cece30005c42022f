//! Where bytes are kept: a folder, S3 and its like, or memory. Objects are whole or not there.

use crate::{Error, Result, Spooled};
use bytes::Bytes;
use futures_util::stream::{BoxStream, StreamExt, TryStreamExt};
use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{
    ClientOptions, GetOptions, GetRange, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig, WriteMultipart,
};
use std::fmt;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;

/// Larger files go up in parts of this size: 10,000 parts, the most that S3 takes, are 160 GB.
const PART: usize = 16 << 20;
/// Parts on their way at once.
const PARTS_AT_ONCE: usize = 3;

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
        let client =
            || ClientOptions::new().with_timeout(Duration::from_secs(60)).with_connect_timeout(Duration::from_secs(5));
        let retry = || RetryConfig { max_retries: 6, retry_timeout: Duration::from_secs(60), ..RetryConfig::default() };
        let store: Arc<dyn ObjectStore> = match scheme {
            "file" => return Self::folder(PathBuf::from(rest)),
            "memory" => return Ok(Self::memory()),
            "s3" | "s3a" => {
                prepare_tls();
                let plain = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT", "AWS_ENDPOINT_URL_S3"]
                    .iter()
                    .any(|name| std::env::var(name).is_ok_and(|url| url.starts_with("http://")));
                let client = client().with_allow_http(plain);
                let made = AmazonS3Builder::from_env().with_url(base).with_retry(retry()).with_client_options(client);
                Arc::new(made.build().map_err(|e| wrong(e.to_string()))?)
            }
            "gs" => {
                prepare_tls();
                let made = GoogleCloudStorageBuilder::from_env().with_url(base).with_retry(retry());
                Arc::new(made.with_client_options(client()).build().map_err(|e| wrong(e.to_string()))?)
            }
            "az" | "azure" | "abfs" => {
                prepare_tls();
                let made = MicrosoftAzureBuilder::from_env().with_url(base).with_retry(retry());
                Arc::new(made.with_client_options(client()).build().map_err(|e| wrong(e.to_string()))?)
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
            return tokio::task::spawn_blocking(move || link_durably(&from, &to))
                .await
                .map_err(|e| Error::Storage(e.to_string()))?;
        }
        if file.size <= PART as u64 {
            let bytes = tokio::fs::read(file.path()).await?;
            self.store.put(&path, PutPayload::from(bytes)).await?;
            return Ok(());
        }
        let mut source = tokio::fs::File::open(file.path()).await?;
        let mut parts = WriteMultipart::new_with_chunk_size(self.store.put_multipart(&path).await?, PART);
        loop {
            let mut buffer = Vec::with_capacity(PART);
            let read = (&mut source).take(PART as u64).read_to_end(&mut buffer).await;
            let sent = match read {
                Ok(0) => break,
                Ok(_) => {
                    let room = parts.wait_for_capacity(PARTS_AT_ONCE).await.map_err(Error::from);
                    parts.put(Bytes::from(buffer));
                    room
                }
                Err(error) => Err(error.into()),
            };
            if let Err(error) = sent {
                // What is left of it is the bucket's to expire when even this fails.
                let _ = parts.abort().await;
                return Err(error);
            }
        }
        parts.finish().await?;
        Ok(())
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
        Ok(Reading { size, bytes: found.into_stream().map_err(Error::from).boxed() })
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
    let beside = tempfile::Builder::new().prefix(".new-").make_in(folder, |path| std::fs::hard_link(from, path));
    let beside = match beside {
        Ok(linked) => {
            std::fs::File::open(from)?.sync_all()?;
            linked.into_temp_path()
        }
        // Another disk, or one that knows no links.
        Err(_) => {
            let mut copy = tempfile::NamedTempFile::new_in(folder)?;
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
