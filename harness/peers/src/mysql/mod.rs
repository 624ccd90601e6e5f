//! The embedded MySQL: a small server that speaks MySQL's protocol and really keeps its table of accounts.
//!
//! It stands in for `mariadbd` where none is installed. Its one database `mysql` has one table `user` with
//! the columns `Host` and `User`: `root`, who may log in from anywhere, and two accounts that are locked, as
//! a fresh MySQL has them. It answers:
//!
//! | | |
//! |---|---|
//! | login | protocol 4.1, `mysql_native_password` or `caching_sha2_password` ([`Login`]) |
//! | commands | `COM_QUERY`, `COM_STMT_PREPARE`, `COM_STMT_EXECUTE`, `COM_STMT_RESET`, `COM_STMT_CLOSE`, `COM_INIT_DB`, `COM_PING`, `COM_QUIT` |
//! | statements | `SELECT Host, User FROM user` (any list of these columns, or `*`; `mysql.user` too), with `WHERE` and one column `=` a text or `?`; `SHOW [GLOBAL] STATUS [LIKE 'Name']`; `SET NAMES` of a character set in which the accounts read the same, which changes nothing |
//!
//! Statements are read and rows are encoded anew for every command, as text and in binary. Rows come in the
//! order of the primary key. Anything else is answered with MySQL's error 1064 (syntax), 1146 (no such
//! table), 1054 (no such column), 1049 (no such database) or 1047 (unknown command).
//!
//! Differences: with `caching_sha2_password` every password counts as cached, so there is no full
//! authentication; no TLS; a name after `LIKE` is taken literally; a packet is at most 4 MiB; `SHOW STATUS`
//! has few lines, and the server's version is [`VERSION`].
//!
//! Packets are those of the `mysql_common` crate. (The crates that promise a whole server, `opensrv-mysql` and
//! `msql-srv`, are made for old versions of it.)

mod answer;
mod client;
mod commands;
mod server;
mod session;
mod statement;

pub use client::{Client, Status, accounts, status};
pub use loopswap_mysql_wire::{Rows, Value};
pub use server::{Login, serve};
#[cfg(feature = "fuzz")]
pub use server::{conversation, hear};

/// The version that the embedded server reports; no real server does.
pub const VERSION: &str = "5.7.0-loopswap-embedded";
