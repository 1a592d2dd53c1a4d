//! Every route of DigiCert ONE in one table: method, path, success codes. A configuration may replace any of them, since
//! several are not public (contract `behaviour.md`, "Inferred, and why").

use std::{borrow::Cow, collections::BTreeMap};

use crate::{
    client::settings::PathSettings,
    domain::{Failure, FailureKind, ca::decision::Operation},
};

/// A route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Route {
    /// The caller.
    Me,
    /// API tokens of a user.
    Tokens,
    /// Audit log of Account Manager.
    AccountAudit,
    /// CA records.
    Cas,
    /// One CA record.
    Ca,
    /// Certificate of a CA.
    CaDownload,
    /// Revocation requests of every CA.
    Revocations,
    /// Revocation requests of one CA.
    CaRevocations,
    /// Reinstatement requests of one CA.
    CaReinstatements,
    /// One revocation request.
    Revocation,
    /// One reinstatement request.
    Reinstatement,
    /// Approves a revocation.
    ApproveRevocation,
    /// Rejects a revocation.
    RejectRevocation,
    /// Approves a reinstatement.
    ApproveReinstatement,
    /// Rejects a reinstatement.
    RejectReinstatement,
    /// Opens a revocation request.
    RequestRevocation,
    /// Opens a reinstatement request.
    RequestReinstatement,
    /// Switches a CA off.
    DisableCa,
    /// Switches a CA on.
    EnableCa,
    /// CRL configurations.
    Crls,
    /// OCSP responders.
    OcspResponders,
    /// Templates.
    Templates,
    /// End-entity certificates.
    Certificates,
    /// Audit log of Private CA.
    CaAudit,
    /// Health of the CA service.
    Health,
}

impl Route {
    /// The route of a change.
    pub const fn of(operation: Operation) -> Self {
        match operation {
            Operation::ApproveRevocation => Self::ApproveRevocation,
            Operation::RejectRevocation => Self::RejectRevocation,
            Operation::ApproveReinstatement => Self::ApproveReinstatement,
            Operation::RejectReinstatement => Self::RejectReinstatement,
            Operation::RequestRevocation => Self::RequestRevocation,
            Operation::RequestReinstatement => Self::RequestReinstatement,
            Operation::Disable => Self::DisableCa,
            Operation::Enable => Self::EnableCa,
        }
    }

    /// The permission that a caller needs (contract `behaviour.md`, "Roles and permissions"; most words are inferred, so
    /// they are for a hint and never for a refusal).
    pub const fn needs(self) -> Option<&'static str> {
        match self {
            Self::Me | Self::Health => None,
            Self::Tokens => Some("the permission VIEW_AM_USER"),
            Self::AccountAudit => Some("the permission VIEW_AM_AUDIT_LOG"),
            Self::CaAudit => Some("the permission VIEW_CM_AUDIT_LOG"),
            Self::Crls => Some("the permission VIEW_CM_CA_CRL"),
            Self::OcspResponders => Some("the permission VIEW_CM_OCSP_RESPONDER"),
            Self::Certificates => Some("the permission VIEW_CM_CERTIFICATE"),
            Self::Templates => Some("the permission VIEW_CM_CUSTOM_TEMPLATE"),
            Self::Cas
            | Self::Ca
            | Self::CaDownload
            | Self::Revocations
            | Self::CaRevocations
            | Self::CaReinstatements
            | Self::Revocation
            | Self::Reinstatement => Some("the permission VIEW_CM_CA"),
            Self::ApproveRevocation
            | Self::RejectRevocation
            | Self::ApproveReinstatement
            | Self::RejectReinstatement
            | Self::RequestRevocation
            | Self::RequestReinstatement => Some("the permission MANAGE_CM_REVOKE_CA"),
            Self::DisableCa | Self::EnableCa => Some("the permission MANAGE_CM_CA"),
        }
    }
}

/// Private CA.
const CM: &[&str] = &["certificate-authority", "api", "v1"];
/// Account Manager.
const AM: &[&str] = &["account", "api", "v1"];

/// Name in the configuration, prefix, method, path, success codes (empty: every 2xx).
type Row = (Route, &'static str, &'static [&'static str], &'static str, &'static str, &'static [u16]);

const TABLE: &[Row] = &[
    (Route::Me, "me", AM, "GET", "/user/me", &[200]),
    (Route::Tokens, "list_api_tokens", AM, "GET", "/api-access-token", &[200, 204]),
    (Route::AccountAudit, "account_audit", AM, "GET", "/audit-log", &[200, 204]),
    (Route::Cas, "list_cas", CM, "GET", "/ca", &[200, 204]),
    (Route::Ca, "get_ca", CM, "GET", "/ca/{id}", &[200]),
    (Route::CaDownload, "download_ca", CM, "GET", "/ca/{id}/download", &[200]),
    (Route::Revocations, "list_revocations", CM, "GET", "/revocation-request", &[200, 204]),
    (Route::CaRevocations, "list_ca_revocations", CM, "GET", "/ca/{id}/revocation-request", &[200, 204]),
    (Route::CaReinstatements, "list_ca_reinstatements", CM, "GET", "/ca/{id}/reinstatement-request", &[200, 204]),
    (Route::Revocation, "get_revocation", CM, "GET", "/ca/{id}/revocation-request/{request_id}", &[200]),
    (Route::Reinstatement, "get_reinstatement", CM, "GET", "/ca/{id}/reinstatement-request/{request_id}", &[200]),
    (
        Route::ApproveRevocation,
        "approve_revocation",
        CM,
        "PUT",
        "/ca/{id}/revocation-request/{request_id}/approve",
        &[200, 204],
    ),
    (
        Route::RejectRevocation,
        "reject_revocation",
        CM,
        "PUT",
        "/ca/{id}/revocation-request/{request_id}/reject",
        &[200, 204],
    ),
    (
        Route::ApproveReinstatement,
        "approve_reinstatement",
        CM,
        "PUT",
        "/ca/{id}/reinstatement-request/{request_id}/approve",
        &[200, 204],
    ),
    (
        Route::RejectReinstatement,
        "reject_reinstatement",
        CM,
        "PUT",
        "/ca/{id}/reinstatement-request/{request_id}/reject",
        &[200, 204],
    ),
    (Route::RequestRevocation, "request_revocation", CM, "POST", "/ca/{id}/revocation-request", &[200, 201, 204]),
    (
        Route::RequestReinstatement,
        "request_reinstatement",
        CM,
        "POST",
        "/ca/{id}/reinstatement-request",
        &[200, 201, 204],
    ),
    (Route::DisableCa, "disable_ca", CM, "PUT", "/ca/{id}", &[200, 204]),
    (Route::EnableCa, "enable_ca", CM, "PUT", "/ca/{id}", &[200, 204]),
    (Route::Crls, "list_crls", CM, "GET", "/crl", &[200, 204]),
    (Route::OcspResponders, "list_ocsp_responders", CM, "GET", "/ocsp-responder", &[200, 204]),
    (Route::Templates, "list_templates", CM, "GET", "/template", &[200, 204]),
    (Route::Certificates, "list_certificates", CM, "GET", "/certificate", &[200, 204]),
    (Route::CaAudit, "ca_audit", CM, "GET", "/audit", &[200, 204]),
    (Route::Health, "health", CM, "GET", "/health", &[]),
];

/// Method, path and success codes of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// `GET`, `PUT` or `POST`.
    pub method: Cow<'static, str>,
    prefix: &'static [&'static str],
    path: Cow<'static, str>,
    /// Success codes; empty for every 2xx.
    pub ok: Cow<'static, [u16]>,
}

impl Template {
    /// The segments of the path, with `{id}` and `{request_id}` filled in.
    pub fn segments<'a>(&'a self, id: &'a str, request: &'a str) -> Vec<Cow<'a, str>> {
        let own = self.path.split('/').filter(|segment| !segment.is_empty()).map(move |segment| match segment {
            "{id}" => Cow::Borrowed(id),
            "{request_id}" => Cow::Borrowed(request),
            other => Cow::Borrowed(other),
        });
        self.prefix.iter().map(|segment| Cow::Borrowed(*segment)).chain(own).collect()
    }
}

/// The table with the replacements of a configuration.
#[derive(Debug, Clone)]
pub struct Paths(BTreeMap<Route, Template>);

impl Paths {
    /// The names that a configuration may use.
    pub fn names() -> impl Iterator<Item = &'static str> {
        TABLE.iter().map(|row| row.1)
    }

    /// Puts the replacements in.
    ///
    /// # Errors
    /// `Configuration` for a name that is not in the table, an odd path, or a route that only reads but is told to
    /// write.
    pub fn new(overrides: &BTreeMap<String, PathSettings>) -> Result<Self, Failure> {
        let mut paths = BTreeMap::new();
        for (route, name, prefix, method, path, ok) in TABLE {
            let built_in = Template { method: (*method).into(), prefix, path: (*path).into(), ok: (*ok).into() };
            let template = match overrides.get(*name) {
                None => built_in,
                Some(own) => replaced(name, &built_in, own)?,
            };
            paths.insert(*route, template);
        }
        if let Some(odd) = overrides.keys().find(|name| !TABLE.iter().any(|row| row.1 == name.as_str())) {
            let known: Vec<&str> = Self::names().collect();
            let failure = Failure::new(FailureKind::Configuration, format!("one.paths has no route `{odd}`"));
            return Err(failure.hint(format!("the routes are {}", known.join(", "))));
        }
        Ok(Self(paths))
    }

    /// The template of a route.
    pub fn of(&self, route: Route) -> &Template {
        // Every route is in the table (tested); the first stands in so that nothing can panic.
        const FIRST: &Template = &Template {
            method: Cow::Borrowed("GET"),
            prefix: AM,
            path: Cow::Borrowed("/user/me"),
            ok: Cow::Borrowed(&[]),
        };
        self.0.get(&route).unwrap_or(FIRST)
    }
}

fn replaced(name: &str, built_in: &Template, own: &PathSettings) -> Result<Template, Failure> {
    let odd = |why: &str| Failure::new(FailureKind::Configuration, format!("one.paths.{name}: {why}"));
    let method = own.method.to_ascii_uppercase();
    let reads = built_in.method == "GET";
    if reads != (method == "GET") || !matches!(method.as_str(), "GET" | "PUT" | "POST") {
        return Err(odd(if reads {
            "this route only reads: method must be GET"
        } else {
            "method must be PUT or POST"
        }));
    }
    let plain = |segment: &str| !matches!(segment, "." | "..") && !segment.contains(['?', '#', '\\']);
    if !own.path.starts_with('/') || !own.path.split('/').all(plain) {
        return Err(odd("the path must begin with / and hold no query"));
    }
    Ok(Template {
        method: method.into(),
        prefix: built_in.prefix,
        path: own.path.clone().into(),
        ok: own.ok.clone().into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, method: &str, path: &str) -> Result<Paths, Failure> {
        let own = PathSettings { method: method.into(), path: path.into(), ok: vec![202] };
        Paths::new(&BTreeMap::from([(name.to_owned(), own)]))
    }

    #[test]
    fn every_route_is_in_the_table_once() {
        let paths = Paths::new(&BTreeMap::new()).unwrap();
        assert_eq!(paths.0.len(), TABLE.len());
        let segments = paths.of(Route::ApproveRevocation).segments("a b", "r");
        assert_eq!(segments.join("/"), "certificate-authority/api/v1/ca/a b/revocation-request/r/approve");
        assert_eq!(paths.of(Route::Me).segments("", "").join("/"), "account/api/v1/user/me");
    }

    #[test]
    fn each_change_has_a_route_of_its_name_that_writes() {
        let paths = Paths::new(&BTreeMap::new()).unwrap();
        for operation in Operation::ALL {
            let route = Route::of(operation);
            assert!(TABLE.iter().any(|row| row.0 == route && row.1 == operation.word()), "{operation:?}");
            assert_ne!(paths.of(route).method, "GET");
            assert_eq!(route.needs(), Some(format!("the permission {}", operation.permission()).as_str()));
        }
    }

    #[test]
    fn a_configuration_replaces_routes_but_not_their_nature() {
        let paths = with("approve_revocation", "post", "/ca/{id}/revocation-approval").unwrap();
        let template = paths.of(Route::ApproveRevocation);
        assert_eq!((template.method.as_ref(), template.ok.as_ref()), ("POST", &[202][..]));
        for (name, method, path) in [
            ("list_cas", "PUT", "/ca"),
            ("approve_revocation", "GET", "/x"),
            ("approve_revocation", "DELETE", "/x"),
            ("no_such", "GET", "/x"),
            ("list_cas", "GET", "ca"),
            ("list_cas", "GET", "/../ca"),
            ("list_cas", "GET", "/ca?key=1"),
        ] {
            assert_eq!(
                with(name, method, path).unwrap_err().kind,
                FailureKind::Configuration,
                "{name} {method} {path}"
            );
        }
    }
}
