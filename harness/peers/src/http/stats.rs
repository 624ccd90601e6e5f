//! What the origin has served.

use serde::{Deserialize, Serialize};

/// What the origin has served since it started: the answer to `GET /stats`.
///
/// Only bodies count, so asking for the statistics does not change them. A body counts when its answer
/// begins; a client that has read all of it finds it counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Bodies.
    pub requests: u64,
    /// Bytes of these bodies, without headers.
    pub bytes: u64,
    /// Connections on which at least one body was asked for and found.
    pub connections: u64,
}
