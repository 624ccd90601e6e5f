//! The runner protocol, in both directions.

use crate::Target;
use loopswap_protocol::{Command, Latencies, Reply, tame};
use std::time::Duration;

pub(super) const REPLY: Target = Target { name: "reply", seeds: replies, words: &WORDS, run: reply };
pub(super) const COMMAND: Target = Target { name: "command", seeds: commands, words: &WORDS, run: command };

const WORDS: [&str; 16] = [
    "\"hello\"",
    "\"ready\"",
    "\"slice\"",
    "\"paced\"",
    "\"count\"",
    "\"tally\"",
    "\"bye\"",
    "{}",
    "[",
    "]",
    "null",
    "\"prepare\"",
    "\"traced\"",
    "\"peers\"",
    "\"notes\"",
    "\"unavailable\"",
];

fn histogram() -> String {
    let mut latencies = Latencies::new();
    for micros in [1, 2, 3, 50, 70_000] {
        latencies.record(Duration::from_micros(micros));
    }
    latencies.encode()
}

fn replies() -> Vec<Vec<u8>> {
    let latency = histogram();
    let hello = r#"{"hello":{"protocol":1,"runtime":{"name":"it","package":"it","version":"1","driver":"epoll","topology":"single-thread","about":"a","unsupported":{"cancel":"no"},"language":"a","interpreter":{"name":"a","version":"1"},"loop":"a","libraries":{"a":"1"},"settings":{"gc":"off"},"notes":["a"],"timer_early_ns":1,"variant_of":"a"},"workloads":["sleep"],"counters":["polls"],"unavailable":{"reason":"a","remedy":"b"}}}"#;
    let count = format!(
        r#"{{"count":{{"ops":8,"voluntary_switches":1,"involuntary_switches":2,"rss_peak_bytes":3,"latency":"{latency}","notes":{{"spawn_ns":1.5}},"tally":{{"ops":8,"counters":{{"polls":3}},"unavailable":{{"a":"b"}},"methods":{{"c":"d"}}}}}}}}"#
    );
    let paced = format!(r#"{{"paced":{{"ops":8,"ns":2000,"typical_ns":2000,"cpu_ns":1800,"response":"{latency}"}}}}"#);
    let rest = [
        r#"{"ready":{"threads":1,"rss_bytes":7}}"#,
        r#"{"slice":{"ops":8,"ns":2000,"typical_ns":1900,"cpu_ns":1800}}"#,
        r#"{"unfinished":{"done":1,"ops":2,"ns":3}}"#,
        r#"{"error":{"message":"a"}}"#,
        r#"{"bye":{}}"#,
    ];
    [hello.to_owned(), count, paced].into_iter().chain(rest.map(str::to_owned)).map(String::into_bytes).collect()
}

fn reply(bytes: &[u8]) {
    let Ok(reply) = serde_json::from_slice::<Reply>(bytes) else { return };
    match &reply {
        Reply::Hello(hello) => {
            let mut value = serde_json::to_value(hello).expect("plain data");
            tame(&mut value);
            serde_json::from_value::<loopswap_protocol::Hello>(value).expect("a hello that can be shown is one");
        }
        Reply::Count(counted) => {
            let _ = counted.latency.as_deref().map(Latencies::decode);
        }
        Reply::Paced(paced) => {
            let _ = Latencies::decode(&paced.response);
        }
        _ => {}
    }
    let written = serde_json::to_string(&reply).expect("plain data");
    serde_json::from_str::<Reply>(&written).expect("what was written can be read again");
}

fn commands() -> Vec<Vec<u8>> {
    [
        r#"{"prepare":{"case":"redis/conns=1","workload":"redis","params":{"conns":1,"reuse":true,"variant":"a"},"peers":[{"kind":"redis","address":"127.0.0.1:1","user":"a","password":"b","database":3,"accounts":[["a","b"]]}],"threads":1,"cpus":[0,1],"seed":1,"limit_ms":60000,"tally_tasks":true}}"#,
        r#"{"slice":{"ops":1000}}"#,
        r#"{"count":{"ops":1000,"tally":true,"traced":true}}"#,
        r#"{"bye":{}}"#,
    ]
    .map(|line| line.as_bytes().to_vec())
    .into()
}

fn command(bytes: &[u8]) {
    if let Ok(command) = serde_json::from_slice::<Command>(bytes) {
        let written = serde_json::to_string(&command).expect("plain data");
        serde_json::from_str::<Command>(&written).expect("what was written can be read again");
    }
}
