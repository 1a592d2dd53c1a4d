use std::{collections::BTreeMap, sync::Barrier};

use super::*;

/// A store in memory.
#[derive(Default)]
pub struct Memory(Mutex<BTreeMap<String, Vec<u8>>>);

impl KeyStore for Memory {
    fn get(&self, entry: &KeyEntry) -> Result<Zeroizing<Vec<u8>>, StoreProblem> {
        let known = self.0.lock().unwrap();
        known.get(&entry.to_string()).cloned().map(Zeroizing::new).ok_or(StoreProblem::Missing)
    }

    fn set(&self, entry: &KeyEntry, key: &[u8]) -> Result<(), StoreProblem> {
        self.0.lock().unwrap().insert(entry.to_string(), key.to_vec());
        Ok(())
    }

    fn delete(&self, entry: &KeyEntry) -> Result<(), StoreProblem> {
        self.0.lock().unwrap().remove(&entry.to_string()).map(drop).ok_or(StoreProblem::Missing)
    }
}

/// A store that always fails in one way.
struct Broken(StoreProblem);

impl KeyStore for Broken {
    fn get(&self, _: &KeyEntry) -> Result<Zeroizing<Vec<u8>>, StoreProblem> {
        Err(self.0)
    }

    fn set(&self, _: &KeyEntry, _: &[u8]) -> Result<(), StoreProblem> {
        Err(self.0)
    }

    fn delete(&self, _: &KeyEntry) -> Result<(), StoreProblem> {
        Err(self.0)
    }
}

/// A store whose prompt nobody answers until the test does, and that panics when it is told to set.
struct Waiting(Arc<Barrier>);

impl KeyStore for Waiting {
    fn get(&self, _: &KeyEntry) -> Result<Zeroizing<Vec<u8>>, StoreProblem> {
        self.0.wait();
        Ok(Zeroizing::new(b"late".to_vec()))
    }

    fn set(&self, _: &KeyEntry, _: &[u8]) -> Result<(), StoreProblem> {
        panic!("a fault of the store")
    }

    fn delete(&self, _: &KeyEntry) -> Result<(), StoreProblem> {
        Ok(())
    }
}

fn entry() -> KeyEntry {
    KeyEntry::parse("certdeck/one").unwrap()
}

#[test]
fn an_entry_has_a_service_and_a_name() {
    let entry = KeyEntry::parse("certdeck/lab/one").unwrap();
    assert_eq!((entry.service(), entry.name()), ("certdeck", "lab/one"));
    assert_eq!(entry.to_string(), "certdeck/lab/one");
    for odd in ["", "certdeck", "/one", "certdeck/", "a\0/b"] {
        assert_eq!(KeyEntry::parse(odd), None, "{odd:?}");
    }
}

#[test]
fn what_is_set_can_be_read_and_deleted() {
    let keyring = Keyring::new(Arc::new(Memory::default()), DEADLINE);
    keyring.set(&entry(), Zeroizing::new(b"not-a-secret".to_vec())).unwrap();
    assert_eq!(*keyring.get(&entry()).unwrap(), b"not-a-secret");
    keyring.delete(&entry()).unwrap();
    let refusal = keyring.get(&entry()).unwrap_err();
    assert!(refusal.missing && refusal.cause.contains("no such entry"), "{}", refusal.cause);
}

#[test]
fn c04_each_problem_of_the_key_store_names_the_other_ways() {
    let problems = [
        (StoreProblem::Locked, "is locked"),
        (StoreProblem::Absent, "no key store in this session"),
        (StoreProblem::LeftOut, "this build of certdeck has no key store"),
        (StoreProblem::Missing, "no such entry"),
        (StoreProblem::Ambiguous, "several entries"),
        (StoreProblem::Failed, "failed"),
    ];
    for (problem, words) in problems {
        let keyring = Keyring::new(Arc::new(Broken(problem)), DEADLINE);
        let key = Zeroizing::new(b"not-a-secret".to_vec());
        let refusals = [keyring.get(&entry()).map(drop), keyring.set(&entry(), key), keyring.delete(&entry())]
            .map(Result::unwrap_err);
        for refusal in refusals {
            assert!(refusal.cause.contains(words), "{}", refusal.cause);
            assert!(refusal.hint.unwrap().ends_with("use env, file or command"));
        }
    }
}

#[test]
fn c04_a_key_store_that_hangs_is_given_up_once_and_asked_again_when_it_is_free() {
    let barrier = Arc::new(Barrier::new(2));
    let keyring = Keyring::new(Arc::new(Waiting(Arc::clone(&barrier))), Duration::from_millis(20));
    let refusal = keyring.get(&entry()).unwrap_err();
    assert_eq!(refusal.cause, "the key store did not answer within 0.02 s");
    // A second call behind the first would wait as long; it is not even made.
    assert!(keyring.delete(&entry()).unwrap_err().cause.contains("did not answer"));
    barrier.wait();
    while keyring.given_up.lock().unwrap().as_ref().is_some_and(|call| !call.is_finished()) {
        std::thread::yield_now();
    }
    let patient = Keyring { deadline: DEADLINE, ..keyring };
    patient.delete(&entry()).unwrap();
    assert!(patient.set(&entry(), Zeroizing::default()).unwrap_err().cause.contains("failed"));
}
