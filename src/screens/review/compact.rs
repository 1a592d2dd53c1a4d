//! The page where there is little room: what belongs together is one line, and checks that pass are words.

use super::{
    Review,
    view::capital,
    whole::{asker, called, sign},
};
use crate::{
    domain::ca::checks::{Check, Mark, Rule},
    flow::Cx,
    present::{Tone, moment},
    ui::{
        detail::{Detail, LABEL},
        text::width,
    },
};

/// What stands between two checks of a line; wrapping makes one blank of more.
const BETWEEN: &str = " ";

impl Review {
    /// What is asked, what it touches, and the checks.
    pub(super) fn compact(&self, out: &mut Vec<Detail>, checks: Option<&[Check]>, cx: &Cx<'_>) {
        self.asked_in_short(out, cx);
        self.differences(out);
        if self.counts()
            && let Some(told) = self.counted_as(out, cx)
        {
            let worse = |a: Tone, b: Tone| if a == Tone::Text { b } else { a };
            out.push(Detail::pair("CAs below", told.below));
            out.push(Detail::Pair("Issued", told.counts.0, told.counts.1));
            let ((templates, short), (requests, open)) = (told.templates, told.requests);
            out.push(Detail::Pair("Templates", format!("{templates} · other requests {requests}"), worse(short, open)));
            out.push(Detail::pair("Clients see", told.later));
        }
        if let Some(checks) = checks {
            checks_in_short(out, checks, cx);
        }
    }

    fn asked_in_short(&self, out: &mut Vec<Detail>, cx: &Cx<'_>) {
        if let Some(ca) = self.ca() {
            let serial = ca
                .serial
                .as_ref()
                .map_or_else(|| moment::dash(cx.look).to_owned(), crate::domain::serial::Serial::grouped);
            let (name, tone) = called(ca);
            out.push(Detail::Pair("CA", format!("{name} · {}, serial {serial}", ca.status), tone));
        }
        if let Some(request) = self.request() {
            let reason = request.reason.as_ref().map_or_else(|| "reason not told".to_owned(), ToString::to_string);
            let asked = moment::full(&request.requested, cx.look);
            out.push(Detail::pair("Asked by", format!("{}, {asked}, {reason}", asker(request))));
            out.push(Detail::pair("Comment", format!("\"{}\"", request.comment)));
        } else if self.errand.request.is_some() {
            out.push(Detail::Text("! the service does not show this request any more".into(), Tone::Critical));
        }
        if let Some(reason) = &self.errand.reason {
            out.push(Detail::pair("Reason", reason.to_string()));
        }
    }
}

fn checks_in_short(out: &mut Vec<Detail>, checks: &[Check], cx: &Cx<'_>) {
    let mut label = "CHECKS";
    for mark in [Mark::Pass, Mark::Warn, Mark::Fail] {
        let (tone, glyph) = sign(mark, cx);
        let told = checks.iter().filter(|check| check.mark == mark).map(|check| match mark {
            Mark::Pass => format!("{glyph} {}", word(check.rule)),
            Mark::Warn | Mark::Fail => format!("{glyph} {}", capital(&check.text)),
        });
        for line in packed(told, cx.size.0.saturating_sub(2 + if mark == Mark::Pass { LABEL } else { 0 })) {
            out.push(match mark {
                Mark::Pass => Detail::Pair(std::mem::take(&mut label), line, tone),
                Mark::Warn | Mark::Fail => Detail::Text(line, tone),
            });
        }
    }
}

/// A rule that is met, as short as it can be said.
const fn word(rule: Rule) -> &'static str {
    match rule {
        Rule::OtherPerson => "not your request",
        Rule::Place => "writing is on",
        Rule::Fresh => "unchanged",
        Rule::Impact => "counted",
        Rule::Permission => "allowed",
        Rule::Sense => "no contradiction",
        Rule::Name => "name",
        Rule::Comment => "comment",
    }
}

/// As many on a line as fit in `room` cells, each whole.
fn packed(texts: impl Iterator<Item = String>, room: u16) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for text in texts {
        match lines.last_mut() {
            Some(line) if width(line).saturating_add(width(&text)).saturating_add(width(BETWEEN)) <= room => {
                line.push_str(BETWEEN);
                line.push_str(&text);
            }
            _ => lines.push(text),
        }
    }
    lines
}
