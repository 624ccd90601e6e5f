//! A refused call fails with its error, in the thread and in everything it starts; all other calls work.
#![cfg(target_os = "linux")]

use loopswap_refuse::{Refusal, run_under};
use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use std::process::Command;

fn refusal(text: &str, errno: Errno) -> [Refusal; 1] {
    [Refusal::parse(text, errno).expect(text)]
}

#[test]
fn a_call_fails_with_the_chosen_error_on_that_thread_alone() {
    for errno in [Errno::EPERM, Errno::ENOSYS] {
        let found = run_under(&refusal("sched_getaffinity", errno), || {
            nix::sched::sched_getaffinity(nix::unistd::Pid::from_raw(0)).map(drop)
        });
        assert_eq!(found.expect("a filter"), Err(errno));
    }
    nix::sched::sched_getaffinity(nix::unistd::Pid::from_raw(0)).expect("not refused here");
}

#[test]
fn only_the_named_arguments_are_refused() {
    let (read, written) = run_under(&refusal("prlimit64:2!=0", Errno::EPERM), || {
        let limit = getrlimit(Resource::RLIMIT_NOFILE);
        (limit, limit.and_then(|(soft, hard)| setrlimit(Resource::RLIMIT_NOFILE, soft, hard)))
    })
    .expect("a filter");
    assert!(read.is_ok(), "to read a limit is not refused: {read:?}");
    assert_eq!(written, Err(Errno::EPERM));
}

#[test]
fn a_program_that_is_started_sees_it_too() {
    let program = env!("CARGO_BIN_EXE_loopswap-refuse");
    let output = Command::new(program).args(["ENOSYS", "uname", "--", "/bin/uname"]).output().expect("it starts");
    assert!(String::from_utf8_lossy(&output.stderr).contains("Function not implemented"), "{output:?}");
    let output = Command::new(program).args(["EPERM", "no_such_call", "--", "/bin/true"]).output().expect("it starts");
    assert_eq!(output.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no_such_call"), "{output:?}");
}
