//! From the server's greeting to a session: who we are, and proof that we know the password.

use crate::{Error, Exchange, OK, Progress, expect_ok, refusal};
use mysql_common::auth::plugins::{AuthProc, ChallengeResponsePlugin as _, Context, Response};
use mysql_common::constants::CapabilityFlags as Flags;
use mysql_common::io::ParseBuf;
use mysql_common::packets::{
    AuthMoreData, AuthPlugin, AuthSwitchRequest, CommonOkPacket, HandshakePacket, HandshakeResponse,
};
use mysql_common::proto::MySerialize as _;

/// Capabilities that a server must have.
const NEEDED: Flags = Flags::CLIENT_PROTOCOL_41.union(Flags::CLIENT_SECURE_CONNECTION).union(Flags::CLIENT_PLUGIN_AUTH);
/// Capabilities that we use if the server has them.
const WANTED: Flags = NEEDED
    .union(Flags::CLIENT_LONG_PASSWORD)
    .union(Flags::CLIENT_TRANSACTIONS)
    .union(Flags::CLIENT_CONNECT_WITH_DB)
    .union(Flags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA)
    .union(Flags::CLIENT_DEPRECATE_EOF);
/// Longest packet that we take.
const MAX_PACKET: u32 = 4 << 20;

/// Longest nonce that a server may announce.
const NONCE_MAX: u8 = 127;

const MORE_DATA: u8 = 0x01;
const SWITCH: u8 = 0xfe;

/// The result of a login: needed to read everything the server sends afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The server's version, such as `10.11.6-MariaDB`.
    pub version: String,
    pub(crate) capabilities: Flags,
}

/// The exchange that a connection begins with; the server speaks first.
#[derive(Debug)]
pub struct Login<'a> {
    user: &'a str,
    database: &'a str,
    secrets: Secrets<'a>,
    session: Option<Session>,
    plugin: Option<AuthProc>,
}

/// What the authentication plugin may assume. The connection counts as neither TLS nor local, so a password
/// is never sent in clear text.
#[derive(Debug)]
struct Secrets<'a> {
    password: &'a str,
    nonce: Vec<u8>,
}

impl Context for &Secrets<'_> {
    fn pass(&self) -> &[u8] {
        self.password.as_bytes()
    }
    fn is_ipc_transport(&self) -> bool {
        false
    }
    fn is_tls_transport(&self) -> bool {
        false
    }
    fn scramble(&self) -> &[u8] {
        &self.nonce
    }
    fn server_key_pem(&self) -> Option<&[u8]> {
        None
    }
}

impl<'a> Login<'a> {
    /// Logs `user` in with `password` (empty: none) and selects `database`.
    #[must_use]
    pub fn new(user: &'a str, password: &'a str, database: &'a str) -> Self {
        Login { user, database, secrets: Secrets { password, nonce: Vec::new() }, session: None, plugin: None }
    }

    /// Answers the server's greeting.
    fn greet(&mut self, packet: &[u8]) -> Result<Vec<u8>, Error> {
        if let Some(refused) = refusal(packet, Flags::empty()) {
            return Err(refused);
        }
        if nonce_length(packet).is_some_and(|length| length > NONCE_MAX) {
            return Err(Error::Malformed("the server's greeting: its nonce has an impossible length".into()));
        }
        let greeting: HandshakePacket<'_> =
            ParseBuf(packet).parse(()).map_err(|error| Error::malformed("the server's greeting", error))?;
        let version = version(&greeting.server_version_str());
        let lacking = NEEDED.difference(greeting.capabilities());
        if greeting.protocol_version() != 10 || !lacking.is_empty() {
            return Err(Error::Malformed(format!("server {version} is too old: it lacks {lacking:?}")));
        }
        let capabilities = WANTED.intersection(greeting.capabilities());
        // A server proposes its default; if an account has another plugin it says so next.
        let plugin = match greeting.auth_plugin() {
            Some(plugin @ AuthPlugin::CachingSha2Password) => plugin,
            _ => AuthPlugin::MysqlNativePassword,
        };
        let answer = self.begin(&plugin, &greeting.nonce())?;
        let response = HandshakeResponse::new(
            Some(answer),
            greeting.server_version_parsed().unwrap_or((5, 7, 0)),
            Some(self.user.as_bytes()),
            Some(self.database.as_bytes()),
            Some(plugin),
            capabilities,
            None,
            MAX_PACKET,
        );
        let mut payload = Vec::new();
        response.serialize(&mut payload);
        self.session = Some(Session { version, capabilities });
        Ok(payload)
    }

    /// Starts a plugin with the server's nonce; returns its first message.
    fn begin(&mut self, plugin: &AuthPlugin<'_>, nonce: &[u8]) -> Result<Vec<u8>, Error> {
        match plugin {
            AuthPlugin::MysqlNativePassword | AuthPlugin::CachingSha2Password => {}
            other => return Err(Error::Plugin(String::from_utf8_lossy(other.as_bytes()).into_owned())),
        }
        self.secrets.nonce = nonce.to_vec();
        self.plugin = Some(plugin.init().map_err(|error| Error::malformed("the login", error))?);
        Ok(self.go_on(nonce)?.unwrap_or_default())
    }

    /// The plugin's answer to the server's message, if any.
    fn go_on(&mut self, word: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        let Some(plugin) = &mut self.plugin else { return Err(Error::Malformed("no login is under way".into())) };
        match plugin.run(&self.secrets, word).map_err(|error| Error::malformed("the login", error))? {
            Response::Next { packet } | Response::Last { packet } => Ok(packet),
        }
    }
}

/// Length of the nonce by the greeting's own field: mysql_common subtracts a number from it that may be
/// larger.
fn nonce_length(greeting: &[u8]) -> Option<u8> {
    let version = greeting.get(1..)?.iter().position(|byte| *byte == 0)?;
    // After the version: connection (4), nonce (8), filler, capabilities (2), collation, status (2),
    // capabilities (2).
    greeting.get(1 + version + 1 + 20).copied()
}

/// A server's version. MariaDB before 11 prefixes `5.5.5-`, for clients that refuse to talk to a 10.
fn version(greeted: &str) -> String {
    let maria = greeted.strip_prefix("5.5.5-").filter(|version| version.contains("MariaDB"));
    maria.unwrap_or(greeted).to_owned()
}

impl Exchange for Login<'_> {
    type Output = Session;

    fn take(&mut self, packet: &[u8]) -> Result<Progress<Session>, Error> {
        let Some(session) = self.session.clone() else {
            return self.greet(packet).map(Progress::Send);
        };
        if let Some(refused) = refusal(packet, session.capabilities) {
            return Err(refused);
        }
        let word = match packet.first() {
            Some(&OK) => {
                expect_ok::<CommonOkPacket>(packet, session.capabilities)?;
                return Ok(Progress::Done(session));
            }
            Some(&MORE_DATA) => {
                let more: AuthMoreData<'_> =
                    ParseBuf(packet).parse(()).map_err(|error| Error::malformed("a word of the login", error))?;
                self.go_on(more.data())?
            }
            Some(&SWITCH) => {
                let switch: AuthSwitchRequest<'_> =
                    ParseBuf(packet).parse(()).map_err(|error| Error::malformed("a change of the login", error))?;
                Some(self.begin(&switch.auth_plugin(), switch.plugin_data())?)
            }
            other => return Err(Error::Malformed(format!("a login packet that begins with {other:?}"))),
        };
        Ok(word.map_or(Progress::More, Progress::Send))
    }
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn a_version_is_the_servers_own() {
        assert_eq!(version("5.5.5-10.11.6-MariaDB-0+deb12u1"), "10.11.6-MariaDB-0+deb12u1");
        assert_eq!(version("11.4.2-MariaDB"), "11.4.2-MariaDB");
        assert_eq!(version("5.5.5-log"), "5.5.5-log");
        assert_eq!(version("8.4.3"), "8.4.3");
    }
}
