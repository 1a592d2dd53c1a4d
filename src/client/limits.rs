//! Every bound of the HTTP side in one place. All are starting points; a test stands at each edge that matters.

use std::time::Duration;

/// Time for name lookup, connection and TLS handshake.
pub const CONNECT: Duration = Duration::from_secs(10);
/// Time from sending a request to the head of its answer.
pub const FIRST_BYTE: Duration = Duration::from_secs(30);
/// How long the end of a DigiCert ONE key that was read stands before it is asked for again.
pub const TOKEN_AGE: Duration = Duration::from_hours(1);
/// Longest silence inside an answer.
pub const IDLE: Duration = Duration::from_secs(15);
/// Time for a whole JSON answer.
pub const TOTAL: Duration = Duration::from_mins(1);
/// Time for a request that changes something, from its first byte to the end of its answer.
pub const WRITE_TOTAL: Duration = Duration::from_secs(30);
/// How long such a request waits for its turn; then it is not sent, since what was read for it grows old.
pub const WRITE_TURN: Duration = Duration::from_secs(2);
/// Window over which a streamed answer must keep [`STREAM_RATE`].
pub const STREAM_WINDOW: Duration = Duration::from_secs(30);
/// Least bytes per second of a streamed answer.
pub const STREAM_RATE: u64 = 1024;

/// Bytes of a JSON answer after decompression.
pub const JSON_BODY: usize = 16 << 20;
/// Bytes read of an error answer.
pub const ERROR_BODY: usize = 64 << 10;
/// Bytes of a downloaded CA certificate.
pub const CERTIFICATE_BODY: usize = 1 << 20;
/// Bytes of the unpaged certificate list of one contract.
pub const STREAM_BODY: u64 = 512 << 20;
/// Bytes of one record of that list.
pub const STREAM_RECORD: usize = 1 << 20;
/// Records of that list, all contracts together.
pub const STREAM_ROWS: usize = 2_000_000;

/// Bytes of one file of a report.
pub const DOWNLOAD_BODY: u64 = 2 << 30;
/// Time for one file of a report.
pub const DOWNLOAD_TOTAL: Duration = Duration::from_mins(30);

/// Header lines of an answer.
pub const HEADERS: usize = 100;
/// Bytes of the header lines of an answer.
pub const HEADER_BYTES: usize = 64 << 10;
/// Bytes kept of one text of a service; what is longer is cut, with an ellipsis.
pub const TEXT: usize = 64 << 10;
/// Members of one JSON array.
pub const ARRAY: usize = 100_000;
/// Nesting of a JSON answer.
pub const DEPTH: usize = 64;
/// Pages of one list.
pub const PAGES: usize = 10_000;
/// Rows asked for in one page.
pub const PAGE_SIZE: usize = 100;

/// Certificates of one CA that are counted; of more it is not known how many are unexpired.
pub const ISSUED_MOST: usize = 50_000;
/// Certificates asked for in one page.
pub const ISSUED_PAGE: usize = 1_000;

/// Audit events asked for in one page when all are read.
pub const AUDIT_PAGE: usize = 1_000;

/// Tries of one GET, the first included.
pub const ATTEMPTS: u32 = 3;
/// First wait before trying again; doubles each time, with full jitter.
pub const BACKOFF: Duration = Duration::from_millis(500);
/// Longest wait of the program's own choosing.
pub const BACKOFF_MAX: Duration = Duration::from_secs(20);
/// Longest wait that a service may ask for without the user being asked.
pub const RETRY_AFTER_MAX: Duration = Duration::from_mins(15);
/// Tries beyond the first that a key may spend before it has earned any.
pub const RETRY_RESERVE: u32 = 10;
/// Successful requests that earn one more try: 20 % extra load at most.
pub const RETRY_EARNED_BY: u32 = 5;

/// Failures of one place, with no answer between them, after which it is left alone.
pub const BREAKER_FAILURES: usize = 5;
/// The time within which they must have come.
pub const BREAKER_WINDOW: Duration = Duration::from_secs(30);
/// How long a place is left alone.
pub const BREAKER_OPEN: Duration = Duration::from_secs(30);

/// Difference of two clocks that is worth a word.
pub const SKEW: Duration = Duration::from_mins(2);
/// How long before its end a client certificate is worth a word.
pub const CERTIFICATE_NOTICE: Duration = Duration::from_hours(30 * 24);

/// Requests per second and key that are kept up: 45 % of the documented 1000 in 3 minutes, since the key is shared.
pub const PACE_PER_SECOND: f64 = 2.5;
/// Requests per key in any five seconds.
pub const PACE_BURST: u32 = 30;

/// Rows of the first batch handed to a reader, so that something is on the screen at once.
pub const FIRST_BATCH: usize = 40;
/// Pieces of an answer, of some 400 kB at most, that wait for who decodes them.
pub const CHUNKS: usize = 16;
/// Threads that decode an answer, once pieces wait.
pub const DECODERS: usize = 2;
/// Bytes of waiting pieces that a thread takes at once.
pub const BLOCK: usize = 1 << 20;
/// Rows of a later batch, where one thread decodes.
pub const BATCH: usize = 4_096;
/// Contracts read at the same time.
pub const CONTRACTS_AT_ONCE: usize = 4;
/// How long a list that broke off can be taken up again at the page that failed.
pub const RESUME: Duration = Duration::from_mins(2);

/// Port of a probe, where the configuration has no other.
pub const PROBE_PORT: u16 = 443;
/// Probes at the same time.
pub const PROBE_AT_ONCE: usize = 16;
/// Probes a second.
pub const PROBE_PER_SECOND: f64 = 10.0;
/// Time for the connection of a probe.
pub const PROBE_CONNECT: Duration = Duration::from_secs(3);
/// Time for all of a probe at one address.
pub const PROBE_TOTAL: Duration = Duration::from_secs(10);
/// Addresses of one name that are probed.
pub const PROBE_ADDRESSES: usize = 32;
/// Bytes read of one address: a handshake has 64 KiB of certificates at most, and words before it.
pub const PROBE_BYTES: usize = 256 << 10;
/// Bytes of a line before TLS.
pub const PROBE_LINE: usize = 2 << 10;
/// Lines of one reply before TLS.
pub const PROBE_LINES: usize = 64;

/// Bytes of a CRL.
pub const CRL_BODY: usize = 64 << 20;
/// Bytes of an answer of OCSP, its certificates included.
pub const OCSP_BODY: usize = 256 << 10;
/// How often the address of a CRL may point elsewhere.
pub const REVOCATION_HOPS: usize = 3;
/// Addresses of CRLs and OCSP of one CA that are asked.
pub const REVOCATION_ADDRESSES: usize = 32;
