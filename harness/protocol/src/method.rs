//! The ways in which system calls are counted. Two ways never come to quite the same, so every figure names
//! its own, and figures of two are not compared.

/// The kernel counts, by its tracepoint `raw_syscalls:sys_enter`.
pub const TRACEPOINT: &str = "tracepoint";
/// The conductor counts by ptrace(2), between the marks that the runner makes where a slice begins and ends.
pub const PTRACE: &str = "ptrace";
/// The conductor counts by ptrace(2) a runner that makes no marks: what a slice of twice the operations takes
/// more than one of once.
pub const PTRACE_DIFFERENCE: &str = "ptrace-difference";

/// Names the ways that are not to be used, with commas between: for tests, and for whoever wants figures of one
/// way on machines of which some lack another.
pub const WITHOUT: &str = "LOOPSWAP_WITHOUT";

/// Why a way is not to be used here, where [`WITHOUT`] names it.
#[must_use]
pub fn forbidden(method: &str) -> Option<String> {
    let named = std::env::var(WITHOUT).ok()?;
    named
        .split(',')
        .any(|word| word.trim() == method)
        .then(|| format!("the environment variable {WITHOUT} forbids to count by {method}; unset it"))
}
