//! The bytes of a file, read by place; several threads read at once.

use std::{
    fs::File,
    io::{self, ErrorKind},
};

/// A line of a cache.
const LINE: usize = 64;

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

    /// Reads up to `length` bytes from `at` into a buffer, which grows as it needs; returns what came.
    ///
    /// Some processors copy five times slower to a place that is up to 31 bytes further within its page of memory than the
    /// bytes are within theirs, and a large buffer begins 16 bytes behind the start of a page.
    pub fn block<'b>(&self, at: u64, length: usize, buffer: &'b mut Vec<u8>) -> io::Result<&'b [u8]> {
        if buffer.len() < length + LINE {
            buffer.resize(length + LINE, 0);
        }
        let within = usize::try_from(at % LINE as u64).unwrap_or_default();
        let skip = (buffer.as_ptr().align_offset(LINE).min(LINE) + within) % LINE;
        let block = buffer.get_mut(skip..skip + length).unwrap_or_default();
        let read = self.read(at, block)?;
        Ok(block.get(..read).unwrap_or_default())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_stands_within_its_line_as_it_does_in_the_file() {
        let content: Vec<u8> = (0..=255).cycle().take(5_000).collect();
        let bytes = Bytes::new(crate::table::tests::file(&content).reopen().unwrap());
        let mut buffer = Vec::new();
        for (at, length) in [(0, 4_096), (1, 100), (63, 2), (4_096, 904), (4_100, 4_096), (5_000, 10), (17, 0)] {
            let block = bytes.block(at as u64, length, &mut buffer).unwrap();
            assert_eq!(block, &content[at..content.len().min(at + length)], "{at} {length}");
            if !block.is_empty() {
                assert_eq!(block.as_ptr() as usize % LINE, at % LINE, "{at} {length}");
            }
        }
    }
}
