//! Stored ZIP archives (PKWARE APPNOTE 6.3, sizes below 4 GiB), written while their content is made.

/// Pieces of a file, made while they are sent.
pub(super) type Pieces = Box<dyn Iterator<Item = Vec<u8>> + Send>;

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut n = 0;
    let mut entry = 0u32;
    while n < 256 {
        let mut value = entry;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { 0xEDB8_8320 ^ (value >> 1) } else { value >> 1 };
            bit += 1;
        }
        table[n] = value;
        n += 1;
        entry += 1;
    }
    table
}

static TABLE: [u32; 256] = table();

/// CRC-32 of ISO 3309, to be fed in pieces.
#[derive(Clone, Copy)]
pub(super) struct Crc(u32);

impl Crc {
    pub(super) fn new() -> Self {
        Self(u32::MAX)
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let [low, ..] = self.0.to_le_bytes();
            let step = TABLE.get(usize::from(low ^ byte)).copied().unwrap_or(0);
            self.0 = step ^ (self.0 >> 8);
        }
    }

    pub(super) fn value(self) -> u32 {
        !self.0
    }
}

struct Open {
    name: String,
    offset: u32,
    crc: Crc,
    size: u32,
    pieces: Pieces,
}

struct Archive {
    waiting: std::vec::IntoIter<(String, Pieces)>,
    open: Option<Open>,
    directory: Vec<u8>,
    entries: u16,
    written: u32,
    done: bool,
}

/// The archive of some files, piece by piece.
pub(super) fn archive(files: Vec<(String, Pieces)>) -> impl Iterator<Item = Vec<u8>> + Send {
    Archive { waiting: files.into_iter(), open: None, directory: Vec::new(), entries: 0, written: 0, done: false }
}

impl Archive {
    fn note(&mut self, piece: Vec<u8>) -> Vec<u8> {
        let length = u32::try_from(piece.len()).unwrap_or(0);
        self.written = self.written.wrapping_add(length);
        piece
    }

    fn header(&mut self, name: String, pieces: Pieces) -> Vec<u8> {
        let mut bytes = b"PK\x03\x04".to_vec();
        bytes.extend(common(&name, 0, 0));
        bytes.extend([0, 0]);
        bytes.extend(name.as_bytes());
        self.open = Some(Open { name, offset: self.written, crc: Crc::new(), size: 0, pieces });
        bytes
    }

    fn close(&mut self, open: &Open) -> Vec<u8> {
        let crc = open.crc.value();
        let entry = &mut self.directory;
        entry.extend(b"PK\x01\x02\x14\x00");
        entry.extend(common(&open.name, crc, open.size));
        entry.extend([0; 2 + 2 + 2 + 2 + 4]);
        entry.extend(open.offset.to_le_bytes());
        entry.extend(open.name.as_bytes());
        self.entries += 1;
        let mut bytes = b"PK\x07\x08".to_vec();
        for word in [crc, open.size, open.size] {
            bytes.extend(word.to_le_bytes());
        }
        bytes
    }

    fn end(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.directory);
        let size = u32::try_from(bytes.len()).unwrap_or(0);
        bytes.extend(b"PK\x05\x06\0\0\0\0");
        bytes.extend(self.entries.to_le_bytes());
        bytes.extend(self.entries.to_le_bytes());
        bytes.extend(size.to_le_bytes());
        bytes.extend(self.written.to_le_bytes());
        bytes.extend([0, 0]);
        self.done = true;
        bytes
    }
}

/// Version, flags (sizes follow, name in UTF-8), method, time, digest and sizes, length of the name.
fn common(name: &str, crc: u32, size: u32) -> Vec<u8> {
    let mut bytes = vec![20, 0, 8, 8, 0, 0, 0, 0, 0x21, 0];
    for word in [crc, size, size] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.extend(u16::try_from(name.len()).unwrap_or(0).to_le_bytes());
    bytes
}

impl Iterator for Archive {
    type Item = Vec<u8>;

    fn next(&mut self) -> Option<Vec<u8>> {
        if self.done {
            return None;
        }
        let piece = if let Some(mut open) = self.open.take() {
            if let Some(piece) = open.pieces.next() {
                open.crc.feed(&piece);
                open.size = open.size.wrapping_add(u32::try_from(piece.len()).unwrap_or(0));
                self.open = Some(open);
                piece
            } else {
                self.close(&open)
            }
        } else if let Some((name, pieces)) = self.waiting.next() {
            self.header(name, pieces)
        } else {
            self.end()
        };
        Some(self.note(piece))
    }
}

#[cfg(test)]
mod tests {
    use super::{Crc, archive};

    #[test]
    fn the_check_value_of_crc_32() {
        let mut crc = Crc::new();
        crc.feed(b"1234");
        crc.feed(b"56789");
        assert_eq!(crc.value(), 0xCBF4_3926);
    }

    #[test]
    fn an_archive_has_its_three_parts() {
        let pieces = Box::new([b"a,b\n".to_vec(), b"1,2\n".to_vec()].into_iter());
        let bytes: Vec<u8> = archive(vec![("r.csv".to_owned(), pieces)]).flatten().collect();
        assert!(bytes.starts_with(b"PK\x03\x04"));
        assert_eq!(bytes.len(), 30 + 5 + 8 + 16 + 46 + 5 + 22);
        assert_eq!(bytes.get(35..43), Some(&b"a,b\n1,2\n"[..]));
    }
}
