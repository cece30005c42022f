//! Work on pictures: beside the runtime, few at a time, and within an amount of memory.

use crate::{Error, Result};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Where pictures are worked on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Workshop {
    benches: Arc<Semaphore>,
    /// In MB.
    memory: Arc<Semaphore>,
    room: u32,
}

impl Workshop {
    /// With `benches` pieces of work at a time, which may take `megabytes` together.
    pub fn new(benches: usize, megabytes: u32) -> Self {
        let (benches, room) = (benches.max(1), megabytes.max(1));
        Self { benches: Arc::new(Semaphore::new(benches)), memory: Arc::new(Semaphore::new(room as usize)), room }
    }

    /// One processor is left to everything else, where there are several.
    pub fn for_this_machine() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::new((processors / 2).max(1), 1024)
    }

    /// Run `work`, which takes about `bytes` of memory, when its turn comes.
    pub async fn run<T: Send + 'static>(
        &self,
        bytes: u64,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let closed = |_| Error::Storage("the workshop is closed".to_owned());
        let megabytes = u32::try_from(bytes >> 20).unwrap_or(u32::MAX).clamp(1, self.room);
        let memory = self.memory.clone().acquire_many_owned(megabytes).await.map_err(closed)?;
        let bench = self.benches.clone().acquire_owned().await.map_err(closed)?;
        let done = tokio::task::spawn_blocking(move || {
            // Held until the work is done, also when nobody waits for it any more.
            let _held = (memory, bench);
            work()
        });
        done.await.map_err(|e| Error::Broken(format!("the picture cannot be worked on: {e}")))?
    }
}
