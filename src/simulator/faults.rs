//! Scripted misbehaviour: rules that pick requests, and what then goes wrong.

use std::sync::Mutex;

use serde::Deserialize;

use super::answer::Ask;

/// A list of rules; the first that matches a request and is not used up decides.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultPlan {
    /// In TOML each is a `[[rule]]`.
    #[serde(alias = "rule")]
    pub rules: Vec<Rule>,
}

impl FaultPlan {
    /// A plan of one rule that holds for every request below `path`.
    pub fn always(path: &str, fault: Fault) -> Self {
        Self { rules: vec![Rule::new(path, fault)] }
    }
}

/// Which requests go wrong, how often, and how.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// A prefix of the path, or a pattern of the whole path when it holds a `*`.
    pub path: String,
    /// Method in upper case; every method when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// Matching requests that still go well.
    #[serde(default)]
    pub after: u64,
    /// Requests that go wrong; all when absent.
    #[serde(default)]
    pub times: Option<u64>,
    /// Only requests with this `offset` (an absent one counts as 0).
    #[serde(default)]
    pub offset: Option<u64>,
    /// Whether the service does its work before the answer goes wrong.
    #[serde(default)]
    pub applied: bool,
    /// What goes wrong.
    pub fault: Fault,
}

impl Rule {
    /// A rule for every request below `path`, for ever, before the service does its work.
    pub fn new(path: &str, fault: Fault) -> Self {
        Self { path: path.to_owned(), method: None, after: 0, times: None, offset: None, applied: false, fault }
    }

    /// Only requests of one method.
    #[must_use]
    pub fn method(mut self, method: &str) -> Self {
        self.method = Some(method.to_owned());
        self
    }

    /// Only this many requests.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// The service does its work; only the answer goes wrong.
    #[must_use]
    pub fn applied(mut self) -> Self {
        self.applied = true;
        self
    }

    fn matches(&self, ask: &Ask) -> bool {
        let method = self.method.as_deref().is_none_or(|method| method == ask.method);
        let offset = self.offset.is_none_or(|offset| ask.query("offset").unwrap_or("0").parse() == Ok(offset));
        method && offset && fits(&self.path, &ask.path)
    }
}

/// `Retry-After` of a fault.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RetryAfter {
    /// Written as it is, even when negative or huge.
    Seconds(i64),
    /// An HTTP date this many seconds after the simulator's clock.
    HttpDate(i64),
    /// Anything.
    Text(String),
}

/// What goes wrong. In TOML `fault = { kind = "status", status = 429, retry_after = { seconds = 7 } }`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// The answer comes late.
    Latency {
        /// Milliseconds.
        ms: u64,
    },
    /// The request is read and never answered.
    Silence,
    /// An error of the service, in its own shape.
    Status {
        /// HTTP status.
        status: u16,
        /// The header, absent when `None`.
        #[serde(default)]
        retry_after: Option<RetryAfter>,
    },
    /// An error of the authority service in one of the shapes 1 to 6.
    ErrorShape {
        /// HTTP status.
        status: u16,
        /// Shape.
        shape: u8,
    },
    /// An HTML page of this size.
    Html {
        /// HTTP status; 200 is what a captive portal sends.
        status: u16,
        /// Bytes.
        bytes: u64,
    },
    /// `Content-Length` promises twice what is sent, then the connection closes.
    CutBody,
    /// A chunked body without its end.
    CutChunked,
    /// A body without length whose connection closes in the middle: nothing in HTTP tells.
    CutClose,
    /// RST in the middle of the body.
    Reset,
    /// RST after the request was read, before any answer.
    ResetEarly,
    /// 3xx to an address.
    Redirect {
        /// HTTP status.
        status: u16,
        /// `Location`.
        to: String,
    },
    /// Spaces packed by gzip.
    GzipBomb {
        /// Size when unpacked, in MiB.
        mebibytes: u64,
    },
    /// A gzip body without its end.
    GzipCut,
    /// `Content-Encoding: br`, which nobody offered.
    Brotli,
    /// The right answer, slowly.
    Drip {
        /// Bytes per second.
        bytes_per_second: u64,
    },
    /// Bytes that are no UTF-8 in the first text value.
    InvalidUtf8,
    /// A member twice in the first record.
    DuplicateKey,
    /// Arrays in arrays.
    DeepJson {
        /// How many.
        depth: u64,
    },
    /// As if the key had ended.
    ExpiredKey,
    /// A literal answer.
    Body {
        /// HTTP status.
        status: u16,
        /// Media type.
        content_type: String,
        /// Body.
        text: String,
    },
    /// The list in the other shape: bare for an envelope, envelope for a bare array.
    OtherList,
    /// 404 as for a path that does not exist.
    MissingPath,
    /// The first page again, whatever `offset` says.
    PageRepeats,
    /// `total` one less at each request.
    ShrinkingTotal,
    /// Very many headers.
    Headers {
        /// How many.
        count: u64,
    },
    /// The clock of the `Date` header is off.
    Skew {
        /// Seconds ahead (negative: behind).
        seconds: i64,
    },
}

/// A plan and how often each of its rules has matched.
#[derive(Debug, Default)]
pub(super) struct Faults {
    state: Mutex<(FaultPlan, Vec<u64>)>,
}

/// What a rule decided for one request.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    pub(super) fault: Fault,
    pub(super) applied: bool,
    /// How often the rule has struck, this time included.
    pub(super) strike: u64,
}

impl Faults {
    pub(super) fn set(&self, plan: FaultPlan) {
        if let Ok(mut state) = self.state.lock() {
            let counts = vec![0; plan.rules.len()];
            *state = (plan, counts);
        }
    }

    pub(super) fn verdict(&self, ask: &Ask) -> Option<Verdict> {
        let mut state = self.state.lock().ok()?;
        let (plan, counts) = &mut *state;
        for (rule, count) in plan.rules.iter().zip(counts) {
            if !rule.matches(ask) {
                continue;
            }
            *count += 1;
            let strike = count.saturating_sub(rule.after);
            if strike > 0 && rule.times.is_none_or(|times| strike <= times) {
                return Some(Verdict { fault: rule.fault.clone(), applied: rule.applied, strike });
            }
        }
        None
    }
}

/// A prefix, or with `*` a pattern of the whole path.
fn fits(pattern: &str, path: &str) -> bool {
    if !pattern.contains('*') {
        return path.starts_with(pattern);
    }
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::{Ask, Fault, FaultPlan, Faults, Rule, fits};

    fn ask(path: &str) -> Ask {
        Ask {
            method: "GET".to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Vec::new(),
            subject: None,
        }
    }

    #[test]
    fn a_pattern_is_a_prefix_or_a_glob() {
        assert!(fits("/acme", "/acme/1/certificates"));
        assert!(fits("/acme/*/certificates", "/acme/1/certificates"));
        assert!(!fits("/acme/*/certificates", "/acme/1/credentials"));
        assert!(fits("*", "/anything"));
        assert!(fits("*/audit*", "/x/audit/7"));
    }

    #[test]
    fn a_rule_waits_strikes_and_ends() {
        let faults = Faults::default();
        faults.set(FaultPlan { rules: vec![Rule { after: 1, times: Some(2), ..Rule::new("/a", Fault::Silence) }] });
        let struck: Vec<bool> = (0..5).map(|_| faults.verdict(&ask("/a")).is_some()).collect();
        assert_eq!(struck, [false, true, true, false, false]);
        assert!(faults.verdict(&ask("/b")).is_none());
    }

    #[test]
    fn a_plan_reads_from_toml() {
        let plan: Result<FaultPlan, _> = toml::from_str(
            r#"
            [[rule]]
            path = "/certificate-authority/*"
            times = 2
            fault = { kind = "status", status = 429, retry_after = { http_date = 30 } }
            [[rule]]
            path = "/reports"
            offset = 100
            fault = { kind = "cut_close" }
            "#,
        );
        assert_eq!(plan.map(|plan| plan.rules.len()), Ok(2));
    }
}
