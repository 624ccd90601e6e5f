//! How the CPUs lie, which would be measured on, and what limits them.

use super::Finding;
use loopswap_conductor::Cpus;
use loopswap_protocol::cpu_ranges;
use loopswap_report::record::Environment;

/// Cases with many connections or tasks take some hundred MiB, all arms at once.
const MEMORY_MIN: u64 = 1 << 30;

/// What the machine is, for somebody who wants to measure on it.
pub(super) fn findings(environment: &Environment) -> Vec<Finding> {
    let choice = Cpus::here().choice();
    let mut findings = vec![Finding::new("topology", choice.machine.clone(), None)];
    let placed = format!("runner {}, peer {}: {}", cpu_ranges(&choice.runner), cpu_ranges(&choice.peer), choice.why);
    findings.push(Finding::new(
        "split",
        placed,
        (!choice.caveats.is_empty()).then(|| choice.caveats.join("; ")).as_deref(),
    ));
    findings.extend([quota(environment), memory(environment), threads(environment)]);
    findings.push(Finding::new("boost", boost(environment), None));
    findings.push(Finding::new("huge pages", known(environment.transparent_hugepages.as_deref()), None));
    findings.push(Finding::new("mitigations", mitigations(environment), None));
    let hypervisor = environment.hypervisor.as_deref().map_or_else(
        || "unknown".into(),
        |name| format!("{name}: it can take the CPUs away (steal), and hide which of them share a core"),
    );
    findings.push(Finding::new("hypervisor", hypervisor, None));
    findings
}

/// A quota below the CPUs that may be used halts a program that uses them all.
fn quota(environment: &Environment) -> Finding {
    let cpus = environment.cpus_allowed.len();
    let Some(quota) = environment.cpu_quota else { return Finding::new("cpu quota", "none", None) };
    let group = environment.cpu_quota_group.as_deref().unwrap_or("its control group");
    let found = format!("{quota:.2} CPUs, of {group}");
    let remedy = format!(
        "beyond it the kernel halts every thread until the next period: take the limit away (docker --cpus, \
         resources.limits.cpu, CPUQuota=, cpu.max), or give no more than {:.0} of the CPUs (taskset)",
        quota.floor().max(1.0)
    );
    Finding::new("cpu quota", found, (quota < cpus as f64).then_some(&remedy))
}

fn memory(environment: &Environment) -> Finding {
    let limit = environment.memory_limit_bytes.filter(|limit| *limit < environment.memory_bytes);
    let found = limit.map_or_else(|| "none".into(), |limit| format!("{} MiB, of its control group", limit >> 20));
    let little = limit.is_some_and(|limit| limit < MEMORY_MIN);
    let remedy = "a process that exceeds it is killed: raise it (docker --memory, resources.limits.memory, memory.max)";
    Finding::new("memory limit", found, little.then_some(remedy))
}

fn threads(environment: &Environment) -> Finding {
    Finding::new("smt", known(environment.smt.as_deref()), None)
}

fn boost(environment: &Environment) -> String {
    match environment.boost {
        Some(true) => "on: the clock follows heat and load, so runs of different days differ more".into(),
        Some(false) => "off".into(),
        None => known(None),
    }
}

fn known(setting: Option<&str>) -> String {
    setting.unwrap_or("the kernel does not tell").to_owned()
}

/// How many faults of the processor cost time in every system call.
fn mitigations(environment: &Environment) -> String {
    let told = |word: &str| environment.mitigations.values().filter(|what| what.starts_with(word)).count();
    match environment.mitigations.len() {
        0 => known(None),
        all => format!("against {} of {all} faults of processors, {} open", told("Mitigation"), told("Vulnerable")),
    }
}
