//! The server: one task a connection, from its greeting to its end.

use super::answer::{Answer, Refusal};
use super::commands::{Next, database, execute};
use super::session::{Session, Shared};
use crate::Announcement;
use bytes::BytesMut;
use loopswap_protocol::PeerKind;
use mysql_common::auth::plugins::caching_sha2_password::scramble_sha256;
use mysql_common::auth::plugins::mysql_native_password::{SCRAMBLE_LENGTH, scramble_native};
use mysql_common::constants::{CapabilityFlags as Flags, StatusFlags};
use mysql_common::io::ParseBuf;
use mysql_common::packets::{AuthMoreData, AuthPlugin, AuthSwitchRequest, HandshakePacket, HandshakeResponse};
use mysql_common::proto::MySerialize;
use mysql_common::proto::codec::PacketCodec;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Least room for a read.
const READ: usize = 4 << 10;
/// utf8mb4_general_ci.
const COLLATION: u8 = 45;
const CAPABILITIES: Flags = Flags::CLIENT_PROTOCOL_41
    .union(Flags::CLIENT_LONG_PASSWORD)
    .union(Flags::CLIENT_CONNECT_WITH_DB)
    .union(Flags::CLIENT_TRANSACTIONS)
    .union(Flags::CLIENT_SECURE_CONNECTION)
    .union(Flags::CLIENT_PLUGIN_AUTH)
    .union(Flags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA)
    // Connection attributes are ignored, but MariaDB's client announces them whether or not the server
    // allows it.
    .union(Flags::CLIENT_CONNECT_ATTRS)
    .union(Flags::CLIENT_DEPRECATE_EOF);
/// The message of `caching_sha2_password` for "correct, and it was in my cache".
const FAST_SUCCESS: u8 = 3;

/// How clients prove that they know the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Login {
    /// `mysql_native_password`, the default of MariaDB.
    Native,
    /// `caching_sha2_password`, the default of MySQL since 8.0; every password counts as cached.
    CachingSha2,
}

impl Login {
    fn plugin(self) -> AuthPlugin<'static> {
        match self {
            Login::Native => AuthPlugin::MysqlNativePassword,
            Login::CachingSha2 => AuthPlugin::CachingSha2Password,
        }
    }

    /// Whether `answer` is the correct answer to `nonce` for somebody who knows the password.
    fn accepts(self, password: &str, nonce: &[u8; SCRAMBLE_LENGTH], answer: &[u8]) -> bool {
        match self {
            Login::Native => scramble_native(nonce, password.as_bytes()).as_ref().map_or(&[][..], |all| all) == answer,
            Login::CachingSha2 => {
                // An empty password is sent as an empty answer or a single zero.
                let empty = scramble_sha256(nonce, password.as_bytes());
                empty.as_ref().map_or(answer.is_empty() || answer == [0], |all| all == answer)
            }
        }
    }
}

/// Serves until the process ends, on the calling thread, as the [module](super) says.
///
/// The user `root` has `password`, by default an empty one. `announce` is called once, when connections can
/// be made. Port 0 means any free port.
///
/// # Errors
/// The address cannot be bound, or the runtime cannot start. It returns only with an error.
pub fn serve(
    listen: SocketAddr,
    password: Option<String>,
    login: Login,
    announce: impl FnOnce(Announcement),
) -> io::Result<()> {
    let version = format!("loopswap-mysql {} (mysql_common 0.38)", env!("CARGO_PKG_VERSION"));
    let shared = Arc::new(Mutex::new(Shared::new(password.unwrap_or_default())));
    let announce = |address| announce(Announcement { kind: PeerKind::Mysql, address, version, control: None });
    crate::listen::serve(listen, announce, |stream| {
        let shared = Arc::clone(&shared);
        tokio::spawn(async move {
            // A client that breaks off ends its own connection only.
            let _ = Connection::new(stream).converse(&shared, login).await;
        });
    })
}

/// All connections are served on one thread, so this never waits.
fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A socket that packets go in and out of.
struct Connection {
    stream: TcpStream,
    codec: PacketCodec,
    input: BytesMut,
    packet: Vec<u8>,
    output: BytesMut,
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        let (input, output) = (BytesMut::new(), BytesMut::new());
        Connection { stream, codec: PacketCodec::default(), input, packet: Vec::new(), output }
    }

    async fn converse(mut self, shared: &Mutex<Shared>, login: Login) -> io::Result<()> {
        let id = {
            let mut shared = lock(shared);
            shared.connections += 1;
            shared.connections
        };
        let mut session = match self.log_in(shared, login, id).await? {
            Ok(session) => session,
            Err(refusal) => {
                let mut answer = Answer::default();
                answer.refuse(&refusal);
                return self.send(answer).await;
            }
        };
        let mut answer = Answer::default();
        answer.ok();
        self.send(answer).await?;
        loop {
            self.codec.reset_seq_id();
            if !self.receive().await? {
                return Ok(());
            }
            let mut answer = Answer::default();
            let next = execute(&mut lock(shared), &mut session, &self.packet, &mut answer);
            self.send(answer).await?;
            if next == Next::Close {
                return Ok(());
            }
        }
    }

    /// Greets the client and checks its login.
    async fn log_in(&mut self, shared: &Mutex<Shared>, login: Login, id: u64) -> io::Result<Result<Session, Refusal>> {
        let nonce = nonce();
        let (first, second) = nonce.split_at(8);
        let first = <[u8; 8]>::try_from(first).map_err(io::Error::other)?;
        // The nonce is followed by a zero.
        let second = [second, &[0]].concat();
        let plugin = login.plugin();
        let greeting = HandshakePacket::new(
            10,
            super::VERSION.as_bytes(),
            // Connection ids wrap around after 2³².
            id as u32,
            first,
            Some(second),
            CAPABILITIES,
            COLLATION,
            StatusFlags::SERVER_STATUS_AUTOCOMMIT,
            Some(plugin.as_bytes()),
        );
        self.send_one(&greeting).await?;
        if !self.receive().await? {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let response: HandshakeResponse<'_> = ParseBuf(&self.packet).parse(())?;
        let (user, capabilities) = (response.user().to_vec(), response.capabilities().intersection(CAPABILITIES));
        let database = response.db_name().map_or(Ok(()), database);
        let mut proof = response.scramble_buf().to_vec();
        let switch = response.auth_plugin() != Some(&plugin);
        if !capabilities.contains(Flags::CLIENT_PROTOCOL_41.union(Flags::CLIENT_PLUGIN_AUTH)) {
            return Ok(Err(Refusal::new(1251, b"08004", "Client does not support the authentication protocol")));
        }
        if switch {
            self.send_one(&AuthSwitchRequest::new(plugin.as_bytes(), [&nonce[..], &[0]].concat())).await?;
            if !self.receive().await? {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            proof.clone_from(&self.packet);
        }
        let (right, empty) = match lock(shared).password(&user) {
            Some(password) => (login.accepts(password, &nonce, &proof), password.is_empty()),
            None => (false, true),
        };
        if !right {
            let (user, with) = (String::from_utf8_lossy(&user), if proof.is_empty() { "NO" } else { "YES" });
            let text = format!("Access denied for user '{user}'@'localhost' (using password: {with})");
            return Ok(Err(Refusal::new(1045, b"28000", text)));
        }
        if login == Login::CachingSha2 && !empty {
            self.send_one(&AuthMoreData::new(&[FAST_SUCCESS][..])).await?;
        }
        Ok(database.map(|()| Session::new(capabilities)))
    }

    /// Waits for the next packet; false at the end of the connection.
    async fn receive(&mut self) -> io::Result<bool> {
        self.packet.clear();
        while !self.codec.decode(&mut self.input, &mut self.packet).map_err(io::Error::other)? {
            self.input.reserve(READ);
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn send_one(&mut self, packet: &impl MySerialize) -> io::Result<()> {
        let mut payload = Vec::new();
        packet.serialize(&mut payload);
        self.send(Answer { packets: vec![payload] }).await
    }

    /// Sends all packets of an answer with one write.
    async fn send(&mut self, answer: Answer) -> io::Result<()> {
        self.output.clear();
        for packet in answer.packets {
            self.codec.encode(&mut packet.as_slice(), &mut self.output).map_err(io::Error::other)?;
        }
        self.stream.write_all(&self.output).await
    }
}

/// Twenty printable bytes that nobody can guess.
fn nonce() -> [u8; SCRAMBLE_LENGTH] {
    let state = RandomState::new();
    std::array::from_fn(|index| {
        let mut hasher = state.build_hasher();
        hasher.write_usize(index);
        b'!' + (hasher.finish() % 94) as u8
    })
}

/// Everything that one client sends: its login, then its commands.
#[cfg(feature = "fuzz")]
pub fn hear(bytes: &[u8]) {
    let (mut codec, mut input, mut packet) = (PacketCodec::default(), BytesMut::from(bytes), Vec::new());
    // The greeting was packet 0.
    let mut greeting = BytesMut::new();
    let _ = codec.encode(&mut &[0_u8; 1][..], &mut greeting);
    let mut shared = Shared::new(String::new());
    let mut session = Session::new(CAPABILITIES);
    if codec.decode(&mut input, &mut packet).is_ok_and(|whole| whole)
        && let Ok(response) = ParseBuf(&packet).parse::<HandshakeResponse<'_>>(())
    {
        session = Session::new(response.capabilities().intersection(CAPABILITIES));
        let _ = (response.db_name().map(database), Login::Native.accepts("", &nonce(), response.scramble_buf()));
    }
    loop {
        packet.clear();
        codec.reset_seq_id();
        if !codec.decode(&mut input, &mut packet).is_ok_and(|whole| whole) {
            return;
        }
        if execute(&mut shared, &mut session, &packet, &mut Answer::default()) == Next::Close {
            return;
        }
    }
}

/// The server's side of a login, a query, and a statement that is prepared and executed.
#[cfg(feature = "fuzz")]
#[must_use]
pub fn conversation() -> Vec<Vec<u8>> {
    let (mut codec, mut said) = (PacketCodec::default(), BytesMut::new());
    let mut say = |codec: &mut PacketCodec, answer: Answer| {
        for packet in answer.packets {
            let _ = codec.encode(&mut packet.as_slice(), &mut said);
        }
    };
    let mut greeting = Vec::new();
    HandshakePacket::new(
        10,
        super::VERSION.as_bytes(),
        1,
        *b"12345678",
        Some(b"123456789012\0".to_vec()),
        CAPABILITIES,
        COLLATION,
        StatusFlags::SERVER_STATUS_AUTOCOMMIT,
        Some(Login::Native.plugin().as_bytes()),
    )
    .serialize(&mut greeting);
    say(&mut codec, Answer { packets: vec![greeting] });
    // The client's answer is packet 1.
    let _ = codec.encode(&mut &[0_u8; 1][..], &mut BytesMut::new());
    let mut answer = Answer::default();
    answer.ok();
    say(&mut codec, answer);
    let (mut shared, mut session) = (Shared::new(String::new()), Session::new(CAPABILITIES));
    let commands: [&[u8]; 3] =
        [b"\x03SELECT Host,User FROM user", b"\x16SELECT Host,User FROM user", b"\x17\x01\0\0\0\0\x01\0\0\0"];
    for command in commands {
        codec.reset_seq_id();
        let _ = codec.encode(&mut &[0_u8; 1][..], &mut BytesMut::new());
        let mut answer = Answer::default();
        let _ = execute(&mut shared, &mut session, command, &mut answer);
        say(&mut codec, answer);
    }
    vec![said.to_vec()]
}
