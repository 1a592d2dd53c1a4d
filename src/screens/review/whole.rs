//! The page where there is room: every fact a line, every check a line.

use super::{Review, view::capital};
use crate::{
    domain::{
        ca::{
            Ca, CaRequest,
            checks::{Check, Mark},
        },
        digest::Digest,
    },
    flow::Cx,
    present::{Tone, moment},
    ui::{
        detail::Detail,
        text::{count, width},
    },
};

/// Cells of a name that is certain to stand on one line; a longer one may be broken, where a blank is not seen.
const ONE_LINE: u16 = 40;
/// Characters of a name that are shown.
const LONGEST: usize = 240;

impl Review {
    /// What is asked, what it touches, and the checks.
    pub(super) fn whole(&self, out: &mut Vec<Detail>, checks: Option<&[Check]>, cx: &Cx<'_>) {
        self.subject(out, cx);
        if !self.is_unchanged() {
            out.push(Detail::Gap);
            self.differences(out);
        }
        if self.counts() {
            out.push(Detail::Gap);
            self.touched(out, cx);
        }
        if let Some(checks) = checks {
            out.push(Detail::Gap);
            told_checks(out, checks, cx);
        }
    }

    fn subject(&self, out: &mut Vec<Detail>, cx: &Cx<'_>) {
        let look = cx.look;
        if let Some(request) = self.request() {
            let asked = moment::full(&request.requested, look);
            let since = request.requested.at().map(|at| look.now.duration_since(at).as_secs().max(0));
            let ago = since.map_or_else(String::new, |since| format!(", {} ago", moment::age(since)));
            let by = asker(request);
            out.push(Detail::pair("Asked by", format!("{by}  {asked}{ago}")));
            let reason = request.reason.as_ref().map_or_else(|| "not told".to_owned(), ToString::to_string);
            out.push(Detail::pair("Reason", reason));
            out.push(Detail::pair("Comment", format!("\"{}\"", request.comment)));
        } else if self.errand.request.is_some() {
            out.push(Detail::Text("! the service does not show this request any more".into(), Tone::Critical));
        }
        if let Some(reason) = &self.errand.reason {
            out.push(Detail::pair("Reason", reason.to_string()));
        }
        if let Some(ca) = self.ca() {
            let serial = ca
                .serial
                .as_ref()
                .map_or_else(|| moment::dash(look).to_owned(), crate::domain::serial::Serial::grouped);
            let (name, tone) = called(ca);
            out.push(Detail::Pair("CA", name, tone));
            let until = moment::full(&ca.valid_to, look);
            let text = format!("{} · {} · {} · until {until}", ca.id, ca.status, ca.hosted_type);
            out.push(Detail::Pair("", text, Tone::Muted));
            out.push(Detail::Pair("Serial", serial, Tone::Muted));
        }
    }

    fn touched(&self, out: &mut Vec<Detail>, cx: &Cx<'_>) {
        if let Some(told) = self.counted_as(out, cx) {
            told.lines(out);
        }
    }
}

fn told_checks(out: &mut Vec<Detail>, checks: &[Check], cx: &Cx<'_>) {
    out.push(heading(checks));
    for check in checks {
        let (tone, glyph) = sign(check.mark, cx);
        out.push(Detail::Text(format!("{glyph} {}", capital(&check.text)), tone));
    }
}

/// The heading of the checks, with how many are met.
fn heading(checks: &[Check]) -> Detail {
    let of = |mark| checks.iter().filter(|check| check.mark == mark).count();
    let note = format!("{} pass · {} warn · {} left", of(Mark::Pass), of(Mark::Warn), of(Mark::Fail));
    Detail::Heading("CHECKS", note)
}

/// How a mark looks.
pub(super) fn sign(mark: Mark, cx: &Cx<'_>) -> (Tone, &'static str) {
    match mark {
        Mark::Pass => (Tone::Ok, cx.look.glyph(Tone::Ok)),
        Mark::Warn => (Tone::Due, "!"),
        Mark::Fail => (Tone::Critical, cx.look.glyph(Tone::Ended)),
    }
}

/// The name of a CA so that no other name looks the same: what cannot be seen is said.
pub(super) fn called(ca: &Ca) -> (String, Tone) {
    let name = ca.name.as_str();
    let has_blanks = name.trim() != name || name.contains("  ");
    let mut text = if has_blanks { name.replace(' ', "␣") } else { name.to_owned() };
    let mut odd = Vec::new();
    if ca.name.is_marked() {
        odd.push("hidden characters are written out".to_owned());
    }
    if has_blanks {
        odd.push("blanks are shown as ␣".to_owned());
    }
    if width(name) > ONE_LINE {
        text = text.chars().take(LONGEST).collect();
        let digest: String = Digest::of(name).to_string().chars().take(16).collect();
        odd.push(format!("{} characters, SHA-256 begins {digest}", count(name.chars().count())));
    }
    if odd.is_empty() { (text, Tone::Text) } else { (format!("{text}  ! {}", odd.join("; ")), Tone::Due) }
}

/// Who made a request, by name if it is told.
pub(super) fn asker(request: &CaRequest) -> String {
    if request.requested_by_name.is_empty() {
        request.requested_by.as_ref().map_or_else(|| "not known".to_owned(), ToString::to_string)
    } else {
        request.requested_by_name.to_string()
    }
}
