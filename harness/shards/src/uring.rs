//! Whether io_uring is available, as far as this can be told without the runtime that asks.

use io_uring::{IoUring, Probe};
use loopswap_protocol::Unavailable;
use nix::errno::Errno;
use std::fmt::Display;
use std::{fs, io};

/// Whether io_uring is available and allowed: it is not disabled, and a ring can be made, registered and
/// entered. A runtime that is started without it may panic or hang.
///
/// # Errors
/// Which of these is refused, and the remedy.
pub fn usable() -> Result<(), Unavailable> {
    judge(&fs::read_to_string("/proc/sys/kernel/io_uring_disabled").unwrap_or_default())?;
    probe().map_err(|(call, error)| forbidden(call, &error))
}

/// Uses a small ring; returns the first system call that fails, and how.
fn probe() -> Result<(), (&'static str, io::Error)> {
    let ring = IoUring::new(2).map_err(|error| ("io_uring_setup(2)", error))?;
    let register = ring.submitter().register_probe(&mut Probe::new());
    register.map_err(|error| ("io_uring_register(2)", error))?;
    // Nothing to submit and nothing to wait for.
    ring.submitter().submit_and_wait(0).map(drop).map_err(|error| ("io_uring_enter(2)", error))
}

fn forbidden(call: &str, error: &io::Error) -> Unavailable {
    Unavailable {
        reason: format!("no io_uring: {call} fails: {error}"),
        remedy: match error.raw_os_error().map(Errno::from_raw) {
            Some(Errno::EPERM | Errno::EACCES | Errno::ENOSYS) => {
                "allow io_uring_setup, io_uring_enter and io_uring_register in the seccomp profile of the container \
                 (Docker: `--security-opt seccomp=FILE`), or measure outside of it; Linux has them from 5.11 on"
            }
            Some(Errno::ENOMEM) => "raise the limit of locked memory: `ulimit -l 8192`, or LimitMEMLOCK= in the unit",
            Some(Errno::EMFILE | Errno::ENFILE) => "raise the limit of open files: `ulimit -n 4096`",
            _ => "a kernel from 5.11 on has all that is needed",
        }
        .to_owned(),
    }
}

fn judge(disabled: &str) -> Result<(), Unavailable> {
    match disabled.trim() {
        "2" => Err(Unavailable {
            reason: "no io_uring: kernel.io_uring_disabled=2".to_owned(),
            remedy: "allow it: `sysctl kernel.io_uring_disabled=0`".to_owned(),
        }),
        // 1 allows it to a group and to privileged processes: only a trial shows whether this is one.
        _ => Ok(()),
    }
}

/// The error after a failed trial start on `threads` threads.
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
    fn what_is_refused_says_which_call_and_the_way_out() {
        for (errno, way_out) in [
            (Errno::EPERM, "seccomp profile"),
            (Errno::ENOSYS, "seccomp profile"),
            (Errno::ENOMEM, "ulimit -l"),
            (Errno::EMFILE, "ulimit -n"),
            (Errno::EINVAL, "kernel"),
        ] {
            let found = forbidden("io_uring_setup(2)", &io::Error::from(errno));
            assert!(found.reason.contains("io_uring_setup(2) fails: ") && found.remedy.contains(way_out), "{found:?}");
        }
    }

    #[test]
    fn what_is_switched_off_says_how_to_switch_it_on() {
        for allowed in ["0\n", "1\n", ""] {
            assert_eq!(judge(allowed), Ok(()));
        }
        let missing = judge("2\n").expect_err("switched off");
        assert!(missing.reason.contains("io_uring_disabled=2") && missing.remedy.contains("sysctl"), "{missing:?}");
    }
}
