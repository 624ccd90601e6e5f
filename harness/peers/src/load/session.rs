//! The conversation with one runner.

use super::exchange::Exchange;
use super::traffic::Traffic;
use super::trouble::Trouble;
use crate::Announcement;
use crate::lines::{Lines, converse_with_all};
use loopswap_protocol::load::{Answer, Connected, Order, Stats};
use loopswap_protocol::{PeerKind, raise_descriptor_limit};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Listens for control connections until the process ends, as the [module](super) says.
///
/// `announce` is called once, when connections can be made. Port 0 means any free port.
///
/// # Errors
/// The address cannot be bound. It returns only with an error.
pub fn serve(listen: SocketAddr, announce: impl FnOnce(Announcement)) -> io::Result<()> {
    raise_descriptor_limit();
    let listener = TcpListener::bind(listen)?;
    let (address, version) = (listener.local_addr()?, format!("loopswap-load {}", env!("CARGO_PKG_VERSION")));
    announce(Announcement { kind: PeerKind::Load, address, version, control: None });
    let totals = Arc::new(Mutex::new(Stats::default()));
    converse_with_all(&listener, move |lines| converse(lines, &totals))
}

fn converse(mut lines: Lines, totals: &Mutex<Stats>) -> io::Result<()> {
    let mut session = Session { traffic: None, totals };
    while let Some(order) = lines.next::<Order>()? {
        let answer = order.map_err(Trouble::Failed).and_then(|order| session.follow(order));
        lines.say(&answer.unwrap_or_else(|trouble| match trouble {
            Trouble::Wrong(message) => Answer::Wrong { message },
            Trouble::Failed(message) => Answer::Failed { message },
        }))?;
    }
    Ok(())
}

struct Session<'a> {
    traffic: Option<Traffic>,
    totals: &'a Mutex<Stats>,
}

impl Session<'_> {
    fn follow(&mut self, order: Order) -> Result<Answer, Trouble> {
        match order {
            Order::Begin(begin) if self.traffic.is_none() => {
                let exchange = Exchange::new(&begin.operation, begin.address)?;
                self.traffic = Some(Traffic::new(begin.address, exchange)?);
                Ok(Answer::Begun {})
            }
            Order::Begin(_) => Err(Trouble::Failed("`begin` may come once only".into())),
            Order::Connect(connect) => {
                let begun = Instant::now();
                let connections = self.traffic()?.connect(connect.connections)?;
                self.add(Stats { connections: connect.connections, ..Stats::default() });
                Ok(Answer::Connected(Connected { connections, ns: super::pace::nanos(begun.elapsed()) }))
            }
            Order::Run(run) => {
                let ran = self.traffic()?.run(&run)?;
                self.add(Stats { operations: ran.ops, bytes: ran.bytes, connections: 0 });
                Ok(Answer::Ran(Box::new(ran)))
            }
            Order::Close {} => {
                self.traffic = None;
                Ok(Answer::Closed {})
            }
            Order::Stats {} => Ok(Answer::Stats(*self.totals.lock().unwrap_or_else(PoisonError::into_inner))),
        }
    }

    fn traffic(&mut self) -> Result<&mut Traffic, Trouble> {
        self.traffic.as_mut().ok_or_else(|| Trouble::Failed("`begin` comes first".into()))
    }

    fn add(&self, more: Stats) {
        let mut totals = self.totals.lock().unwrap_or_else(PoisonError::into_inner);
        totals.operations += more.operations;
        totals.bytes += more.bytes;
        totals.connections += more.connections;
    }
}

/// Lines of a runner; after an order to begin, what follows is treated as the server's answers. No connection
/// is made.
#[cfg(feature = "fuzz")]
pub fn hear(bytes: &[u8]) {
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = rest.split_at(end + 1);
        rest = after;
        // Generating a message takes time in proportion to its length.
        let small = |begin: &loopswap_protocol::load::Begin| !matches!(begin.operation, loopswap_protocol::load::Operation::Echo { size, .. } if size > 1 << 16);
        let Ok(Order::Begin(begin)) = serde_json::from_slice::<Order>(line) else { continue };
        if !small(&begin) {
            continue;
        }
        let Ok(mut exchange) = Exchange::new(&begin.operation, begin.address) else { continue };
        let mut under_way = super::exchange::UnderWay::of(3);
        let _ = (exchange.outgoing(&under_way).len(), exchange.bytes());
        for piece in rest.chunks(7) {
            match exchange.check(&mut under_way, piece) {
                Ok(true) => under_way.next(),
                Ok(false) => {}
                Err(_) => break,
            }
        }
    }
}
