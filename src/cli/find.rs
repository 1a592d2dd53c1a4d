//! One record out of a list, by what people call it.

use super::exit::{Exit, Outcome, Trouble};
use crate::domain::{Failure, FailureKind};

/// The record whose id is `asked`, else the only one whose name is.
///
/// # Errors
/// None, with the exit code `partial` when the list is not complete; or several, listed by id.
pub fn one<'a, T>(
    rows: &'a [T],
    called: impl Fn(&'a T) -> (&'a str, &'a str),
    asked: &str,
    what: (&str, &str),
) -> Result<&'a T, Trouble> {
    if let Some(row) = rows.iter().find(|row| called(row).0.eq_ignore_ascii_case(asked)) {
        return Ok(row);
    }
    let lower = asked.to_lowercase();
    let mut named = rows.iter().filter(|row| called(row).1.to_lowercase() == lower);
    let (noun, list) = what;
    match (named.next(), named.next()) {
        (Some(row), None) => Ok(row),
        (None, _) => Err(not_found(&format!("{noun} has the id or name"), asked, list).into()),
        (Some(first), Some(second)) => {
            let ids: Vec<&str> = [first, second].into_iter().chain(named).map(|row| called(row).0).take(5).collect();
            let failure = Failure::new(FailureKind::Configuration, format!("several have the name \"{asked}\""));
            Err(Trouble::Usage(failure.hint(format!("ask by id: {}", ids.join(", ")))))
        }
    }
}

fn not_found(what: &str, asked: &str, list: &str) -> Failure {
    Failure::new(FailureKind::NotFound, format!("no {what} \"{asked}\"")).hint(format!("{list} shows what there is"))
}

/// Nothing was found. When the list is not complete that proves nothing, and the code of the missing part is kept.
pub fn absent(what: &str, asked: &str, list: &str, partial: Exit) -> Outcome {
    let failure = not_found(what, asked, list);
    if partial == Exit::Done {
        return Err(Trouble::Failure(failure));
    }
    super::console::warn(&format!("{failure}; the list is not complete"));
    Ok(partial)
}
