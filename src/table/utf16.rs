//! UTF-16 text as UTF-8 on the disk.

use std::{
    fs::File,
    io::{self, Write as _},
};

use super::{bytes::Bytes, limits::BLOCK};

/// Writes the text of `bytes` behind its mark of order to a file without a name; what is no UTF-16 is replaced.
pub fn converted(bytes: &Bytes, little: bool) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    let mut buffer = Vec::new();
    let (mut at, mut high) = (2, None);
    loop {
        let block = bytes.block(at, BLOCK, &mut buffer)?;
        at += block.len() as u64;
        let pairs = block.chunks(2);
        let unit = |pair: &[u8]| match (pair, little) {
            ([a, b], true) => u16::from_le_bytes([*a, *b]),
            ([a, b], false) => u16::from_be_bytes([*a, *b]),
            _ => 0xfffd,
        };
        let mut units: Vec<u16> = high.take().into_iter().chain(pairs.map(unit)).collect();
        // The other half of a pair comes with the next block.
        if !block.is_empty() && units.last().is_some_and(|last| (0xd800..0xdc00).contains(last)) {
            high = units.pop();
        }
        let text: String = char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
        file.write_all(text.as_bytes())?;
        if block.is_empty() {
            return Ok(file);
        }
    }
}
