//! Addresses: what `connect` and `listen` say of one that cannot be used, and which listener gets the connections
//! that wait at it.

use super::net::{ANY_PORT, send};
use super::tools::{THREADS, launch_once, until};
use super::{Check, Skipped};
use crate::{Launch, Listener, Shard, Topology};
use std::io::{ErrorKind, Read as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

/// "Errors: those of `connect(2)`."
pub fn connecting_to_a_closed_port_is_an_error<R: Launch>() -> Check {
    let listener = TcpListener::bind(ANY_PORT).expect("bind");
    let address = listener.local_addr().expect("local address");
    drop(listener);
    let kind = launch_once(move |rt: R| async move { rt.connect(address).await.err().map(|error| error.kind()) });
    assert_eq!(kind, Some(ErrorKind::ConnectionRefused));
    Ok(())
}

/// "Errors: those of `bind(2)` and `listen(2)`."
pub fn listening_on_a_taken_port_is_an_error<R: Launch>() -> Check {
    let taken = TcpListener::bind(ANY_PORT).expect("bind");
    let address = taken.local_addr().expect("local address");
    let kind = launch_once(move |rt: R| async move { rt.listen(address).await.err().map(|error| error.kind()) });
    assert_eq!(kind, Some(ErrorKind::AddrInUse));
    Ok(())
}

/// "… with room for at least 1024 connections that nobody has accepted yet": half of that, because
/// more open files than some systems allow would be needed for all.
pub fn the_backlog_holds_500_connections<R: Launch>() -> Check {
    let waiting = launch_once(|rt: R| async move {
        let listener = rt.listen(ANY_PORT).await.expect("listen");
        let address = listener.local_addr().expect("local_addr");
        // Without room, the kernel drops the request and the client tries again after a second.
        let connect = |_| TcpStream::connect_timeout(&address, Duration::from_secs(5));
        (0..500).map(connect).collect::<Result<Vec<_>, _>>().map(|clients| clients.len())
    });
    match waiting {
        Ok(count) => assert_eq!(count, 500),
        // EMFILE
        Err(error) if error.raw_os_error() == Some(24) => return Err(Skipped(error.to_string())),
        Err(error) => panic!("a listener with room for 500 connections: {error}"),
    }
    Ok(())
}

/// "Shards of a thread-per-core runtime may listen on the same address: the kernel deals the connections out
/// over them." Of 200 connections each shard gets some, and none is lost.
pub fn shards_listen_on_the_same_address<R: Launch>() -> Check {
    const CONNECTIONS: usize = 200;
    if R::INFO.topology != Topology::ThreadPerCore {
        return Err(Skipped("its one shard listens with all threads".into()));
    }
    let address = Arc::new(OnceLock::<SocketAddr>::new());
    let listening = Arc::new(AtomicUsize::new(0));
    let done = Arc::new(AtomicBool::new(false));
    let (known, ready, ended) = (Arc::clone(&address), Arc::clone(&listening), Arc::clone(&done));
    let client = thread::spawn(move || {
        while ready.load(Ordering::SeqCst) < THREADS {
            thread::sleep(Duration::from_millis(1));
        }
        let answer = |_| {
            let mut stream = TcpStream::connect(known.get().expect("known by now")).expect("connect");
            let mut answer = [0; 1];
            stream.read_exact(&mut answer).expect("read");
            usize::from(answer[0])
        };
        let shards: Vec<usize> = (0..CONNECTIONS).map(answer).collect();
        ended.store(true, Ordering::SeqCst);
        shards
    });
    let body = move |rt: R, shard: Shard| {
        let (address, listening, done) = (Arc::clone(&address), Arc::clone(&listening), Arc::clone(&done));
        async move {
            while shard.index > 0 && address.get().is_none() {
                rt.sleep(Duration::from_millis(1)).await;
            }
            let mut listener = rt.listen(address.get().copied().unwrap_or(ANY_PORT)).await.expect("listen");
            let _ = address.set(listener.local_addr().expect("local_addr"));
            listening.fetch_add(1, Ordering::SeqCst);
            drop(rt.spawn(async move {
                loop {
                    let mut stream = listener.accept().await.expect("accept");
                    send(&mut stream, &[shard.index as u8]).await;
                }
            }));
            until(rt, &done).await;
        }
    };
    R::launch(THREADS, body).expect("launch");
    let shards = client.join().expect("the client");
    for shard in 0..THREADS {
        let count = shards.iter().filter(|&&index| index == shard).count();
        assert!(count > 0, "no connection of {CONNECTIONS} reached shard {shard}");
    }
    Ok(())
}
