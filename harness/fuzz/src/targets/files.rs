//! Files and arguments that people write: suites, claims, URLs.

use crate::{Target, root};
use loopswap_conductor::{Case, Cpus, Filter, Known, MysqlUrl, RedisUrl, Suite, named_cases, plan};
use loopswap_protocol::WorkloadInfo;
use loopswap_report::claim::parse;
use loopswap_rt::Catalogue as _;
use loopswap_workloads::Workloads;
use std::net::SocketAddr;
use std::sync::LazyLock;

pub(super) const SUITE: Target = Target { name: "suite", seeds: suites, words: &SUITE_WORDS, run: suite };
pub(super) const CLAIM: Target = Target { name: "claim", seeds: claims, words: &CLAIM_WORDS, run: claim };
pub(super) const REDIS_URL: Target = Target { name: "redis-url", seeds: redis_urls, words: &URL_WORDS, run: redis_url };
pub(super) const MYSQL_URL: Target = Target { name: "mysql-url", seeds: mysql_urls, words: &URL_WORDS, run: mysql_url };

const SUITE_WORDS: [&str; 24] = [
    "[[case]]",
    "[[runner]]",
    "[[claim]]",
    "workload",
    "params",
    "sweep",
    "cpus",
    "\"cpus\"",
    "placement",
    "name",
    "slice",
    "budget",
    "limit",
    "\"1ms\"",
    "\"100years\"",
    "rate",
    "conns",
    "redis",
    "http-fetch",
    "tokio",
    "generations",
    "check",
    "\"every\"",
    "except",
];
const CLAIM_WORDS: [&str; 17] = [
    "ratio(",
    "time(",
    "failed(",
    " / ",
    " @ ",
    ">=",
    "<",
    "all",
    "20ms",
    "1.5",
    "µs",
    "\"",
    ", ",
    ")",
    "%",
    "p99(",
    "cpu/one-go",
];
const URL_WORDS: [&str; 10] = ["redis://", "mysql://", "@", ":", "/", "[::1]", "127.0.0.1", "65536", "é", "%40"];

static WORKLOADS: LazyLock<Vec<WorkloadInfo>> = LazyLock::new(Workloads::infos);
static CASES: LazyLock<Vec<Case>> = LazyLock::new(|| named_cases(&WORKLOADS).expect("our own cases"));

fn suites() -> Vec<Vec<u8>> {
    let files = std::fs::read_dir(root().join("workloads/catalogue/suites")).into_iter().flatten().flatten();
    let mut texts: Vec<Vec<u8>> = files.filter_map(|file| std::fs::read(file.path()).ok()).collect();
    let own = "about = \"a\"\nreference = \"tokio\"\nruntimes = [\"tokio\", \"it\"]\ngenerations = 3\nslice = \"5ms\"\n\
               [[runner]]\nname = \"it\"\ncommand = [\"it\"]\n\
               [[case]]\nworkload = \"redis\"\nname = \"mine\"\nparams = { servers = 2 }\nsweep = { conns = [1, 8] }\n\
               [[case]]\nworkload = \"cpu\"\ncpus = [1, 2]\n\
               [[case]]\ncase = \"every\"\nexcept = [\"sleep\"]\n\
               [[claim]]\nsays = \"b\"\ncheck = \"time(cpu/cpus=1, tokio) <= 20ms\"\n";
    texts.push(own.into());
    texts.sort_by_key(Vec::len);
    texts.truncate(5);
    texts
}

fn suite(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let runtimes: Vec<String> = ["tokio", "smol", "threads", "sequential"].map(str::to_owned).into();
    let guests = ["uvloop".to_owned()];
    let known = Known { runtimes: &runtimes, guests: &guests, workloads: &WORKLOADS, cases: &CASES };
    match Suite::parse("fuzz", "fuzz.toml", text, known) {
        Ok(suite) => {
            for allowed in [vec![0], vec![0, 1, 5]] {
                let cpus = Cpus { allowed, ..Cpus::default() };
                let _ = plan(&suite, &Filter::default(), &cpus, 1);
            }
        }
        Err(failure) => assert!(failure.to_string().len() < 40_000, "an error without bounds"),
    }
}

fn claims() -> Vec<Vec<u8>> {
    let found = suites().into_iter().filter_map(|suite| String::from_utf8(suite).ok());
    let checks = found.flat_map(|suite| {
        let checks = suite.lines().filter_map(|line| line.trim().strip_prefix("check = "));
        checks.map(|check| check.trim_matches(['"', '\'']).as_bytes().to_vec()).collect::<Vec<_>>()
    });
    let own = ["ratio(cpu/yielding @ tokio / cpu/one-go @ tokio) >= 0.95", "failed(redis/conns=64) <= 0"];
    checks.chain(own.map(|check| check.as_bytes().to_vec())).collect()
}

fn claim(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok((check, _)) = parse(text) {
        let written = check.to_string();
        let (again, _) = parse(&written).unwrap_or_else(|error| panic!("{written}: {}", error.what));
        assert_eq!(again.to_string(), written, "what was written means the same");
    }
}

fn redis_urls() -> Vec<Vec<u8>> {
    ["redis://me:secret@127.0.0.1:7000/3", "redis://:p@[::1]", "redis://host/"]
        .map(|url| url.as_bytes().to_vec())
        .into()
}

fn mysql_urls() -> Vec<Vec<u8>> {
    ["mysql://me:se:cr@et@127.0.0.1:3307/", "mysql://me@127.0.0.1", "mysql://h"]
        .map(|url| url.as_bytes().to_vec())
        .into()
}

/// Names are not looked up here.
fn no_lookup(host: &str) -> Option<SocketAddr> {
    host.parse().ok()
}

fn redis_url(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = RedisUrl::parse_with(text, no_lookup).map(|url| url.peer()).map_err(|failure| failure.to_string());
    }
}

fn mysql_url(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = MysqlUrl::parse_with(text, no_lookup).map_err(|failure| failure.to_string());
    }
}
