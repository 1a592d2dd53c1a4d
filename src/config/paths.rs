//! Where the configuration and the state stand.

use std::{
    ffi::OsString,
    io::Read as _,
    path::{Path, PathBuf},
};

use super::complaint;
use crate::domain::{Failure, FailureKind};

/// Largest configuration file, bytes.
pub const CONFIG_MAX: u64 = 1 << 20;

/// The environment, passed in so that a test needs no variables of its own.
pub type Env<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// A variable that is set and not empty, as the XDG base directory specification asks.
fn set(env: Env<'_>, name: &str) -> Option<PathBuf> {
    env(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn project() -> Option<directories::ProjectDirs> {
    directories::ProjectDirs::from("", "", "certdeck")
}

/// The configuration file: `--config`, `CERTDECK_CONFIG`, `$XDG_CONFIG_HOME/certdeck/config.toml`, the platform's place.
///
/// `None` when there is no home. The file need not exist.
pub fn config_file(flag: Option<&Path>, env: Env<'_>) -> Option<PathBuf> {
    let named = flag.map(Path::to_owned).or_else(|| set(env, "CERTDECK_CONFIG"));
    let xdg = || set(env, "XDG_CONFIG_HOME").filter(|dir| dir.is_absolute()).map(|dir| dir.join("certdeck"));
    let platform = || project().map(|dirs| dirs.config_dir().to_owned());
    named.or_else(|| xdg().or_else(platform).map(|dir| dir.join("config.toml")))
}

/// True when the file was named by the user: then it has to exist.
pub fn is_named(flag: Option<&Path>, env: Env<'_>) -> bool {
    flag.is_some() || set(env, "CERTDECK_CONFIG").is_some()
}

/// The folder for state, cache and evidence (0700): `CERTDECK_STATE_DIR`, `$XDG_STATE_HOME/certdeck`, the platform's place.
pub fn state_dir(env: Env<'_>) -> Option<PathBuf> {
    let xdg = || set(env, "XDG_STATE_HOME").filter(|dir| dir.is_absolute()).map(|dir| dir.join("certdeck"));
    let platform = || {
        let dirs = project()?;
        Some(dirs.state_dir().unwrap_or_else(|| dirs.data_local_dir()).to_owned())
    };
    set(env, "CERTDECK_STATE_DIR").or_else(xdg).or_else(platform)
}

/// Reads a configuration file that nobody else can change.
pub(super) fn read_config(path: &Path) -> Result<String, Failure> {
    let io = |error: std::io::Error| {
        let failure = complaint::whole(path, &format!("cannot be read ({})", error.kind()));
        match error.kind() {
            std::io::ErrorKind::NotFound => failure.hint("`certdeck config template` prints one to start from"),
            _ => failure,
        }
    };
    let file = std::fs::File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if !metadata.is_file() {
        return Err(complaint::whole(path, "is not a regular file"));
    }
    check_writers(&metadata, path)?;
    let mut text = String::new();
    match file.take(CONFIG_MAX + 1).read_to_string(&mut text) {
        Ok(read) if read as u64 > CONFIG_MAX => Err(complaint::whole(path, "is larger than 1 MiB")),
        Ok(_) => Ok(text),
        Err(error) if error.kind() == std::io::ErrorKind::InvalidData => {
            Err(complaint::whole(path, "is not UTF-8 text"))
        }
        Err(error) => Err(io(error)),
    }
}

#[cfg(unix)]
fn check_writers(metadata: &std::fs::Metadata, path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt as _;
    let owner = metadata.uid();
    if owner != 0 && owner != rustix::process::geteuid().as_raw() {
        return Err(complaint::whole(path, "belongs to another user, who could change where keys are sent"));
    }
    if metadata.mode() & 0o022 != 0 {
        let mode = metadata.mode() & 0o777;
        let failure = complaint::whole(path, &format!("other users may change it (mode {mode:04o})"));
        return Err(failure.hint(format!("chmod go-w {}", path.display())));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_writers(_: &std::fs::Metadata, _: &Path) -> Result<(), Failure> {
    Ok(())
}

/// The failure for a system without a home folder.
pub fn no_home() -> Failure {
    Failure::new(FailureKind::Configuration, "there is no home folder to look for a configuration in")
        .hint("name the file with --config or CERTDECK_CONFIG")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_named_place_wins() {
        let env = |name: &str| match name {
            "CERTDECK_CONFIG" => Some("/e/named.toml".into()),
            "XDG_CONFIG_HOME" => Some("/x".into()),
            "CERTDECK_STATE_DIR" => Some("/s".into()),
            _ => None,
        };
        let xdg = |name: &str| (name == "XDG_CONFIG_HOME" || name == "XDG_STATE_HOME").then(|| "/x".into());
        let relative = |name: &str| (name == "XDG_CONFIG_HOME").then(|| "x".into());
        assert_eq!(config_file(Some(Path::new("f.toml")), &env), Some("f.toml".into()));
        assert_eq!(config_file(None, &env), Some("/e/named.toml".into()));
        assert_eq!(config_file(None, &xdg), Some("/x/certdeck/config.toml".into()));
        assert!(config_file(None, &relative).is_none_or(|path| path.is_absolute()));
        assert_eq!(state_dir(&env), Some("/s".into()));
        assert_eq!(state_dir(&xdg), Some("/x/certdeck".into()));
        assert!(is_named(None, &env) && !is_named(None, &xdg));
    }
}
