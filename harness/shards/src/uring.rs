//! Whether io_uring is there, as far as it can be said without the runtime that asks.

use loopswap_protocol::Unavailable;
use std::fmt::Display;
use std::fs;

/// Whether the administrator has switched io_uring off for everybody.
///
/// # Errors
/// That it is off, and how to switch it on.
pub fn switched_on() -> Result<(), Unavailable> {
    judge(&fs::read_to_string("/proc/sys/kernel/io_uring_disabled").unwrap_or_default())
}

fn judge(disabled: &str) -> Result<(), Unavailable> {
    match disabled.trim() {
        "2" => Err(Unavailable {
            reason: "no io_uring: kernel.io_uring_disabled=2".to_owned(),
            remedy: "allow it: `sysctl kernel.io_uring_disabled=0`".to_owned(),
        }),
        // 1 allows it to a group and to privileged processes: only a trial tells whether this is one.
        _ => Ok(()),
    }
}

/// What to say when a trial start on `threads` threads has failed.
#[must_use]
pub fn refused(runtime: &str, threads: usize, error: impl Display) -> Unavailable {
    Unavailable {
        reason: format!("{runtime} cannot start {threads} io_uring drivers here: {error}"),
        remedy: "io_uring may be forbidden (seccomp of a container, kernel.io_uring_disabled), the kernel too old \
                 (5.11 has all that is needed), or the locked memory too little (`ulimit -l`)"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_switched_off_says_how_to_switch_it_on() {
        for allowed in ["0\n", "1\n", ""] {
            assert_eq!(judge(allowed), Ok(()));
        }
        let missing = judge("2\n").expect_err("switched off");
        assert!(missing.reason.contains("io_uring_disabled=2") && missing.remedy.contains("sysctl"), "{missing:?}");
    }
}
