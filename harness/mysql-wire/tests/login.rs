//! Logins against what a server says, packet by packet.

use loopswap_mysql_wire::{Error, Exchange as _, Login, Progress};
use mysql_common::auth::plugins::caching_sha2_password::scramble_sha256;
use mysql_common::auth::plugins::mysql_native_password::scramble_native;
use mysql_common::constants::{CapabilityFlags, StatusFlags};
use mysql_common::io::ParseBuf;
use mysql_common::packets::{AuthSwitchRequest, HandshakePacket, HandshakeResponse};
use mysql_common::proto::MySerialize as _;
use num_bigint::BigUint;
use sha1::{Digest as _, Sha1};

const NONCE: &[u8; 20] = b"abcdefghijklmnopqrst";
const OK: &[u8] = b"\x00\x00\x00\x02\x00\x00\x00";

fn capabilities() -> CapabilityFlags {
    CapabilityFlags::CLIENT_PROTOCOL_41
        | CapabilityFlags::CLIENT_SECURE_CONNECTION
        | CapabilityFlags::CLIENT_PLUGIN_AUTH
        | CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA
        | CapabilityFlags::CLIENT_CONNECT_WITH_DB
}

fn greeting(plugin: &str, capabilities: CapabilityFlags) -> Vec<u8> {
    let (first, second) = NONCE.split_at(8);
    let packet = HandshakePacket::new(
        10,
        &b"8.4.3"[..],
        7,
        first.try_into().unwrap(),
        Some([second, &[0]].concat()),
        capabilities,
        45,
        StatusFlags::SERVER_STATUS_AUTOCOMMIT,
        Some(plugin.as_bytes()),
    );
    let mut payload = Vec::new();
    packet.serialize(&mut payload);
    payload
}

fn switch(plugin: &str, nonce: &[u8]) -> Vec<u8> {
    let mut payload = Vec::new();
    AuthSwitchRequest::new(plugin.as_bytes(), [nonce, &[0]].concat()).serialize(&mut payload);
    payload
}

fn sent(progress: Progress<loopswap_mysql_wire::Session>) -> Vec<u8> {
    match progress {
        Progress::Send(payload) => payload,
        other => panic!("{other:?}"),
    }
}

fn done(login: &mut Login<'_>) {
    match login.take(OK).unwrap() {
        Progress::Done(session) => assert_eq!(session.version, "8.4.3"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_servers_own_plugin_is_answered_with_the_greeting() {
    let native = scramble_native(NONCE, b"secret").unwrap().to_vec();
    for (plugin, scramble) in [("mysql_native_password", native.clone()), ("auth_gssapi_client", native)] {
        let mut login = Login::new("me", "secret", "mysql");
        let payload = sent(login.take(&greeting(plugin, capabilities())).unwrap());
        let response: HandshakeResponse<'_> = ParseBuf(&payload).parse(()).unwrap();
        assert_eq!((response.user(), response.db_name()), (&b"me"[..], Some(&b"mysql"[..])));
        assert_eq!(response.scramble_buf(), scramble);
        assert_eq!(response.auth_plugin().unwrap().as_bytes(), b"mysql_native_password");
        done(&mut login);
    }
}

#[test]
fn a_password_in_the_servers_cache_takes_one_word() {
    let mut login = Login::new("me", "secret", "mysql");
    let payload = sent(login.take(&greeting("caching_sha2_password", capabilities())).unwrap());
    let response: HandshakeResponse<'_> = ParseBuf(&payload).parse(()).unwrap();
    assert_eq!(response.scramble_buf(), scramble_sha256(NONCE, b"secret").unwrap());
    assert_eq!(login.take(b"\x01\x03").unwrap(), Progress::More);
    done(&mut login);
}

#[test]
fn an_account_with_another_plugin_is_answered_with_its_own_nonce() {
    let other = b"tsrqponmlkjihgfedcba";
    for (plugin, expected) in [
        ("mysql_native_password", scramble_native(other, b"secret").unwrap().to_vec()),
        ("caching_sha2_password", scramble_sha256(other, b"secret").unwrap().to_vec()),
    ] {
        let mut login = Login::new("me", "secret", "mysql");
        login.take(&greeting("caching_sha2_password", capabilities())).unwrap();
        assert_eq!(sent(login.take(&switch(plugin, other)).unwrap()), expected);
        done(&mut login);
    }
}

#[test]
fn an_empty_password_is_an_empty_answer() {
    for plugin in ["mysql_native_password", "caching_sha2_password"] {
        let mut login = Login::new("me", "", "mysql");
        let payload = sent(login.take(&greeting(plugin, capabilities())).unwrap());
        let response: HandshakeResponse<'_> = ParseBuf(&payload).parse(()).unwrap();
        assert_eq!(response.scramble_buf(), b"");
        done(&mut login);
    }
}

/// A key of 1024 bits, made for this test.
const PUBLIC_KEY: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDJfUAc9TqsvD1WoYak39dFN8DI
xF6EmokQE7zfCqfxVK3zcyrXzzFLv0q+0YkKfeDMuCsXLrD7keAT2oEpJUMJC6lC
RkDDAq3C8tZukzg+48ykDkGfFn5IUBTdfyTmC7O3axkPldm4d9exNA+XZSoauxpZ
3tA/mh6S4+hWolYhTwIDAQAB
-----END PUBLIC KEY-----
";
const MODULUS: &str = "c97d401cf53aacbc3d56a186a4dfd74537c0c8c45e849a891013bcdf0aa7f154adf3732ad7cf314bbf4abed1890a7de0\
    ccb82b172eb0fb91e013da81292543090ba9424640c302adc2f2d66e93383ee3cca40e419f167e485014dd7f24e60bb3b76b190f95d9b877d7\
    b1340f97652a1abb1a59ded03f9a1e92e3e856a256214f";
const PRIVATE_EXPONENT: &str = "701d8cb6505264d99dbbfdc74128f8cd2037dabf41e4c164b1187a891591dbbc85caa873d78007eb21374334\
    aeefb2998af093b1a39e816d6b6540b98c1e9acc88db669139efdd3234df6d7d03cf187d7e24051f64ff70b6c632acef2567403fec3fcf5271\
    e4fdc8f7d9cbdbd0d2fa5b9c4d37a1df11b38cea05f50c3d5032e1";

/// What was encrypted with the public key, by the book (RFC 8017, 7.1.2, with SHA-1).
fn decrypted(ciphertext: &[u8]) -> Vec<u8> {
    let number = |hex: &str| BigUint::parse_bytes(hex.as_bytes(), 16).unwrap();
    let plain = BigUint::from_bytes_be(ciphertext).modpow(&number(PRIVATE_EXPONENT), &number(MODULUS)).to_bytes_be();
    let mut block = vec![0; 128 - plain.len()];
    block.extend(plain);
    let mask = |seed: &[u8], length: usize| -> Vec<u8> {
        let blocks = (0_u32..).flat_map(|count| Sha1::digest([seed, &count.to_be_bytes()].concat()).to_vec());
        blocks.take(length).collect()
    };
    let xor = |left: &[u8], right: Vec<u8>| -> Vec<u8> { left.iter().zip(right).map(|(l, r)| l ^ r).collect() };
    let (seed, data) = block[1..].split_at(20);
    let seed = xor(seed, mask(data, 20));
    let data = xor(data, mask(&seed, data.len()));
    assert_eq!(block[0], 0);
    assert_eq!(data[..20], Sha1::digest(b"")[..]);
    let padding = data[20..].iter().position(|byte| *byte == 1).unwrap();
    data[20 + padding + 1..].to_vec()
}

#[test]
fn a_password_that_is_not_cached_goes_encrypted_with_the_servers_key() {
    let mut login = Login::new("me", "secret", "mysql");
    login.take(&greeting("caching_sha2_password", capabilities())).unwrap();
    assert_eq!(sent(login.take(b"\x01\x04").unwrap()), [2], "it asks for the key");
    let encrypted = sent(login.take(&[b"\x01", PUBLIC_KEY.as_bytes()].concat()).unwrap());
    let masked = decrypted(&encrypted);
    let password: Vec<u8> = masked.iter().zip(NONCE.iter().cycle()).map(|(byte, nonce)| byte ^ nonce).collect();
    assert_eq!(password, b"secret\0");
    done(&mut login);
}

#[test]
fn a_password_is_never_sent_as_it_is() {
    for plugin in ["mysql_clear_password", "dialog", "client_ed25519", "sha256_password"] {
        let mut login = Login::new("me", "secret", "mysql");
        login.take(&greeting("mysql_native_password", capabilities())).unwrap();
        match login.take(&switch(plugin, NONCE)) {
            Err(Error::Plugin(name)) => assert_eq!(name, plugin),
            other => panic!("{plugin}: {other:?}"),
        }
    }
}

#[test]
fn a_refusal_has_the_servers_words() {
    let mut login = Login::new("me", "wrong", "mysql");
    login.take(&greeting("mysql_native_password", capabilities())).unwrap();
    let error = login.take(b"\xff\x15\x04#28000Access denied for user 'me'").unwrap_err();
    assert_eq!(error.to_string(), "the server answered error 1045: Access denied for user 'me'");
    // A server that is full says so before it knows of SQL states.
    let error = Login::new("me", "secret", "mysql").take(b"\xff\x10\x04Too many connections").unwrap_err();
    assert_eq!(error.to_string(), "the server answered error 1040: Too many connections");
}

#[test]
fn what_is_no_greeting_is_an_error() {
    let take = |packet: &[u8]| Login::new("me", "secret", "mysql").take(packet);
    let whole = greeting("mysql_native_password", capabilities());
    for length in 0..whole.len() - 40 {
        assert!(take(&whole[..length]).is_err(), "{length} bytes");
    }
    let old = greeting("mysql_native_password", CapabilityFlags::CLIENT_SECURE_CONNECTION);
    assert!(take(&old).unwrap_err().to_string().contains("too old"));
    let mut login = Login::new("me", "secret", "mysql");
    login.take(&whole).unwrap();
    assert!(matches!(login.take(b"\x07"), Err(Error::Malformed(_))));
    assert!(matches!(login.take(b""), Err(Error::Malformed(_))));
}
