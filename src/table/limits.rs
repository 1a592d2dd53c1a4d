//! How much of anything is taken.

/// Bytes that are read first: enough for the first frame, and to tell columns and their kinds.
pub const SAMPLE: usize = 64 << 10;
/// Bytes of the rows that are one piece of work.
pub const PIECE: usize = 4 << 20;
/// Bytes that are read at once while a file is indexed or searched: they stay in the cache of a core.
pub const BLOCK: usize = 256 << 10;
/// Bytes that are read at once for a few rows.
pub const PAGE: usize = 64 << 10;
/// Rows of one entry of the index.
pub const STRIDE: u32 = 64;
/// Bytes of a row that are looked at; what is longer is cut and marked.
pub const ROW: usize = 1 << 20;
/// Columns of a table.
pub const COLUMNS: usize = 4_096;
/// Characters of a cell that are shown.
pub const SHOWN: usize = 4_096;
/// Bytes of a row that are shown: a page of rows is held, and each may be a MiB long.
pub const SHOWN_ROW: usize = 64 << 10;
/// Rows that tell the kinds and widths of columns.
pub const SAMPLE_ROWS: usize = 200;
/// Rows of one table: their numbers are 32 bits wide.
pub const ROWS: u32 = u32::MAX - 1;
/// Threads of one search.
pub const THREADS: usize = 2;
/// Shortest time between two reports of progress, ms.
pub const PROGRESS: u64 = 34;
