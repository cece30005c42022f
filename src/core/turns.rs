//! Work that keeps processors busy, done by a few threads in the order in which it came. A thread goes on with what waits
//! as soon as it has done something: where much is to be done, nobody has to be woken for it.

use crate::{Error, Result};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::oneshot;

type Work = Box<dyn FnOnce() + Send>;

pub struct Turns(Mutex<State>);

struct State {
    /// Threads that may still be taken.
    free: usize,
    waiting: VecDeque<Work>,
}

impl Turns {
    /// With so many threads at most, which are taken from those of the runtime.
    pub fn new(threads: usize) -> Arc<Self> {
        Arc::new(Self(Mutex::new(State { free: threads, waiting: VecDeque::new() })))
    }

    /// What comes of `work`. It is not done when nobody waits for it any more.
    pub async fn run<T: Send + 'static>(self: &Arc<Self>, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let (tell, told) = oneshot::channel();
        let work = move || {
            if !tell.is_closed() {
                // Whoever has just left does not hear it.
                let _ = tell.send(work());
            }
        };
        if self.line_up(Box::new(work)) {
            let turns = self.clone();
            tokio::task::spawn_blocking(move || turns.work());
        }
        told.await.map_err(|_| Error::Internal("some work was not done to its end".to_owned()))
    }

    /// Whether there is a thread for it.
    fn line_up(&self, work: Work) -> bool {
        let mut state = self.state();
        state.waiting.push_back(work);
        let is_free = state.free > 0;
        state.free -= usize::from(is_free);
        is_free
    }

    fn work(&self) {
        loop {
            let next = {
                let mut state = self.state();
                let next = state.waiting.pop_front();
                state.free += usize::from(next.is_none());
                next
            };
            let Some(work) = next else { return };
            // Whoever waits for it hears that it was not done; the others are to be done all the same.
            let _ = catch_unwind(AssertUnwindSafe(work));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn everything_is_done_by_no_more_threads_than_there_are() {
        let (turns, at_once, most) = (Turns::new(2), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let all = (0..100).map(|n| {
            let (at_once, most) = (at_once.clone(), most.clone());
            turns.run(move || {
                most.fetch_max(at_once.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::yield_now();
                at_once.fetch_sub(1, Ordering::SeqCst);
                n * 2
            })
        });
        let done: Vec<i32> = futures_util::future::join_all(all).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(done, (0..100).map(|n| n * 2).collect::<Vec<_>>());
        assert!(most.load(Ordering::SeqCst) <= 2);
    }

    #[tokio::test]
    async fn what_came_first_is_done_first() {
        let (turns, begun) = (Turns::new(1), Arc::new(Mutex::new(Vec::new())));
        let all = (0..100).map(|n| {
            let begun = begun.clone();
            turns.run(move || begun.lock().unwrap().push(n))
        });
        futures_util::future::join_all(all).await;
        assert_eq!(*begun.lock().unwrap(), (0..100).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn work_that_panics_or_is_not_waited_for_leaves_its_turn_to_the_next() {
        let turns = Turns::new(1);
        let (open, held) = std::sync::mpsc::channel::<()>();
        let first = turns.run(move || held.recv());
        let panics = turns.run(|| -> () { panic!("some work") });
        let mut left = Box::pin(turns.run(|| -> () { unreachable!("nobody waits for it") }));
        let last = turns.run(|| 7);
        tokio::pin!(first, panics, last);
        // All are in line before the first one is done.
        for work in [futures_util::poll!(&mut first).is_ready(), futures_util::poll!(&mut panics).is_ready()] {
            assert!(!work);
        }
        assert!(futures_util::poll!(&mut left).is_pending() && futures_util::poll!(&mut last).is_pending());
        drop(left);
        open.send(()).unwrap();
        assert!(first.await.unwrap().is_ok());
        assert!(panics.await.is_err());
        assert_eq!(last.await.unwrap(), 7);
    }
}
