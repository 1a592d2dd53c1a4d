//! ACME certificates: which names will go dark, in which order, and why.

mod details;
mod evidence;
mod head;

use std::{collections::HashMap, sync::Arc};

use super::{
    CopyChoice, CountChoice, Layout, Notice, Step,
    kind::{Kind, Pane, Words},
    list::ListScreen,
};
use crate::{
    domain::{
        Failure,
        acme::{AcmeCertificate, AcmeKey, San, state::State},
        ids::ContractId,
        serial::SerialRef,
        subject::View,
    },
    flow::{
        Ask, Availability, Call, Cx, Estate, ProbeJob, Reply, Rows, ScreenId, Source, SourceId, Work,
        handover::{Chosen, Handover},
        list::{Arrangement, Hidden, Job},
    },
    present::{Column, Look, acme, column::Record, handover::Form, moment},
    ui::{detail::Detail, text::count},
};

/// The kind of the ACME screen.
#[derive(Default)]
pub struct Certificates {
    /// Contracts that could not be read, and why.
    refused: HashMap<ContractId, Failure>,
    /// Snoozed and retired rows show.
    shows_hidden: bool,
}

/// The screen with its usual order: what goes dark first stands first.
pub fn screen() -> ListScreen<Certificates> {
    ListScreen::default()
}

impl Kind for Certificates {
    type Row = AcmeCertificate;
    const ID: ScreenId = ScreenId::Acme;
    const SOURCES: &'static [SourceId] = &[SourceId::Acme, SourceId::Subaccounts];
    const TITLE: &'static str = "ACME names";
    const NOUN: &'static str = "ACME certificates";
    const ORDER: (&'static Column<AcmeCertificate>, bool) = (&<AcmeCertificate as Record>::COLUMNS[0], false);
    const PANE: Pane = Pane::Right(44);
    const FILTER: &'static str = "state!=revoked !expires<-30d !expires>45d";

    fn source(estate: &Estate) -> &Source<AcmeCertificate> {
        &estate.acme
    }

    fn columns(layout: Layout, cells: u16) -> &'static [&'static str] {
        match layout {
            Layout::Wide if cells >= 140 => &["state", "name", "left", "urgency", "expires", "sans", "contract"],
            Layout::Wide => &["state", "name", "left", "expires", "sans"],
            Layout::Medium => &["state", "name", "left", "expires"],
            Layout::Narrow | Layout::Tiny => &["state", "name", "left"],
        }
    }

    fn extra(row: View<'_, AcmeCertificate>, look: &Look) -> String {
        let names =
            if row.names().len() == 1 { "1 name".to_owned() } else { format!("{} names", count(row.names().len())) };
        let enter = if look.ascii { "Enter" } else { "⏎" };
        let unicode = row.domain().unicode().map_or_else(String::new, |u| format!("{u} (punycode shown as stored) · "));
        let twin = row.domain().looks_like().map_or_else(String::new, |twin| format!("! looks like {twin} · "));
        format!("{twin}{unicode}{names} · contract {} · {enter} details", row.contract())
    }

    fn details(&self, row: View<'_, AcmeCertificate>, cx: &Cx<'_>) -> Vec<Detail> {
        details::of(row, self.refused.get(row.contract()), cx)
    }

    fn wanted(&self, row: View<'_, AcmeCertificate>, cx: &Cx<'_>) -> Option<Call> {
        let is_here = cx.estate.judgement.is_current(row.account(), row.contract());
        (!row.contract().is_empty() && !is_here)
            .then(|| Call::Ask(Ask::Contract(row.account().clone(), row.contract().clone())))
    }

    fn accept(&mut self, row: Option<View<'_, AcmeCertificate>>, result: Result<Reply, Failure>) {
        let Some(row) = row else { return };
        match result {
            Ok(_) => drop(self.refused.remove(row.contract())),
            Err(failure) => drop(self.refused.insert(row.contract().clone(), failure)),
        }
    }

    fn arrange(job: Job<AcmeCertificate>) -> Result<Call, Job<AcmeCertificate>> {
        Ok(Call::Work(Work::ArrangeAcme(job)))
    }

    fn arranged(reply: Reply) -> Option<Arrangement<AcmeCertificate>> {
        if let Reply::ArrangedAcme(arrangement) = reply { Some(arrangement) } else { None }
    }

    fn handover(chosen: Chosen<AcmeCertificate>, about: &str, form: Form, cx: &Cx<'_>) -> Option<Handover> {
        Some(Handover::new(chosen, about, form, cx.estate, cx.look.now))
    }

    fn head(cx: &Cx<'_>) -> Vec<Words> {
        head::lines(cx)
    }

    fn can_count(cx: &Cx<'_>) -> bool {
        cx.estate.judgement.triage().is_some()
    }

    fn counts(cx: &Cx<'_>) -> Vec<CountChoice> {
        let count = |state: State| CountChoice {
            label: format!("{} {}", acme::glyph_of(state, cx.look), state.word()),
            rows: cx.estate.judgement.count(state),
            filter: format!("state:{}", state.word().to_lowercase()),
        };
        State::ALL.into_iter().map(count).filter(|count| count.rows > 0).collect()
    }

    const TOGGLE: Option<&'static str> = Some("snoozed and retired rows");

    fn toggle(&mut self) -> Step {
        self.shows_hidden = !self.shows_hidden;
        let words =
            if self.shows_hidden { "Snoozed and retired names show." } else { "Snoozed and retired names are hidden." };
        Step::notice(Notice::said(words))
    }

    fn hides(&self) -> Option<Hidden<AcmeCertificate>> {
        (!self.shows_hidden).then_some(|row| row.derived.is_some_and(|found| found.state.is_hidden()))
    }

    const TAKES_NOTES: bool = true;

    fn noted(keys: Vec<AcmeKey>) -> Vec<AcmeKey> {
        keys
    }

    fn can_probe(row: Option<View<'_, AcmeCertificate>>, cx: &Cx<'_>) -> Option<Availability> {
        let running = cx.estate.evidence.run().is_some();
        Some(match row {
            None => Availability::No("no row is selected"),
            Some(row) if running || cx.estate.configured.has_server(&row) => Availability::Yes,
            Some(_) => Availability::No("there is no server to ask; [probe] of the configuration can name one"),
        })
    }

    fn probe(rows: &Rows<AcmeCertificate>, wanted: Arc<[u32]>, cx: &Cx<'_>) -> Option<Call> {
        let job = ProbeJob::new(rows.clone(), wanted);
        // What the CA said holds for some hours (RFC 9773, 4.3), and many rows would keep it busy.
        let is_fresh = |row: &AcmeCertificate| {
            let said = cx.estate.evidence.renewal(&row.key());
            said.is_some_and(|said| said.as_ref().is_ok_and(|window| window.is_fresh(cx.look.now)))
        };
        let asks = job.len() == 1 && !job.wanted().any(is_fresh);
        Some(Call::Ask(Ask::Probe(if asks { job.and_renewal() } else { job })))
    }

    fn copies(row: View<'_, AcmeCertificate>, look: &Look) -> Vec<CopyChoice> {
        let names: Vec<_> = row.names().iter().map(San::text).collect();
        let json = serde_json::json!({
            "domain": row.domain().as_str(), "status": row.status().as_str(), "expiration_date": row.expires().at().map(|at| at.to_string()),
            "serial_number": row.serial().map(SerialRef::raw), "sans": names, "acme_contract_id": row.contract().as_str(),
        });
        let mut out = vec![CopyChoice { label: "name", text: row.domain().to_string() }];
        if let Some(serial) = row.serial() {
            out.push(CopyChoice { label: "serial", text: serial.digits().to_owned() });
        }
        out.push(CopyChoice { label: "names", text: names.join(" ") });
        out.push(CopyChoice { label: "expires", text: moment::full(&row.expires(), look) });
        out.push(CopyChoice { label: "JSON", text: json.to_string() });
        out
    }

    fn record(row: View<'_, AcmeCertificate>) -> Option<String> {
        Some(row.contract().to_string())
    }

    fn about(row: View<'_, AcmeCertificate>, target: ScreenId) -> Option<String> {
        match target {
            ScreenId::Acme => Some(format!("name:\"{}\"", row.domain())),
            ScreenId::Audit => Some(format!("\"{}\"", row.domain())),
            ScreenId::Reports => Some("type:orders".to_owned()),
            ScreenId::Home | ScreenId::Cas | ScreenId::Changes => None,
        }
    }
}
