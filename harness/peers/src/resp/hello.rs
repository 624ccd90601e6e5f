//! `HELLO`: chooses the protocol, with login and name at once.

use super::reply::Replies;
use super::reply::{BAD_NAME, WRONG_PASSWORD};
use super::request::lower_case;
use super::session::{Session, Shared};
use super::store::integer;
use redis_protocol::resp2::types::BorrowedFrame;

const LOG_IN_FIRST: &str = "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO \
                            AUTH <user> <pass> option can be used to authenticate the client and select the RESP \
                            protocol version at the same time";

pub(super) fn hello(shared: &Shared, session: &mut Session, arguments: &[&[u8]], out: &mut Replies) {
    let mut options: &[&[u8]] = &[];
    if let [version, rest @ ..] = arguments {
        match integer(version) {
            None => return out.error("ERR Protocol version is not an integer or out of range"),
            Some(2) => options = rest,
            Some(_) => return out.error("NOPROTO unsupported protocol version"),
        }
    }
    let mut name: Option<&[u8]> = None;
    while let [option, rest @ ..] = options {
        let mut lower = [0; 16];
        options = match (lower_case(option, &mut lower), rest) {
            (b"auth", [user, password, rest @ ..]) => {
                if !session.log_in(shared, user, password) {
                    return out.error(WRONG_PASSWORD);
                }
                rest
            }
            (b"setname", [new, rest @ ..]) => {
                name = Some(new);
                rest
            }
            _ => {
                let option = String::from_utf8_lossy(option);
                return out.error(&format!("ERR Syntax error in HELLO option '{option}'"));
            }
        };
    }
    if !session.authenticated {
        return out.error(LOG_IN_FIRST);
    }
    if let Some(name) = name
        && !session.rename(name)
    {
        return out.error(BAD_NAME);
    }
    greet(session, out);
}

/// A map is an array of keys and values in RESP2.
fn greet(session: &Session, out: &mut Replies) {
    let text = |text: &'static str| BorrowedFrame::BulkString(text.as_bytes());
    out.frame(&BorrowedFrame::Array(&[
        text("server"),
        text("redis"),
        text("version"),
        text(super::VERSION),
        text("proto"),
        BorrowedFrame::Integer(2),
        text("id"),
        BorrowedFrame::Integer(session.id.cast_signed()),
        text("mode"),
        text("standalone"),
        text("role"),
        text("master"),
        text("modules"),
        BorrowedFrame::Array(&[]),
    ]));
}
