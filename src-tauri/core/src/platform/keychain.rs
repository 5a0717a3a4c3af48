//! The system's keychain: Keychain Services on macOS, the Credential Manager on Windows, the Secret Service elsewhere.
//!
//! Every call may block: a keychain may ask the person to unlock it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use keyring::{Entry, Error};

use crate::platform::secret::Secret;
use crate::words::variables as words;

/// The name under which the programs of keychains list the app's values.
const SERVICE: &str = "Orchest Desktop";

/// The keychain, and the values that only this program keeps. It is cheap to clone.
#[derive(Clone, Default)]
pub struct Keychain {
    /// The values of this run.
    run: Arc<Mutex<HashMap<String, Secret>>>,
    kind: Kind,
}

#[derive(Clone, Default)]
enum Kind {
    /// The system's own.
    #[default]
    System,
    /// None, for this reason.
    None(String),
    /// One in memory.
    #[cfg(test)]
    Memory(Arc<Mutex<HashMap<String, Secret>>>),
}

impl Keychain {
    /// The keychain of a process. A test run has none: it must not write into a person's.
    pub fn of_this_process(is_test: bool) -> Keychain {
        let kind = if is_test { Kind::None(words::TEST_RUN.to_owned()) } else { Kind::System };
        Keychain { kind, ..Keychain::default() }
    }

    /// A keychain that a test can look into.
    #[cfg(test)]
    pub fn in_memory() -> Keychain {
        Keychain { kind: Kind::Memory(Arc::default()), ..Keychain::default() }
    }

    /// Why there is no keychain, if there is none.
    pub fn missing(&self) -> Option<String> {
        match &self.kind {
            Kind::System => Entry::store_status().as_ref().err().map(ToString::to_string),
            Kind::None(reason) => Some(reason.clone()),
            #[cfg(test)]
            Kind::Memory(_) => None,
        }
    }

    /// Keeps a value in the keychain.
    pub fn put(&self, item: &str, value: &Secret) -> Result<(), String> {
        match &self.kind {
            Kind::System => {
                let kept = Entry::new(SERVICE, item).and_then(|entry| entry.set_password(value.expose()));
                kept.map_err(|error| error.to_string())
            }
            Kind::None(reason) => Err(reason.clone()),
            #[cfg(test)]
            Kind::Memory(kept) => {
                locked(kept).insert(item.to_owned(), value.clone());
                Ok(())
            }
        }
    }

    /// Keeps a value in this program until it ends.
    pub fn put_for_this_run(&self, item: &str, value: &Secret) {
        locked(&self.run).insert(item.to_owned(), value.clone());
    }

    /// A value that was kept. `None` if it is gone.
    pub fn get(&self, item: &str) -> Result<Option<Secret>, String> {
        if let Some(value) = locked(&self.run).get(item) {
            return Ok(Some(value.clone()));
        }
        match &self.kind {
            Kind::System => match Entry::new(SERVICE, item).and_then(|entry| entry.get_password()) {
                Ok(value) => Ok(Some(Secret::new(value))),
                Err(Error::NoEntry) => Ok(None),
                Err(error) => Err(error.to_string()),
            },
            Kind::None(_) => Ok(None),
            #[cfg(test)]
            Kind::Memory(kept) => Ok(locked(kept).get(item).cloned()),
        }
    }

    /// Removes a value. One that cannot be removed is left, since no folder names it any more.
    pub fn forget(&self, item: &str) {
        if locked(&self.run).remove(item).is_some() {
            return;
        }
        match &self.kind {
            Kind::System => match Entry::new(SERVICE, item).and_then(|entry| entry.delete_credential()) {
                Ok(()) | Err(Error::NoEntry) => {}
                Err(error) => tracing::warn!(item, %error, "a value stays in the keychain"),
            },
            Kind::None(_) => {}
            #[cfg(test)]
            Kind::Memory(kept) => drop(locked(kept).remove(item)),
        }
    }
}

fn locked(values: &Mutex<HashMap<String, Secret>>) -> std::sync::MutexGuard<'_, HashMap<String, Secret>> {
    values.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_kept_given_and_forgotten() {
        let keychain = Keychain::in_memory();
        assert_eq!(keychain.get("a").unwrap(), None);
        keychain.put("a", &Secret::new("1")).unwrap();
        keychain.put_for_this_run("b", &Secret::new("2"));
        assert_eq!(keychain.get("a").unwrap(), Some(Secret::new("1")));
        assert_eq!(keychain.clone().get("b").unwrap(), Some(Secret::new("2")));
        keychain.forget("a");
        keychain.forget("b");
        assert_eq!((keychain.get("a").unwrap(), keychain.get("b").unwrap()), (None, None));
    }

    #[test]
    fn a_program_without_a_keychain_keeps_values_until_it_ends() {
        let keychain = Keychain::of_this_process(true);
        assert!(keychain.missing().is_some() && keychain.put("a", &Secret::new("1")).is_err());
        keychain.put_for_this_run("a", &Secret::new("1"));
        assert_eq!(keychain.get("a").unwrap(), Some(Secret::new("1")));
        assert_eq!(Keychain::of_this_process(true).get("a").unwrap(), None);
    }
}
