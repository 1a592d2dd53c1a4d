//! What this process gives up before it reads a key.

/// Keeps keys out of core files, and the memory and environment of this process from other programs of the same user
/// (Linux: `PR_SET_DUMPABLE` 0, which also gives `/proc/self/environ` to root). To be called before anything is read.
///
/// Best effort: a sandbox may refuse, and the program still works.
pub fn harden() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}
