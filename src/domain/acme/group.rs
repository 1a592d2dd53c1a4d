//! The registrable domain of a name.

use crate::domain::name::NameRef;

/// The part of a name that somebody registers, `example.com` of `*.shop.example.com`, by the public suffix list (both its
/// sections). A name that is no host name, or is a suffix itself, stands for itself.
pub fn registrable(name: NameRef<'_>) -> &str {
    let whole = name.as_str();
    if name.problem().is_some() || whole.parse::<std::net::IpAddr>().is_ok() {
        return whole;
    }
    let bare = whole.strip_prefix("*.").unwrap_or(whole);
    psl::domain_str(bare).unwrap_or(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::name::Name;

    #[test]
    fn names_group_by_what_is_registered() {
        let cases = [
            ("example.com", "example.com"),
            ("*.example.com", "example.com"),
            ("a.b.example.co.uk", "example.co.uk"),
            ("shop.example.github.io", "example.github.io"),
            ("pay.acme-corp.example", "acme-corp.example"),
            ("www.xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
            // Suffixes themselves.
            ("com", "com"),
            ("co.uk", "co.uk"),
            ("*.co.uk", "*.co.uk"),
            ("github.io", "github.io"),
            // No host names.
            ("", ""),
            ("a b.example.com", "a b.example.com"),
            ("a..example.com", "a..example.com"),
            ("xn--", "xn--"),
            ("192.0.2.7", "192.0.2.7"),
            ("*", "*"),
        ];
        for (name, group) in cases {
            assert_eq!(registrable((&Name::new(name)).into()), group, "{name}");
        }
    }
}
