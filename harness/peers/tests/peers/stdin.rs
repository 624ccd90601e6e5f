//! A peer as a process: this test binary, executed again.

use crate::servers::ANYWHERE;
use loopswap_peers::{Announcement, http};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

const AS_PEER: &str = "LOOPSWAP_TEST_AS_PEER";

/// Not a test of its own: the peer process of the test below.
#[test]
#[ignore = "runs only inside ends_with_its_stdin"]
fn peer_process() {
    if std::env::var_os(AS_PEER).is_some() {
        loopswap_peers::exit_when_stdin_closes().unwrap();
        let announce = |announcement| println!("\n{}", serde_json::to_string(&announcement).unwrap());
        http::serve(ANYWHERE, None, None, announce).unwrap();
    }
}

#[test]
fn ends_with_its_stdin() {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "stdin::peer_process", "--ignored", "--nocapture"])
        .env(AS_PEER, "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.starts_with('{')).unwrap();
    let announcement: Announcement = serde_json::from_str(&line).unwrap();
    http::check(announcement.address).unwrap();
    assert!(process.try_wait().unwrap().is_none());

    drop(process.stdin.take());
    assert_eq!(process.wait().unwrap().code(), Some(0));
    assert!(http::check(announcement.address).is_err());
}
