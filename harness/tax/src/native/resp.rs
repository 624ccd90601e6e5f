//! RESP 2 without I/O: commands, answers, and the checks of the workload `redis`.

use crate::Error;
use redis_protocol::resp2::types::{OwnedFrame, Resp2Frame as _};

/// Room for one answer; a longer one is read in several steps.
pub(crate) const READ: usize = 1024;

/// The pairs that are stored and read back.
const PAIRS: [(&str, &str); 3] = [("key1", "1"), ("key2", "2"), ("key3", "3")];

/// Stores the three pairs.
pub(crate) const HSET: &[&str] = &["HSET", "car", "key1", "1", "key2", "2", "key3", "3"];
/// Reads them back.
pub(crate) const HGETALL: &[&str] = &["HGETALL", "car"];

/// Writes a command into `out`, replacing its content.
pub(crate) fn encode(out: &mut Vec<u8>, words: &[&str]) -> Result<(), Error> {
    let frame = OwnedFrame::Array(words.iter().map(|word| OwnedFrame::BulkString(word.as_bytes().to_vec())).collect());
    out.clear();
    out.resize(frame.encode_len(false), 0);
    let length = redis_protocol::resp2::encode::encode(out, &frame, false)?;
    out.truncate(length);
    Ok(())
}

/// Takes one answer off the front of what has arrived, once it is complete.
pub(crate) fn decode(pending: &mut Vec<u8>) -> Result<Option<OwnedFrame>, Error> {
    let Some((frame, length)) = redis_protocol::resp2::decode::decode(pending)? else { return Ok(None) };
    pending.drain(..length);
    match frame {
        OwnedFrame::Error(error) => Err(format!("Redis answered {error}").into()),
        frame => Ok(Some(frame)),
    }
}

/// Another connection may have stored the same pairs before: 0 to 3 fields are new.
pub(crate) fn check_stored(answer: &OwnedFrame) -> Result<(), Error> {
    match answer {
        OwnedFrame::Integer(0..=3) => Ok(()),
        other => Err(format!("wrong result: HSET answered {other:?}").into()),
    }
}

/// The answer is exactly the three pairs, in any order.
pub(crate) fn check_pairs(answer: &OwnedFrame) -> Result<(), Error> {
    if holds_pairs(answer) { Ok(()) } else { Err(format!("wrong result: HGETALL answered {answer:?}").into()) }
}

fn holds_pairs(answer: &OwnedFrame) -> bool {
    let OwnedFrame::Array(parts) = answer else { return false };
    let text = |frame: &OwnedFrame| match frame {
        OwnedFrame::BulkString(bytes) => std::str::from_utf8(bytes).ok().map(str::to_owned),
        _ => None,
    };
    let mut pairs: Vec<(String, String)> =
        parts.chunks_exact(2).filter_map(|pair| Some((text(&pair[0])?, text(&pair[1])?))).collect();
    pairs.sort();
    parts.len() == 2 * PAIRS.len() && pairs.iter().map(|(key, value)| (key.as_str(), value.as_str())).eq(PAIRS)
}
