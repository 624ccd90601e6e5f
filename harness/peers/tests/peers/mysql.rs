//! The embedded MySQL, as its clients see it.

use crate::servers::{ANYWHERE, started};
use loopswap_peers::mysql::{self, Client, Login, Rows, VERSION, Value, accounts, status};
use loopswap_protocol::{Peer, PeerKind};
use mysql_common::auth::plugins::mysql_native_password::scramble_native;
use mysql_common::constants::CapabilityFlags;
use mysql_common::io::ParseBuf;
use mysql_common::packets::{AuthPlugin, AuthSwitchRequest, HandshakePacket, HandshakeResponse};
use mysql_common::proto::MySerialize as _;
use mysql_common::proto::codec::PacketCodec;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// A fresh server; it serves until the test process ends.
fn fresh(password: Option<&str>, login: Login) -> Peer {
    let password = password.map(str::to_owned);
    let peer = started({
        let password = password.clone();
        move |tell| mysql::serve(ANYWHERE, password, login, tell)
    })
    .peer();
    assert_eq!(peer.kind, PeerKind::Mysql);
    Peer { password, ..peer }
}

fn rows(pairs: &[(&str, &str)]) -> Rows {
    pairs.iter().map(|(host, user)| vec![Value::from(*host), Value::from(*user)]).collect()
}

const ALL: [(&str, &str); 3] = [("%", "root"), ("localhost", "mysql.session"), ("localhost", "mysql.sys")];

#[test]
fn the_accounts_come_as_text_and_prepared_after_either_login() {
    for login in [Login::Native, Login::CachingSha2] {
        for password in [None, Some("secret")] {
            let peer = fresh(password, login);
            let mut client = Client::connect(&peer).unwrap();
            assert_eq!(client.version(), VERSION);
            assert_eq!(client.query("SELECT Host,User FROM user").unwrap(), rows(&ALL));
            let of = |user: &str| [Value::from(user)];
            let statement = "SELECT Host, User FROM user WHERE User = ?";
            assert_eq!(client.execute(statement, &of("mysql.sys")).unwrap(), rows(&ALL[2..]));
            assert_eq!(client.execute(statement, &of("nobody")).unwrap(), rows(&[]));
            let local = client.query("SELECT User FROM mysql.user WHERE Host = 'localhost'").unwrap();
            assert_eq!(local, [vec![Value::from("mysql.session")], vec![Value::from("mysql.sys")]]);
            assert_eq!(accounts(&peer).unwrap(), ALL.map(|(host, user)| (host.to_owned(), user.to_owned())));
        }
    }
}

#[test]
fn only_who_knows_the_password_of_an_open_account_is_let_in() {
    for login in [Login::Native, Login::CachingSha2] {
        let peer = fresh(Some("secret"), login);
        for (user, password) in [
            (None, Some("guess")),
            (None, None),
            (Some("mysql.sys"), None),
            (Some("mysql.sys"), Some("secret")),
            (Some("nobody"), Some("secret")),
        ] {
            let wrong = Peer { user: user.map(str::to_owned), password: password.map(str::to_owned), ..peer.clone() };
            let error = Client::connect(&wrong).unwrap_err();
            assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied, "{user:?} {password:?}");
            assert!(error.to_string().contains("error 1045: Access denied for user"), "{error}");
        }
        assert!(Client::connect(&peer).is_ok());
    }
}

#[test]
fn every_select_is_counted_and_nothing_else() {
    let peer = fresh(None, Login::Native);
    let mut client = Client::connect(&peer).unwrap();
    let before = status(&peer).unwrap().selects;
    client.query("SELECT * FROM user").unwrap();
    client.execute("SELECT Host FROM user WHERE User = ?", &[Value::from("root")]).unwrap();
    client.query("SELECT Host FROM nowhere").unwrap_err();
    client.query("SHOW STATUS").unwrap();
    assert_eq!(status(&peer).unwrap().selects, before + 2);
    assert_eq!(status(&peer).unwrap().selects, before + 2, "asking does not count");
    let of_all = client.query("SHOW GLOBAL STATUS").unwrap();
    assert!(of_all.iter().any(|row| row[0] == Value::from("Com_stmt_execute") && row[1] == Value::from("1")));
}

#[test]
fn what_it_cannot_do_is_refused_as_mysql_refuses_it() {
    let peer = fresh(None, Login::Native);
    let mut client = Client::connect(&peer).unwrap();
    let prepared = "SELECT Host FROM user WHERE User = ?";
    for (outcome, code) in [
        (client.query("SELECT 1"), 1064),
        (client.query("DROP TABLE user"), 1064),
        (client.query("SELECT Host FROM users"), 1146),
        (client.query("SELECT Password FROM user"), 1054),
        (client.execute("SELECT Host FROM user WHERE Password = ?", &[Value::from("x")]), 1054),
        (client.query(prepared), 1210),
        (client.execute(prepared, &[Value::Int(1)]), 1210),
        (client.execute(prepared, &[]), 1835),
    ] {
        let error = outcome.unwrap_err().to_string();
        assert!(error.contains(&format!("error {code}:")), "{error} is not {code}");
    }
    assert_eq!(client.query("SELECT Host,User FROM user").unwrap(), rows(&ALL), "the connection goes on");
}

/// A connection on which packets are sent and read one by one.
struct Raw {
    stream: TcpStream,
    codec: PacketCodec,
    received: bytes::BytesMut,
}

impl Raw {
    fn to(peer: &Peer) -> Raw {
        let stream = TcpStream::connect(peer.address).unwrap();
        Raw { stream, codec: PacketCodec::default(), received: bytes::BytesMut::new() }
    }

    fn read(&mut self) -> Vec<u8> {
        let (mut packet, mut part) = (Vec::new(), [0; 512]);
        while !self.codec.decode(&mut self.received, &mut packet).unwrap() {
            let length = self.stream.read(&mut part).unwrap();
            assert!(length > 0, "the connection goes on");
            self.received.extend_from_slice(&part[..length]);
        }
        packet
    }

    fn send(&mut self, mut payload: &[u8]) {
        let mut framed = bytes::BytesMut::new();
        self.codec.encode(&mut payload, &mut framed).unwrap();
        self.stream.write_all(&framed).unwrap();
    }

    /// Sends a response to the greeting that proposes another plugin; the nonce of the switch.
    fn propose(&mut self, database: &str) -> Vec<u8> {
        let greeting = self.read();
        let greeting: HandshakePacket<'_> = ParseBuf(&greeting).parse(()).unwrap();
        let capabilities = CapabilityFlags::CLIENT_PROTOCOL_41 | CapabilityFlags::CLIENT_SECURE_CONNECTION;
        let response = HandshakeResponse::new(
            Some(&b"whatever"[..]),
            (5, 7, 0),
            Some(&b"root"[..]),
            Some(database.as_bytes()),
            Some(AuthPlugin::CachingSha2Password),
            capabilities & greeting.capabilities(),
            None,
            0,
        );
        let mut payload = Vec::new();
        response.serialize(&mut payload);
        self.send(&payload);
        let switch = self.read();
        let switch: AuthSwitchRequest<'_> = ParseBuf(&switch).parse(()).unwrap();
        assert_eq!(switch.auth_plugin(), AuthPlugin::MysqlNativePassword);
        switch.plugin_data().to_vec()
    }
}

#[test]
fn a_client_that_proposes_another_plugin_is_switched() {
    let peer = fresh(Some("secret"), Login::Native);
    for (password, database, first, code) in
        [("secret", "mysql", 0x00, 0), ("guess", "mysql", 0xff, 1045), ("secret", "test", 0xff, 1049)]
    {
        let mut raw = Raw::to(&peer);
        let nonce = raw.propose(database);
        raw.send(&scramble_native(&nonce, password.as_bytes()).unwrap());
        let answer = raw.read();
        assert_eq!(answer[0], first, "{password} {database}");
        if first == 0xff {
            assert_eq!(u16::from_le_bytes([answer[1], answer[2]]), code);
        }
    }
}

#[test]
fn a_client_of_the_old_end_of_rows_gets_it_and_unknown_commands_are_refused() {
    let peer = fresh(Some("secret"), Login::Native);
    let mut raw = Raw::to(&peer);
    let nonce = raw.propose("mysql");
    raw.send(&scramble_native(&nonce, b"secret").unwrap());
    assert_eq!(raw.read()[0], 0x00);
    raw.codec.reset_seq_id();
    raw.send(b"\x03SELECT Host FROM user WHERE User = 'root'");
    assert_eq!(raw.read(), [1], "one column");
    raw.read();
    let end = b"\xfe\x00\x00\x02\x00";
    assert_eq!(raw.read(), end, "the end of the columns");
    assert_eq!(raw.read(), b"\x01%");
    assert_eq!(raw.read(), end, "the end of the rows");
    for (command, first) in
        [(&b"\x0e"[..], 0x00), (b"\x02mysql", 0x00), (b"\x02test", 0xff), (b"\x63", 0xff), (b"", 0xff)]
    {
        raw.codec.reset_seq_id();
        raw.send(command);
        assert_eq!(raw.read()[0], first, "{command:?}");
    }
}

#[test]
fn noise_ends_a_connection_and_nothing_else() {
    let peer = fresh(None, Login::Native);
    for noise in [&b"GET / HTTP/1.1\r\n\r\n"[..], b"\xff\xff\xff\x01", b"\x05\x00\x00\x01abcde", b"\x02\x00\x00\x05ab"]
    {
        let mut stream = TcpStream::connect(peer.address).unwrap();
        stream.write_all(noise).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        // A reset is an end too.
        let _ = stream.read_to_end(&mut Vec::new());
    }
    assert!(status(&peer).is_ok());
}
