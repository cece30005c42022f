//! Work on pictures: beside the runtime, few at a time, and within an amount of memory.

use crate::{Error, Result};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// Pieces of work that wait for their turn; more are refused.
const MOST_WAITING: usize = 1000;

/// Where pictures are worked on. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Workshop {
    queue: Arc<Semaphore>,
    benches: Arc<Semaphore>,
    /// In MB.
    memory: Arc<Semaphore>,
    room: u32,
}

impl Workshop {
    /// With `benches` pieces of work at a time, which may take `megabytes` together.
    pub fn new(benches: usize, megabytes: u32) -> Self {
        let (benches, room) = (benches.max(1), megabytes.max(1));
        let queue = Arc::new(Semaphore::new(MOST_WAITING));
        Self {
            queue,
            benches: Arc::new(Semaphore::new(benches)),
            memory: Arc::new(Semaphore::new(room as usize)),
            room,
        }
    }

    /// One processor is left to everything else, where there are several.
    pub fn for_this_machine() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self::new((processors / 2).max(1), 1024)
    }

    /// Run `work`, which takes about `bytes` of memory, when its turn comes. `Error::Busy` when too many wait already.
    pub async fn run<T: Send + 'static>(
        &self,
        bytes: u64,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let closed = |_| Error::Storage("the workshop is closed".to_owned());
        let _waiting = self.queue.try_acquire().map_err(|_| Error::Busy)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    /// Each piece of work ends only when `expected` of them are at it together; the most that ever were.
    async fn most_at_once(workshop: &Workshop, bytes: u64, expected: usize) -> usize {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let together = Arc::new(std::sync::Barrier::new(expected));
        let work = (0..24).map(|_| {
            let (now, most, together) = (now.clone(), most.clone(), together.clone());
            workshop.run(bytes, move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                together.wait();
                now.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            })
        });
        for done in futures_util::future::join_all(work).await {
            done.unwrap();
        }
        most.load(Ordering::SeqCst)
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_more_work_is_done_at_once_than_there_are_benches_and_memory_for() {
        let workshop = Workshop::new(3, 100);
        assert_eq!(most_at_once(&workshop, 1 << 20, 3).await, 3);
        assert_eq!(most_at_once(&workshop, 40 << 20, 2).await, 2);
        assert_eq!(most_at_once(&workshop, 4000 << 20, 1).await, 1, "what is larger than all of it goes alone");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn work_that_nobody_waits_for_any_more_holds_its_place_and_too_much_is_refused() {
        let workshop = Workshop::new(1, 10);
        let (release, held) = std::sync::mpsc::channel::<()>();
        let first = workshop.run(0, move || held.recv().map_err(|e| Error::Broken(e.to_string())));
        let given_up = tokio::time::timeout(std::time::Duration::from_millis(20), first).await;
        assert!(given_up.is_err());
        let mut waiting: Vec<_> = (0..MOST_WAITING).map(|_| Box::pin(workshop.run(0, || Ok(())))).collect();
        for one in &mut waiting {
            assert!(futures_util::poll!(one).is_pending());
        }
        assert!(matches!(workshop.run(0, || Ok(())).await, Err(Error::Busy)));
        release.send(()).unwrap();
        for done in futures_util::future::join_all(waiting).await {
            done.unwrap();
        }
    }

    #[tokio::test]
    async fn work_that_panics_is_refused_and_others_go_on() {
        let workshop = Workshop::new(1, 10);
        assert!(matches!(workshop.run(0, || -> Result<()> { panic!("a decoder") }).await, Err(Error::Broken(_))));
        assert_eq!(workshop.run(0, || Ok(7)).await.unwrap(), 7);
    }
}
