//! What is judged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What the arms of a row are ordered by, and what their verdicts are about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "RankedBy")]
pub enum Figure {
    /// Operations per second of wall time.
    #[default]
    #[serde(rename = "throughput")]
    Time,
    /// CPU time of the runner per operation: the peer limits the throughput.
    #[serde(rename = "cpu-per-operation")]
    Cpu,
    /// 99th percentile of the response time: the throughput is given.
    #[serde(rename = "response-time")]
    Response,
}
