//! What every command works with: the configuration, a runtime, and the data.

use super::config::Config;
use super::failure::Failure;
use masthead_core::{Caller, Core, Settings, access};
use masthead_store::{Options, Store};
use std::path::Path;
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
        let settings = Settings {
            autosave_days: config.autosave_days,
            event_days: config.event_days,
            delivery_cache_bytes: config.delivery_cache_bytes,
            max_page_size: config.max_page_size,
        };
        let core = Core::new(Store::open(&options)?, settings)?;
        if let Some(smtp) = &config.mail {
            access::mail::set_up(&core, Arc::new(smtp.clone()));
        }
        Ok(core)
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
