//! The messages between a runner and a load client, for cases in which the runtime under test is the server.
//!
//! The load client is a peer: a process that opens connections to an address and puts load on it. A
//! runner drives it over one TCP connection, the *control connection*: one JSON object a line in both
//! directions, each with one key, the name of the message; one answer for each order, in their order.
//! The specification is in `PROTOCOL.md`, section *Load*.

use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

/// What a runner asks of a load client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Order {
    /// The address of the server and the kind of operation: the first order, once.
    Begin(Begin),
    /// Open this many further connections to it.
    Connect(Connect),
    /// Do this many operations.
    Run(Run),
    /// Close all connections to the server.
    Close {},
    /// Report what you have done since you started; anybody may ask.
    Stats {},
}

/// What a load client answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// Ready for connections.
    Begun {},
    /// They are open.
    Connected(Connected),
    /// They are done, and every answer was correct.
    Ran(Box<Ran>),
    /// All connections to the server are closed.
    Closed {},
    /// Since it started.
    Stats(Stats),
    /// The server gave a wrong answer; nothing further can be run.
    Wrong {
        /// What was expected and what came.
        message: String,
    },
    /// The system failed, or the order makes no sense.
    Failed {
        /// What failed.
        message: String,
    },
}

/// The address of the server and the kind of operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begin {
    /// Where the server listens.
    pub address: SocketAddr,
    /// What one operation is.
    pub operation: Operation,
}

/// What one operation is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// A message, of which every byte must come back. It is [`body(size, seed)`](crate::body) with its
    /// [`stamp`] written over its beginning, so that no two messages are the same.
    Echo {
        /// Bytes of a message, at least 1.
        size: usize,
        /// Seed of its bytes.
        seed: u64,
    },
    /// `GET path` over HTTP/1.1 on a kept connection: status 200, a `content-length`, and exactly this
    /// body.
    Http {
        /// Path and query.
        path: String,
        /// The expected body.
        body: String,
    },
}

/// How many connections to open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connect {
    /// Further connections.
    pub connections: u64,
}

/// They are open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connected {
    /// Connections open now, in all.
    pub connections: u64,
    /// How long it took to open these, in nanoseconds.
    pub ns: u64,
}

/// How much to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Operations, over all connections.
    pub ops: u64,
    /// Operations that are meant to start a second, over all connections, whether or not answers come
    /// (open loop); 0: a connection asks again once it has its answer (closed loop).
    #[serde(default)]
    pub rate: u64,
    /// Record latencies in a closed loop too. An open loop always does.
    #[serde(default)]
    pub latency: bool,
}

/// What was done and verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ran {
    /// Operations.
    pub ops: u64,
    /// Bytes of the messages or bodies that came back and were correct.
    pub bytes: u64,
    /// Wall time from the first start to the last end, in nanoseconds.
    pub ns: u64,
    /// CPU time of the load client meanwhile, in nanoseconds.
    pub cpu_ns: u64,
    /// [`Latencies`](crate::Latencies) of all of them, where they were asked for: service times in a
    /// closed loop, response times from the intended start in an open one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<String>,
}

/// What a load client has done since it started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Operations with a correct answer.
    pub operations: u64,
    /// Bytes of these messages or bodies.
    pub bytes: u64,
    /// Connections opened.
    pub connections: u64,
}

/// Bytes of a [`stamp`].
pub const STAMP: usize = 16;

/// The beginning of message `message` on connection `connection`, both from 0: the two numbers, 64 bits each,
/// little endian. A shorter message has only the first bytes of it.
#[must_use]
pub fn stamp(connection: u64, message: u64) -> [u8; STAMP] {
    let mut stamp = [0; STAMP];
    stamp[..8].copy_from_slice(&connection.to_le_bytes());
    stamp[8..].copy_from_slice(&message.to_le_bytes());
    stamp
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wire_form_is_the_one_that_the_specification_shows() {
        let line = |order: &Order| serde_json::to_string(order).expect("plain data");
        let address = "127.0.0.1:4000".parse().expect("an address");
        let echo = Begin { address, operation: Operation::Echo { size: 1024, seed: 1 } };
        assert_eq!(
            line(&Order::Begin(echo)),
            r#"{"begin":{"address":"127.0.0.1:4000","operation":{"echo":{"size":1024,"seed":1}}}}"#
        );
        assert_eq!(line(&Order::Connect(Connect { connections: 64 })), r#"{"connect":{"connections":64}}"#);
        assert_eq!(line(&Order::Close {}), r#"{"close":{}}"#);
        let run: Order = serde_json::from_str(r#"{"run":{"ops":10}}"#).expect("the rest has defaults");
        assert_eq!(run, Order::Run(Run { ops: 10, rate: 0, latency: false }));
        let ran: Answer = serde_json::from_str(r#"{"ran":{"ops":10,"bytes":5,"ns":7,"cpu_ns":3}}"#).expect("an answer");
        assert_eq!(ran, Answer::Ran(Box::new(Ran { ops: 10, bytes: 5, ns: 7, cpu_ns: 3, latency: None })));
    }

    #[test]
    fn no_two_messages_are_stamped_alike() {
        assert_ne!(stamp(1, 0), stamp(0, 1));
        assert_eq!(stamp(1, 2)[..9], [1, 0, 0, 0, 0, 0, 0, 0, 2]);
    }
}
