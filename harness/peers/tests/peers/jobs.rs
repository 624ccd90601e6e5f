//! A worker of a process pool as its clients see it.

use crate::servers::{ANYWHERE, started};
use loopswap_jobs::{ANSWER_BYTES, Check, Done, Job, Work};
use loopswap_peers::jobs;
use loopswap_protocol::PeerKind;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

fn worker() -> SocketAddr {
    let announcement = started(|tell| jobs::serve(ANYWHERE, tell));
    assert_eq!(announcement.kind, PeerKind::Jobs);
    announcement.address
}

fn ask(stream: &mut TcpStream, job: Job) -> Done {
    stream.write_all(&job.to_bytes()).unwrap();
    let mut bytes = [0; ANSWER_BYTES];
    stream.read_exact(&mut bytes).unwrap();
    Done::read(&bytes)
}

#[test]
fn it_does_jobs_and_counts_them() {
    let address = worker();
    assert_eq!(jobs::done(address).unwrap(), 0);
    let mut clients = [TcpStream::connect(address).unwrap(), TcpStream::connect(address).unwrap()];
    for work in [Work::Compute(1000), Work::Sleep(Duration::from_millis(1))] {
        let check = Check::new(work);
        for number in 0..6 {
            let job = Job { number, seed: 7, work };
            let done = ask(&mut clients[number as usize % 2], job);
            assert_eq!(check.check(job, done), Ok(()));
        }
    }
    // Asking for the count is not a job.
    assert_eq!(jobs::done(address).unwrap(), 12);
    assert_eq!(jobs::done(address).unwrap(), 12);
}

#[test]
fn who_sends_something_else_is_let_go_and_others_are_served() {
    let address = worker();
    let mut stranger = TcpStream::connect(address).unwrap();
    stranger.write_all(b"GET / HTTP/1.1\r\nHost: worker\r\n\r\n").unwrap();
    // The end of the stream, or a reset, since some of it was never read.
    assert!(matches!(stranger.read(&mut [0; 1]), Ok(0) | Err(_)));
    let job = Job { number: 1, seed: 7, work: Work::Compute(3) };
    let done = ask(&mut TcpStream::connect(address).unwrap(), job);
    assert_eq!(Check::new(job.work).check(job, done), Ok(()));
}
