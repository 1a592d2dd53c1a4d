//! A page in the browser of the user.

use std::{
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    domain::{Clean, Failure, FailureKind},
    flow::Reply,
};

/// How long a command may take to fail; one that goes on is the browser itself.
const WAIT: Duration = Duration::from_secs(3);

/// Shows `address` by `$BROWSER`, else by what this system opens addresses with. The browser gets none of the variables
/// in `without`, which hold keys, and not the terminal.
///
/// # Errors
/// No command started, or each was left with an error; the hint has the address.
pub(super) async fn open(address: &str, without: &[String]) -> Result<Reply, Failure> {
    let mut why = "no command for it is known".to_owned();
    for mut command in commands(address) {
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        for name in without {
            command.env_remove(name);
        }
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let name = command.get_program().to_string_lossy().into_owned();
        let mut child = match tokio::process::Command::from(command).spawn() {
            Ok(child) => child,
            Err(error) => {
                why = format!("{name}: {}", error.kind());
                continue;
            }
        };
        match tokio::time::timeout(WAIT, child.wait()).await {
            Ok(Ok(ended)) if !ended.success() => why = format!("{name} was left with an error"),
            _ => return Ok(Reply::Nothing),
        }
    }
    let failure = Failure::new(FailureKind::Configuration, Clean::new(&format!("no browser opens ({why})")));
    Err(failure.hint(Clean::new(&format!("set BROWSER, or open it yourself: {address}"))))
}

/// The commands of `$BROWSER`, of which each stands behind a colon and may have `%s` for the address; else those of
/// this system.
fn commands(address: &str) -> Vec<Command> {
    match std::env::var("BROWSER") {
        Ok(browsers) if !browsers.is_empty() => chosen(&browsers, address),
        _ => open::commands(address),
    }
}

fn chosen(browsers: &str, address: &str) -> Vec<Command> {
    let split = browsers.split(if cfg!(windows) { ';' } else { ':' });
    let command = |browser: &str| {
        let mut words = shell_words::split(browser).ok()?.into_iter();
        let mut command = Command::new(words.next()?);
        let words: Vec<String> = words.collect();
        command.args(words.iter().map(|word| word.replace("%s", address)));
        if !words.iter().any(|word| word.contains("%s")) {
            command.arg(address);
        }
        Some(command)
    };
    split.filter_map(command).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_browser_gets_the_address_once_as_one_word() {
        let written = |browsers: &str| -> Vec<Vec<String>> {
            let words = |command: &Command| {
                let all = std::iter::once(command.get_program()).chain(command.get_args());
                all.map(|word| word.to_string_lossy().into_owned()).collect()
            };
            chosen(browsers, "https://a/?b=$(c) d").iter().map(words).collect()
        };
        let address = "https://a/?b=$(c) d";
        assert_eq!(written("firefox"), [["firefox", address]]);
        assert_eq!(written("'my browser' --new %s"), [["my browser", "--new", address]]);
        if !cfg!(windows) {
            assert_eq!(written("a:b -x"), [vec!["a", address], vec!["b", "-x", address]]);
        }
        assert!(written("'open").is_empty());
    }
}
