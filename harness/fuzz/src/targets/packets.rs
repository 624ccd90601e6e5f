//! Packets on the sockets of the embedded servers, and of the MySQL client.

use crate::Target;
use loopswap_mysql_wire::{Exchange, Execute, Login, Prepare, Progress, Query, Wire};
use loopswap_peers::fuzz;

pub(super) const HTTP: Target = Target { name: "http", seeds: http, words: &HTTP_WORDS, run: fuzz::http };
pub(super) const RESP: Target = Target { name: "resp", seeds: resp, words: &RESP_WORDS, run: fuzz::resp };
pub(super) const MYSQL: Target = Target { name: "mysql", seeds: mysql, words: &MYSQL_WORDS, run: fuzz::mysql };
pub(super) const JOBS: Target = Target { name: "jobs", seeds: jobs, words: &[], run: fuzz::jobs };
pub(super) const LOAD: Target = Target { name: "load", seeds: load, words: &LOAD_WORDS, run: fuzz::load };
pub(super) const MYSQL_CLIENT: Target =
    Target { name: "mysql-client", seeds: fuzz::mysql_conversation, words: &[], run: mysql_client };

const HTTP_WORDS: [&str; 9] =
    ["/body/", "/page/", "/stats", "/health", "delay_us=", "stall_us=", "stall_every_us=", "links=", "text="];
const RESP_WORDS: [&str; 16] = [
    "*1\r\n",
    "$4\r\nPING\r\n",
    "*0\r\n",
    "*-1\r\n",
    "$-1\r\n",
    "\r\n",
    "HSET",
    "HGETALL",
    "SELECT",
    "AUTH",
    "HELLO",
    "INFO",
    "CLIENT",
    "CONFIG",
    "DEL",
    "EXPIRE",
];
const MYSQL_WORDS: [&str; 9] =
    ["SELECT ", "Host", "User", " FROM user", " WHERE ", " = ?", "SHOW STATUS", "LIKE '", "*"];
const LOAD_WORDS: [&str; 8] = [
    "{\"close\":{}}\n",
    "{\"stats\":{}}\n",
    "\"echo\"",
    "\"http\"",
    "HTTP/1.1 200 OK\r\n",
    "content-length: ",
    "\r\n\r\n",
    "0",
];

fn http() -> Vec<Vec<u8>> {
    [
        "/body/4096/7?delay_us=100&stall_us=5&stall_every_us=10",
        "/page/7/3?links=4&text=100&delay_us=50",
        "/stats",
        "/health?x",
    ]
    .map(|target| target.as_bytes().to_vec())
    .into()
}

fn resp() -> Vec<Vec<u8>> {
    [
        "*8\r\n$4\r\nHSET\r\n$3\r\ncar\r\n$4\r\nkey1\r\n$1\r\n1\r\n$4\r\nkey2\r\n$1\r\n2\r\n$4\r\nkey3\r\n$1\r\n3\r\n\
         *2\r\n$7\r\nHGETALL\r\n$3\r\ncar\r\n",
        "*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$7\r\ndefault\r\n$1\r\nx\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n",
        "*1\r\n$4\r\nINFO\r\n*3\r\n$6\r\nCLIENT\r\n$7\r\nSETNAME\r\n$1\r\na\r\n*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n\
         *2\r\n$3\r\nGET\r\n$1\r\na\r\n*2\r\n$3\r\nDEL\r\n$1\r\na\r\n",
    ]
    .map(|bytes| bytes.as_bytes().to_vec())
    .into()
}

/// Packets of a client: a login, then commands; each with three bytes of length and its number.
fn mysql() -> Vec<Vec<u8>> {
    let packet = |number: u8, payload: &[u8]| {
        let mut bytes = (payload.len() as u32).to_le_bytes()[..3].to_vec();
        bytes.push(number);
        bytes.extend_from_slice(payload);
        bytes
    };
    let mut login = vec![0x0d, 0xa2, 0x3a, 0x01, 0, 0, 0x40, 0, 45];
    login.extend([0; 23]);
    login.extend(b"root\0\0mysql\0mysql_native_password\0");
    let prepared = [&[0x17, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 253, 0, 4][..], b"root"].concat();
    let commands = [
        b"\x03SELECT Host,User FROM user".to_vec(),
        b"\x16SELECT Host,User FROM user WHERE User = ?".to_vec(),
        prepared,
        b"\x03SHOW GLOBAL STATUS LIKE 'Com_select'".to_vec(),
        b"\x02mysql".to_vec(),
        b"\x19\x01\0\0\0".to_vec(),
        b"\x0e".to_vec(),
    ];
    let all = commands.iter().flat_map(|command| packet(0, command));
    vec![packet(1, &login).into_iter().chain(all).collect()]
}

fn jobs() -> Vec<Vec<u8>> {
    vec![[b's', 1, 0, 0, 0, 0, 0, 0, 0].repeat(6), [b'c'; 50].to_vec(), [[b'n'; 1].to_vec(), vec![0; 24]].concat()]
}

fn load() -> Vec<Vec<u8>> {
    [
        "{\"begin\":{\"address\":\"127.0.0.1:4000\",\"operation\":{\"echo\":{\"size\":64,\"seed\":1}}}}\n\
         {\"connect\":{\"connections\":64}}\n{\"run\":{\"ops\":10,\"rate\":5,\"latency\":true}}\n{\"close\":{}}\n",
        "{\"begin\":{\"address\":\"127.0.0.1:4000\",\"operation\":{\"http\":{\"path\":\"/\",\"body\":\"hello\"}}}}\n\
         HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    ]
    .map(|bytes| bytes.as_bytes().to_vec())
    .into()
}

/// A server may answer with anything: the bytes are its side of a login and of three commands.
fn mysql_client(bytes: &[u8]) {
    let mut wire = Wire::default();
    wire.receive(bytes);
    let Some(session) = carry_out(&mut wire, Login::new("root", "secret", "mysql")) else { return };
    let (_, query) = Query::new(&session, "SELECT Host,User FROM user");
    let _ = carry_out(&mut wire, query);
    let (_, prepare) = Prepare::new(&session, "SELECT Host,User FROM user WHERE User = ?");
    if let Some(prepared) = carry_out(&mut wire, prepare) {
        let (_, execute) = Execute::new(&session, prepared, &[]);
        let _ = carry_out(&mut wire, execute);
    }
}

/// For as long as there are bytes.
fn carry_out<E: Exchange>(wire: &mut Wire, mut exchange: E) -> Option<E::Output> {
    // A command from us starts a new count of packets.
    let mut out = Vec::new();
    loop {
        if !wire.next_packet().ok()? {
            return None;
        }
        match exchange.take(wire.packet()).ok()? {
            Progress::More => {}
            Progress::Send(payload) => wire.reply(&payload, &mut out).ok()?,
            Progress::Done(output) => {
                wire.command(&[], &mut out).ok()?;
                return Some(output);
            }
        }
    }
}
