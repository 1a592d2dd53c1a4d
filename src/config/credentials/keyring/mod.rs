//! The key store of the system: the Secret Service over D-Bus, the keychain of macOS, the credentials of Windows.

#[cfg(all(feature = "keyring", any(target_os = "linux", target_os = "macos", windows)))]
mod system;
#[cfg(not(all(feature = "keyring", any(target_os = "linux", target_os = "macos", windows))))]
#[path = "no_system.rs"]
mod system;

use std::{
    fmt,
    sync::{Arc, LazyLock, Mutex, PoisonError, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use zeroize::Zeroizing;

use super::Refusal;

/// Longest wait for the key store; a prompt that nobody answers would keep it for a year.
const DEADLINE: Duration = Duration::from_secs(10);
/// What else a configuration can name.
const OTHERS: &str = "env, file or command";

/// An entry of the key store, `service/name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEntry {
    service: String,
    name: String,
}

/// What a key store does. A call may wait for a person.
pub trait KeyStore: Send + Sync {
    /// The bytes of an entry.
    ///
    /// # Errors
    /// Any of [`StoreProblem`].
    fn get(&self, entry: &KeyEntry) -> Result<Zeroizing<Vec<u8>>, StoreProblem>;

    /// Makes the entry, or replaces what it holds.
    ///
    /// # Errors
    /// Any of [`StoreProblem`] but `Missing`.
    fn set(&self, entry: &KeyEntry, key: &[u8]) -> Result<(), StoreProblem>;

    /// Deletes the entry.
    ///
    /// # Errors
    /// Any of [`StoreProblem`].
    fn delete(&self, entry: &KeyEntry) -> Result<(), StoreProblem>;
}

/// Why a key store did not do what it was asked. It carries no text of the store, which may hold the key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreProblem {
    /// There is no such entry.
    Missing,
    /// It is locked, or its prompt was sent away.
    Locked,
    /// There is no key store in this session.
    Absent,
    /// This program was built without it.
    LeftOut,
    /// More than one entry fits.
    Ambiguous,
    /// Anything else.
    Failed,
}

/// A key store that is asked on a thread of its own and given up after a deadline.
pub struct Keyring {
    store: Arc<dyn KeyStore>,
    deadline: Duration,
    /// The call that was given up last; another one behind it would wait as long.
    given_up: Mutex<Option<JoinHandle<()>>>,
}

impl KeyEntry {
    /// Reads `service/name`; `None` when one of the two is missing.
    pub fn parse(text: &str) -> Option<Self> {
        let (service, name) = text.split_once('/')?;
        let sound = !service.is_empty() && !name.is_empty() && !text.contains('\0');
        sound.then(|| Self { service: service.to_owned(), name: name.to_owned() })
    }

    /// The part before the `/`.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The part behind it.
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for KeyEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.service, self.name)
    }
}

impl Keyring {
    /// The key store of this system; it is reached at the first call.
    pub fn system() -> &'static Self {
        static SYSTEM: LazyLock<Keyring> = LazyLock::new(|| Keyring::new(Arc::new(system::System), DEADLINE));
        &SYSTEM
    }

    /// A key store with a deadline.
    pub fn new(store: Arc<dyn KeyStore>, deadline: Duration) -> Self {
        Self { store, deadline, given_up: Mutex::new(None) }
    }

    pub(super) fn get(&self, entry: &KeyEntry) -> Result<Zeroizing<Vec<u8>>, Refusal> {
        self.ask(entry, |store, entry| store.get(entry))
    }

    pub(super) fn set(&self, entry: &KeyEntry, key: Zeroizing<Vec<u8>>) -> Result<(), Refusal> {
        self.ask(entry, move |store, entry| store.set(entry, &key))
    }

    pub(super) fn delete(&self, entry: &KeyEntry) -> Result<(), Refusal> {
        self.ask(entry, |store, entry| store.delete(entry))
    }

    fn ask<T: Send + 'static>(
        &self,
        entry: &KeyEntry,
        call: impl FnOnce(&dyn KeyStore, &KeyEntry) -> Result<T, StoreProblem> + Send + 'static,
    ) -> Result<T, Refusal> {
        let mut given_up = self.given_up.lock().unwrap_or_else(PoisonError::into_inner);
        if given_up.as_ref().is_some_and(|call| !call.is_finished()) {
            return Err(self.late());
        }
        let (send, receive) = mpsc::sync_channel(1);
        let (store, entry) = (Arc::clone(&self.store), entry.clone());
        let work = move || {
            // The other side has given up when this fails; a key in it is wiped.
            let _ = send.send(call(&*store, &entry));
        };
        // Never a blocking task of the runtime, whose end waits for all of them.
        let thread = std::thread::Builder::new().name("key store".to_owned()).spawn(work);
        let thread =
            thread.map_err(|error| Refusal::new(format!("the key store cannot be asked ({})", error.kind())))?;
        match receive.recv_timeout(self.deadline) {
            Ok(answer) => answer.map_err(Refusal::from),
            Err(mpsc::RecvTimeoutError::Timeout) => {
                *given_up = Some(thread);
                Err(self.late())
            }
            Err(mpsc::RecvTimeoutError::Disconnected) => Err(StoreProblem::Failed.into()),
        }
    }

    fn late(&self) -> Refusal {
        let cause = format!("the key store did not answer within {} s", self.deadline.as_secs_f64());
        Refusal::new(cause).hint(format!("a prompt may wait on another screen; answer it, or use {OTHERS}"))
    }
}

impl From<StoreProblem> for Refusal {
    fn from(problem: StoreProblem) -> Self {
        let (cause, hint) = match problem {
            StoreProblem::Missing => {
                ("the key store has no such entry", "`certdeck auth set` stores a key there; or use")
            }
            StoreProblem::Locked => ("the key store is locked", "unlock it and try again, or use"),
            StoreProblem::Absent => ("there is no key store in this session", "start one, or use"),
            StoreProblem::LeftOut => ("this build of certdeck has no key store", "use"),
            StoreProblem::Ambiguous => ("several entries of the key store fit", "delete all but one, or use"),
            StoreProblem::Failed => ("the key store failed", "try again, or use"),
        };
        let refusal = Self::new(cause).hint(format!("{hint} {OTHERS}"));
        Self { missing: problem == StoreProblem::Missing, ..refusal }
    }
}

#[cfg(test)]
pub(super) mod tests;
