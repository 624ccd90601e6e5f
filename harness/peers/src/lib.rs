//! The servers that workloads talk to: an HTTP origin, an embedded RESP server, an embedded MySQL server,
//! and a worker that does jobs.
//!
//! A *peer* is a process of its own: the `loopswap` binary re-executes itself as `loopswap peer http`,
//! `loopswap peer redis`, `loopswap peer mysql` or `loopswap peer jobs`, and that process calls
//! [`http::serve`], [`resp::serve`], [`mysql::serve`] or [`jobs::serve`]. It prints one [`Announcement`]
//! when it listens, serves until its standard input closes ([`exit_when_stdin_closes`]), and counts what it
//! served. The conductor reads these counts with the small blocking clients beside the servers
//! ([`http::stats`], [`resp::info`], [`mysql::status`], [`jobs::done`]); they need no runtime, and those of
//! Redis and MySQL also talk to a real `redis-server` or `mariadbd`.
//!
//! All servers run on one thread, on tokio's current-thread runtime, whatever runtime is measured:
//! the peer is the same for every arm of a row. Every connection has `TCP_NODELAY`, and the listen
//! backlog is [`BACKLOG`].

mod announcement;
pub mod http;
pub mod jobs;
mod listen;
pub mod mysql;
pub mod resp;
mod stdin;

pub use announcement::Announcement;
pub use listen::BACKLOG;
pub use stdin::exit_when_stdin_closes;
