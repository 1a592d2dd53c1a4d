//! What changed since the baseline, by group; the filter of each shows its changes.

use super::line::{Body, Line, Section, Target};
use crate::{
    domain::{
        delta::{Delta, Member, Topic},
        filter::Filter,
    },
    flow::{Cx, ScreenId},
    present::{Tone, column::Record as _},
    ui::text::count,
};

/// More changes than this are told as one line: each group is looked for among all.
const MOST: usize = 20_000;
/// Names that a line tells.
const NAMES: usize = 3;

/// A group of changes.
struct Group {
    filter: &'static str,
    one: &'static str,
    many: &'static str,
    tone: Tone,
    glyph: &'static str,
}

const GROUPS: [Group; 11] = [
    Group {
        filter: "kind:certificate change:new status:issued",
        one: "certificate issued",
        many: "certificates issued",
        tone: Tone::Ok,
        glyph: "+",
    },
    Group {
        filter: "kind:certificate member:status status:not_renewed",
        one: "name now not_renewed",
        many: "names now not_renewed",
        tone: Tone::Critical,
        glyph: "!",
    },
    Group {
        filter: "kind:certificate member:status status:revoked",
        one: "revoked",
        many: "revoked",
        tone: Tone::Ended,
        glyph: "⊘",
    },
    Group {
        filter: "kind:request change:new",
        one: "CA request",
        many: "CA requests",
        tone: Tone::Critical,
        glyph: "!",
    },
    Group {
        filter: "kind:request change:changed",
        one: "CA request changed",
        many: "CA requests changed",
        tone: Tone::Info,
        glyph: "~",
    },
    Group { filter: "kind:ca", one: "CA changed", many: "CAs changed", tone: Tone::Info, glyph: "~" },
    Group { filter: "kind:template", one: "template changed", many: "templates changed", tone: Tone::Info, glyph: "~" },
    Group {
        filter: "kind:certificate member:status status:expired",
        one: "certificate expired",
        many: "certificates expired",
        tone: Tone::Ended,
        glyph: "✗",
    },
    Group {
        filter: "kind:certificate change:gone",
        one: "certificate not listed any more",
        many: "certificates not listed any more",
        tone: Tone::Muted,
        glyph: "-",
    },
    Group {
        filter: "kind:report status:failed",
        one: "report run failed",
        many: "report runs failed",
        tone: Tone::Due,
        glyph: "✗",
    },
    Group {
        filter: "kind:report change:new status:ready|generating",
        one: "report run",
        many: "report runs",
        tone: Tone::Muted,
        glyph: "+",
    },
];

/// The lines; none without a baseline, and where nothing is other.
pub fn lines(cx: &Cx<'_>) -> Vec<Line> {
    let rows = cx.estate.changes.list().rows();
    if cx.estate.changes.baseline().is_none() || rows.is_empty() {
        return Vec::new();
    }
    let all = |words: String| {
        let short = words.clone();
        let body = Body::Words { count: Some(rows.len()), words, short, note: String::new(), is_private: false };
        let target = Target::Screen(ScreenId::Changes, String::new());
        Line { section: Section::Since, key: "all".to_owned(), body, tone: Tone::Info, target }
    };
    if rows.len() > MOST {
        return vec![all("changes".to_owned())];
    }
    let mut lines: Vec<Line> = GROUPS.iter().filter_map(|group| line(group, cx)).collect();
    if lines.is_empty() {
        lines.push(all(if rows.len() == 1 { "change" } else { "changes" }.to_owned()));
    }
    lines
}

fn line(group: &Group, cx: &Cx<'_>) -> Option<Line> {
    // A constant of the program; a test parses each.
    let filter = Filter::<Delta>::parse(group.filter, Delta::FIELDS).ok()?;
    let mut found = Vec::new();
    let mut total = 0;
    for row in cx.estate.changes.list().rows().views().filter(|row| filter.matches(*row, cx.look.now)) {
        total += 1;
        if found.len() < NAMES {
            found.push(row.record);
        }
    }
    let first = found.first()?;
    let names = || {
        let more = if total > found.len() { format!(", {} more", count(total - found.len())) } else { String::new() };
        // Of several host names the first label says which.
        let label = |delta: &&Delta| match (total, delta.topic) {
            (2.., Topic::Certificate) => {
                delta.name().split('.').find(|label| *label != "*").unwrap_or_default().to_owned()
            }
            _ => delta.name().to_owned(),
        };
        format!("{}{more}", found.iter().map(label).collect::<Vec<_>>().join(", "))
    };
    let (words, note) = match first.topic {
        Topic::Certificate if first.is_issue() => (one_of(total, group), renewals(total, cx)),
        Topic::Certificate if group.tone == Tone::Critical => (one_of(total, group), format!("decide: {}", names())),
        Topic::Request => {
            let by = first.fact(Member::By);
            let by = if by.is_empty() { String::new() } else { format!(" by {by}") };
            let kind = first.fact(Member::RequestType);
            let words = match (total, kind) {
                (1, kind) if group.tone == Tone::Critical && !kind.is_empty() => format!("CA {kind} requested"),
                _ => one_of(total, group),
            };
            (words, format!("{}{by}", first.name()))
        }
        Topic::Template => {
            let by = first.fact(Member::By);
            let is_one =
                total == found.len() && !by.is_empty() && found.iter().all(|delta| delta.fact(Member::By) == by);
            (one_of(total, group), if is_one { format!("{}, by {by}", names()) } else { names() })
        }
        _ => (one_of(total, group), names()),
    };
    // Numbers are no names.
    let is_private = !(first.topic == Topic::Certificate && first.is_issue());
    Some(Line {
        section: Section::Since,
        key: group.filter.to_owned(),
        body: Body::Words { count: Some(total), short: short_of(&words), words, note, is_private },
        tone: group.tone,
        target: Target::Screen(ScreenId::Changes, group.filter.to_owned()),
    })
}

/// Without what the sign says.
fn short_of(words: &str) -> String {
    words.replace("certificates issued", "issued").replace("certificate issued", "issued")
}

fn one_of(total: usize, group: &Group) -> String {
    if total == 1 { group.one } else { group.many }.to_owned()
}

/// How many of the issued ones follow another with the same names.
fn renewals(issued: usize, cx: &Cx<'_>) -> String {
    let Some(renewals) = cx.estate.changes.renewals().filter(|renewals| *renewals <= issued) else {
        return String::new();
    };
    let new = issued - renewals;
    let part = |count_of: usize, one: &str, many: &str| match count_of {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{} {many}", count(count_of))),
    };
    let parts = [part(renewals, "renewal", "renewals"), part(new, "new name", "new names")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The sign in front of a line; `None` for the usual one of its tone.
pub fn glyph(key: &str, ascii: bool) -> Option<&'static str> {
    let glyph = GROUPS.iter().find(|group| group.filter == key)?.glyph;
    Some(match (glyph, ascii) {
        ("⊘", true) => "%",
        ("✗", true) => "x",
        _ => glyph,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_of_each_group_is_one() {
        for group in GROUPS {
            assert!(Filter::<Delta>::parse(group.filter, Delta::FIELDS).is_ok(), "{}", group.filter);
        }
    }
}
