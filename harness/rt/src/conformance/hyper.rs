//! `into_hyper`: the traits that hyper polls, polled by hand as hyper does.

use super::Check;
use super::net::{echo, serve};
use super::tools::{launch_once, only_when_woken};
use crate::{Launch, MaybeSend, Stream};
use hyper::rt::{Read, ReadBuf, Write};
use std::future::{Future, poll_fn};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::thread;
use std::time::Duration;

/// Reads at most `count` bytes once.
fn poll_read<S: Read + Unpin>(stream: &mut S, context: &mut Context<'_>, count: usize) -> Poll<Vec<u8>> {
    let mut space = vec![0; count];
    let mut buf = ReadBuf::new(&mut space);
    ready!(Pin::new(stream).poll_read(context, buf.unfilled())).expect("poll_read");
    Poll::Ready(buf.filled().to_vec())
}

async fn receive<S: Read + Unpin + MaybeSend>(stream: &mut S, count: usize) -> Vec<u8> {
    let mut received = Vec::new();
    while received.len() < count {
        let wanted = count - received.len();
        let more = poll_fn(|context| poll_read(stream, context, wanted)).await;
        assert!(!more.is_empty(), "the stream ended after {} of {count} bytes", received.len());
        received.extend_from_slice(&more);
    }
    received
}

async fn send<S: Write + Unpin + MaybeSend>(stream: &mut S, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let written = poll_fn(|context| Pin::new(&mut *stream).poll_write(context, bytes)).await.expect("poll_write");
        assert_ne!(written, 0);
        bytes = &bytes[written..];
    }
    poll_fn(|context| Pin::new(&mut *stream).poll_flush(context)).await.expect("poll_flush");
}

/// Bytes go out and come back, even if only woken futures are polled again.
pub fn writes_flushes_and_reads<R: Launch>() -> Check {
    let (address, server) = serve(1, echo);
    launch_once(move |rt: R| async move {
        let mut stream = rt.connect(address).await.expect("connect").into_hyper();
        for message in [&b"one"[..], b"two", &[7; 5000]] {
            send(&mut stream, message).await;
            assert_eq!(only_when_woken(receive(&mut stream, message.len())).await, message);
        }
    });
    server.join().expect("the server");
    Ok(())
}

/// The end of the stream is a read that succeeds with nothing.
pub fn reads_the_end_of_the_stream<R: Launch>() -> Check {
    let (address, server) = serve(1, |mut stream: TcpStream| stream.write_all(b"end").expect("write"));
    launch_once(move |rt: R| async move {
        let mut stream = rt.connect(address).await.expect("connect").into_hyper();
        assert_eq!(receive(&mut stream, 3).await, b"end");
        assert_eq!(poll_fn(|context| poll_read(&mut stream, context, 16)).await, b"");
    });
    server.join().expect("the server");
    Ok(())
}

/// `poll_shutdown` closes the writing half; reading goes on.
pub fn shuts_the_writing_half_down<R: Launch>() -> Check {
    let (address, server) = serve(1, |mut stream: TcpStream| {
        let mut request = Vec::new();
        stream.read_to_end(&mut request).expect("read");
        stream.write_all(b"answered after the end").expect("write");
        request
    });
    launch_once(move |rt: R| async move {
        let mut stream = rt.connect(address).await.expect("connect").into_hyper();
        send(&mut stream, b"all of it").await;
        poll_fn(|context| Pin::new(&mut stream).poll_shutdown(context)).await.expect("poll_shutdown");
        assert_eq!(receive(&mut stream, 22).await, b"answered after the end");
    });
    assert_eq!(server.join().expect("the server"), [b"all of it"]);
    Ok(())
}

/// hyper's client reads, to notice a close, before it writes its request: a read that finds no bytes must
/// neither block the thread nor stop later reads from being woken.
pub fn waits_for_an_answer_while_it_writes<R: Launch>() -> Check {
    let (address, server) = serve(1, |mut stream: TcpStream| {
        stream.read_exact(&mut [0; 7]).expect("read");
        thread::sleep(Duration::from_millis(30));
        stream.write_all(b"answer").expect("write");
    });
    launch_once(move |rt: R| async move {
        let mut stream = rt.connect(address).await.expect("connect").into_hyper();
        // Like hyper, it resumes what had to wait whenever it is woken: a fresh socket may first have to be
        // asked whether it takes bytes, and a stream with its own buffer waits for that.
        let (mut rest, mut flushed) = (&b"request"[..], false);
        let answer = poll_fn(|context| {
            let answer = poll_read(&mut stream, context, 16);
            if !rest.is_empty() {
                assert!(answer.is_pending(), "an answer before the request");
                if let Poll::Ready(written) = Pin::new(&mut stream).poll_write(context, rest) {
                    rest = &rest[written.expect("poll_write")..];
                }
            }
            if rest.is_empty()
                && !flushed
                && let Poll::Ready(done) = Pin::new(&mut stream).poll_flush(context)
            {
                done.expect("poll_flush");
                flushed = true;
            }
            answer
        });
        assert_eq!(only_when_woken(answer).await, b"answer");
    });
    server.join().expect("the server");
    Ok(())
}

/// A write that finds the buffers full waits and goes on.
pub fn a_megabyte_waits_for_a_slow_reader<R: Launch>() -> Check {
    const MANY: usize = 4 * 1024 * 1024;
    let (address, server) = serve(1, |mut stream: TcpStream| {
        thread::sleep(Duration::from_millis(100));
        let mut received = vec![0; MANY];
        stream.read_exact(&mut received).expect("read");
        stream.write_all(b"thanks").expect("write");
        received.iter().enumerate().all(|(index, byte)| *byte == (index / 1000) as u8)
    });
    launch_once(move |rt: R| async move {
        let mut stream = rt.connect(address).await.expect("connect").into_hyper();
        let bytes: Vec<u8> = (0..MANY).map(|index| (index / 1000) as u8).collect();
        only_when_woken(send(&mut stream, &bytes)).await;
        assert_eq!(receive(&mut stream, 6).await, b"thanks");
    });
    assert_eq!(server.join().expect("the server"), [true], "the same bytes");
    Ok(())
}

/// A task waits for a socket and a deadline at once, and is woken by another thread in the meantime.
pub fn a_sleep_ends_while_a_read_waits<R: Launch>() -> Check {
    static WOKEN: AtomicBool = AtomicBool::new(false);
    WOKEN.store(false, Ordering::SeqCst);
    let (address, server) = serve(1, echo);
    launch_once(move |rt: R| async move {
        let mut stream = rt.connect(address).await.expect("connect").into_hyper();
        let mut sleep = Box::pin(rt.sleep(Duration::from_millis(50)));
        poll_fn(|context| {
            assert!(poll_read(&mut stream, context, 16).is_pending(), "nobody sends");
            sleep.as_mut().poll(context)
        })
        .await;
        let mut ringer = None;
        poll_fn(|context| {
            assert!(poll_read(&mut stream, context, 16).is_pending(), "nobody sends");
            if ringer.is_none() {
                let waker = context.waker().clone();
                ringer = Some(thread::spawn(move || {
                    thread::sleep(Duration::from_millis(20));
                    WOKEN.store(true, Ordering::SeqCst);
                    waker.wake();
                }));
            }
            if WOKEN.load(Ordering::SeqCst) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        ringer.take().expect("it was started").join().expect("the thread outside");
    });
    server.join().expect("the server");
    Ok(())
}
