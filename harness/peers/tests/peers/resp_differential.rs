//! The embedded Redis answers as a real one does.

use crate::servers::{self, RedisServer};
use loopswap_peers::resp::{self, Client, Info, Reply};
use loopswap_protocol::Peer;
use proptest::prelude::*;

type Command = Vec<Vec<u8>>;

/// Both servers, and the answers of both to the same commands.
struct Pair {
    embedded: Peer,
    real: RedisServer,
    /// Whether the real one has the version whose error messages the embedded one uses.
    same_words: bool,
}

impl Pair {
    fn start(password: Option<&str>) -> Option<Self> {
        let real = RedisServer::start(password)?;
        let same_words = resp::info(&real.peer).unwrap().version.starts_with("7.0.");
        Some(Pair { embedded: servers::resp(password), real, same_words })
    }

    /// Sends the commands to both, each over one new connection.
    fn answers(&self, log_in: bool, commands: &[Command]) -> [Vec<Reply>; 2] {
        [&self.embedded, &self.real.peer].map(|peer| {
            let password = peer.password.clone().filter(|_| log_in);
            let mut client = Client::connect(&Peer { password, ..peer.clone() }).unwrap();
            commands.iter().map(|command| self.comparable(command, client.call(command).unwrap())).collect()
        })
    }

    fn agree(&self, log_in: bool, script: &[&[&str]]) {
        let bytes = |command: &&[&str]| command.iter().map(|word| word.as_bytes().to_vec()).collect();
        let commands: Vec<Command> = script.iter().map(bytes).collect();
        let [embedded, real] = self.answers(log_in, &commands);
        for ((command, embedded), real) in script.iter().zip(embedded).zip(real) {
            assert_eq!(embedded, real, "{command:?}");
        }
    }

    /// Without the server's own choices: the order of a hash's fields, and the text of an error (not its
    /// code) if it is another version's.
    fn comparable(&self, command: &[Vec<u8>], reply: Reply) -> Reply {
        match reply {
            Reply::Array(flat) if command[0].eq_ignore_ascii_case(b"HGETALL") => {
                let mut pairs: Vec<_> = flat.chunks(2).map(<[Reply]>::to_vec).collect();
                pairs.sort_by_key(|pair| format!("{pair:?}"));
                Reply::Array(pairs.concat())
            }
            Reply::Error(text) if !self.same_words => Reply::Error(text.split(' ').next().unwrap_or_default().into()),
            reply => reply,
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "one script, a line for each command")]
fn a_script_of_every_command_is_answered_alike() {
    let Some(pair) = Pair::start(None) else { return };
    let long = "x".repeat(300);
    pair.agree(
        true,
        &[
            &["PING"],
            &["ping", "hello"],
            &["PING", "a", "b"],
            &["ECHO", ""],
            &["ECHO"],
            &["SET", "s", "1"],
            &["SET", "s"],
            &["SET", "s", "1", "NONSENSE"],
            &["GET", "s"],
            &["GET", "missing"],
            &["GET"],
            &["GET", "a", "b"],
            &["INCR", "s"],
            &["INCR", "new"],
            &["SET", "max", "9223372036854775807"],
            &["INCR", "max"],
            &["SET", "text", "01"],
            &["INCR", "text"],
            &["HSET", "h", "a", "1", "b", "2"],
            &["HSET", "h", "a", "3", "c", "4", "c", "5"],
            &["HSET", "h", "a"],
            &["HSET", "h", "a", "1", "b"],
            &["HSET", "s", "a", "1"],
            &["HGET", "h", "a"],
            &["HGET", "h", "x"],
            &["HGET", "missing", "a"],
            &["HGET", "s", "a"],
            &["HGETALL", "h"],
            &["HGETALL", "missing"],
            &["HGETALL", "s"],
            &["GET", "h"],
            &["INCR", "h"],
            &["HDEL", "h", "a", "a", "x"],
            &["HDEL", "s", "a"],
            &["HDEL", "h"],
            &["EXISTS", "h", "h", "s", "missing"],
            &["HDEL", "h", "b", "c"],
            &["EXISTS", "h"],
            &["DBSIZE"],
            &["DBSIZE", "x"],
            &["DEL", "s", "s", "missing"],
            &["DEL"],
            &["SELECT", "1"],
            &["DBSIZE"],
            &["SET", "s", "in 1"],
            &["SELECT", "16"],
            &["SELECT", "-1"],
            &["SELECT", "x"],
            &["SELECT", "01"],
            &["GET", "s"],
            &["CLIENT", "GETNAME"],
            &["CLIENT", "SETNAME", "me"],
            &["CLIENT", "SETNAME", "not me"],
            &["CLIENT", "SETNAME"],
            &["client", "getname"],
            &["CLIENT", "GETNAME", "x"],
            &["CLIENT", "SETNAME", ""],
            &["CLIENT", "GETNAME"],
            &["CLIENT", "NONSENSE"],
            &["CLIENT"],
            &["AUTH", "x"],
            &["AUTH", "default", "x"],
            &["AUTH", "nobody", "x"],
            &["AUTH", "a", "b", "c"],
            &["HELLO", "x"],
            &["HELLO", "4"],
            &["HELLO", "2", "NONSENSE"],
            &["HELLO", "2", "SETNAME"],
            &["HELLO", "2", "AUTH", "nobody", "x"],
            &["HELLO", "2", "SETNAME", "not me"],
            &["NONSENSE"],
            &["Nonsense", "a", "b\r\nc", "d"],
            &["NONSENSE", &long, "a"],
            &["NONSENSE", &long[..120], "abcdefghijkl", "m"],
            &[&long, "a"],
            &["", "a"],
            &["FLUSHDB", "x"],
            &["FLUSHDB", "async"],
            &["DBSIZE"],
            &["SELECT", "0"],
            &["DBSIZE"],
            &["FLUSHALL", "Sync"],
            &["FLUSHALL", "a", "b"],
            &["DBSIZE"],
            &["SELECT", "3"],
            &["CLIENT", "SETNAME", "me"],
            &["SET", "k", "v"],
            &["RESET"],
            &["CLIENT", "GETNAME"],
            &["GET", "k"],
            &["RESET", "x"],
            &["QUIT", "x"],
        ],
    );
}

#[test]
fn a_password_is_asked_for_alike() {
    let Some(pair) = Pair::start(Some("secret")) else { return };
    pair.agree(
        false,
        &[
            &["PING"],
            &["GET", "k"],
            &["GET"],
            &["NONSENSE"],
            &["HELLO"],
            &["HELLO", "2"],
            &["HELLO", "2", "AUTH", "default", "guess"],
            &["AUTH", "guess"],
            &["AUTH", "default", "guess"],
            &["AUTH", "nobody", "secret"],
            &["AUTH", "a", "b", "c"],
            &["GET", "k"],
            &["AUTH", "secret"],
            &["GET", "k"],
            &["AUTH", "guess"],
            &["GET", "k"],
            &["RESET"],
            &["GET", "k"],
            &["RESET"],
            &["AUTH", "default", "secret"],
            &["SET", "k", "v"],
            &["QUIT"],
        ],
    );
    pair.agree(true, &[&["GET", "k"]]);
}

#[test]
fn the_same_commands_count_alike() {
    for password in [None, Some("secret")] {
        let Some(pair) = Pair::start(password) else { return };
        let peers = [&pair.embedded, &pair.real.peer];
        let before = peers.map(|peer| resp::info(peer).unwrap());
        pair.agree(true, &[&["PING"], &["GET"], &["NONSENSE"], &["SET", "k", "v"], &["HGET", "k", "f"]]);
        let after = peers.map(|peer| resp::info(peer).unwrap());
        let grown = [0, 1].map(|n| {
            let commands = after[n].commands_processed - before[n].commands_processed;
            (commands, after[n].connections_received - before[n].connections_received)
        });
        assert_eq!(grown[0], grown[1]);
        let login = u64::from(password.is_some());
        assert_eq!(grown[1], (3 + login + Info::reading_costs(&pair.real.peer), 2));
        assert_eq!([before[0].embedded, before[1].embedded], [true, false]);
    }
}

#[test]
fn any_sequence_is_answered_alike() {
    let Some(pair) = Pair::start(None) else { return };
    let small = || prop::sample::select(vec!["", "a", "b", "c", "7", "-1", "a b", "\u{0}", "\r\n"]);
    let name = prop::sample::select(vec![
        "SET", "GET", "DEL", "EXISTS", "INCR", "HSET", "HGET", "HGETALL", "HDEL", "DBSIZE", "PING", "ECHO", "SELECT",
        "hset", "hgetall", "FLUSHDB", "NONSENSE",
    ]);
    // Most commands have the right number of arguments, some any number.
    let command = (name, prop::collection::vec(small(), 0..6), prop::bool::weighted(0.9)).prop_map(
        |(name, mut arguments, fitting)| {
            if fitting {
                let count = match name.to_ascii_uppercase().as_str() {
                    "SET" | "HGET" | "HDEL" => 2,
                    "GET" | "INCR" | "HGETALL" | "ECHO" | "DEL" | "SELECT" => 1,
                    "HSET" => 3,
                    "DBSIZE" | "PING" | "FLUSHDB" => 0,
                    _ => arguments.len(),
                };
                arguments.resize(count, "a");
            }
            std::iter::once(name).chain(arguments).map(|word| word.as_bytes().to_vec()).collect::<Command>()
        },
    );
    let config = ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let sequences = prop::collection::vec(command, 1..60);
    let outcome = runner.run(&sequences, |mut commands| {
        commands.insert(0, vec![b"FLUSHALL".to_vec()]);
        let [embedded, real] = pair.answers(true, &commands);
        for ((command, embedded), real) in commands.iter().zip(embedded).zip(real) {
            prop_assert_eq!(embedded, real, "{}", command.join(&b' ').escape_ascii());
        }
        Ok(())
    });
    outcome.unwrap();
}
