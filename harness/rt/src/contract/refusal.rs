//! How a runtime says that it has no room for another task.

/// What a runtime that cannot hold another task throws, as a panic, at whoever awaits that task: it has no
/// stack or no thread left, say. The runner answers *unsupported* with the reason, instead of ending in what
/// would look like a crash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What there is no room for, and what sets the limit.
    pub why: String,
}

impl Refusal {
    /// Throws it.
    ///
    /// # Panics
    /// Always: with a value of this type.
    pub fn throw(why: String) -> ! {
        std::panic::panic_any(Refusal { why })
    }
}
