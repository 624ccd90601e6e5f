//! The embedded Redis: a small server that speaks RESP2 and really stores what it is given.
//!
//! It stands in for `redis-server` where none is installed. It keeps everything in memory, in 16
//! databases, and answers these commands as Redis 7.0 does, errors included:
//!
//! | | |
//! |---|---|
//! | connection | `PING`, `ECHO`, `AUTH`, `HELLO` (protocol 2 only), `SELECT`, `CLIENT` (`ID`, `SETNAME`, `GETNAME`, `SETINFO`), `RESET`, `QUIT` |
//! | strings | `SET` (without options), `GET`, `INCR` |
//! | hashes | `HSET`, `HGET`, `HGETALL` (fields in byte order), `HDEL` |
//! | keys | `DEL`, `EXISTS`, `DBSIZE`, `FLUSHDB`, `FLUSHALL` |
//! | server | `INFO`, `COMMAND` (an empty list) |
//!
//! Differences: `HELLO 3` is answered with `NOPROTO`; inline commands (a line of words in place of an
//! array) are a protocol error; a request is at most [`MAX_REQUEST`] bytes and [`MAX_ARGUMENTS`]
//! arguments; nothing expires; bytes in an error text that are not UTF-8 are replaced; `INFO` has few
//! lines, and its `redis_version` is [`VERSION`].
//!
//! The wire format is that of the [RESP page](https://redis.io/docs/latest/develop/reference/protocol-spec/),
//! read and written by the `redis-protocol` crate. All complete requests that have arrived are answered with
//! one write, so a client may pipeline.

mod client;
mod commands;
mod hello;
mod info;
mod reply;
mod request;
mod server;
mod session;
mod store;

pub use client::{Client, command};
pub use info::{Info, info};
pub use request::{MAX_ARGUMENTS, MAX_REQUEST};
#[cfg(feature = "fuzz")]
pub use server::hear;
pub use server::serve;

/// One answer of a server: a frame of the `redis-protocol` crate.
pub use redis_protocol::resp2::types::OwnedFrame as Reply;

/// The `redis_version` that the embedded server reports; no real server does.
pub const VERSION: &str = "0-loopswap-embedded";
