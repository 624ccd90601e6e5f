//! A runtime that has no room for another task says so, and how much it had.

use std::fmt;
use std::panic::panic_any;

/// Why there is no room for another task: what was reached, and which limit of the system sets it.
///
/// A panic with this payload is not a bug of the runtime: a runner answers *unsupported* with its text and
/// ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What is missing, the figure that was reached, and the limit, as a sentence.
    pub why: String,
}

impl Refusal {
    /// A refusal for this reason.
    #[must_use]
    pub fn new(why: impl Into<String>) -> Self {
        Refusal { why: why.into() }
    }

    /// Panics with the refusal as payload.
    ///
    /// # Panics
    /// Always; that is what it is for.
    pub fn raise(self) -> ! {
        panic_any(self)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
    use super::Refusal;
    use std::panic::catch_unwind;

    #[test]
    fn what_is_raised_arrives_with_its_words() {
        let panic = catch_unwind(|| Refusal::new("no stack for a task: 7 are in use").raise()).expect_err("it panics");
        let refusal = panic.downcast_ref::<Refusal>().expect("the payload is the refusal");
        assert_eq!(refusal.to_string(), "no stack for a task: 7 are in use");
    }
}
