//! What every command does and answers.

use super::hello;
use super::info;
use super::reply::{BAD_NAME, Replies, WRONG_PASSWORD};
use super::request::lower_case;
use super::session::{DATABASES, Session, Shared};
use super::store::{Fault, integer};
use redis_protocol::resp2::types::BorrowedFrame;

/// What happens to the connection after a command.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    Continue,
    Close,
}

const NOT_AUTHENTICATED: &str = "NOAUTH Authentication required.";
const NO_PASSWORD_SET: &str = "ERR AUTH <password> called without any password configured for the default user. \
                               Are you sure your configuration is correct?";

/// How many arguments a command takes, including its name.
enum Arity {
    Exactly(usize),
    AtLeast(usize),
}

/// The arity of the command with this name in lower case, if there is such a command.
fn arity(name: &[u8]) -> Option<Arity> {
    use Arity::{AtLeast, Exactly};
    Some(match name {
        b"get" | b"incr" | b"hgetall" | b"select" | b"echo" => Exactly(2),
        b"hget" => Exactly(3),
        b"dbsize" | b"reset" => Exactly(1),
        b"hset" => AtLeast(4),
        b"set" | b"hdel" => AtLeast(3),
        b"del" | b"exists" | b"auth" | b"client" => AtLeast(2),
        b"ping" | b"flushdb" | b"flushall" | b"info" | b"command" | b"hello" => AtLeast(1),
        _ => return None,
    })
}

/// Executes one request and appends its answer. An empty request has none.
pub(super) fn execute(shared: &mut Shared, session: &mut Session, request: &[&[u8]], out: &mut Replies) -> Next {
    let Some((name, arguments)) = request.split_first() else { return Next::Continue };
    let mut lower = [0; 16];
    let lower = lower_case(name, &mut lower);
    if lower == b"quit" {
        shared.commands += 1;
        out.ok();
        return Next::Close;
    }
    let Some(arity) = arity(lower) else {
        out.error(&unknown(name, arguments));
        return Next::Continue;
    };
    let fits = match arity {
        Arity::Exactly(count) => request.len() == count,
        Arity::AtLeast(count) => request.len() >= count,
    };
    if !fits {
        wrong_number(lower, out);
        return Next::Continue;
    }
    if !session.authenticated && !matches!(lower, b"auth" | b"hello" | b"reset") {
        out.error(NOT_AUTHENTICATED);
        return Next::Continue;
    }
    run(shared, session, lower, arguments, out);
    shared.commands += 1;
    Next::Continue
}

fn run(shared: &mut Shared, session: &mut Session, name: &[u8], arguments: &[&[u8]], out: &mut Replies) {
    let database = &mut shared.databases[session.database];
    match (name, arguments) {
        (b"hset", [_, pairs @ ..]) if pairs.len() % 2 == 1 => wrong_number(name, out),
        (b"hset", [key, pairs @ ..]) => counted(database.hash_set(key, pairs), out),
        (b"hget", [key, field]) => found(database.hash_get(key, field), out),
        (b"hgetall", [key]) => match database.hash_all(key) {
            Ok(pairs) => {
                let pairs = pairs.flat_map(|(field, value)| [field, value]);
                out.frame(&BorrowedFrame::Array(&pairs.map(BorrowedFrame::BulkString).collect::<Vec<_>>()));
            }
            Err(fault) => out.error(fault.text()),
        },
        (b"hdel", [key, fields @ ..]) => counted(database.hash_remove(key, fields), out),
        (b"get", [key]) => found(database.get(key), out),
        (b"set", [key, text]) => {
            database.set(key, text);
            out.ok();
        }
        (b"set", _) => out.error("ERR syntax error"),
        (b"incr", [key]) => match database.increment(key) {
            Ok(number) => out.integer(number),
            Err(fault) => out.error(fault.text()),
        },
        (b"del", keys) => out.count(keys.iter().filter(|key| database.remove(key)).count()),
        (b"exists", keys) => out.count(keys.iter().filter(|key| database.contains(key)).count()),
        (b"dbsize", _) => out.count(database.len()),
        (b"flushdb" | b"flushall", how) if !how_to_flush(how) => out.error("ERR syntax error"),
        (b"flushdb", _) => {
            database.clear();
            out.ok();
        }
        (b"flushall", _) => {
            shared.databases = Default::default();
            out.ok();
        }
        (b"ping", []) => out.simple("PONG"),
        (b"ping" | b"echo", [text]) => out.bulk(text),
        (b"select", [number]) => match integer(number).map(usize::try_from) {
            Some(Ok(number)) if number < DATABASES => {
                session.database = number;
                out.ok();
            }
            Some(_) => out.error("ERR DB index is out of range"),
            None => out.error(Fault::NotAnInteger.text()),
        },
        (b"auth", [_]) if shared.password.is_none() => out.error(NO_PASSWORD_SET),
        (b"auth", [password]) => logged_in(session.log_in(shared, b"default", password), out),
        (b"auth", [user, password]) => logged_in(session.log_in(shared, user, password), out),
        (b"auth", _) => out.error("ERR syntax error"),
        (b"client", [what, rest @ ..]) => client(session, what, rest, out),
        (b"hello", options) => hello::hello(shared, session, options, out),
        (b"info", sections) => out.bulk(info::text(shared, sections).as_bytes()),
        (b"command", _) => out.frame(&BorrowedFrame::Array(&[])),
        (b"reset", _) => {
            session.reset(shared);
            out.simple("RESET");
        }
        _ => wrong_number(name, out),
    }
}

/// Whether these arguments say at most whether to wait for the end.
fn how_to_flush(how: &[&[u8]]) -> bool {
    match how {
        [] => true,
        [how] => how.eq_ignore_ascii_case(b"async") || how.eq_ignore_ascii_case(b"sync"),
        _ => false,
    }
}

fn client(session: &mut Session, what: &[u8], rest: &[&[u8]], out: &mut Replies) {
    let mut lower = [0; 16];
    match (lower_case(what, &mut lower), rest) {
        (b"setname", [name]) => {
            if session.rename(name) {
                out.ok();
            } else {
                out.error(BAD_NAME);
            }
        }
        (b"getname", []) => out.bulk_or_null(session.name.as_deref()),
        (b"id", []) => out.integer(session.id.cast_signed()),
        // What a client library says about itself is accepted and ignored.
        (b"setinfo", [_, _]) => out.ok(),
        (lower @ (b"setname" | b"getname" | b"id" | b"setinfo"), _) => {
            wrong_number(&[b"client|", lower].concat(), out);
        }
        _ => out.error(&format!("ERR unknown subcommand '{:.128}'. Try CLIENT HELP.", printable(what))),
    }
}

fn counted(result: Result<usize, Fault>, out: &mut Replies) {
    match result {
        Ok(count) => out.count(count),
        Err(fault) => out.error(fault.text()),
    }
}

fn found(result: Result<Option<&[u8]>, Fault>, out: &mut Replies) {
    match result {
        Ok(text) => out.bulk_or_null(text),
        Err(fault) => out.error(fault.text()),
    }
}

fn logged_in(allowed: bool, out: &mut Replies) {
    if allowed {
        out.ok();
    } else {
        out.error(WRONG_PASSWORD);
    }
}

fn wrong_number(name: &[u8], out: &mut Replies) {
    out.error(&format!("ERR wrong number of arguments for '{}' command", printable(name)));
}

/// Redis quotes the name and as many arguments as fit.
fn unknown(name: &[u8], arguments: &[&[u8]]) -> String {
    const MOST: usize = 128;
    let mut quoted = String::new();
    for argument in arguments {
        if quoted.len() >= MOST {
            break;
        }
        let room = MOST - quoted.len();
        quoted.push('\'');
        quoted.extend(printable(argument).chars().take(room));
        quoted.push_str("' ");
    }
    format!("ERR unknown command '{:.128}', with args beginning with: {quoted}", printable(name))
}

/// Text up to the first zero byte, where C ends it.
fn printable(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end])
}
