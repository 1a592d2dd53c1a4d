//! The certificates of a context, with all that triage knows beside them.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::{
    cli::session::Desk,
    client::{Client, Silent},
    config::Partner,
    domain::{
        Failure,
        acme::{
            AcmeCertificate, AcmeKey, Subaccount,
            explain::{Explanation, explain},
            facts::{self, Facts},
            note::Note,
            sight::FirstSeen,
            triage::{Triage, assess},
            trouble::troubled,
        },
        dataset::Dataset,
        subject::View,
    },
};

/// What is kept on this machine about certificates.
#[derive(Debug, Default)]
pub struct Kept {
    /// When each was first seen here.
    pub first_seen: FirstSeen,
    /// Local triage; `None` when it was not read.
    pub notes: Option<HashMap<AcmeKey, Note>>,
}

impl Kept {
    /// What the store of this machine has of the context. What cannot be read is as good as nothing, and is not known.
    fn of(desk: &Desk<'_>) -> Self {
        let Some(shelf) = desk.shelf() else { return Self::default() };
        let read = desk.wait(async |_: &Client| Ok((shelf.sights().await?, shelf.notes().await?)));
        read.map_or_else(
            |_| Self::default(),
            |(sights, notes)| Self { first_seen: sights.into_iter().collect(), notes: Some(Note::fold(&notes)) },
        )
    }
}

/// The certificates and the facts.
pub struct Estate {
    /// The certificates as they were read.
    pub data: Dataset<AcmeCertificate>,
    /// What is known beside them.
    pub facts: Facts,
    /// Whether local triage was read.
    pub notes_read: bool,
    now: Timestamp,
}

/// The certificates and what triage found of them.
pub struct Judged<'a> {
    /// The certificates, in the order in which they were read.
    pub rows: &'a [AcmeCertificate],
    /// What was found.
    pub triage: Triage,
    estate: &'a Estate,
}

impl Estate {
    /// Reads certificates, contracts and accounts.
    ///
    /// # Errors
    /// When nothing could be read.
    pub fn read(desk: &Desk<'_>) -> Result<Self, Failure> {
        let (data, accounts) = desk.wait(async |client: &Client| {
            // Both need the key ring, which is read once when they are asked for together.
            let mut silent = Silent;
            let (data, accounts) = tokio::join!(client.acme_certificates(&mut silent), client.subaccounts());
            Ok((data?, accounts?))
        })?;
        let mut this = Self::of(data, &accounts.rows, Kept::of(desk), desk.now());
        let lifetimes = desk.context().partner.as_ref().map(Partner::lifetimes).unwrap_or_default();
        for ((_, id), contract) in &mut this.facts.contracts {
            contract.lifetime = lifetimes.get(id).copied();
        }
        this.look_closer(desk)?;
        Ok(this)
    }

    /// The certificates of `accounts`, for judging at `now`.
    pub fn of(data: Dataset<AcmeCertificate>, accounts: &[Subaccount], kept: Kept, now: Timestamp) -> Self {
        let (contracts, blind) = facts::told(accounts, &facts::Contracts::new(), data.is_complete());
        let notes_read = kept.notes.is_some();
        let notes = kept.notes.unwrap_or_default();
        let facts = Facts { contracts, blind, first_seen: kept.first_seen, notes, ..Facts::default() };
        Self { data, facts, notes_read, now }
    }

    /// Reads contracts that are worth a look of their own. One that cannot be read is as good as not asked for.
    fn look_closer(&mut self, desk: &Desk<'_>) -> Result<(), Failure> {
        let wanted = troubled(&self.data.rows, &self.judged().triage, &self.facts);
        if wanted.is_empty() {
            return Ok(());
        }
        let read = desk.wait(async |client: &Client| {
            let one = |(account, contract)| async move { client.contract_with_credentials(&account, &contract).await };
            Ok(futures_util::future::join_all(wanted.into_iter().map(one)).await)
        })?;
        for (contract, credentials) in read.into_iter().flatten() {
            self.facts.learn(&contract, &credentials.rows);
        }
        Ok(())
    }

    /// Judges all of them.
    pub fn judged(&self) -> Judged<'_> {
        let triage = assess(&self.data.rows, &self.facts, self.now);
        Judged { rows: &self.data.rows, triage, estate: self }
    }

    /// Asks the servers of these rows, given by index, what they serve. What came of it is a fact of the next judgement.
    ///
    /// # Errors
    /// None of a server: what could not be reached is a finding.
    pub fn probe(&mut self, desk: &Desk<'_>, rows: &[usize]) -> Result<(), Failure> {
        let asked: Vec<&AcmeCertificate> = rows.iter().filter_map(|row| self.data.rows.get(*row)).collect();
        let probes = desk.wait(async |client: &Client| {
            let targets = asked.iter().map(|row| client.target(row)).collect();
            Ok(client.probe(targets, &mut Silent).await)
        })?;
        let seen = asked.iter().zip(&probes).map(|(row, probe)| (row.key(), probe.judge(row, &self.data.rows)));
        let seen: Vec<_> = seen.collect();
        self.facts.probes.extend(seen);
        Ok(())
    }
}

impl<'a> Judged<'a> {
    /// Each certificate with what was found of it.
    pub fn views(&self) -> impl Iterator<Item = View<'_, AcmeCertificate>> {
        let found = self.rows.iter().zip(self.triage.assessments.iter()).enumerate();
        found.map(|(index, (record, found))| View { record, derived: Some(found), index })
    }

    /// A row in words.
    pub fn explain(&self, index: usize) -> Option<Explanation> {
        explain(index, self.rows, &self.triage, &self.estate.facts, self.estate.now)
    }

    /// What they were made of.
    pub const fn estate(&self) -> &'a Estate {
        self.estate
    }

    /// The moment for which they were made.
    pub const fn now(&self) -> Timestamp {
        self.estate.now
    }
}
