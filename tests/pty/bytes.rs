//! What the program may write: text, and the few sequences that are its own.

use certdeck::domain::text::escape;

/// A piece of what was written.
#[derive(Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    /// Parameters and final character.
    Csi(&'a str, char),
    /// An operating system command.
    Osc(&'a str),
}

/// Cuts output into its pieces. Panics at anything that the program does not write by itself.
pub fn pieces(bytes: &[u8]) -> Vec<Piece<'_>> {
    let mut rest = std::str::from_utf8(bytes).unwrap();
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let Some(at) = rest.find('\u{1b}') else {
            pieces.push(Piece::Text(rest));
            break;
        };
        let (text, sequence) = rest.split_at(at);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        rest = if let Some(csi) = sequence.strip_prefix("\u{1b}[") {
            let end = csi.find(|c: char| ('@'..='~').contains(&c)).unwrap();
            pieces.push(Piece::Csi(&csi[..end], csi[end..].chars().next().unwrap()));
            &csi[end + 1..]
        } else if let Some(osc) = sequence.strip_prefix("\u{1b}]") {
            let end = osc.find("\u{1b}\\").unwrap();
            pieces.push(Piece::Osc(&osc[..end]));
            &osc[end + 2..]
        } else {
            panic!("an escape of no kind: {:?}", &sequence[..sequence.len().min(20)]);
        };
    }
    pieces
}

/// Fails on any byte that is not the program's own.
pub fn assert_own(bytes: &[u8]) {
    for piece in pieces(bytes) {
        match &piece {
            Piece::Text(text) => assert_eq!(escape(text), *text, "text that acts or hides"),
            Piece::Csi(parameters, kind) => {
                let own = match kind {
                    'H' | 'm' => parameters.chars().all(|c| c.is_ascii_digit() || c == ';'),
                    'C' => parameters.chars().all(|c| c.is_ascii_digit()),
                    'J' => *parameters == "2",
                    'h' | 'l' => matches!(*parameters, "?1049" | "?2004" | "?25" | "?2026"),
                    _ => false,
                };
                assert!(own, "{piece:?}");
            }
            Piece::Osc(command) => assert!(command.starts_with("52;c;") || *command == "11;?", "{piece:?}"),
        }
    }
}

/// The parameters of every change of style.
pub fn styles(bytes: &[u8]) -> Vec<Vec<u16>> {
    let style = |piece| match piece {
        Piece::Csi(parameters, 'm') => Some(parameters.split(';').map(|n| n.parse().unwrap_or(0)).collect()),
        _ => None,
    };
    pieces(bytes).into_iter().filter_map(style).collect()
}
