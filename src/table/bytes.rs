//! The bytes of a file, read by place; several threads read at once.

use std::{
    fs::File,
    io::{self, ErrorKind},
};

/// An open file. It is never mapped: one that shrinks meanwhile gives fewer bytes, and no fault of the process.
#[derive(Debug)]
pub struct Bytes(File);

impl Bytes {
    /// The bytes of `file`.
    pub const fn new(file: File) -> Self {
        Self(file)
    }

    /// Reads from `at` until `out` is full or the file ends; returns how many bytes came.
    pub fn read(&self, at: u64, out: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(rest) = out.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.some(at + filled as u64, rest) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }

    /// How long the file is now.
    pub fn len(&self) -> io::Result<u64> {
        self.0.metadata().map(|about| about.len())
    }

    /// The file itself, for another process.
    pub fn file(&self) -> io::Result<File> {
        self.0.try_clone()
    }

    #[cfg(unix)]
    fn some(&self, at: u64, out: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.0, out, at)
    }

    #[cfg(windows)]
    fn some(&self, at: u64, out: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.0, out, at)
    }
}
