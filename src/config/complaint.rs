//! What is wrong with a configuration file, on one line: file, line, column, cause, nearest known name.

use std::path::Path;

use crate::domain::{Clean, Failure, FailureKind};

/// Longest part of the file that is repeated in a message.
const QUOTE: usize = 60;

/// `text` in quotes, made safe and short.
pub(super) fn quoted(text: &str) -> String {
    let clean = Clean::new(text);
    let short: String = clean.chars().take(QUOTE).collect();
    if short.len() < clean.len() { format!("\"{short}…\"") } else { format!("\"{short}\"") }
}

/// A failure of the file as a whole.
pub(super) fn whole(path: &Path, cause: &str) -> Failure {
    Failure::new(FailureKind::Configuration, format!("{}: {cause}", path.display()))
}

/// The failure for an error of the reader.
pub(super) fn of(error: &toml::de::Error, text: &str, path: &Path) -> Failure {
    let place = error.span().map_or_else(String::new, |span| {
        let (line, column) = position(text, span.start);
        format!(" line {line}, column {column}")
    });
    let (cause, hint) = reword(error.message());
    let failure = Failure::new(FailureKind::Configuration, format!("{}{place}: {cause}", path.display()));
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// Line and column of a byte offset, both from 1, columns in characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |last| last.chars().count()) + 1;
    (line, column)
}

/// The reader's words as one calm line, and a hint. Text of the file other than names is left out: it may be a key.
fn reword(message: &str) -> (String, Option<String>) {
    let line = message.split_whitespace().collect::<Vec<_>>().join(" ");
    for kind in ["unknown field ", "unknown variant "] {
        if let Some(rest) = line.strip_prefix(kind) {
            let mut names = rest.split('`').skip(1).step_by(2);
            let found = names.next().unwrap_or_default();
            let known: Vec<&str> = names.collect();
            return (format!("unknown name {}", quoted(found)), nearest(found, &known));
        }
    }
    if let Some((_, expected)) = line.split_once("\", expected ").filter(|_| line.starts_with("invalid type: string")) {
        return (format!("a text stands where {expected} is expected"), None);
    }
    (line, None)
}

/// Names the nearest of `known`, or all of them when none is near.
pub(super) fn nearest(found: &str, known: &[&str]) -> Option<String> {
    let near = known.iter().map(|name| (strsim::damerau_levenshtein(found, name), name)).min()?;
    if near.0 <= 2.max(found.chars().count() / 3) {
        Some(format!("did you mean \"{}\"?", near.1))
    } else {
        Some(format!("known here: {}", known.join(", ")))
    }
}
