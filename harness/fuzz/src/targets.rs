//! Everything that reads what others wrote.

mod files;
mod formats;
mod lines;
mod packets;

use crate::Target;

/// All of them.
pub const ALL: [Target; 16] = [
    formats::RECORD,
    formats::REPORT,
    formats::COMPARISON,
    formats::SELFTEST,
    files::SUITE,
    files::CLAIM,
    files::REDIS_URL,
    files::MYSQL_URL,
    lines::REPLY,
    lines::COMMAND,
    packets::HTTP,
    packets::RESP,
    packets::MYSQL,
    packets::JOBS,
    packets::LOAD,
    packets::MYSQL_CLIENT,
];
