//! Work that nobody waits for gives way to work that somebody waits for.

/// Let this thread, and those that it starts from now on, give way to threads that answer requests: it gets the share
/// of a processor that the system gives to `niceness`, 1 to 19, while others want it, and all of it while none does.
/// Where the system knows no such thing, nothing happens.
pub fn stand_back(niceness: i32) {
    // On Linux alone a thread has a priority of its own.
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(None, niceness) {
        tracing::debug!(%error, "this thread keeps its priority");
    }
    #[cfg(not(target_os = "linux"))]
    let _ = niceness;
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn only_this_thread_and_its_children_stand_back() {
        let niceness = || rustix::process::getpriority_process(None).unwrap();
        let before = niceness();
        let (own, child) = std::thread::spawn(move || {
            stand_back(before + 5);
            (niceness(), std::thread::spawn(niceness).join().unwrap())
        })
        .join()
        .unwrap();
        assert_eq!((own, child), (before + 5, before + 5));
        assert_eq!(niceness(), before);
    }
}
