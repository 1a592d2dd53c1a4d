//! Cells that a spreadsheet would run.

/// A spreadsheet takes a cell that starts like this for a formula, blanks in front or not; a leading apostrophe keeps
/// it text (OWASP, CSV Injection). Numbers stay numbers.
pub fn guarded(cell: String) -> String {
    let is_number = |text: &str| {
        let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
        digits.bytes().any(|byte| byte.is_ascii_digit())
            && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    let acts = |c: char| matches!(c, '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠');
    let first = cell.chars().next();
    let starts = cell.trim_start_matches([' ', '\'', '"']).chars().next();
    match (first, starts) {
        (Some(first), _) if acts(first) && !is_number(&cell) => format!("'{cell}"),
        (Some(' ' | '"'), Some(c)) if acts(c) && !is_number(cell.trim_start()) => format!("'{cell}"),
        _ => cell,
    }
}
