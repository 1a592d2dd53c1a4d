//! The question to the full-text index: which trigrams an event must have.

use crate::domain::filter::Parts;

/// Trigrams of one text that are asked for; more would cost more than they leave out.
const MOST: usize = 12;

/// The expression for what must stand in an event; `None` when the index cannot help.
pub fn expression(texts: &[Vec<Parts>]) -> Option<String> {
    let needs: Vec<String> = texts.iter().filter_map(|alternatives| any(alternatives)).collect();
    (!needs.is_empty()).then(|| needs.join(" AND "))
}

fn any(alternatives: &[Parts]) -> Option<String> {
    let all: Option<Vec<String>> = alternatives.iter().map(every).collect();
    all.map(|all| format!("({})", all.join(" OR ")))
}

fn every(parts: &Parts) -> Option<String> {
    let mut trigrams: Vec<String> = Vec::new();
    for part in parts {
        let signs: Vec<char> = part.chars().collect();
        let step = signs.len().saturating_sub(2).div_ceil(MOST).max(1);
        let last = signs.len().checked_sub(3);
        for at in (0..signs.len().saturating_sub(2)).step_by(step).chain(last) {
            let trigram: String = signs.iter().skip(at).take(3).collect();
            let quoted = format!("\"{}\"", trigram.replace('"', "\"\""));
            if !trigrams.contains(&quoted) {
                trigrams.push(quoted);
            }
        }
    }
    (!trigrams.is_empty()).then(|| format!("({})", trigrams.join(" AND ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_words_are_left_to_the_filter_and_long_ones_are_cut_up() {
        let word = |text: &str| vec![vec![text.to_owned()]];
        assert_eq!(expression(&[word("ab")]), None);
        assert_eq!(expression(&[word("abcd"), word("x")]).as_deref(), Some("((\"abc\" AND \"bcd\"))"));
        let either = vec![vec!["abc".to_owned()], vec!["a\"b".to_owned()]];
        assert_eq!(expression(&[either]).as_deref(), Some("((\"abc\") OR (\"a\"\"b\"))"));
        assert_eq!(expression(&[vec![vec!["abc".to_owned()], vec!["x".to_owned()]]]), None, "one alternative is open");
        assert!(expression(&[word(&"0123456789".repeat(10))]).is_some_and(|text| text.len() < 250));
    }
}
