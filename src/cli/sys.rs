//! The one call of the system that has no safe form: all unsafe code of the program stands here.

/// Allocations of so many bytes and more are given back to the system when they are freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPED: libc::c_int = 256 * 1024;

/// Has the allocator give back what is freed of long lists (`mallopt(3)`: `M_MMAP_THRESHOLD`).
///
/// Left alone, glibc raises the bound with each large piece that is freed, up to 32 MiB; the columns of a million rows
/// then lie between holes that nobody gets back. To be called before other threads start.
pub fn give_back_freed_memory() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the C library has no other way to say this, and no crate wraps it")]
    // SAFETY: mallopt takes two integers and may be called at any time; the bound is within its range.
    let _ = unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED) };
}
