//! The words for the state of a source: what is missing, how old it is, and why.

use crate::{
    domain::{dataset::Completeness, subject::Subject},
    flow::{Cx, Source, source::Phase},
    present::moment,
    ui::{Role, text::count},
};

/// The line below a title when the rows are not simply complete and current.
pub fn line<T: Subject>(source: &Source<T>, noun: &str, cx: &Cx<'_>) -> Option<(String, Role)> {
    let age = || source.age(cx.look.now).map_or_else(String::new, |age| format!("{} old", moment::age(age)));
    match cx.phase(source) {
        Phase::Stale => {
            let overdue = if source.is_loading() { "they are being read again" } else { "the next read is overdue" };
            let why = source.failure().map_or(overdue, |failure| failure.title.as_str());
            // Before the cause: a line that is cut still says how long it takes.
            let wait = waiting(source, cx).map_or_else(String::new, |wait| format!(", {wait}"));
            Some((format!("~ STALE  {noun} are {}{wait}: {why}", age()), Role::Stale))
        }
        Phase::Partial => {
            let text = match source.completeness() {
                Completeness::Partial { read, of, why } => {
                    let parts = of.map_or_else(|| read.to_string(), |of| format!("{read} of {of}"));
                    format!("! PARTIAL  {parts} parts read, {} {noun}: {}", count(source.rows().len()), why.title)
                }
                Completeness::Complete => {
                    let why = source.failure().map_or_else(String::new, |f| f.title.to_string());
                    format!("! PARTIAL  {} {noun} before the read failed: {why}", count(source.rows().len()))
                }
            };
            Some((text, Role::Critical))
        }
        Phase::Loading if !source.rows().is_empty() => {
            Some((format!("reading {noun}… {} so far", count(source.rows().len())), Role::Muted))
        }
        Phase::Ready | Phase::Reloading => source.notes().first().map(|note| (format!("» {note}"), Role::Info)),
        Phase::Idle | Phase::Loading | Phase::Empty | Phase::Failed => None,
    }
}

/// How long the service still asks to wait after a read that failed. A wait of more than a quarter of an hour is for
/// the user to decide.
pub fn waiting<T: Subject>(source: &Source<T>, cx: &Cx<'_>) -> Option<String> {
    source.wait(cx.look.now).map(|left| match left {
        ..=900 => format!("waiting {left} s"),
        _ => format!("to wait {}, or r to read again", moment::age(left)),
    })
}
