//! What a change touches, as the review shows it.

use super::Review;
use crate::{
    domain::ca::decision::Operation,
    flow::Cx,
    present::{Tone, moment},
    screens::impact::{Deed, Told},
    ui::detail::Detail,
};

impl Review {
    /// Puts the heading of the impact, and says why there is none; `None` as long as there is none.
    pub(super) fn counted_as(&self, out: &mut Vec<Detail>, cx: &Cx<'_>) -> Option<Told<'_>> {
        let heading = match self.errand.operation {
            Operation::ApproveRevocation => "IF YOU APPROVE, CLIENTS STOP TRUSTING",
            Operation::RequestRevocation => "IF IT IS APPROVED, CLIENTS STOP TRUSTING",
            Operation::Disable => "IF YOU DISABLE IT, IT ISSUES NOTHING",
            _ => "WHAT IT TOUCHES",
        };
        match &self.impact {
            None => {
                out.push(Detail::Heading(heading, String::new()));
                out.push(Detail::Text("counting…".into(), Tone::Muted));
                None
            }
            Some(Err(failure)) => {
                out.push(Detail::Heading(heading, "not counted".into()));
                out.push(Detail::Text(format!("! {failure}"), Tone::Critical));
                None
            }
            Some(Ok(impact)) => {
                let old = cx.look.now.duration_since(impact.counted_at).as_secs().max(0);
                let at = impact.counted_at.strftime("%H:%M:%SZ");
                let again = if self.counting { ", counting again…" } else { "" };
                out.push(Detail::Heading(heading, format!("counted {at}, {} ago{again}", moment::age(old))));
                let deed = Deed { operation: self.errand.operation, reason: self.errand.reason.as_ref() };
                Some(deed.told(impact, &cx.estate.ca_names, cx.look))
            }
        }
    }
}
