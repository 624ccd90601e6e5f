//! What workloads talk to: an HTTP origin, embedded RESP and MySQL servers, an echo server, a worker of a
//! process pool, and a load client for workloads in which the runtime is the server.
//!
//! A *peer* is a process of its own: the `loopswap` binary re-executes itself as `loopswap peer http`, say,
//! and that process calls [`http::serve`]. It prints one [`Announcement`] when it listens, serves until its
//! standard input closes ([`exit_when_stdin_closes`]), and counts what it served. The conductor reads these
//! counts with the small blocking clients next to the servers ([`http::stats`], [`resp::info`],
//! [`echo::stats`], [`mysql::status`], [`jobs::done`], [`load::stats`]). Each of them ends within seconds, no
//! matter what the other end does; they need no runtime, and those of Redis and MySQL also talk to a real
//! `redis-server` or `mariadbd`.
//!
//! All servers run on one thread, on tokio's current-thread runtime, whatever runtime is measured, and the
//! load client in an epoll loop: the peer is the same for every arm of a row. Every connection has
//! `TCP_NODELAY`, and the servers' listen backlog is [`BACKLOG`].

mod announcement;
pub mod echo;
#[cfg(feature = "fuzz")]
pub mod fuzz;
pub mod http;
pub mod jobs;
mod lines;
mod listen;
pub mod load;
pub mod mysql;
pub mod pipe;
pub mod resp;
mod stdin;
mod within;

pub use announcement::Announcement;
pub use listen::BACKLOG;
pub use stdin::exit_when_stdin_closes;
