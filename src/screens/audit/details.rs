//! An event in full, beside the list or as a page.

use super::Log;
use crate::{
    domain::audit::{AuditEvent, look::Line},
    flow::Cx,
    present::{Tone, audit as words, moment},
    ui::detail::Detail,
};

/// Lines of a raw record that are shown.
const RAW: usize = 200;

impl Log {
    /// The details of a line.
    pub(super) fn details_of(&self, line: &Line, cx: &Cx<'_>) -> Vec<Detail> {
        let (event, look) = (&line.event, cx.look);
        let mut out = vec![
            Detail::Title(moment::full(&event.at, look), Tone::Text),
            Detail::Text(words::action(event), Tone::Accent),
            Detail::Gap,
            Detail::pair("Who", words::who(event)),
        ];
        if !event.actor_id.is_empty() && !event.actor.is_empty() {
            out.push(Detail::Pair("", event.actor_id.to_string(), Tone::Muted));
        }
        let code = event.code.map(|code| format!(" {code}")).unwrap_or_default();
        out.push(Detail::pair("Result", format!("{}{code}", event.result)));
        let pairs = [
            ("From", event.ip_address.as_str()),
            ("What", event.resource_name.as_str()),
            ("Kind", event.resource_type.as_str()),
            ("Id", event.resource_id.as_str()),
            ("Text", event.description.as_str()),
        ];
        for (label, value) in pairs {
            if !value.is_empty() {
                out.push(Detail::pair(label, value));
            }
        }
        if let Some(change) = &event.change {
            out.push(Detail::pair("Change", words::change(change, look)));
        }
        out.extend(self.known_facts().iter().map(|(label, value)| Detail::pair(label, value.as_str())));
        out.push(Detail::pair("Source", event.source.name()));
        if line.more > 0 {
            out.push(Detail::pair("Like it", format!("{} more, l shows them", line.more)));
        }
        out.push(Detail::Gap);
        out.push(Detail::Heading("RELATED", "same record or within 1 h".into()));
        match self.known() {
            None => out.push(Detail::Text("looking…".into(), Tone::Muted)),
            Some(known) if known.related.is_empty() => out.push(Detail::Text("none".into(), Tone::Muted)),
            Some(known) => {
                let text = |event: &AuditEvent| {
                    format!("{} {} {}", moment::short(&event.at, look), words::who(event), words::action(event))
                };
                out.extend(known.related.iter().map(|event| Detail::Verbatim(text(event), Tone::Text)));
            }
        }
        out.push(Detail::Gap);
        out.push(Detail::Heading("RAW", "as it was sent; Y copies".into()));
        if let Some(known) = self.known() {
            for line in known.raw.lines().iter().take(RAW) {
                out.push(Detail::Verbatim(line.to_string(), Tone::Muted));
            }
        }
        out
    }
}
