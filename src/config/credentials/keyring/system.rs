//! The key store of this system, reached anew for each call.

#[cfg(target_os = "macos")]
use apple_native_keyring_store::keychain::Store;
#[cfg(target_os = "linux")]
use dbus_secret_service_keyring_store::Store;
use keyring_core::{Entry, Error, api::CredentialStoreApi as _};
#[cfg(windows)]
use windows_native_keyring_store::Store;
use zeroize::Zeroizing;

use super::{KeyEntry, KeyStore, StoreProblem};

/// The key store of this system.
pub(super) struct System;

impl KeyStore for System {
    fn get(&self, entry: &KeyEntry) -> Result<Zeroizing<Vec<u8>>, StoreProblem> {
        open(entry)?.get_secret().map(Zeroizing::new).map_err(problem)
    }

    fn set(&self, entry: &KeyEntry, key: &[u8]) -> Result<(), StoreProblem> {
        open(entry)?.set_secret(key).map_err(problem)
    }

    fn delete(&self, entry: &KeyEntry) -> Result<(), StoreProblem> {
        open(entry)?.delete_credential().map_err(problem)
    }
}

fn open(entry: &KeyEntry) -> Result<Entry, StoreProblem> {
    #[cfg(target_os = "linux")]
    if !has_bus(&|name| std::env::var_os(name)) {
        return Err(StoreProblem::Absent);
    }
    let store = Store::new().map_err(|_| StoreProblem::Absent)?;
    store.build(entry.service(), entry.name(), None).map_err(problem)
}

/// Whether there is a session bus to connect to. Without one libdbus would start `dbus-launch`, and an address may name
/// a program to run: both would see the environment of this process, which may hold keys
/// (D-Bus specification, "Server Addresses" and "Meta-transports").
#[cfg(target_os = "linux")]
fn has_bus(env: crate::config::paths::Env<'_>) -> bool {
    let address = env("DBUS_SESSION_BUS_ADDRESS").filter(|address| !address.is_empty());
    match address.as_deref().map(std::ffi::OsStr::to_str) {
        Some(Some(address)) => address.split(';').all(|part| part.starts_with("unix:") || part.starts_with("tcp:")),
        Some(None) => false,
        None => env("XDG_RUNTIME_DIR").is_some_and(|folder| std::path::Path::new(&folder).join("bus").exists()),
    }
}

/// The store's own words are left out: some hold the bytes of the entry.
#[expect(clippy::needless_pass_by_value, reason = "the errors are mapped where they come from")]
fn problem(error: Error) -> StoreProblem {
    match error {
        Error::NoEntry => StoreProblem::Missing,
        Error::NoStorageAccess(_) => StoreProblem::Locked,
        Error::Ambiguous(_) => StoreProblem::Ambiguous,
        _ => StoreProblem::Failed,
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn c04_no_program_is_started_to_find_a_bus() {
        let run = tempfile::tempdir().unwrap();
        let with = |address: Option<&'static str>| {
            let folder = run.path().as_os_str().to_owned();
            has_bus(&move |name| match name {
                "DBUS_SESSION_BUS_ADDRESS" => address.map(Into::into),
                "XDG_RUNTIME_DIR" => Some(folder.clone()),
                _ => None,
            })
        };
        for none in
            [None, Some(""), Some("autolaunch:"), Some("unixexec:path=/bin/sh"), Some("unix:path=/x;autolaunch:")]
        {
            assert!(!with(none), "{none:?}");
        }
        assert!(with(Some("unix:path=/x")) && with(Some("unix:abstract=/x;tcp:host=localhost,port=1")));
        std::fs::write(run.path().join("bus"), "").unwrap();
        assert!(with(None) && with(Some("")));
        assert!(!has_bus(&|_| None));
    }
}
