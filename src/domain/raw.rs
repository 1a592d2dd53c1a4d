//! Records as they were sent.

use std::sync::Arc;

use super::Clean;

/// Deepest indentation.
const DEPTH: usize = 64;
/// Bytes of a line that are shown.
const LINE: usize = 64 << 10;

/// A record as its service sent it. It reaches a cell only by [`Raw::lines`], which are safe; files get it as it is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Raw(Arc<str>);

impl Raw {
    /// Keeps a JSON record.
    pub fn new(json: &str) -> Self {
        Self(json.into())
    }

    /// As it was sent: not safe to show.
    pub fn as_sent(&self) -> &str {
        &self.0
    }

    /// Indented, one safe line each.
    pub fn lines(&self) -> Box<[Clean]> {
        pretty(&self.0)
    }
}

/// A record as sent, indented, one safe line each; members keep their order.
pub fn pretty(raw: &str) -> Box<[Clean]> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut depth: usize = 0;
    let (mut quoted, mut escaped) = (false, false);
    let mut chars = raw.chars().filter(|c| *c != '\n' && *c != '\r').peekable();
    let mut flush = |line: &mut String, depth: usize| {
        lines.push(Clean::cut(line.trim_end(), LINE));
        *line = "  ".repeat(depth.min(DEPTH));
    };
    while let Some(c) = chars.next() {
        if quoted {
            line.push(c);
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '"' => {
                quoted = true;
                line.push(c);
            }
            '{' | '[' => {
                line.push(c);
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(close) = chars.next_if(|c| matches!(c, '}' | ']')) {
                    line.push(close);
                } else {
                    depth += 1;
                    flush(&mut line, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                flush(&mut line, depth);
                line.push(c);
            }
            ',' => {
                line.push(c);
                flush(&mut line, depth);
            }
            ':' => line.push_str(": "),
            _ if c.is_ascii_whitespace() => {}
            _ => line.push(c),
        }
    }
    flush(&mut line, 0);
    lines.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j12_the_raw_view_keeps_order_and_unknown_members() {
        let lines = pretty("{\"b\":[],\"a\":{\"x\":\"q\\\"{,\\u001b\"},\"n\":[1, 2]}");
        let lines: Vec<&str> = lines.iter().map(Clean::as_str).collect();
        let shown = [
            "{",
            "  \"b\": [],",
            "  \"a\": {",
            "    \"x\": \"q\\\"{,\\u001b\"",
            "  },",
            "  \"n\": [",
            "    1,",
            "    2",
            "  ]",
            "}",
        ];
        assert_eq!(lines, shown);
        assert_eq!(pretty("{\"a\":\"\x1b\"}")[1], "  \"a\": \"^[\"");
    }
}
