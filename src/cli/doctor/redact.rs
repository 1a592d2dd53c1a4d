//! What is taken out of a report before it is shared: the home folder and the name of the user.

use crate::cli::{check::Check, sheet::Section};

/// Names of this machine that a report does not show.
pub struct Redact {
    homes: Vec<String>,
    users: Vec<String>,
}

impl Redact {
    /// Those of this process.
    pub fn of_process() -> Self {
        let dirs = directories::BaseDirs::new();
        let home = dirs.as_ref().map(|dirs| dirs.home_dir().to_owned());
        let named = std::env::var_os("HOME").map(std::path::PathBuf::from);
        let given: Vec<_> = home.into_iter().chain(named).collect();
        let real = given.iter().filter_map(|home| home.canonicalize().ok());
        let homes: Vec<_> = given.iter().cloned().chain(real).collect();
        let last = homes.iter().filter_map(|home| home.file_name()).map(|name| name.to_string_lossy().into_owned());
        let variables = ["USER", "LOGNAME", "USERNAME"].into_iter().filter_map(|name| std::env::var(name).ok());
        let users: Vec<String> = last.chain(variables).collect();
        Self::new(homes.iter().map(|home| home.to_string_lossy().into_owned()).collect(), users)
    }

    fn new(homes: Vec<String>, users: Vec<String>) -> Self {
        let mut homes: Vec<String> = homes.into_iter().filter(|home| home.len() > 1).collect();
        // A home inside another one is looked for first.
        homes.sort_by_key(|home| std::cmp::Reverse(home.len()));
        Self { homes, users: users.into_iter().filter(|user| !user.is_empty()).collect() }
    }

    /// Takes the names out of a check.
    pub fn check(&self, check: &mut Check) {
        check.subject = self.text(&check.subject).into();
        check.detail = self.text(&check.detail).into();
        check.hint = check.hint.as_ref().map(|hint| self.text(hint).into());
    }

    /// Takes the names out of a section.
    pub fn section(&self, section: &mut Section) {
        for fact in &mut section.facts {
            fact.value = self.text(&fact.value);
        }
    }

    /// `~` for the home folder; `USER` for the user's name where it is a part of a path, and before an `@`. As a word it
    /// stays, since it may mean something else.
    fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for home in &self.homes {
            text = replaced(&text, home, "~", |before, after| {
                !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(in_name)
            });
        }
        for user in &self.users {
            text = replaced(&text, user, "USER", |before, after| {
                let path = before.is_some_and(|c| matches!(c, '/' | '\\')) && !after.is_some_and(in_name);
                path || (after == Some('@') && !before.is_some_and(in_name))
            });
        }
        text
    }
}

const fn in_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// `text` with `with` in place of each `what` whose neighbours `fit`.
fn replaced(text: &str, what: &str, with: &str, fit: impl Fn(Option<char>, Option<char>) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(what) {
        out.push_str(before);
        let fits = fit(out.chars().next_back(), after.chars().next());
        out.push_str(if fits { with } else { what });
        rest = after;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c12_paths_lose_the_home_and_the_user() {
        let redact = Redact::new(vec!["/home/ada".into(), "/".into()], vec!["ada".into(), String::new()]);
        for (text, shown) in [
            ("/home/ada/.config/c.toml: cannot be read", "~/.config/c.toml: cannot be read"),
            ("key file /home/ada", "key file ~"),
            ("/home/adam/x, /home/ada-2", "/home/adam/x, /home/ada-2"),
            ("/mnt/home/ada/x", "/mnt/home/USER/x"),
            ("/srv/keys/ada/one.key", "/srv/keys/USER/one.key"),
            ("C:\\Users\\ada\\x", "C:\\Users\\USER\\x"),
            ("ssh://ada@192.0.2.7", "ssh://USER@192.0.2.7"),
            ("the context ada has no service", "the context ada has no service"),
        ] {
            assert_eq!(redact.text(text), shown);
        }
    }
}
