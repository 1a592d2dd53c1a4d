//! ACME certificates: status and time left of every name.

use super::{
    CopyChoice, Layout,
    list::{Kind, ListScreen, Pane},
};
use crate::{
    domain::{
        Failure,
        acme::{AcmeCertificate, Contract, Credential, CredentialStatus},
        dataset::Dataset,
        ids::ContractId,
        subject::View,
        when::When,
    },
    flow::{
        Call, Cx, Estate, Reply, ScreenId, Source, SourceId,
        list::{Arrangement, Job},
    },
    present::{Column, Look, Tone, acme, column::Record, moment},
    ui::{detail::Detail, text::count},
};

/// What was read of the contract of the selected row.
type ContractFacts = Result<(Box<Contract>, Dataset<Credential>), Failure>;

/// The kind of the ACME screen.
#[derive(Default)]
pub struct Certificates {
    contracts: std::collections::HashMap<ContractId, ContractFacts>,
}

/// The screen with its usual order: what ends first stands first.
pub fn screen() -> ListScreen<Certificates> {
    ListScreen::default()
}

impl Kind for Certificates {
    type Row = AcmeCertificate;
    const ID: ScreenId = ScreenId::Acme;
    const SOURCES: &'static [SourceId] = &[SourceId::Acme, SourceId::Subaccounts];
    const TITLE: &'static str = "ACME names";
    const NOUN: &'static str = "ACME certificates";
    const ORDER: (&'static Column<AcmeCertificate>, bool) = (&<AcmeCertificate as Record>::COLUMNS[2], false);
    const PANE: Pane = Pane::Right(44);
    const FILTER: &'static str = "status!=renewed|revoked !expires<-30d !expires>45d";

    fn source(estate: &Estate) -> &Source<AcmeCertificate> {
        &estate.acme
    }

    fn columns(layout: Layout, cells: u16) -> &'static [&'static str] {
        match layout {
            Layout::Wide if cells >= 140 => &["state", "name", "left", "expires", "sans", "contract"],
            Layout::Wide => &["state", "name", "left", "expires", "sans"],
            Layout::Medium => &["state", "name", "left", "expires"],
            Layout::Narrow | Layout::Tiny => &["state", "name", "left"],
        }
    }

    fn extra(row: View<'_, AcmeCertificate>, look: &Look) -> String {
        let names =
            if row.names.len() == 1 { "1 name".to_owned() } else { format!("{} names", count(row.names.len())) };
        let enter = if look.ascii { "Enter" } else { "⏎" };
        let unicode = row.domain.unicode().map_or_else(String::new, |u| format!("{u} (punycode shown as stored) · "));
        let twin = row.domain.looks_like().map_or_else(String::new, |twin| format!("! looks like {twin} · "));
        format!("{twin}{unicode}{names} · contract {} · {enter} details", row.contract)
    }

    fn details(&self, row: View<'_, AcmeCertificate>, cx: &Cx<'_>) -> Vec<Detail> {
        let look = cx.look;
        let tone = acme::state_tone(&row, look);
        let mut out = vec![Detail::Title(row.domain.to_string(), Tone::Text)];
        let left = match row.left(look.now) {
            Some(left) if left < 0 => format!("ended {} ago", moment::age(-left)),
            Some(left) => format!("{} left", moment::distance(left)),
            None => "no end known".to_owned(),
        };
        out.push(Detail::Text(format!("{} {} · {left}", look.glyph(tone), acme::state_label(&row)), tone));
        if row.contradicts(look.now) {
            out.push(Detail::Text("! the date contradicts the API's status; the date counts".into(), Tone::Critical));
        }
        if let Some(unicode) = row.domain.unicode() {
            out.push(Detail::Text(format!("{unicode} (punycode shown as stored)"), Tone::Muted));
        }
        if let Some(twin) = row.domain.looks_like() {
            out.push(Detail::Text(format!("! looks like {twin}, and is another name"), Tone::Critical));
        }
        if row.domain.problem().is_some() {
            out.push(Detail::Text(
                "! this is not a valid host name; shown as the service sent it".into(),
                Tone::Critical,
            ));
        }
        out.push(Detail::Gap);
        names(&mut out, &row);
        out.push(Detail::Pair(
            "Serial",
            row.serial.as_ref().map_or_else(|| moment::dash(look).to_owned(), crate::domain::serial::Serial::grouped),
            if row.serial.as_ref().is_some_and(|s| !s.is_hex()) { Tone::Stale } else { Tone::Text },
        ));
        out.push(Detail::Pair("Expires", moment::full(&row.expires, look), moment::tone(&row.expires)));
        out.push(Detail::pair("API status", row.status.to_string()));
        out.push(Detail::pair("Contract", row.contract.as_str()));
        out.push(Detail::pair("Account", account(&row, cx)));
        for oddity in &row.oddities {
            out.push(Detail::Text(format!("~ {oddity}"), Tone::Stale));
        }
        out.push(Detail::Gap);
        self.contract(&mut out, &row, look);
        out.push(Detail::Gap);
        out.push(Detail::Text(
            "Renewal happens in your ACME client. certdeck does not issue or revoke here.".into(),
            Tone::Muted,
        ));
        out
    }

    fn wanted(&self, row: View<'_, AcmeCertificate>) -> Option<Call> {
        let known = matches!(self.contracts.get(&row.contract), Some(Ok(_)));
        (!known && !row.contract.is_empty()).then(|| Call::Contract(row.account.clone(), row.contract.clone()))
    }

    fn accept(&mut self, row: Option<View<'_, AcmeCertificate>>, result: Result<Reply, Failure>) {
        match result {
            Ok(Reply::Contract(contract, credentials)) => {
                self.contracts.insert(contract.id.clone(), Ok((contract, credentials)));
            }
            Ok(_) => {}
            Err(failure) => {
                if let Some(row) = row {
                    self.contracts.insert(row.contract.clone(), Err(failure));
                }
            }
        }
    }

    fn arrange(job: Job<AcmeCertificate>) -> Result<Call, Job<AcmeCertificate>> {
        Ok(Call::ArrangeAcme(job))
    }

    fn arranged(reply: Reply) -> Option<Arrangement<AcmeCertificate>> {
        if let Reply::ArrangedAcme(arrangement) = reply { Some(arrangement) } else { None }
    }

    fn copies(row: View<'_, AcmeCertificate>, look: &Look) -> Vec<CopyChoice> {
        let names: Vec<&str> = row.names.iter().map(crate::domain::name::Name::as_str).collect();
        let json = serde_json::json!({
            "domain": row.domain.as_str(), "status": row.status.as_str(), "expiration_date": row.expires.at().map(|at| at.to_string()),
            "serial_number": row.serial.as_ref().map(|s| s.raw().as_str()), "sans": names, "acme_contract_id": row.contract.as_str(),
        });
        let mut out = vec![CopyChoice { label: "name", text: row.domain.to_string() }];
        if let Some(serial) = &row.serial {
            out.push(CopyChoice { label: "serial", text: serial.digits().to_owned() });
        }
        out.push(CopyChoice { label: "names", text: names.join(" ") });
        out.push(CopyChoice { label: "expires", text: moment::full(&row.expires, look) });
        out.push(CopyChoice { label: "JSON", text: json.to_string() });
        out
    }

    fn about(row: View<'_, AcmeCertificate>, target: ScreenId) -> Option<String> {
        match target {
            ScreenId::Acme => Some(format!("name:\"{}\"", row.domain)),
            ScreenId::Audit => Some(format!("\"{}\"", row.domain)),
            ScreenId::Reports => Some("type:orders".to_owned()),
            ScreenId::Home | ScreenId::Cas => None,
        }
    }
}

fn names(out: &mut Vec<Detail>, row: &AcmeCertificate) {
    const SHOWN: usize = 20;
    if row.names.is_empty() {
        out.push(Detail::Pair("Names", "none".into(), Tone::Stale));
    }
    for (i, name) in row.names.iter().take(SHOWN).enumerate() {
        let odd = name.problem().is_some() || name.text().is_marked();
        let shown = if name.as_str().is_empty() { "(empty)" } else { name.as_str() };
        out.push(Detail::Pair(
            if i == 0 { "Names" } else { "" },
            shown.to_owned(),
            if odd { Tone::Critical } else { Tone::Text },
        ));
    }
    if row.names.len() > SHOWN {
        out.push(Detail::Pair("", format!("and {} more", count(row.names.len() - SHOWN)), Tone::Muted));
    }
}

fn account(row: &AcmeCertificate, cx: &Cx<'_>) -> String {
    let name = cx.estate.subaccounts.rows().iter().find(|a| a.id == row.account).and_then(|a| a.name.clone());
    name.map_or_else(|| row.account.to_string(), |name| format!("{} \"{name}\"", row.account))
}

impl Certificates {
    fn contract(&self, out: &mut Vec<Detail>, row: &AcmeCertificate, look: &Look) {
        out.push(Detail::Heading("CONTRACT", "coverage, not certificates".into()));
        let (contract, credentials) = match self.contracts.get(&row.contract) {
            Some(Ok((contract, credentials))) => (contract, credentials),
            Some(Err(failure)) => return out.push(Detail::Text(format!("! {failure}"), Tone::Critical)),
            None => return out.push(Detail::Text("reading…".into(), Tone::Muted)),
        };
        out.push(Detail::pair("Product", contract.product.as_str()));
        out.push(Detail::pair("Paid until", moment::full(&contract.valid_till, look)));
        let renew = match contract.auto_renew {
            Some(true) => ("continues by itself", Tone::Text),
            Some(false) => ("ends then: auto_renew is off", Tone::Due),
            None => ("not said", Tone::Muted),
        };
        out.push(Detail::Pair("Contract", renew.0.into(), renew.1));
        if contract.canceled != When::Never {
            out.push(Detail::Pair("Cancelled", moment::full(&contract.canceled, look), Tone::Ended));
        }
        if let Some(organization) = &contract.organization {
            let validated = contract.organization_validated == Some(true);
            let note = if validated { "validated" } else { "not validated: nothing can be issued" };
            out.push(Detail::Pair(
                "Org",
                format!("{organization}, {note}"),
                if validated { Tone::Text } else { Tone::Critical },
            ));
        }
        let active = credentials.rows.iter().filter(|c| c.status == CredentialStatus::Active).count();
        let tone = if active == 0 { Tone::Critical } else { Tone::Text };
        out.push(Detail::Pair("Credentials", format!("{active} active of {}", credentials.rows.len()), tone));
    }
}
