//! The review as a text for others: Markdown.

use jiff::Timestamp;

use super::{Ground, Review, Stage};
use crate::{
    flow::{
        Cx,
        document::{Document, Offer},
    },
    present::{Tone, handover::Form},
    ui::detail::{self, Detail},
};

impl Review {
    /// What `w` writes; `None` as long as nothing was read.
    pub fn offer(&self, now: Timestamp) -> Option<Offer> {
        self.latest.as_ref()?;
        let about = self.errand.request.as_ref().map_or(self.errand.ca.as_str(), |request| request.as_str());
        let about = crate::flow::document::file_name(about);
        let name = format!("review-{about}-{}.md", now.strftime("%Y-%m-%d"));
        Some(Offer { title: "Write this review to", endings: "a new file, .md; readable by you alone", name })
    }

    /// The review as it stands now, for a file of this name.
    ///
    /// # Errors
    /// Which ending the name has.
    pub fn document(&self, path: &str, ground: &Ground<'_>, cx: &Cx<'_>) -> Result<Document, &'static str> {
        if Form::of(path) != Some(Form::Markdown) {
            return Err("The name ends in .md: a review is written as Markdown.");
        }
        let who = ground.actor.map_or("not known", |actor| actor.name.as_str());
        let mut lines = self.page(ground, cx, false);
        let what = match self.stage {
            Stage::Open | Stage::Counting(_) => "Nothing has been sent.",
            Stage::Handed | Stage::Followed(_) | Stage::Refused(_) | Stage::Lost(_) => {
                "What became of it stands above."
            }
        };
        lines.push(Detail::Gap);
        lines.push(Detail::Text(what.into(), Tone::Text));
        lines.push(Detail::Text(
            format!("Written by certdeck, {}, {}, you: {who}.", cx.look.now, ground.place),
            Tone::Text,
        ));
        Ok(Document::Text(detail::markdown(&lines)))
    }
}
