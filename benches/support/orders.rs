//! A report of orders, as long as it is wanted.

use std::{fmt::Write as _, io::Write as _};

use tempfile::NamedTempFile;

pub const MILLION: u32 = 1_000_000;

/// Orders of an invented company, 200 bytes a row; one row has the needle.
pub fn orders(rows: u32) -> NamedTempFile {
    let mut file = NamedTempFile::new().expect("a file");
    let mut text = "order_id,common_name,status,valid_till,organization,product,serial\n".to_owned();
    for n in 0..rows {
        let spread = n.wrapping_mul(2_654_435_761);
        let name = if n + 1_001 == rows { "the-needle" } else { "host" };
        let (month, day) = (spread % 12 + 1, spread % 28 + 1);
        let _ = writeln!(
            text,
            "{},{name}-{spread:08x}.acme-corp.example,issued,2026-{month:02}-{day:02},\"Acme Corp, Inc\",ssl_basic,{spread:0100X}",
            118_000_000 + n
        );
        if text.len() > 1 << 20 {
            file.write_all(text.as_bytes()).expect("room");
            text.clear();
        }
    }
    file.write_all(text.as_bytes()).expect("room");
    file
}
