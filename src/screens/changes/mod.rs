//! What is other since the baseline: records that are new, gone or changed, member by member.

use super::{
    CopyChoice, CountChoice, Layout,
    kind::{Kind, Pane},
    list::ListScreen,
};
use crate::{
    domain::{
        When,
        delta::{Delta, Member, Topic, Way},
        subject::View,
    },
    flow::{
        Call, Cx, Estate, Reply, ScreenId, Source, SourceId, Work,
        list::{Arrangement, Job},
    },
    present::{Column, Look, Tone, column::Record, delta, moment},
    ui::detail::Detail,
};

/// The kind of the screen.
#[derive(Default)]
pub struct Changes;

/// The screen with its usual order: by kind, then new, gone and changed.
pub fn screen() -> ListScreen<Changes> {
    ListScreen::default()
}

/// The filter that shows what is of a screen.
pub const fn filter_of(screen: ScreenId) -> &'static str {
    match screen {
        ScreenId::Acme => "kind:certificate",
        ScreenId::Cas => "kind:ca|request|template",
        ScreenId::Reports => "kind:report",
        ScreenId::Home | ScreenId::Audit | ScreenId::Changes => "",
    }
}

impl Kind for Changes {
    type Row = Delta;
    const ID: ScreenId = ScreenId::Changes;
    const SOURCES: &'static [SourceId] =
        &[SourceId::Acme, SourceId::Cas, SourceId::Requests, SourceId::History, SourceId::Templates];
    const TITLE: &'static str = "Changes";
    const NOUN: &'static str = "changes";
    const ORDER: (&'static Column<Delta>, bool) = (&<Delta as Record>::COLUMNS[1], false);
    const PANE: Pane = Pane::Below(45);

    fn source(estate: &Estate) -> &Source<Delta> {
        estate.changes.list()
    }

    fn columns(layout: Layout, _: u16) -> &'static [&'static str] {
        match layout {
            Layout::Wide => &["change", "kind", "name", "what"],
            Layout::Medium => &["change", "kind", "name"],
            Layout::Narrow | Layout::Tiny => &["change", "name"],
        }
    }

    fn extra(row: View<'_, Delta>, look: &Look) -> String {
        delta::words(row.record, look)
    }

    fn details(&self, row: View<'_, Delta>, cx: &Cx<'_>) -> Vec<Detail> {
        let look = cx.look;
        let mut out = vec![
            Detail::Title(row.record.name().to_owned(), Tone::Text),
            Detail::Text(
                format!("{} {} {}", delta::glyph(&row), row.topic.word(), row.way().word()),
                delta::tone(&row),
            ),
        ];
        if let Some((from, to)) = cx.estate.changes.span(row.topic) {
            let at = |at| moment::short(&When::At(at), look);
            out.push(Detail::Pair("Between", format!("{} and {}", at(from), at(to)), Tone::Muted));
        }
        out.push(Detail::Gap);
        let value = |text: &str| delta::value(text, look);
        for turn in row.turns() {
            out.push(Detail::Heading(turn.member.label(), String::new()));
            out.push(Detail::pair("was", value(turn.before)));
            out.push(Detail::pair("is", value(turn.after)));
        }
        let entry = row.last().filter(|_| row.way() != Way::Changed);
        for (member, text) in entry.iter().flat_map(|entry| &entry.facts).filter(|(_, text)| !text.is_empty()) {
            out.push(Detail::pair(member.label(), value(text)));
        }
        out.push(Detail::Pair("Id", Delta::key(&row).to_owned(), Tone::Muted));
        out
    }

    fn arrange(job: Job<Delta>) -> Result<Call, Job<Delta>> {
        Ok(Call::Work(Work::ArrangeChanges(job)))
    }

    fn arranged(reply: Reply) -> Option<Arrangement<Delta>> {
        if let Reply::ArrangedChanges(arrangement) = reply { Some(arrangement) } else { None }
    }

    fn copies(row: View<'_, Delta>, look: &Look) -> Vec<CopyChoice> {
        vec![
            CopyChoice { label: "name", text: row.record.name().to_owned() },
            CopyChoice { label: "id", text: Delta::key(&row).to_owned() },
            CopyChoice { label: "change", text: delta::words(&row, look) },
        ]
    }

    fn about(row: View<'_, Delta>, target: ScreenId) -> Option<String> {
        match target {
            ScreenId::Audit => {
                let about = if row.topic == Topic::Request { row.fact(Member::CaName) } else { row.record.name() };
                Some(format!("about:\"{about}\""))
            }
            ScreenId::Home | ScreenId::Changes => None,
            _ => target_of(&row).filter(|(screen, _)| *screen == target).map(|(_, filter)| filter),
        }
    }

    fn group(row: View<'_, Delta>) -> Option<String> {
        Some(row.topic.word().to_owned())
    }

    fn can_count(cx: &Cx<'_>) -> bool {
        !cx.estate.changes.list().rows().is_empty()
    }

    fn counts(cx: &Cx<'_>) -> Vec<CountChoice> {
        let mut out = Vec::new();
        for topic in Topic::ALL {
            for way in [Way::New, Way::Gone, Way::Changed] {
                let rows = cx.estate.changes.list().rows().iter();
                let rows = rows.filter(|delta| delta.topic == topic && delta.way() == way).count();
                if rows > 0 {
                    let filter = format!("kind:{} change:{}", topic.word(), way.word());
                    out.push(CountChoice { label: format!("{}, {}", topic.noun(), way.word()), rows, filter });
                }
            }
        }
        out
    }

    fn remark(&self, cx: &Cx<'_>) -> String {
        let at = cx.estate.changes.baseline();
        at.map_or_else(String::new, |at| format!("since {}", moment::short(&When::At(at), cx.look)))
    }

    fn standing(cx: &Cx<'_>) -> Option<String> {
        let changes = &cx.estate.changes;
        if changes.list().read_at().is_none() {
            return Some("reading the snapshots of this machine…".to_owned());
        }
        let without: Vec<&str> =
            Topic::ALL.into_iter().filter(|topic| changes.span(*topic).is_none()).map(Topic::noun).collect();
        match without.len() {
            0 => None,
            all if all == Topic::ALL.len() => Some(
                "No baseline yet: each complete read is kept here, and told against tomorrow. :diff 1h takes another one."
                    .to_owned(),
            ),
            _ => Some(format!("No baseline yet of {}.", without.join(", "))),
        }
    }

    fn open(row: View<'_, Delta>) -> Option<(ScreenId, String)> {
        if row.way() == Way::Gone { None } else { target_of(&row) }
    }
}

/// The screen that has the record, and the filter that shows it there; `None` where no screen has it.
fn target_of(delta: &Delta) -> Option<(ScreenId, String)> {
    let name = || format!("name=\"{}\"", delta.name());
    match delta.topic {
        Topic::Certificate => {
            Some((ScreenId::Acme, delta.subject().map_or_else(name, |serial| format!("serial={serial}"))))
        }
        Topic::Ca | Topic::Request => delta.subject().map(|ca| (ScreenId::Cas, format!("\"{ca}\""))),
        Topic::Report => Some((ScreenId::Reports, name())),
        // Templates show with the CAs that have them, and have no place of their own.
        Topic::Template => None,
    }
}
