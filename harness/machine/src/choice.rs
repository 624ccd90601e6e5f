//! Which CPUs runners and peers get.
//!
//! Runners and peers get whole cores of one kind, the fastest that suffices. They stay together: in one
//! last-level cache, NUMA node or package, the smallest that suffices, and each cache in it is divided
//! between the two sides. One thread of a core is used, unless all are asked for.

use crate::topology::{CpuTopology, counted};
use loopswap_protocol::cpu_ranges;
use std::collections::{BTreeMap, BTreeSet};

/// A part of the machine suffices with this many CPUs: two for each side, so that a runtime with several
/// threads can run them in parallel.
const TOGETHER_MIN: usize = 4;

/// What is to be measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Whether all threads of a core are used, not one.
    pub smt: bool,
    /// Most CPUs that a case asks for next to a peer; 0 if none does.
    pub beside: usize,
    /// Most CPUs that a case without a peer asks for; 0 if none does.
    pub alone: usize,
}

/// The CPUs that were chosen, and why. Only `idle` may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choice {
    /// CPUs of runners next to a peer. The first ones are on different cores, even if all threads are used.
    pub runner: Vec<usize>,
    /// CPUs of peers.
    pub peer: Vec<usize>,
    /// CPUs of runners of a case without a peer.
    pub alone: Vec<usize>,
    /// CPUs that may be used and stay idle next to runner and peer.
    pub idle: Vec<usize>,
    /// What was chosen and why, as a clause.
    pub why: String,
    /// What this machine lacks; a sentence each.
    pub caveats: Vec<String>,
}

/// A core, as far as it may be used.
#[derive(Clone, Debug)]
struct Core {
    /// Its CPUs that are measured on, in order.
    cpus: Vec<usize>,
    /// All its CPUs that may be used.
    usable: Vec<usize>,
    kind: usize,
    place: Place,
}

/// The position of a core, the largest part first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    package: Option<i64>,
    node: Option<usize>,
    cache: Option<BTreeSet<usize>>,
}

/// The parts of a machine that runner and peer may share, the smallest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Cache,
    Node,
    Package,
    Machine,
}

impl Place {
    /// The part of the machine that contains this position.
    fn part(&self, part: Part) -> Place {
        let Place { package, node, cache } = self.clone();
        match part {
            Part::Cache => Place { package, node, cache },
            Part::Node => Place { package, node, cache: None },
            Part::Package => Place { package, node: None, cache: None },
            Part::Machine => Place { package: None, node: None, cache: None },
        }
    }
}

impl CpuTopology {
    /// Chooses among the CPUs that may be used. An unknown CPU is taken for a core of its own.
    #[must_use]
    pub fn choose(&self, allowed: &[usize], wish: Wish) -> Choice {
        let usable = self.usable(allowed);
        let cores = self.cores(&usable, wish.smt);
        let same_kind = of_one_kind(&cores, wish);
        let mut chosen = match (same_kind.len(), cores.len()) {
            (_, 1) => one_core(&cores[0], wish.smt),
            (1, _) => unlike_cores(&same_kind[0], &cores),
            _ => divide(&same_kind, wish),
        };
        let taken: BTreeSet<usize> = chosen.runner.iter().chain(&chosen.peer).copied().collect();
        chosen.idle = usable.iter().copied().filter(|cpu| !taken.contains(cpu)).collect();
        chosen.why = self.why(&cores, &same_kind, &chosen);
        chosen.caveats.extend(self.strangers(&usable, &chosen));
        chosen.caveats.extend(self.unbalanced(&chosen));
        chosen
    }

    /// The CPUs that may be used, are online, and are at least one.
    fn usable(&self, allowed: &[usize]) -> Vec<usize> {
        let allowed: BTreeSet<usize> = allowed.iter().copied().collect();
        let online: Vec<usize> = allowed.iter().copied().filter(|cpu| self.cpus.contains_key(cpu)).collect();
        match (online.is_empty(), allowed.is_empty(), self.cpus.is_empty()) {
            (false, ..) => online,
            // The affinity mask comes from the kernel itself, and is better than a list that contradicts it.
            (true, false, _) => allowed.into_iter().collect(),
            (true, true, false) => self.online(),
            (true, true, true) => vec![0],
        }
    }

    fn cores(&self, usable: &[usize], smt: bool) -> Vec<Core> {
        let mut cores: BTreeMap<usize, Core> = BTreeMap::new();
        for cpu in usable {
            let found = self.cpus.get(cpu);
            let place = Place {
                package: found.and_then(|found| found.package),
                node: found.and_then(|found| found.node),
                cache: found.and_then(|found| found.cache.clone()),
            };
            let kind = found.map_or(0, |found| found.kind);
            let core = cores.entry(found.map_or(*cpu, |found| found.core)).or_insert(Core {
                cpus: Vec::new(),
                usable: Vec::new(),
                kind,
                place,
            });
            core.usable.push(*cpu);
            if smt || core.cpus.is_empty() {
                core.cpus.push(*cpu);
            }
        }
        let mut cores: Vec<Core> = cores.into_values().collect();
        cores.sort_by_key(|core| core.cpus[0]);
        cores
    }

    fn why(&self, cores: &[Core], same_kind: &[Core], chosen: &Choice) -> String {
        let taken = |core: &&Core| core.cpus.iter().any(|cpu| chosen.runner.contains(cpu) || chosen.peer.contains(cpu));
        let used: Vec<&Core> = cores.iter().filter(taken).collect();
        let mut clauses = vec![format!("{} of {}", used.len(), counted(cores.len(), "core"))];
        let others = cores.len() - same_kind.len();
        if let (true, Some(name)) = (others > 0 && same_kind.len() > 1, self.kinds.get(same_kind[0].kind)) {
            clauses.push(format!("{name} cores only, {} of other kinds left out", counted(others, "core")));
        }
        let several = |part: Part| parts(same_kind, part).len() > 1;
        let one = |part: Part| used.iter().all(|core| core.place.part(part) == used[0].place.part(part));
        let Place { package, node, cache } = &used[0].place;
        let shared: Vec<&str> = [
            (Part::Package, package.is_some(), "package"),
            (Part::Node, node.is_some(), "NUMA node"),
            (Part::Cache, cache.is_some(), "last-level cache"),
        ]
        .into_iter()
        .filter(|(part, known, _)| *known && several(*part) && one(*part))
        .map(|(.., name)| name)
        .collect();
        if !shared.is_empty() {
            clauses.push(format!("in one {}", shared.join(", ")));
        }
        if used.iter().any(|core| core.usable.iter().any(|cpu| chosen.idle.contains(cpu))) {
            clauses.push("the other threads of these cores stay idle (--smt uses them)".into());
        }
        clauses.join("; ")
    }

    /// Says which cores have threads that this run may not use.
    fn strangers(&self, usable: &[usize], chosen: &Choice) -> Option<String> {
        let measured = chosen.runner.iter().chain(&chosen.peer).copied();
        let shared: Vec<usize> =
            measured.filter(|cpu| self.threads(*cpu).iter().any(|thread| !usable.contains(thread))).collect();
        (!shared.is_empty()).then(|| {
            format!(
                "the cores of cpus {} have threads that this run may not use: what runs there slows the measured ones; \
                 give whole cores (taskset, cpuset)",
                cpu_ranges(&shared)
            )
        })
    }

    /// Says on which CPUs the scheduler does not spread threads.
    fn unbalanced(&self, chosen: &Choice) -> Option<String> {
        let isolated: Vec<usize> = chosen.runner.iter().copied().filter(|cpu| self.isolated.contains(cpu)).collect();
        (isolated.len() > 1).then(|| {
            format!(
                "cpus {} are isolated (isolcpus): the kernel does not spread threads over them, so a runtime of several \
                 threads may stay on one",
                cpu_ranges(&isolated)
            )
        })
    }
}

/// The cores of one kind: of the fastest that suffices, or else of the one with most cores.
fn of_one_kind(cores: &[Core], wish: Wish) -> Vec<Core> {
    let needed = (2 * wish.beside).max(wish.alone).max(2);
    let kinds: BTreeSet<usize> = cores.iter().map(|core| core.kind).collect();
    let of = |kind: usize| cores.iter().filter(move |core| core.kind == kind);
    let has = |kind: usize| of(kind).map(|core| core.cpus.len()).sum::<usize>();
    // Two threads of one core do not make two sides.
    let suffices = |kind: &usize| of(*kind).count() >= 2 && has(*kind) >= needed;
    let fastest = kinds.iter().copied().find(suffices);
    let most =
        || kinds.iter().copied().max_by_key(|kind| (of(*kind).count().min(2), has(*kind), std::cmp::Reverse(*kind)));
    fastest.or_else(most).map_or_else(Vec::new, |kind| of(kind).cloned().collect())
}

/// The cores by the part of the machine in which they lie.
fn parts(cores: &[Core], part: Part) -> BTreeMap<Place, Vec<&Core>> {
    let mut parts: BTreeMap<Place, Vec<&Core>> = BTreeMap::new();
    for core in cores {
        parts.entry(core.place.part(part)).or_default().push(core);
    }
    parts
}

/// Divides several cores of one kind.
fn divide(cores: &[Core], wish: Wish) -> Choice {
    let (part, together) = together(cores, wish);
    let (mut runner, mut peer): (Vec<&Core>, Vec<&Core>) = (Vec::new(), Vec::new());
    for shared in groups(&together) {
        let half = shared.len() / 2;
        // The odd core of one cache goes to the runner, that of the next to the peer.
        let more = if runner.len() <= peer.len() { shared.len() - half } else { half };
        runner.extend(&shared[..more]);
        peer.extend(&shared[more..]);
    }
    let rest: Vec<&Core> = cores.iter().filter(|core| !together.iter().any(|other| other.cpus == core.cpus)).collect();
    let mut nearest = together.clone();
    nearest.extend(groups(&rest).into_iter().flatten());
    let mut caveats = Vec::new();
    if part == Part::Machine && parts(cores, Part::Package).len() > 1 {
        caveats
            .push("runner and peer lie in several packages: no package has enough cores for what is asked for".into());
    }
    Choice {
        runner: by_thread(&runner),
        peer: by_thread(&peer),
        alone: by_thread(&nearest),
        caveats,
        ..Choice::default()
    }
}

/// The smallest part of the machine that suffices, and its cores; among equals the one with most cores.
fn together(cores: &[Core], wish: Wish) -> (Part, Vec<&Core>) {
    let has = |cores: &[&Core]| cores.iter().map(|core| core.cpus.len()).sum::<usize>();
    let within = [Part::Cache, Part::Node, Part::Package, Part::Machine];
    // Rather one core for each side in one package than two in several.
    for (needed, within) in [(TOGETHER_MIN.max(2 * wish.beside), &within[..3]), (2 * wish.beside.max(1), &within[..])] {
        for part in within.iter().copied() {
            let largest = parts(cores, part)
                .into_values()
                .filter(|cores| cores.len() >= 2 && has(cores) >= needed)
                .max_by_key(|cores| (has(cores), std::cmp::Reverse(cores[0].cpus[0])));
            if let Some(cores) = largest {
                return (part, cores);
            }
        }
    }
    (Part::Machine, cores.iter().collect())
}

/// Cores by the last-level cache that they share.
fn groups<'a>(cores: &[&'a Core]) -> Vec<Vec<&'a Core>> {
    let mut groups: BTreeMap<&Place, Vec<&Core>> = BTreeMap::new();
    for core in cores {
        groups.entry(&core.place).or_default().push(core);
    }
    let mut groups: Vec<Vec<&Core>> = groups.into_values().collect();
    groups.sort_by_key(|cores| cores[0].cpus[0]);
    groups
}

/// The first thread of every core, then the second ones: so the first CPUs are on different cores.
fn by_thread(cores: &[&Core]) -> Vec<usize> {
    let most = cores.iter().map(|core| core.cpus.len()).max().unwrap_or(0);
    (0..most).flat_map(|thread| cores.iter().filter_map(move |core| core.cpus.get(thread).copied())).collect()
}

/// There is one core: its threads are divided, if it has several.
fn one_core(core: &Core, smt: bool) -> Choice {
    let (first, second) = core.usable.split_at(core.usable.len().div_ceil(2));
    if second.is_empty() {
        let caveat = "one CPU: the runner and its peer share it, so read the CPU time of an operation, not its time";
        let cpus = || core.usable.clone();
        return Choice {
            runner: cpus(),
            peer: cpus(),
            alone: cpus(),
            caveats: vec![caveat.into()],
            ..Choice::default()
        };
    }
    let part = |cpus: &[usize]| if smt { cpus.to_vec() } else { cpus[..1].to_vec() };
    let caveat = "one core: the runner and its peer are two threads of it and slow each other; read differences \
                  between runtimes, not what one costs";
    Choice {
        runner: part(first),
        peer: part(second),
        alone: part(&core.usable),
        caveats: vec![caveat.into()],
        ..Choice::default()
    }
}

/// No two cores are of one kind: the fastest goes to the runner, another one to the peer.
fn unlike_cores(fastest: &Core, cores: &[Core]) -> Choice {
    let other = cores.iter().filter(|core| core.cpus != fastest.cpus).min_by_key(|core| (core.kind, core.cpus[0]));
    let peer = other.map_or_else(|| fastest.cpus.clone(), |core| core.cpus.clone());
    let caveat = "no two cores are of one kind: the peer's is another kind than the runner's";
    Choice {
        runner: fastest.cpus.clone(),
        peer,
        alone: fastest.cpus.clone(),
        caveats: vec![caveat.into()],
        ..Choice::default()
    }
}
