//! Revocation and reinstatement requests of authorities.

use serde::Deserialize;

use super::cas::Cas;
use crate::simulator::clock::at;

/// What a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::simulator) enum Kind {
    Revocation,
    Reinstatement,
}

impl Kind {
    pub(in crate::simulator) fn word(self) -> &'static str {
        match self {
            Self::Revocation => "revocation",
            Self::Reinstatement => "reinstatement",
        }
    }

    fn prefix(self) -> &'static str {
        match self {
            Self::Revocation => "RR",
            Self::Reinstatement => "RI",
        }
    }
}

#[derive(Deserialize)]
struct Fixture {
    id: String,
    kind: Kind,
    status: String,
    ca: String,
    #[serde(default)]
    reason: Option<String>,
    comment: String,
    by: String,
    at: String,
    #[serde(default)]
    reviewer: Option<String>,
    #[serde(default)]
    reviewed: Option<String>,
    #[serde(default)]
    note: Option<String>,
}

/// A request and its decision.
#[derive(Clone, Debug)]
pub(in crate::simulator) struct CaRequest {
    pub(in crate::simulator) id: String,
    pub(in crate::simulator) kind: Kind,
    pub(in crate::simulator) status: String,
    /// Place of the authority.
    pub(in crate::simulator) ca: usize,
    pub(in crate::simulator) reason: Option<String>,
    pub(in crate::simulator) comment: Option<String>,
    /// Name of the requester.
    pub(in crate::simulator) by: String,
    pub(in crate::simulator) at: i64,
    /// Name of the reviewer, time, note.
    pub(in crate::simulator) review: Option<(String, i64, Option<String>)>,
}

/// All requests, open and decided.
#[derive(Default)]
pub(in crate::simulator) struct Requests {
    pub(in crate::simulator) list: Vec<CaRequest>,
}

impl Requests {
    pub(in crate::simulator) fn build(cas: &Cas) -> Self {
        let fixtures: Vec<Fixture> =
            serde_json::from_str(include_str!("../../../assets/simulator/requests.json")).unwrap_or_default();
        let list = fixtures
            .into_iter()
            .filter_map(|one| {
                let (ca, _) = cas.by_key(&one.ca)?;
                let reviewed = one.reviewed.as_deref().map_or(0, at);
                Some(CaRequest {
                    id: one.id,
                    kind: one.kind,
                    status: one.status,
                    ca,
                    reason: one.reason,
                    comment: Some(one.comment),
                    by: one.by,
                    at: at(&one.at),
                    review: one.reviewer.map(|name| (name, reviewed, one.note)),
                })
            })
            .collect();
        Self { list }
    }

    /// The open request of an authority; there is one at most.
    pub(in crate::simulator) fn open(&self, ca: usize) -> Option<&CaRequest> {
        self.list.iter().find(|one| one.ca == ca && one.status == "pending")
    }

    pub(in crate::simulator) fn find(&self, id: &str) -> Option<&CaRequest> {
        self.list.iter().find(|one| one.id == id)
    }

    pub(in crate::simulator) fn find_mut(&mut self, id: &str) -> Option<&mut CaRequest> {
        self.list.iter_mut().find(|one| one.id == id)
    }

    /// The number after the highest of a kind: `RR-0413`.
    pub(in crate::simulator) fn next_id(&self, kind: Kind) -> String {
        let prefix = kind.prefix();
        let highest = self
            .list
            .iter()
            .filter_map(|one| one.id.strip_prefix(prefix)?.strip_prefix('-')?.parse::<u32>().ok())
            .max()
            .unwrap_or(0);
        format!("{prefix}-{:04}", highest + 1)
    }
}
