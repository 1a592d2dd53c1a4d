//! Packed bodies that unpack to much more than they weigh, or end too soon.

use super::answer::{Answer, JSON};
use super::zip::Crc;

/// One block of packed spaces unpacks to this many bytes.
const BLOCK: u64 = 1 << 20;

/// Spaces in fixed Huffman blocks (RFC 1951, 3.2.6): about a hundred and sixty times smaller than what they hold.
pub(super) fn gzip(mebibytes: u64, whole: bool) -> Answer {
    let head = vec![0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];
    let block = spaces();
    let blocks = std::iter::repeat_n(block, usize::try_from(mebibytes).unwrap_or(0));
    // An empty last block, then CRC-32 and size of what was packed.
    let tail = std::iter::once_with(move || {
        let mut tail = vec![3, 0];
        tail.extend(crc_of_spaces(mebibytes).to_le_bytes());
        let size = u32::try_from((mebibytes * BLOCK) & u64::from(u32::MAX)).unwrap_or(0);
        tail.extend(size.to_le_bytes());
        tail
    });
    let all = std::iter::once(head).chain(blocks).chain(tail.filter(move |_| whole));
    Answer::chunks(JSON, all).with("content-encoding", "gzip".to_owned())
}

fn crc_of_spaces(mebibytes: u64) -> u32 {
    let mut crc = Crc::new();
    let piece = [b' '; 4_096];
    for _ in 0..mebibytes * (BLOCK / 4_096) {
        crc.feed(&piece);
    }
    crc.value()
}

/// One block that unpacks to exactly [`BLOCK`] spaces and ends on a byte: stored blocks end the odd bits.
fn spaces() -> Vec<u8> {
    let mut bits = Bits::default();
    bits.put(0, 1);
    bits.put(1, 2);
    // Four literals and 4064 matches of 258: 4 + 1,048,512; then sixty literals.
    for _ in 0..4 {
        bits.literal();
    }
    for _ in 0..4_064 {
        // Length 258 is code 285 (11000101), distance 1 is code 0 (00000).
        bits.code(0b1100_0101, 8);
        bits.code(0, 5);
    }
    for _ in 0..60 {
        bits.literal();
    }
    bits.code(0, 7);
    // An empty stored block goes on to the next byte.
    bits.put(0, 3);
    bits.align();
    let mut bytes = bits.bytes;
    bytes.extend([0, 0, 0xFF, 0xFF]);
    bytes
}

#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    /// Least significant bit first.
    fn put(&mut self, value: u32, count: u32) {
        self.held |= value << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(u8::try_from(self.held & 0xFF).unwrap_or(0));
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// A Huffman code: most significant bit first.
    fn code(&mut self, value: u32, count: u32) {
        for place in (0..count).rev() {
            self.put((value >> place) & 1, 1);
        }
    }

    /// A space: literal 32 has code 0x30 + 32.
    fn literal(&mut self) {
        self.code(0x30 + 0x20, 8);
    }

    fn align(&mut self) {
        if self.count > 0 {
            self.put(0, 8 - self.count);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::BLOCK;

    #[test]
    fn a_block_of_the_bomb_holds_a_mebibyte() {
        assert_eq!(4 + 4_064 * 258 + 60, BLOCK);
    }
}
