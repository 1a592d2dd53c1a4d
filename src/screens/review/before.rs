//! The review and the last one: what was decided about the same request then, and what is not as it was.

use jiff::Timestamp;

use super::Review;
use crate::{
    domain::{
        Failure, When,
        ca::decision::{Trail, intent::SHOWN_MOST},
    },
    flow::{Cx, journal::Deeds},
    present::{Tone, moment},
    ui::detail::Detail,
};

/// What is known of the last review.
#[derive(Debug, Default)]
pub(super) enum Before {
    /// Nobody asked.
    #[default]
    Unasked,
    /// The journal is read.
    Asked,
    /// This was decided then; `None` when nothing was.
    Told(Option<Box<Trail>>),
    /// The journal could not be read.
    Failed(Failure),
}

impl Review {
    /// Takes what the journal tells.
    pub fn remembered(&mut self, result: Result<Deeds, Failure>) {
        self.before = match result {
            Ok(deeds) => Before::Told(deeds.last_of(&self.errand).cloned().map(Box::new)),
            Err(failure) => Before::Failed(failure),
        };
    }

    /// What was decided the last time, and what is not as it was.
    pub(super) fn compared(&self, out: &mut Vec<Detail>, cx: &Cx<'_>) {
        let heading = |note: String| Detail::Heading("LAST REVIEW", note);
        match &self.before {
            Before::Unasked => return,
            Before::Asked => out.push(heading("reading the journal…".into())),
            Before::Failed(failure) => {
                out.push(heading("not known".into()));
                out.push(Detail::Text(format!("! {failure}"), Tone::Critical));
            }
            Before::Told(None) => out.push(heading("not reviewed before on this machine".into())),
            Before::Told(Some(trail)) => self.compare(out, trail, cx),
        }
        out.push(Detail::Gap);
    }

    fn compare(&self, out: &mut Vec<Detail>, trail: &Trail, cx: &Cx<'_>) {
        let intent = &trail.intent;
        let at = |at: Timestamp| moment::full(&When::At(at), cx.look);
        out.push(Detail::Heading("LAST REVIEW", format!("{} by {}", at(intent.at), intent.actor_name)));
        out.push(Detail::pair("Decided", format!("{}: {}", intent.errand.operation.verb(), trail.fate().sentence())));
        out.push(Detail::pair("Comment", format!("\"{}\"", intent.errand.comment)));
        let told = intent.checks.iter().map(|check| Detail::Pair("Then", check.to_string(), Tone::Muted));
        out.extend(told);
        let Some(latest) = &self.latest else { return };
        let now = &latest.snapshot;
        if now.digest() == intent.snapshot {
            out.push(Detail::Pair("Request, CA", "as they were then".into(), Tone::Ok));
        } else if intent.shown.is_empty() {
            let text = format!("not as they were; what was shown then had more than {SHOWN_MOST} bytes");
            out.push(Detail::Pair("Request, CA", text, Tone::Due));
        }
        if !intent.shown.is_empty() {
            for one in now.differences(&intent.shown) {
                let text = format!("! {}: \"{}\" is now \"{}\"", one.member, one.was, one.is);
                out.push(Detail::Text(text, Tone::Due));
            }
        }
        let (text, tone) = match (&intent.impact, self.impact()) {
            (None, _) => ("was not counted then", Tone::Muted),
            (Some(_), None) => ("is not counted now", Tone::Muted),
            (Some(then), Some(now)) if *then == now.digest() => ("the same count as then", Tone::Ok),
            (Some(_), Some(_)) => ("not the count of then, of which the journal has the hash alone", Tone::Due),
        };
        out.push(Detail::Pair("Impact", text.into(), tone));
    }
}
