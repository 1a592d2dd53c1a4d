//! How urgent the work of a thread is.

use std::sync::Once;

use rayon::ThreadPoolBuilder;

/// A tenth of the weight of a thread that waits for a key (`sched(7)`).
#[cfg(target_os = "linux")]
const NICE: i32 = 10;

/// Has the calling thread, and those it starts from now on, leave the processor to keys and frames.
///
/// Linux counts niceness by the thread (`setpriority(2)`); elsewhere it is that of the whole process, and nothing is done.
/// A thread whose priority cannot be set goes on as it is.
pub fn give_way() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::setpriority_process(None, NICE);
}

/// The same of the threads by which long lists are sorted and filtered, which the whole program shares.
pub fn crew_gives_way() {
    static CREW: Once = Once::new();
    // A crew that is at work already stays as it is.
    CREW.call_once(|| drop(ThreadPoolBuilder::new().start_handler(|_| give_way()).build_global()));
}
