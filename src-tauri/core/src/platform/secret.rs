//! Tokens: random, and never printed.

use std::fmt;

/// A token. `Debug` hides it, and there is no `Display`, so that it cannot slip into a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a token that was read from somewhere.
    pub fn new(token: impl Into<String>) -> Secret {
        Secret(token.into())
    }

    /// A new random token: 192 bits, in hexadecimal.
    pub fn random() -> Secret {
        Secret(random_hex(24))
    }

    /// The token itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// `bytes` random bytes in hexadecimal.
///
/// # Panics
/// If the system has no random numbers: no token could be trusted then.
#[allow(clippy::expect_used)]
pub fn random_hex(bytes: usize) -> String {
    let mut buffer = vec![0; bytes];
    getrandom::fill(&mut buffer).expect("the system gives random bytes");
    hex::encode(buffer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_differ_and_do_not_print() {
        let (one, other) = (Secret::random(), Secret::random());
        assert_ne!(one, other);
        assert_eq!(one.expose().len(), 48);
        assert!(!format!("{one:?}").contains(one.expose()));
    }
}
