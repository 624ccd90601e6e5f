//! The embedded Redis does what its documentation says.

use crate::servers;
use crate::wire::Wire;
use loopswap_peers::resp::{self, Client, Info, Reply, VERSION};
use loopswap_protocol::Peer;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::OnceLock;

fn bulk(bytes: impl AsRef<[u8]>) -> Reply {
    Reply::BulkString(bytes.as_ref().to_vec())
}

fn ok() -> Reply {
    Reply::SimpleString(b"OK".to_vec())
}

fn shared() -> &'static Peer {
    static PEER: OnceLock<Peer> = OnceLock::new();
    PEER.get_or_init(|| servers::resp(None))
}

fn bytes(most: usize) -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..most)
}

proptest! {
    #[test]
    fn whatever_is_stored_is_read_back(
        key in bytes(40),
        fields in prop::collection::btree_map(bytes(40), bytes(300), 1..12),
        text in bytes(5000),
    ) {
        let mut client = Client::connect(shared()).unwrap();
        let key = [b"h:", &key[..]].concat();
        client.call(&[b"DEL", &key[..]]).unwrap();

        let mut command: Vec<&[u8]> = vec![b"HSET", &key];
        command.extend(fields.iter().flat_map(|(field, value)| [&field[..], &value[..]]));
        prop_assert_eq!(client.call(&command).unwrap(), Reply::Integer(fields.len() as i64));
        prop_assert_eq!(client.call(&command).unwrap(), Reply::Integer(0));
        for (field, value) in &fields {
            prop_assert_eq!(client.call(&[b"HGET", &key[..], field]).unwrap(), bulk(value));
        }
        let Reply::Array(all) = client.call(&[b"HGETALL", &key[..]]).unwrap() else { panic!("no array") };
        let flat: Vec<_> = fields.iter().flat_map(|(field, value)| [bulk(field), bulk(value)]).collect();
        prop_assert_eq!(all, flat);

        prop_assert_eq!(client.call(&[b"SET", &key[..], &text]).unwrap(), ok());
        prop_assert_eq!(client.call(&[b"GET", &key[..]]).unwrap(), bulk(&text));
    }
}

#[test]
fn a_pipeline_is_answered_in_order() {
    const COMMANDS: usize = 20_000;
    let mut wire = Wire::to(servers::resp(None).address);
    let mut sender = wire.clone_stream();
    let sending = std::thread::spawn(move || {
        let wire: String = (0..COMMANDS).map(|n| format!("*2\r\n$4\r\nECHO\r\n$5\r\n{n:05}\r\n")).collect();
        // Pieces that end anywhere.
        for piece in wire.as_bytes().chunks(4093) {
            sender.write_all(piece).unwrap();
        }
    });
    for n in 0..COMMANDS {
        assert_eq!(wire.read_exactly(11), format!("$5\r\n{n:05}\r\n").as_bytes());
    }
    sending.join().unwrap();
}

#[test]
fn large_answers_in_a_pipeline_arrive_whole() {
    let mut wire = Wire::to(servers::resp(None).address);
    let value = vec![b'v'; 300_000];
    let mut request = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$300000\r\n".to_vec();
    request.extend(&value);
    request.extend(b"\r\n");
    request.extend(b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n".repeat(100));
    wire.send(&request);
    assert_eq!(wire.read_exactly(5), b"+OK\r\n");
    for _ in 0..100 {
        assert_eq!(wire.read_exactly(9), b"$300000\r\n");
        assert!(wire.read_exactly(value.len()) == value);
        assert_eq!(wire.read_exactly(2), b"\r\n");
    }
}

#[test]
fn a_request_may_arrive_byte_by_byte() {
    let mut wire = Wire::to(servers::resp(None).address);
    for byte in b"*0\r\n*-1\r\n*2\r\n$4\r\necho\r\n$3\r\n\0\r\n\r\n*1\r\n$4\r\nPING\r\n" {
        wire.send([*byte]);
    }
    assert_eq!(wire.read_exactly(9 + 7), b"$3\r\n\0\r\n\r\n+PONG\r\n");
}

#[test]
fn a_value_of_many_megabytes_is_stored() {
    let mut client = Client::connect(&servers::resp(None)).unwrap();
    let value: Vec<u8> = (0..20_000_000_u32).map(|n| (n % 251) as u8).collect();
    assert_eq!(client.call(&[b"SET", &b"big"[..], &value]).unwrap(), ok());
    assert!(client.call(&["GET", "big"]).unwrap() == bulk(&value));
}

#[test]
fn connections_see_the_same_data_and_count_together() {
    let peer = servers::resp(None);
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let mut client = Client::connect(&peer).unwrap();
                for _ in 0..50 {
                    assert!(matches!(client.call(&["INCR", "n"]).unwrap(), Reply::Integer(1..=3200)));
                }
            });
        }
    });
    assert_eq!(resp::command(&peer, &["GET", "n"]).unwrap(), bulk("3200"));
}

#[test]
fn databases_are_apart() {
    let peer = servers::resp(None);
    let of = |database| Peer { database, ..peer.clone() };
    for database in 0..16 {
        let mut client = Client::connect(&of(Some(database))).unwrap();
        assert_eq!(client.call(&["SET", "k", &database.to_string()]).unwrap(), ok());
    }
    assert_eq!(resp::command(&of(Some(9)), &["FLUSHDB"]).unwrap(), ok());
    assert_eq!(resp::command(&of(Some(9)), &["DBSIZE"]).unwrap(), Reply::Integer(0));
    assert_eq!(resp::command(&of(Some(15)), &["GET", "k"]).unwrap(), bulk("15"));
    assert_eq!(resp::command(&of(None), &["GET", "k"]).unwrap(), bulk("0"));
    assert_eq!(resp::command(&of(None), &["FLUSHALL"]).unwrap(), ok());
    assert_eq!(resp::command(&of(Some(15)), &["DBSIZE"]).unwrap(), Reply::Integer(0));
    let error = Client::connect(&of(Some(16))).unwrap_err();
    assert!(error.to_string().contains("refused SELECT: ERR DB index is out of range"), "{error}");
}

#[test]
fn a_password_is_asked_for() {
    let peer = servers::resp(Some("secret"));
    assert_eq!(resp::command(&peer, &["PING"]).unwrap(), Reply::SimpleString(b"PONG".to_vec()));
    let named = Peer { user: Some("default".into()), ..peer.clone() };
    assert!(resp::info(&named).unwrap().embedded);
    let none = Peer { password: None, ..peer.clone() };
    let refused = resp::command(&none, &["GET", "k"]).unwrap();
    assert_eq!(refused, Reply::Error("NOAUTH Authentication required.".into()));
    for wrong in
        [Peer { password: Some("guess".into()), ..peer.clone() }, Peer { user: Some("root".into()), ..peer.clone() }]
    {
        let error = Client::connect(&wrong).unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied);
        assert!(error.to_string().contains("WRONGPASS"), "{error}");
    }
}

#[test]
fn info_counts_connections_and_commands() {
    for peer in [servers::resp(None), servers::resp(Some("secret"))] {
        let before = resp::info(&peer).unwrap();
        assert!(before.embedded);
        assert_eq!(before.version, VERSION);
        let mut client = Client::connect(&peer).unwrap();
        for n in 0..100 {
            client.call(&["HSET", "h", "field", &n.to_string()]).unwrap();
        }
        // Refused before they begin: these do not count.
        client.call(&["NONSENSE"]).unwrap();
        client.call(&["GET"]).unwrap();
        let after = resp::info(&peer).unwrap();
        let login = u64::from(peer.password.is_some());
        let commands = after.commands_processed - before.commands_processed;
        assert_eq!(commands, 100 + login + Info::reading_costs(&peer));
        assert_eq!(after.connections_received - before.connections_received, 2);
    }
}

#[test]
fn hello_speaks_protocol_2_only() {
    let mut client = Client::connect(&servers::resp(None)).unwrap();
    let Reply::Array(greeting) = client.call(&["HELLO", "2", "SETNAME", "me"]).unwrap() else { panic!("no array") };
    let pairs: BTreeMap<_, _> = greeting.chunks(2).map(|pair| (format!("{:?}", pair[0]), pair[1].clone())).collect();
    assert_eq!(pairs.len(), 7);
    assert_eq!(pairs[&format!("{:?}", bulk("proto"))], Reply::Integer(2));
    assert_eq!(client.call(&["CLIENT", "GETNAME"]).unwrap(), bulk("me"));
    let refused = client.call(&["HELLO", "3"]).unwrap();
    assert_eq!(refused, Reply::Error("NOPROTO unsupported protocol version".into()));
    assert_eq!(client.call(&["CLIENT", "SETINFO", "LIB-NAME", "loopswap"]).unwrap(), ok());
    assert_eq!(client.call(&["COMMAND", "DOCS"]).unwrap(), Reply::Array(Vec::new()));
}
