//! The newest events that are here.

use super::line::{Body, Line, Section, Target};
use crate::{
    domain::audit::AuditEvent,
    flow::{Cx, ScreenId},
    present::{Tone, audit},
};

/// Events that are told at most.
const MOST: usize = 30;

/// A line for each of the newest events.
pub fn lines(cx: &Cx<'_>) -> Vec<Line> {
    let line = |event: &AuditEvent| Line {
        section: Section::Latest,
        key: format!("{:?} {}", event.source, event.id),
        tone: Tone::Text,
        target: Target::Screen(ScreenId::Audit, filter(event)),
        body: Body::Event(Box::new(event.clone())),
    };
    cx.estate.audit.rows().iter().take(MOST).map(line).collect()
}

/// The events about the same; where it says nothing of that, those of the same person.
fn filter(event: &AuditEvent) -> String {
    let named = [&event.resource_name, &event.resource_id].into_iter().find(|text| !text.is_empty());
    let (field, text) = named.map_or_else(|| ("who", audit::who(event)), |text| ("about", text.as_str()));
    if text.is_empty() { String::new() } else { format!("\"{field}:{text}\"") }
}
