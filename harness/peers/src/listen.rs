//! What the servers share: one thread, one listener, one task a connection.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

/// Connections that may wait to be accepted: more than any case opens at once, so that none of them
/// meets a full queue and a SYN retransmit. The kernel caps it at `net.core.somaxconn`.
pub const BACKLOG: u32 = 4096;

/// Pause after an accept that failed (descriptors used up, say), so that the loop does not spin.
const PAUSE: Duration = Duration::from_millis(10);

/// Listens, tells `announce` where, and calls `connection` for every accepted stream, inside the
/// runtime, so that it can spawn. Returns only with an error.
pub(crate) fn serve(
    listen: SocketAddr,
    announce: impl FnOnce(SocketAddr),
    connection: impl Fn(TcpStream),
) -> io::Result<()> {
    loopswap_protocol::raise_descriptor_limit();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = bind(listen)?;
        announce(listener.local_addr()?);
        accept_each(&listener, connection).await
    })
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

async fn accept_each(listener: &TcpListener, connection: impl Fn(TcpStream)) -> io::Result<()> {
    let mut failing = false;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                failing = false;
                // An option that cannot be set means that the client has already gone.
                if stream.set_nodelay(true).is_ok() {
                    connection(stream);
                }
            }
            Err(error) => {
                if !failing {
                    eprintln!("peer: cannot accept a connection: {error}");
                }
                failing = true;
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn accepted_connections_do_not_wait_to_send() {
        let (tell, told) = mpsc::channel();
        let (tell_address, address) = mpsc::channel();
        std::thread::spawn(move || {
            let announce = move |address| tell_address.send(address).unwrap();
            serve("127.0.0.1:0".parse().unwrap(), announce, move |stream| tell.send(stream.nodelay().unwrap()).unwrap())
        });
        let address = address.recv().unwrap();
        for _ in 0..3 {
            let _client = std::net::TcpStream::connect(address).unwrap();
            assert!(told.recv().unwrap());
        }
    }

    #[test]
    fn an_address_in_use_is_an_error() {
        let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let error = serve(taken.local_addr().unwrap(), |_| panic!("announced"), drop).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }
}
