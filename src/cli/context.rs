//! What every command works with: the configuration, a runtime, and the data.

use super::config::Config;
use super::failure::Failure;
use masthead_core::media::MediaSettings;
use masthead_core::{Caller, Core, Settings, access};
use masthead_media::{Blobs, Limits};
use masthead_search::Search;
use masthead_store::{Options, Store};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Whoever runs the command line.
pub const OPERATOR: Caller = Caller::Operator;

pub struct Context {
    pub config: Config,
    pub runtime: Runtime,
}

impl Context {
    pub fn new(config: Config) -> Result<Self, Failure> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        Ok(Self { config, runtime: runtime.map_err(|e| Failure::new(format!("no runtime: {e}")))? })
    }

    /// Open the data; where there is none yet, it is created.
    pub fn create(&self) -> Result<Core, Failure> {
        if let Some(file) = self.config.database_file()
            && let Some(folder) = file.parent().filter(|f| !f.as_os_str().is_empty())
        {
            create_private(folder).map_err(|e| {
                Failure::new(format!("{} cannot be created: {e}", folder.display())).next("another --data-dir")
            })?;
        }
        self.wire()
    }

    /// Open data that is there: a command that only looks, run in the wrong folder, must not leave a database behind.
    pub fn open(&self) -> Result<Core, Failure> {
        self.expect_data()?;
        self.wire()
    }

    /// Refuse when there is no data.
    pub fn expect_data(&self) -> Result<(), Failure> {
        if let Some(file) = self.config.database_file()
            && !file.exists()
        {
            let message = format!("there is no data at {}", file.display());
            return Err(Failure::new(message).next("--data-dir with the folder of the data, or `masthead serve` first"));
        }
        Ok(())
    }

    fn wire(&self) -> Result<Core, Failure> {
        let mut options = Options::new(&self.config.database_url);
        options.snapshots = Some(self.config.data_dir.join("snapshots"));
        let config = &self.config;
        let folder = || config.data_dir.join("media");
        let blobs = match &config.storage_url {
            Some(url) => Blobs::open(url),
            None => Blobs::folder(folder()),
        };
        let blobs =
            blobs.map_err(|e| Failure::new(format!("files cannot be kept: {e}")).next("another --storage-url"))?;
        // Beside the files that are kept, so that they need not be copied.
        let spool = blobs.as_folder().unwrap_or(&config.data_dir).join("incoming");
        let files = &config.files;
        let base = files.url.clone().or_else(|| config.public_url.as_ref().map(ToString::to_string));
        let media = MediaSettings {
            blobs: Some(blobs),
            spool,
            max_bytes: files.max_bytes,
            limits: Limits { pixels: files.max_pixels, ..Limits::default() },
            kinds: files.kinds.clone(),
            widths: files.widths.clone(),
            formats: files.formats.clone(),
            base_url: base.unwrap_or_default().trim_end_matches('/').to_owned(),
            keep_location: files.keep_location,
        };
        let settings = Settings {
            autosave_days: config.autosave_days,
            event_days: config.event_days,
            delivery_cache_bytes: config.delivery_cache_bytes,
            max_page_size: config.max_page_size,
            media,
        };
        let core = Core::new(Store::open(&options)?, settings)?;
        if let Some(smtp) = &config.mail {
            access::mail::set_up(&core, Arc::new(smtp.clone()));
        }
        Ok(core)
    }

    /// The search index of the data folder.
    pub fn search(&self, core: &Core) -> Search {
        Search::new(core, &self.search_folder())
    }

    pub fn search_folder(&self) -> PathBuf {
        self.config.data_dir.join("search")
    }

    /// Run one call into the domain to its end.
    pub fn wait<T>(&self, work: impl Future<Output = masthead_core::Result<T>>) -> Result<T, Failure> {
        Ok(self.runtime.block_on(work)?)
    }
}

/// A folder for the user who runs Masthead alone: it holds everything, unpublished content too.
fn create_private(folder: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
