//! The ways in which system calls are counted. Two ways never give exactly the same count, so every figure
//! names its own, and figures of two ways are not compared.

/// The kernel counts, by its tracepoint `raw_syscalls:sys_enter`.
pub const TRACEPOINT: &str = "tracepoint";
/// The conductor counts by ptrace(2), between the marks that the runner makes where a slice begins and ends.
pub const PTRACE: &str = "ptrace";
/// The conductor counts by ptrace(2) a runner that makes no marks: the system calls that a slice of twice the
/// operations takes beyond one of once.
pub const PTRACE_DIFFERENCE: &str = "ptrace-difference";

/// Names ways of counting that must not be used, separated by commas: for tests, and to get figures of one
/// way on several machines if some lack the other.
pub const WITHOUT: &str = "LOOPSWAP_WITHOUT";

/// Why a way must not be used here, if [`WITHOUT`] names it.
#[must_use]
pub fn forbidden(method: &str) -> Option<String> {
    let named = std::env::var(WITHOUT).ok()?;
    named
        .split(',')
        .any(|word| word.trim() == method)
        .then(|| format!("the environment variable {WITHOUT} forbids to count by {method}; unset it"))
}
