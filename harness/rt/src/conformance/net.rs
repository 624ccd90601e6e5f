//! Streams: `connect`, `listen`, `Stream` and `Listener`, each against a plain program made with the
//! standard library.

use super::Check;
use super::tools::{launch_once, needs_two_live_tasks, only_when_woken};
use crate::{Launch, Listener, Stream};
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub(super) const ANY_PORT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A thread that accepts `count` connections, each handled by a thread of its own.
pub(super) fn serve<T: Send + 'static>(
    count: usize,
    handle: impl Fn(TcpStream) -> T + Clone + Send + 'static,
) -> (SocketAddr, JoinHandle<Vec<T>>) {
    let listener = TcpListener::bind(ANY_PORT).expect("bind");
    let address = listener.local_addr().expect("local address");
    let server = thread::spawn(move || {
        let handlers: Vec<_> = (0..count)
            .map(|_| {
                let (stream, _) = listener.accept().expect("accept");
                stream.set_nodelay(true).expect("nodelay");
                let handle = handle.clone();
                thread::spawn(move || handle(stream))
            })
            .collect();
        handlers.into_iter().map(|handler| handler.join().expect("a server thread")).collect()
    });
    (address, server)
}

/// Sends back what comes until the end.
pub(super) fn echo(mut stream: TcpStream) {
    let mut buf = vec![0; 64 * 1024];
    loop {
        match stream.read(&mut buf).expect("read") {
            0 => break,
            count => stream.write_all(&buf[..count]).expect("write"),
        }
    }
}

pub(super) async fn send<S: Stream>(stream: &mut S, bytes: &[u8]) {
    let (result, back) = stream.write_all(bytes.to_vec()).await;
    result.expect("write_all");
    assert_eq!(back, bytes, "the buffer comes back as it was");
}

async fn receive<S: Stream>(stream: &mut S, count: usize) -> Vec<u8> {
    let mut received = Vec::new();
    while received.len() < count {
        let (result, buf) = stream.read(vec![0; count - received.len()]).await;
        let read = result.expect("read");
        assert_ne!(read, 0, "the stream ended after {} of {count} bytes", received.len());
        received.extend_from_slice(&buf[..read]);
    }
    received
}

async fn expect_end<S: Stream>(stream: &mut S) {
    let (result, _) = stream.read(vec![0; 16]).await;
    assert_eq!(result.expect("read"), 0, "the end of the stream");
}

/// "Connects over TCP", reads and writes.
pub fn connects_and_echoes<R: Launch>() -> Check {
    let (address, server) = serve(1, echo);
    launch_once(move |rt: R| async move {
        let mut stream = rt.connect(address).await.expect("connect");
        for message in [&b"one"[..], b"two", &[7; 5000]] {
            send(&mut stream, message).await;
            assert_eq!(receive(&mut stream, message.len()).await, message);
        }
        // The wait for bytes that come later.
        let waiting = async {
            send(&mut stream, b"four").await;
            receive(&mut stream, 4).await
        };
        assert_eq!(only_when_woken(waiting).await, b"four");
    });
    server.join().expect("the server");
    Ok(())
}

/// "Listens on a TCP address; port 0 means any free port"; `local_addr` is "the address listened on,
/// with its real port"; `accept` "waits for the next connection".
pub fn listens_and_accepts<R: Launch>() -> Check {
    let replies = launch_once(|rt: R| async move {
        let mut listener = rt.listen(ANY_PORT).await.expect("listen");
        let address = listener.local_addr().expect("local_addr");
        assert_ne!(address.port(), 0);
        let client = thread::spawn(move || {
            let talk = |number: u8| {
                // So that `accept` has to wait.
                thread::sleep(Duration::from_millis(20));
                let mut stream = TcpStream::connect(address).expect("connect");
                stream.write_all(&[number; 10]).expect("write");
                let mut reply = Vec::new();
                stream.read_to_end(&mut reply).expect("read");
                reply
            };
            [talk(1), talk(2)]
        });
        for _ in 0..2 {
            let mut stream = listener.accept().await.expect("accept");
            let message = receive(&mut stream, 10).await;
            send(&mut stream, &message).await;
        }
        // "Dropping it closes it, at the latest when its thread next waits": the client waits for that.
        rt.sleep(Duration::from_millis(1)).await;
        client.join().expect("the client")
    });
    assert_eq!(replies, [vec![1; 10], vec![2; 10]]);
    Ok(())
}

/// Server and client as two tasks of one runtime.
pub fn both_ends_in_one_runtime<R: Launch>() -> Check {
    needs_two_live_tasks::<R>()?;
    launch_once(|rt: R| async move {
        let mut listener = rt.listen(ANY_PORT).await.expect("listen");
        let address = listener.local_addr().expect("local_addr");
        let server = rt.spawn(async move {
            let mut stream = listener.accept().await.expect("accept");
            for _ in 0..100 {
                let message = receive(&mut stream, 100).await;
                send(&mut stream, &message).await;
            }
            expect_end(&mut stream).await;
        });
        let mut stream = rt.connect(address).await.expect("connect");
        for number in 0..100 {
            send(&mut stream, &[number; 100]).await;
            assert_eq!(receive(&mut stream, 100).await, [number; 100]);
        }
        drop(stream);
        server.await;
    });
    Ok(())
}

/// Each connection gets its own bytes.
pub fn a_hundred_connections_at_once<R: Launch>() -> Check {
    let (address, server) = serve(100, echo);
    launch_once(move |rt: R| async move {
        let talk = move |number: u8| async move {
            let mut stream = rt.connect(address).await.expect("connect");
            for _ in 0..10 {
                send(&mut stream, &[number; 1000]).await;
                assert_eq!(receive(&mut stream, 1000).await, [number; 1000]);
            }
        };
        let handles: Vec<_> = (0..100).map(|number| rt.spawn(talk(number))).collect();
        for handle in handles {
            handle.await;
        }
    });
    server.join().expect("the server");
    Ok(())
}

/// "… with `TCP_NODELAY` set."
pub fn nodelay_is_set_on_what_is_connected<R: Launch>() -> Check {
    let (address, server) = serve(1, echo);
    let nodelay = launch_once(move |rt: R| async move { rt.connect(address).await.expect("connect").nodelay() });
    assert!(nodelay.expect("nodelay"));
    server.join().expect("the server");
    Ok(())
}

/// "Waits for the next connection, and sets `TCP_NODELAY` on it."
pub fn nodelay_is_set_on_what_is_accepted<R: Launch>() -> Check {
    let nodelay = launch_once(|rt: R| async move {
        let mut listener = rt.listen(ANY_PORT).await.expect("listen");
        // The kernel completes the connection before anybody accepts it.
        let client = TcpStream::connect(listener.local_addr().expect("local_addr")).expect("connect");
        let nodelay = listener.accept().await.expect("accept").nodelay();
        drop(client);
        nodelay
    });
    assert!(nodelay.expect("nodelay"));
    Ok(())
}

/// "Reads once, at most `buf.len()` bytes, into the front of `buf`, and returns how many came. … The
/// buffer comes back with its length unchanged."
pub fn a_short_read_leaves_the_rest_of_the_buffer_alone<R: Launch>() -> Check {
    let (address, server) = serve(1, |mut stream: TcpStream| {
        stream.write_all(b"abc").expect("write");
        // Kept open until the client is done: the read has to end with what is there.
        assert_eq!(stream.read(&mut [0; 1]).expect("read"), 1);
        stream.write_all(b"defgh").expect("write");
    });
    launch_once(move |rt: R| async move {
        let mut stream = rt.connect(address).await.expect("connect");
        let (result, buf) = stream.read(vec![b'.'; 10]).await;
        assert_eq!((result.expect("read"), &buf[..]), (3, &b"abc......."[..]));
        send(&mut stream, b"!").await;
        // The length counts, not the capacity.
        let mut roomy = Vec::with_capacity(64);
        roomy.resize(2, b'.');
        let (result, buf) = stream.read(roomy).await;
        assert_eq!((result.expect("read"), &buf[..]), (2, &b"de"[..]), "at most what fits");
        assert_eq!(receive(&mut stream, 3).await, b"fgh");
    });
    server.join().expect("the server");
    Ok(())
}

/// "… 0 at the end of the stream", and again 0.
pub fn the_end_of_the_stream_reads_as_zero<R: Launch>() -> Check {
    let (address, server) = serve(1, |mut stream: TcpStream| stream.write_all(b"end").expect("write"));
    launch_once(move |rt: R| async move {
        let mut stream = rt.connect(address).await.expect("connect");
        assert_eq!(receive(&mut stream, 3).await, b"end");
        expect_end(&mut stream).await;
        expect_end(&mut stream).await;
    });
    server.join().expect("the server");
    Ok(())
}

/// "Closes the writing half: the other end reads what was written, then the end of the stream.
/// Reading goes on."
pub fn after_shutdown_reading_goes_on<R: Launch>() -> Check {
    let (address, server) = serve(1, |mut stream: TcpStream| {
        let mut request = Vec::new();
        stream.read_to_end(&mut request).expect("read");
        stream.write_all(b"answered after the end").expect("write");
        request
    });
    launch_once(move |rt: R| async move {
        let mut stream = rt.connect(address).await.expect("connect");
        send(&mut stream, b"all of it").await;
        stream.shutdown().await.expect("shutdown");
        assert_eq!(receive(&mut stream, 22).await, b"answered after the end");
        expect_end(&mut stream).await;
    });
    assert_eq!(server.join().expect("the server"), [b"all of it"]);
    Ok(())
}

const MUCH: usize = 8 * 1024 * 1024;

/// Bytes whose order matters, without a short period.
fn pattern() -> Vec<u8> {
    (0..MUCH as u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

/// "Writes all of `buf`", also when the socket's buffers hold a small part of it.
pub fn eight_mib_out<R: Launch>() -> Check {
    let (address, server) = serve(1, |mut stream: TcpStream| {
        // The writer fills every buffer first.
        thread::sleep(Duration::from_millis(50));
        let mut received = Vec::new();
        stream.read_to_end(&mut received).expect("read");
        received == pattern()
    });
    launch_once(move |rt: R| async move {
        let mut stream = rt.connect(address).await.expect("connect");
        let (result, back) = stream.write_all(pattern()).await;
        result.expect("write_all");
        assert_eq!(back.len(), MUCH);
        stream.shutdown().await.expect("shutdown");
        expect_end(&mut stream).await;
    });
    assert_eq!(server.join().expect("the server"), [true], "the same bytes");
    Ok(())
}

/// As much the other way.
pub fn eight_mib_in<R: Launch>() -> Check {
    let (address, server) = serve(1, |mut stream: TcpStream| {
        stream.write_all(&pattern()).expect("write");
        stream.shutdown(Shutdown::Write).expect("shutdown");
    });
    let received = launch_once(move |rt: R| async move {
        let mut stream = rt.connect(address).await.expect("connect");
        let received = receive(&mut stream, MUCH).await;
        expect_end(&mut stream).await;
        received
    });
    server.join().expect("the server");
    assert!(received == pattern(), "the same bytes");
    Ok(())
}

/// "Errors: those of `send(2)`", and no signal that ends the process.
pub fn writing_to_a_closed_peer_is_an_error<R: Launch>() -> Check {
    let (address, server) = serve(1, drop);
    launch_once(move |rt: R| async move {
        let mut stream = rt.connect(address).await.expect("connect");
        // The first write after the close is answered by a reset, a later one finds the pipe broken.
        for _ in 0..1000 {
            let (result, _) = stream.write_all(vec![0; 1000]).await;
            match result {
                Ok(()) => rt.sleep(Duration::from_millis(1)).await,
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::BrokenPipe | ErrorKind::ConnectionReset), "{error}");
                    return;
                }
            }
        }
        panic!("a thousand writes to a closed peer and no error");
    });
    server.join().expect("the server");
    Ok(())
}
