//! The remedy for errors that a limit of the machine caused.

use nix::errno::Errno;

/// The remedy for an error of the system that means a lack of something, found by its words (strerror(3)):
/// failures in a runner or in a peer come as text. `None` for other errors, and for those that already state
/// a remedy.
pub(crate) fn remedy(message: &str) -> Option<&'static str> {
    let remedies = [
        (Errno::EMFILE, "ulimit -n", "raise the limit of open files: `ulimit -n 20000`, or LimitNOFILE= in the unit"),
        (Errno::ENFILE, "file-max", "the whole system has too many files open: `sysctl fs.file-max` raises that"),
        (
            Errno::ENOMEM,
            "ulimit -v",
            "raise the limit of memory: `ulimit -v unlimited`, or the control group's memory.max",
        ),
        (
            Errno::EAGAIN,
            "ulimit -u",
            "raise the limit of processes and threads: `ulimit -u`, or the control group's pids.max; or that of memory: `ulimit -v`",
        ),
        (Errno::ENOSPC, "TMPDIR", "free some space, or set TMPDIR to a folder where there is some"),
        (Errno::EDQUOT, "TMPDIR", "free some space, or set TMPDIR to a folder where there is some"),
        (Errno::EROFS, "TMPDIR", "set TMPDIR to a folder that can be written to"),
        (Errno::EADDRINUSE, "TIME_WAIT", NO_PORT),
        (Errno::EADDRNOTAVAIL, "TIME_WAIT", NO_PORT),
    ];
    let (_, _, remedy) =
        remedies.into_iter().find(|(errno, told, _)| message.contains(errno.desc()) && !message.contains(told))?;
    Some(remedy)
}

const NO_PORT: &str = "wait a minute until closed connections have let go of their ports (TIME_WAIT), or widen \
                       `sysctl net.ipv4.ip_local_port_range`";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_has_its_way_out_and_everything_else_has_none() {
        let of = |errno: Errno| remedy(&format!("preparing: {}", std::io::Error::from(errno)));
        assert!(of(Errno::EMFILE).is_some_and(|remedy| remedy.contains("ulimit -n")));
        assert!(of(Errno::ENOSPC).is_some_and(|remedy| remedy.contains("TMPDIR")));
        assert!(of(Errno::EADDRNOTAVAIL).is_some_and(|remedy| remedy.contains("ip_local_port_range")));
        assert_eq!(of(Errno::ECONNREFUSED), None);
        assert_eq!(remedy("Too many open files: raise `ulimit -n`"), None, "it is told already");
    }
}
