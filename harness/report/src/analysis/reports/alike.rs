//! Were two reports measured under the same conditions? If not, the comparison is refused.

use crate::model::{Report, RowReport};
use crate::record::PeerIdentity;
use loopswap_protocol::quoted;
use std::fmt;

/// Why two reports, or a case that both have, cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incomparable {
    /// Which field differs, where, and its two values.
    pub what: String,
    /// The remedy.
    pub remedy: String,
}

impl fmt::Display for Incomparable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.what, self.remedy)
    }
}

impl std::error::Error for Incomparable {}

const ACROSS: &str = "measure both on one host, or compare by ratios to the reference: --across-hosts";

/// Refuses reports of unlike formats or hosts.
pub(super) fn reports(base: &Report, head: &Report, across_hosts: bool) -> Result<(), Incomparable> {
    let again = "make both again with one version: `loopswap report --json` computes a report from its record";
    same("schema", None, &base.schema, &head.schema, again)?;
    if across_hosts {
        let remedy = "give both runs the same --reference: ratios to different runtimes say nothing about each other";
        return same("reference", None, &base.reference, &head.reference, remedy);
    }
    let (base, head) = (&base.environment, &head.environment);
    same("environment.cpu_model", None, &base.cpu_model, &head.cpu_model, ACROSS)?;
    same("environment.cpus_online", None, &base.cpus_online, &head.cpus_online, ACROSS)?;
    same("environment.kernel", None, &base.kernel, &head.kernel, ACROSS)
}

/// Refuses a case that was not the same work under the same conditions.
pub(super) fn rows(base: &RowReport, head: &RowReport) -> Result<(), Incomparable> {
    let case = Some(base.case.as_str());
    let suite = "a case of another make needs another name: measure both sides with one suite";
    same("workload", case, &base.workload, &head.workload, suite)?;
    for key in base.params.keys().chain(head.params.keys().filter(|key| !base.params.contains_key(*key))) {
        let value = |row: &RowReport| row.params.get(key).map_or_else(|| "absent".into(), ToString::to_string);
        same(&format!("params.{key}"), case, &value(base), &value(head), suite)?;
    }
    same("operation", case, &base.operation, &head.operation, suite)?;
    same("granule_ops", case, &base.granule_ops, &head.granule_ops, suite)?;
    let placed = "measure both sides with the same --placement";
    same("placement", case, &said(base.placement), &said(head.placement), placed)?;
    let cpus = "give both runs as many CPUs: `taskset -c` and the same --placement";
    same("number of runner_cpus", case, &base.runner_cpus.len(), &head.runner_cpus.len(), cpus)?;
    same("number of peer_cpus", case, &base.peer_cpus.len(), &head.peer_cpus.len(), cpus)?;
    let peers = "let the same server serve both sides: the same version installed, the same --redis, or \
                 --embedded-redis for both";
    same("peers", case, &peers_of(&base.peers), &peers_of(&head.peers), peers)
}

fn peers_of(peers: &[PeerIdentity]) -> String {
    let peer = |peer: &PeerIdentity| {
        let started = if peer.started_here { "started by loopswap" } else { "there already" };
        format!("{} {} ({started})", said(peer.kind), peer.name)
    };
    let all: Vec<String> = peers.iter().map(peer).collect();
    if all.is_empty() { "none".into() } else { all.join(", ") }
}

/// The name of a variant, as files have it.
fn said(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        Ok(other) => other.to_string(),
        Err(error) => error.to_string(),
    }
}

fn same<T: PartialEq + fmt::Display>(
    field: &str,
    case: Option<&str>,
    base: &T,
    head: &T,
    remedy: &str,
) -> Result<(), Incomparable> {
    if base == head {
        return Ok(());
    }
    let place = case.map_or_else(String::new, |case| format!("{case}: "));
    let [field, base, head] = [field, &base.to_string(), &head.to_string()].map(quoted);
    let what = format!("{place}`{field}` differs: BASE has {base}, HEAD has {head}");
    Err(Incomparable { what, remedy: remedy.to_owned() })
}
