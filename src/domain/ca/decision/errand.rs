//! What is to be done to a CA.

use crate::domain::{
    Clean,
    ca::{Ca, CaStatus, RequestType, RevocationReason},
    ids::{CaId, RequestId},
};

/// A change that this program can ask a service for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// Approve a revocation request: the CA is revoked at once.
    ApproveRevocation,
    /// Reject a revocation request: the CA stays as it is.
    RejectRevocation,
    /// Approve a reinstatement request: the CA is active again.
    ApproveReinstatement,
    /// Reject a reinstatement request: the CA stays revoked.
    RejectReinstatement,
    /// Ask for a revocation, which a second person decides.
    RequestRevocation,
    /// Ask for a reinstatement, which a second person decides.
    RequestReinstatement,
    /// Switch a CA off.
    Disable,
    /// Switch a CA on again.
    Enable,
}

impl Operation {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::ApproveRevocation,
        Self::RejectRevocation,
        Self::ApproveReinstatement,
        Self::RejectReinstatement,
        Self::RequestRevocation,
        Self::RequestReinstatement,
        Self::Disable,
        Self::Enable,
    ];

    /// The word in the journal and in the table of paths.
    pub const fn word(self) -> &'static str {
        match self {
            Self::ApproveRevocation => "approve_revocation",
            Self::RejectRevocation => "reject_revocation",
            Self::ApproveReinstatement => "approve_reinstatement",
            Self::RejectReinstatement => "reject_reinstatement",
            Self::RequestRevocation => "request_revocation",
            Self::RequestReinstatement => "request_reinstatement",
            Self::Disable => "disable_ca",
            Self::Enable => "enable_ca",
        }
    }

    /// Reads [`Operation::word`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.word() == word)
    }

    /// What is done, for a sentence: `approve the revocation`.
    pub const fn verb(self) -> &'static str {
        match self {
            Self::ApproveRevocation => "approve the revocation",
            Self::RejectRevocation => "reject the revocation",
            Self::ApproveReinstatement => "approve the reinstatement",
            Self::RejectReinstatement => "reject the reinstatement",
            Self::RequestRevocation => "request the revocation",
            Self::RequestReinstatement => "request the reinstatement",
            Self::Disable => "disable the CA",
            Self::Enable => "enable the CA",
        }
    }

    /// The decision on a request of a type; `None` for a type that this program does not know.
    pub const fn deciding(kind: &RequestType, approve: bool) -> Option<Self> {
        match (kind, approve) {
            (RequestType::Revocation, true) => Some(Self::ApproveRevocation),
            (RequestType::Revocation, false) => Some(Self::RejectRevocation),
            (RequestType::Reinstatement, true) => Some(Self::ApproveReinstatement),
            (RequestType::Reinstatement, false) => Some(Self::RejectReinstatement),
            (RequestType::Unknown(_), _) => None,
        }
    }

    /// The type of the request that it decides.
    pub const fn decides(self) -> Option<RequestType> {
        match self {
            Self::ApproveRevocation | Self::RejectRevocation => Some(RequestType::Revocation),
            Self::ApproveReinstatement | Self::RejectReinstatement => Some(RequestType::Reinstatement),
            Self::RequestRevocation | Self::RequestReinstatement | Self::Disable | Self::Enable => None,
        }
    }

    /// The type of the request that it opens.
    pub const fn opens(self) -> Option<RequestType> {
        match self {
            Self::RequestRevocation => Some(RequestType::Revocation),
            Self::RequestReinstatement => Some(RequestType::Reinstatement),
            _ => None,
        }
    }

    /// True for what takes effect when somebody agrees: four eyes, impact and the typed name are asked for.
    pub const fn approves(self) -> bool {
        matches!(self, Self::ApproveRevocation | Self::ApproveReinstatement)
    }

    /// True for a negative answer.
    pub const fn rejects(self) -> bool {
        matches!(self, Self::RejectRevocation | Self::RejectReinstatement)
    }

    /// The permission word that it needs, as far as that is known (contract `behaviour.md`, "Roles and permissions").
    pub const fn permission(self) -> &'static str {
        match self {
            Self::Disable | Self::Enable => "MANAGE_CM_CA",
            _ => "MANAGE_CM_REVOKE_CA",
        }
    }

    /// Why the state of a CA does not allow it; `None` when it does. A word that is not known allows nothing.
    pub fn forbidden(self, ca: &Ca) -> Option<Clean> {
        let is_revoked = ca.is_revoked == Some(true) || ca.status == CaStatus::Revoked;
        let fits = match self {
            Self::ApproveRevocation | Self::RequestRevocation => {
                !is_revoked && matches!(ca.status, CaStatus::Active | CaStatus::Disabled | CaStatus::PendingApproval)
            }
            Self::ApproveReinstatement | Self::RequestReinstatement => is_revoked,
            Self::RejectRevocation | Self::RejectReinstatement => true,
            Self::Disable => !is_revoked && ca.status == CaStatus::Active,
            Self::Enable => !is_revoked && ca.status == CaStatus::Disabled,
        };
        let state = if is_revoked { "revoked".into() } else { ca.status.to_string() };
        (!fits).then(|| format!("the CA is {state}").into())
    }
}

/// A change with all that it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Errand {
    /// What is done.
    pub operation: Operation,
    /// To which CA.
    pub ca: CaId,
    /// The request that is decided; `None` for what decides none.
    pub request: Option<RequestId>,
    /// Why a CA is to be revoked; for [`Operation::RequestRevocation`] alone.
    pub reason: Option<RevocationReason>,
    /// Note of who decides or asks.
    pub comment: Clean,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_an_unknown_state_allows_nothing_that_takes_effect() {
        for operation in Operation::ALL {
            assert_eq!(Operation::parse(operation.word()), Some(operation));
            let odd = Ca { status: CaStatus::parse("frozen"), ..Ca::default() };
            assert_eq!(operation.forbidden(&odd).is_none(), operation.rejects(), "{operation:?}");
        }
        assert_eq!(Operation::parse("revoke"), None);
        let revoked = Ca { status: CaStatus::Active, is_revoked: Some(true), ..Ca::default() };
        assert_eq!(Operation::ApproveRevocation.forbidden(&revoked).as_deref(), Some("the CA is revoked"));
        assert_eq!(Operation::RequestReinstatement.forbidden(&revoked), None);
    }
}
