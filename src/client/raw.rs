//! Records as they were sent, for the raw view.

use super::{limits, wire::clean};
use crate::domain::Clean;

/// A record as sent, indented, one safe line each; members keep their order.
pub fn pretty(raw: &str) -> Box<[Clean]> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut depth: usize = 0;
    let (mut quoted, mut escaped) = (false, false);
    let mut chars = raw.chars().filter(|c| *c != '\n' && *c != '\r').peekable();
    let mut flush = |line: &mut String, depth: usize| {
        lines.push(clean(line.trim_end()));
        *line = "  ".repeat(depth.min(limits::DEPTH));
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
