//! What an event tells in the words of people: `CA revocation requested`, where its service says `ca` and
//! `REVOKE_REQUEST`.

/// Words that stand in capitals.
const CAPITALS: [&str; 16] =
    ["acme", "api", "ca", "crl", "csr", "est", "hsm", "id", "ip", "ocsp", "pki", "saml", "scep", "sso", "tls", "url"];

/// Verbs of the services, and what was done when that is no `-ed`; a word that is not here stays as it is.
const VERBS: [(&str, &str); 50] = [
    ("accept", ""),
    ("activate", ""),
    ("add", ""),
    ("approve", ""),
    ("assign", ""),
    ("bind", "bound"),
    ("cancel", "cancelled"),
    ("change", ""),
    ("create", ""),
    ("deactivate", ""),
    ("delete", ""),
    ("disable", ""),
    ("download", ""),
    ("edit", ""),
    ("enable", ""),
    ("enroll", ""),
    ("expire", ""),
    ("export", ""),
    ("generate", ""),
    ("import", ""),
    ("issue", ""),
    ("list", ""),
    ("lock", ""),
    ("modify", "modified"),
    ("place", ""),
    ("publish", ""),
    ("reinstate", ""),
    ("reissue", ""),
    ("reject", ""),
    ("remove", ""),
    ("renew", ""),
    ("request", ""),
    ("reset", "reset"),
    ("restore", ""),
    ("resume", ""),
    ("retire", ""),
    ("revoke", ""),
    ("rotate", ""),
    ("schedule", ""),
    ("send", "sent"),
    ("sign", ""),
    ("submit", "submitted"),
    ("suspend", ""),
    ("unbind", "unbound"),
    ("unlock", ""),
    ("update", ""),
    ("upload", ""),
    ("validate", ""),
    ("verify", "verified"),
    ("view", ""),
];

/// Verbs in front of another one: what is approved after a `REVOKE_REQUEST` is a revocation.
const NOUNS: [(&str, &str); 4] =
    [("issue", "issuance"), ("reinstate", "reinstatement"), ("renew", "renewal"), ("revoke", "revocation")];

/// The kind of a record and what is done to it; as done, unless it failed. The services disagree on capitals and on what
/// stands between words, so neither is kept.
pub fn phrase(kind: &str, action: &str, is_done: bool) -> String {
    let words = |text: &str| -> Vec<String> {
        text.split(['_', '-', ' ']).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
    };
    let (mut said, action) = (words(kind), words(action));
    if let ([what @ ("revocation" | "reinstatement"), "request"], ["request" | "approve" | "reject"]) =
        (&plain(&said)[..], &plain(&action)[..])
    {
        // Private CA has such requests for CAs alone.
        said = vec!["ca".to_owned(), (*what).to_owned()];
    }
    let last = action.len().saturating_sub(1);
    for (at, word) in action.into_iter().enumerate() {
        let verb = found(&VERBS, &word).filter(|_| at == last && is_done).map(done);
        let noun = found(&NOUNS, &word).filter(|_| at != last).map(|(_, noun)| noun.to_owned());
        said.push(verb.or(noun).unwrap_or(word));
    }
    for word in &mut said {
        if CAPITALS.contains(&word.as_str()) {
            word.make_ascii_uppercase();
        }
    }
    said.join(" ")
}

/// The entry of a word in a list by words.
fn found(list: &[(&'static str, &'static str)], word: &str) -> Option<(&'static str, &'static str)> {
    list.binary_search_by_key(&word, |(known, _)| known).ok().and_then(|at| list.get(at)).copied()
}

fn plain(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

fn done((verb, irregular): (&str, &str)) -> String {
    match (irregular, verb.ends_with('e')) {
        ("", true) => format!("{verb}d"),
        ("", false) => format!("{verb}ed"),
        (irregular, _) => irregular.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_reads_as_people_say_it() {
        let cases = [
            ("ca", "REVOKE_REQUEST", true, "CA revocation requested"),
            ("ca", "revocation_request", true, "CA revocation requested"),
            ("revocation_request", "request", true, "CA revocation requested"),
            ("revocation_request", "request", false, "CA revocation request"),
            ("reinstatement_request", "approve", true, "CA reinstatement approved"),
            ("revocation_request", "cancel", true, "revocation request cancelled"),
            ("certificate", "issue", true, "certificate issued"),
            ("certificate", "issue", false, "certificate issue"),
            ("ocsp_responder", "SIGN", true, "OCSP responder signed"),
            ("crl", "publish", true, "CRL published"),
            ("template", "bind", true, "template bound"),
            ("api-key", "submit", true, "API key submitted"),
            ("", "order_placed", true, "order placed"),
            ("", "login", true, "login"),
            ("user", "", true, "user"),
            ("", "", true, ""),
        ];
        for (kind, action, is_done, said) in cases {
            assert_eq!(phrase(kind, action, is_done), said, "{kind} {action}");
        }
    }

    #[test]
    fn verbs_stand_in_order_and_once() {
        assert!([&VERBS[..], &NOUNS].iter().all(|list| list.is_sorted_by(|a, b| a.0 < b.0)));
        assert!(NOUNS.iter().all(|(verb, _)| VERBS.iter().any(|(known, _)| known == verb)));
    }
}
