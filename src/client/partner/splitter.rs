//! Finds the records of `{"certificates": [..]}` while the body still arrives.
//!
//! The list has no pages and may be hundreds of megabytes long, so it is never held as a whole: each record is read as
//! soon as its last byte is here. Nearly all of them are read where they begin; one that is not as it should be, or not
//! all here, is cut out first, byte by byte, so that it costs no more than its length however it comes.

use std::cell::LazyCell;

use memchr::{memchr_iter, memchr2};

use crate::client::{error::ClientError, json::offset, limits};

/// The member that holds the list.
const LIST: &[u8] = b"certificates";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the object.
    Start,
    /// Where a name or the end of the object is due.
    Name,
    /// Behind a name.
    Colon { list: bool },
    /// Where a value is due.
    Value { list: bool },
    /// Inside a value that nobody asked for.
    Skip,
    /// Between records.
    List,
    /// Inside a record.
    Record,
    /// Behind the object.
    Done,
}

/// Cuts a body into records.
#[derive(Debug)]
pub struct Splitter {
    state: State,
    /// What is here and not read yet.
    rest: Vec<u8>,
    /// Where to go on.
    at: usize,
    /// Where the record or skipped value begins.
    start: usize,
    nest: Nest,
    /// Bytes of the body before `rest`.
    gone: u64,
    records: usize,
    found: bool,
}

/// How deep inside a value the reading is.
#[derive(Debug, Clone, Copy, Default)]
struct Nest {
    depth: usize,
    quoted: bool,
    scalar: bool,
}

/// Who takes the records.
pub trait Sink {
    /// Takes the record with which `text` begins and returns its length, if all of it is here and it is as it should be.
    fn plain(&mut self, text: &str) -> Result<Option<usize>, ClientError>;

    /// Takes a record that was cut out: its number, its bytes, its place in the body.
    fn record(&mut self, index: usize, bytes: &[u8], at: u64) -> Result<(), ClientError>;
}

impl Splitter {
    /// Before the first byte.
    pub fn new() -> Self {
        Self {
            state: State::Start,
            rest: Vec::new(),
            at: 0,
            start: 0,
            nest: Nest::default(),
            gone: 0,
            records: 0,
            found: false,
        }
    }

    /// Before a record of the list.
    pub fn in_list() -> Self {
        Self { state: State::List, found: true, ..Self::new() }
    }

    /// Goes on where another one has ended, which began before a record. False, and nothing is done, when this one is not
    /// before a record.
    pub fn append(&mut self, other: Self) -> bool {
        let is_before = self.state == State::List && self.rest.is_empty();
        if is_before {
            let (gone, records) = (self.gone + other.gone, self.records + other.records);
            *self = Self { gone, records, ..other };
        }
        is_before
    }

    /// Takes the next bytes and hands every complete record to `sink`.
    pub fn push(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Result<(), ClientError> {
        let bytes = self.go_on(bytes, sink)?;
        let mut rest = std::mem::take(&mut self.rest);
        if rest.is_empty() {
            let keep = self.read(bytes, sink)?;
            rest.extend_from_slice(bytes.get(keep..).unwrap_or_default());
        } else {
            rest.extend_from_slice(bytes);
            let keep = self.read(&rest, sink)?;
            rest.drain(..keep);
        }
        self.rest = rest;
        if self.rest.len() > limits::STREAM_RECORD {
            return Err(ClientError::TooLarge(offset(limits::STREAM_RECORD)));
        }
        Ok(())
    }

    /// Goes on with a record that has begun, and returns the bytes behind it: they are read where they are.
    fn go_on<'b>(&mut self, bytes: &'b [u8], sink: &mut impl Sink) -> Result<&'b [u8], ClientError> {
        if self.state != State::Record || self.at < self.rest.len() {
            return Ok(bytes);
        }
        let mut at = 0;
        let is_whole = self.nest.end(bytes, &mut at)?.is_some();
        let (own, others) = bytes.split_at_checked(at).unwrap_or((bytes, &[]));
        self.rest.extend_from_slice(own);
        self.at = self.rest.len();
        if is_whole {
            let record = std::mem::take(&mut self.rest);
            self.record(&record, sink)?;
            self.drop(record.len());
        }
        Ok(others)
    }

    /// Reads `here` as far as it goes; returns how much of it is read.
    fn read(&mut self, here: &[u8], sink: &mut impl Sink) -> Result<usize, ClientError> {
        // Not looked at while a value goes on that nobody asked for: it may come byte by byte.
        let text = LazyCell::new(|| sound(here));
        while self.step(here, &text, sink)? {}
        let keep = if matches!(self.state, State::Record | State::Skip) { self.start } else { self.at };
        self.drop(keep);
        Ok(keep)
    }

    /// So many bytes are read.
    fn drop(&mut self, bytes: usize) {
        self.gone += offset(bytes);
        self.at -= bytes;
        self.start = self.start.saturating_sub(bytes);
    }

    /// The body has ended: it must have been whole.
    pub fn finish(&self) -> Result<(), ClientError> {
        if self.state != State::Done {
            return Err(self.shape("it ends too early"));
        }
        if self.found { Ok(()) } else { Err(self.shape("there is no `certificates`")) }
    }

    fn shape(&self, why: &str) -> ClientError {
        let path = match self.state {
            State::List | State::Record => format!("certificates[{}]", self.records),
            State::Colon { list: true } | State::Value { list: true } => "certificates".to_owned(),
            _ => "the top".to_owned(),
        };
        ClientError::Shape { path, why: why.to_owned() }
    }

    /// One token further in `here`, whose sound beginning is `text`; false when more bytes are needed.
    fn step<'t>(
        &mut self,
        here: &[u8],
        text: &LazyCell<&'t str, impl FnOnce() -> &'t str>,
        sink: &mut impl Sink,
    ) -> Result<bool, ClientError> {
        if matches!(self.state, State::Record | State::Skip) {
            return self.inside(here, sink);
        }
        let Some(&byte) = here.get(self.at) else { return Ok(false) };
        if byte.is_ascii_whitespace() || (self.state == State::Start && b"\xef\xbb\xbf".contains(&byte)) {
            self.at += 1;
            return Ok(true);
        }
        match (self.state, byte) {
            (State::Start, b'{') | (State::List, b']') => self.enter(State::Name),
            (State::Name, b'"') => return self.name(here),
            (State::Name | State::List, b',') => self.at += 1,
            (State::Name, b'}') => self.enter(State::Done),
            (State::Colon { list }, b':') => self.enter(State::Value { list }),
            (State::Value { list: true }, b'[') => self.enter(State::List),
            (State::Value { list: true }, b'n') | (State::Value { list: false }, _) => self.begin(State::Skip),
            (State::List, byte) if byte != b'}' => match sink.plain(longest(text, self.at))? {
                Some(length) => {
                    self.at += length;
                    self.records += 1;
                }
                None => self.begin(State::Record),
            },
            (State::Start, b'[') => return Err(self.shape("a list stands where an object is due")),
            _ => return Err(self.shape(&format!("`{}` stands where it makes no sense", byte.escape_ascii()))),
        }
        Ok(true)
    }

    const fn enter(&mut self, state: State) {
        self.state = state;
        self.at += 1;
    }

    fn begin(&mut self, state: State) {
        self.state = state;
        self.start = self.at;
        self.nest = Nest::default();
    }

    fn name(&mut self, here: &[u8]) -> Result<bool, ClientError> {
        let rest = here.get(self.at + 1..).unwrap_or_default();
        let mut end = 0;
        loop {
            match memchr2(b'"', b'\\', rest.get(end..).unwrap_or_default()) {
                None => return Ok(false),
                Some(found) if rest.get(end + found) == Some(&b'"') => {
                    end += found;
                    break;
                }
                Some(found) => end += found + 2,
            }
        }
        let list = rest.get(..end) == Some(LIST);
        if list && std::mem::replace(&mut self.found, true) {
            return Err(ClientError::Duplicate("certificates".into()));
        }
        self.at += end + 2;
        self.state = State::Colon { list };
        Ok(true)
    }

    /// Goes on to the end of a value.
    fn inside(&mut self, here: &[u8], sink: &mut impl Sink) -> Result<bool, ClientError> {
        let Some(end) = self.nest.end(here, &mut self.at)? else { return Ok(false) };
        if self.state == State::Record {
            self.record(here.get(self.start..end).unwrap_or_default(), sink)?;
        } else {
            self.state = State::Name;
        }
        self.start = self.at;
        Ok(true)
    }

    /// Hands over a record that is whole.
    fn record(&mut self, record: &[u8], sink: &mut impl Sink) -> Result<(), ClientError> {
        if record.len() > limits::STREAM_RECORD {
            return Err(ClientError::TooLarge(offset(limits::STREAM_RECORD)));
        }
        sink.record(self.records, record, self.gone + offset(self.start))?;
        self.records += 1;
        self.state = State::List;
        Ok(())
    }
}

impl Nest {
    /// The end of the value that is being read, or `None` when it is not here yet; `at` is where to go on.
    fn end(&mut self, buffer: &[u8], at: &mut usize) -> Result<Option<usize>, ClientError> {
        while let Some(&byte) = buffer.get(*at) {
            if self.quoted {
                let rest = buffer.get(*at..).unwrap_or_default();
                match memchr2(b'"', b'\\', rest) {
                    None => {
                        *at = buffer.len();
                        return Ok(None);
                    }
                    Some(found) if rest.get(found) == Some(&b'"') => {
                        self.quoted = false;
                        *at += found + 1;
                    }
                    // The escaped byte may not be here yet: stay on the backslash.
                    Some(found) if rest.len() < found + 2 => {
                        *at += found;
                        return Ok(None);
                    }
                    Some(found) => {
                        *at += found + 2;
                        continue;
                    }
                }
                if self.depth == 0 {
                    return Ok(Some(*at));
                }
                continue;
            }
            match byte {
                b'"' => self.quoted = true,
                b'{' | b'[' => {
                    self.depth += 1;
                    // The object and the list around the record count too.
                    if self.depth > limits::DEPTH - 2 {
                        return Err(ClientError::Depth(limits::DEPTH));
                    }
                }
                b'}' | b']' if self.depth == 0 => return Ok(Some(*at)),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        *at += 1;
                        return Ok(Some(*at));
                    }
                }
                b',' | b' ' | b'\t' | b'\r' | b'\n' if self.depth == 0 && self.scalar => return Ok(Some(*at)),
                _ => self.scalar = self.scalar || self.depth == 0,
            }
            *at += 1;
        }
        Ok(None)
    }
}

/// Where in the midst of a list a record seems to begin.
pub fn guess(bytes: &[u8]) -> Option<usize> {
    memchr_iter(b'}', bytes).find_map(|end| {
        let behind = bytes.get(end + 1..)?.trim_ascii_start().strip_prefix(b",")?.trim_ascii_start();
        behind.starts_with(b"{").then(|| bytes.len() - behind.len())
    })
}

/// The beginning of `bytes` that is text.
fn sound(bytes: &[u8]) -> &str {
    let text = |bytes| std::str::from_utf8(bytes);
    let until = |error: std::str::Utf8Error| bytes.get(..error.valid_up_to()).and_then(|bytes| text(bytes).ok());
    text(bytes).unwrap_or_else(|error| until(error).unwrap_or_default())
}

/// What of `text` may belong to a record at `at`.
fn longest(text: &str, at: usize) -> &str {
    let end = text.floor_char_boundary(at.saturating_add(limits::STREAM_RECORD));
    text.get(at..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Keeps each record; one in braces without a quote is read where it begins.
    struct Records<'a> {
        body: &'a str,
        found: Vec<String>,
    }

    impl Sink for Records<'_> {
        fn plain(&mut self, text: &str) -> Result<Option<usize>, ClientError> {
            let end = text.find('}').map(|end| end + 1);
            let record =
                end.and_then(|end| text.get(..end)).filter(|text| text.starts_with("{1") && !text.contains('"'));
            self.found.extend(record.map(str::to_owned));
            Ok(record.map(str::len))
        }

        fn record(&mut self, index: usize, bytes: &[u8], at: u64) -> Result<(), ClientError> {
            let text = String::from_utf8_lossy(bytes).into_owned();
            assert_eq!(self.body.get(usize::try_from(at).unwrap()..).map(|rest| rest.starts_with(&text)), Some(true));
            assert_eq!(index, self.found.len());
            self.found.push(text);
            Ok(())
        }
    }

    fn split(body: &str, size: usize) -> Result<Vec<String>, ClientError> {
        let mut splitter = Splitter::new();
        let mut records = Records { body, found: Vec::new() };
        for chunk in body.as_bytes().chunks(size) {
            splitter.push(chunk, &mut records)?;
        }
        splitter.finish()?;
        Ok(records.found)
    }

    #[test]
    fn records_are_found_wherever_the_body_is_cut() {
        let body = "\u{feff} {\"x\":[{\"certificates\":[9]}],\"t\":1,\"certificates\" : [ {\"a\":\"}]\\\\\\\"\"} , \
                    7,{1},null ,\"s,\\\"\",[1,{}],{1ü}, {\"b\":{\"c\":[]}}],\"y\":\"z\\\"\",\"n\":null}\n";
        let records =
            ["{\"a\":\"}]\\\\\\\"\"}", "7", "{1}", "null", "\"s,\\\"\"", "[1,{}]", "{1ü}", "{\"b\":{\"c\":[]}}"];
        for size in 1..=body.len() {
            assert_eq!(split(body, size).unwrap(), records, "{size}");
        }
        assert_eq!(split("{\"certificates\":[]}", 3).unwrap(), Vec::<String>::new());
        assert_eq!(split("{\"certificates\":null}", 3).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_part_that_was_read_ahead_goes_on_where_a_record_begins() {
        let body = "{\"certificates\":[{\"a\":[{},{}]},\n {1},{\"b\":2}],\"t\":0}";
        let all = split(body, body.len()).unwrap();
        for cut in 1..body.len() {
            let mut records = Records { body, found: vec![] };
            let mut ahead = Records { body: &body[cut..], found: vec![] };
            let (mut first, mut second) = (Splitter::new(), Splitter::in_list());
            first.push(&body.as_bytes()[..cut], &mut records).unwrap();
            let is_sound = second.push(&body.as_bytes()[cut..], &mut ahead).is_ok();
            if is_sound && first.append(second) {
                first.finish().unwrap();
                records.found.extend(ahead.found);
                assert_eq!(records.found, all, "{cut}");
                assert!(body[cut..].starts_with([',', '\n', ' ', '{', ']']), "{cut}");
            } else {
                first.push(&body.as_bytes()[cut..], &mut records).unwrap();
                assert_eq!(records.found, all, "{cut}");
            }
        }
        assert_eq!(guess(b"x\"}],\"c\":{}} , \n{1},{2}"), Some(16));
        assert_eq!((guess(b"{1}, "), guess(b"{1},2"), guess(b"{1}")), (None, None, None));
    }

    #[test]
    fn n08_a_cut_list_is_an_error_wherever_it_is_cut() {
        let body = "{\"t\":1,\"certificates\":[{\"a\":1},{\"b\":2}]}";
        for end in 0..body.len() {
            assert!(split(&body[..end], 5).is_err(), "{}", &body[..end]);
        }
        assert!(split(body, 5).is_ok());
    }

    #[test]
    fn j02_j11_depth_and_other_forms_are_refused() {
        let deep = format!("{{\"certificates\":[{}", "[".repeat(10_000));
        assert_eq!(split(&deep, 100), Err(ClientError::Depth(limits::DEPTH)));
        let deep = format!("{{\"x\":{}", "{\"a\":".repeat(10_000));
        assert_eq!(split(&deep, 100), Err(ClientError::Depth(limits::DEPTH)));
        for (body, where_) in [
            ("[]", "the top"),
            ("{}", "the top"),
            ("{\"certificates\":{}}", "certificates"),
            ("7", "the top"),
            ("{\"certificates\":[}", "certificates[0]"),
        ] {
            assert!(matches!(split(body, 2), Err(ClientError::Shape { path, .. }) if path == where_), "{body}");
        }
        let twice = "{\"certificates\":[],\"certificates\":[]}";
        assert_eq!(split(twice, 9), Err(ClientError::Duplicate("certificates".into())));
    }

    #[test]
    fn a_record_is_bounded() {
        let huge = |n: usize| format!("{{\"certificates\":[\"{}\"]}}", "a".repeat(n - 2));
        assert!(split(&huge(limits::STREAM_RECORD), 8192).is_ok());
        assert!(matches!(split(&huge(limits::STREAM_RECORD + 1), 8192), Err(ClientError::TooLarge(_))));
    }
}
