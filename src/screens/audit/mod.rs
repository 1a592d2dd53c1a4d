//! The audit log of all sources.

use super::{
    CopyChoice, Layout, Notice, Step,
    kind::{Kind, Pane},
    list::ListScreen,
};
use crate::{
    domain::{
        audit::{AuditEvent, AuditSource},
        subject::View,
    },
    flow::{
        Call, Cx, Estate, Reply, ScreenId, Source, SourceId, Work,
        list::{Arrangement, Job},
    },
    present::{Column, Look, Tone, audit, column::Record, moment},
    ui::detail::Detail,
};

/// The kind of the audit screen.
#[derive(Default)]
pub struct Events {
    follow: bool,
}

/// The screen with its usual order: the newest event first.
pub fn screen() -> ListScreen<Events> {
    ListScreen::default()
}

impl Kind for Events {
    type Row = AuditEvent;
    const ID: ScreenId = ScreenId::Audit;
    const SOURCES: &'static [SourceId] = &[SourceId::Audit];
    const TITLE: &'static str = "Audit";
    const NOUN: &'static str = "audit events";
    const ORDER: (&'static Column<AuditEvent>, bool) = (&<AuditEvent as Record>::COLUMNS[0], true);
    const PANE: Pane = Pane::Right(37);
    const TOGGLE: Option<&'static str> = Some("follow");
    const HAS_EVIDENCE: bool = true;

    fn source(estate: &Estate) -> &Source<AuditEvent> {
        &estate.audit
    }

    fn columns(layout: Layout, _: u16) -> &'static [&'static str] {
        match layout {
            Layout::Wide => &["time", "who", "action", "result", "what", "source"],
            Layout::Medium => &["time", "who", "action", "result", "what"],
            Layout::Narrow | Layout::Tiny => &["time", "who", "action"],
        }
    }

    fn extra(row: View<'_, AuditEvent>, look: &Look) -> String {
        let address = if row.ip_address.is_empty() { moment::dash(look) } else { &row.ip_address };
        format!("{address} · {}", row.description)
    }

    fn details(&self, row: View<'_, AuditEvent>, cx: &Cx<'_>) -> Vec<Detail> {
        let look = cx.look;
        let mut out = vec![
            Detail::Title(moment::full(&row.at, look), Tone::Text),
            Detail::Text(audit::action(&row).into_owned(), Tone::Accent),
            Detail::Gap,
            Detail::pair("Who", audit::who(&row)),
        ];
        if !row.actor_id.is_empty() && !row.actor.is_empty() {
            out.push(Detail::Pair("", row.actor_id.to_string(), Tone::Muted));
        }
        out.push(Detail::pair("Result", row.result.to_string()));
        let pairs = [
            ("From", row.ip_address.as_str()),
            ("What", row.resource_name.as_str()),
            ("Kind", row.resource_type.as_str()),
            ("Id", row.resource_id.as_str()),
            ("Text", row.description.as_str()),
        ];
        for (label, value) in pairs {
            if !value.is_empty() {
                out.push(Detail::pair(label, value));
            }
        }
        out.push(Detail::pair(
            "Source",
            match row.source {
                AuditSource::PrivateCa => "Private CA",
                AuditSource::AccountManager => "Account Manager",
            },
        ));
        out.push(Detail::Gap);
        out.push(Detail::Heading("RELATED", "same record".into()));
        related(&mut out, &row, cx);
        out.push(Detail::Gap);
        out.push(Detail::Heading("RAW", "as the service sent it".into()));
        for line in row.raw.iter().take(200) {
            out.push(Detail::Verbatim(line.to_string(), Tone::Muted));
        }
        out
    }

    fn arrange(job: Job<AuditEvent>) -> Result<Call, Job<AuditEvent>> {
        Ok(Call::Work(Work::ArrangeAudit(job)))
    }

    fn arranged(reply: Reply) -> Option<Arrangement<AuditEvent>> {
        if let Reply::ArrangedAudit(arrangement) = reply { Some(arrangement) } else { None }
    }

    fn copies(row: View<'_, AuditEvent>, look: &Look) -> Vec<CopyChoice> {
        let raw: Vec<&str> = row.raw.iter().map(crate::domain::Clean::as_str).collect();
        vec![
            CopyChoice { label: "event id", text: row.id.to_string() },
            CopyChoice { label: "time", text: moment::full(&row.at, look) },
            CopyChoice { label: "who", text: audit::who(&row).to_owned() },
            CopyChoice { label: "record id", text: row.resource_id.to_string() },
            CopyChoice { label: "JSON", text: raw.join(" ") },
        ]
    }

    fn about(row: View<'_, AuditEvent>, target: ScreenId) -> Option<String> {
        let subject = if row.resource_name.is_empty() { row.resource_id.as_str() } else { &row.resource_name };
        if subject.is_empty() {
            return None;
        }
        match target {
            ScreenId::Audit => Some(format!("about:\"{subject}\"")),
            ScreenId::Cas | ScreenId::Acme | ScreenId::Reports => Some(format!("\"{subject}\"")),
            ScreenId::Home | ScreenId::Changes => None,
        }
    }

    fn group(row: View<'_, AuditEvent>) -> Option<String> {
        Some(row.at.at().map_or_else(String::new, |at| at.strftime("%F").to_string()))
    }

    fn toggle(&mut self) -> Step {
        self.follow = !self.follow;
        let text = if self.follow {
            "Following: the newest events stay in view as they are read."
        } else {
            "Not following: the cursor stays on its event."
        };
        Step::notice(Notice::said(text))
    }

    fn remark(&self, cx: &Cx<'_>) -> String {
        let interval = cx.estate.audit.interval();
        let every = if interval > 0 { format!("CA live {interval} s") } else { "read once".to_owned() };
        if self.follow { format!("{every} · following") } else { every }
    }

    fn follows(&self) -> bool {
        self.follow
    }
}

fn related(out: &mut Vec<Detail>, row: &AuditEvent, cx: &Cx<'_>) {
    let same = |other: &&AuditEvent| {
        !row.resource_id.is_empty() && other.resource_id == row.resource_id && !other.has_key(&row.key())
    };
    let mut shown = 0;
    for event in cx.estate.audit.rows().iter().filter(same).take(5) {
        let text = format!("{} {} {}", moment::short(&event.at, cx.look), audit::who(event), audit::action(event));
        out.push(Detail::Verbatim(text, Tone::Text));
        shown += 1;
    }
    if shown == 0 {
        out.push(Detail::Text("none among those read".into(), Tone::Muted));
    }
}
