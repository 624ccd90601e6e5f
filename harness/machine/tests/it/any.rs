//! Any topology, including nonsense.

use loopswap_machine::{CpuTopology, Wish};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use tempfile::TempDir;

/// A file of a tree: which one, and what is in it.
type File = (String, String);

fn put(root: &Path, (path, text): &File) {
    let path = root.join("sys/devices").join(path);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}

/// A machine with correct files: CPUs assigned to cores, cores to packages and caches.
#[derive(Clone, Debug)]
struct Machine {
    /// Core of each CPU.
    core: Vec<usize>,
    /// Capacity of each core.
    capacity: Vec<usize>,
    online: Vec<bool>,
    allowed: Vec<bool>,
    packages: usize,
    caches: usize,
    smt: bool,
    beside: usize,
}

fn machines() -> impl Strategy<Value = Machine> {
    prop_oneof![3 => 1..=12_usize, 1 => 13..=256_usize].prop_flat_map(|cpus| {
        let of = |most: usize| prop::collection::vec(0..most, cpus);
        let mostly = || prop::collection::vec(prop::bool::weighted(0.8), cpus);
        let kinds = prop::collection::vec(prop::sample::select(vec![0, 400, 1000, 1024]), cpus);
        let few = (1..=4_usize, 1..=8_usize, any::<bool>(), 0..=cpus);
        (of(cpus.div_ceil(2)), kinds, mostly(), mostly(), few).prop_map(
            |(core, capacity, online, allowed, (packages, caches, smt, beside))| Machine {
                core,
                capacity,
                online,
                allowed,
                packages,
                caches,
                smt,
                beside,
            },
        )
    })
}

impl Machine {
    fn online(&self) -> Vec<usize> {
        (0..self.core.len()).filter(|cpu| self.online[*cpu]).collect()
    }

    fn allowed(&self) -> Vec<usize> {
        (0..self.core.len()).filter(|cpu| self.allowed[*cpu]).collect()
    }

    fn topology(&self) -> CpuTopology {
        let root = TempDir::new().expect("a folder");
        let list = |cpus: Vec<usize>| cpus.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let package = |cpu: usize| self.core[cpu] % self.packages;
        let cache = |cpu: usize| package(cpu) + self.packages * (self.core[cpu] / self.packages % self.caches);
        let alike = |key: &dyn Fn(usize) -> usize| {
            let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            self.online().into_iter().for_each(|cpu| groups.entry(key(cpu)).or_default().push(cpu));
            groups.into_iter().map(|(key, cpus)| (key, list(cpus))).collect::<BTreeMap<_, _>>()
        };
        let (threads, sharing, nodes) = (alike(&|cpu| self.core[cpu]), alike(&cache), alike(&package));
        put(root.path(), &("system/cpu/online".into(), list(self.online())));
        for (node, cpus) in nodes {
            put(root.path(), &(format!("system/node/node{node}/cpulist"), cpus));
        }
        for cpu in self.online() {
            let at = |file: &str| format!("system/cpu/cpu{cpu}/{file}");
            let files = [
                (at("topology/thread_siblings_list"), threads[&self.core[cpu]].clone()),
                (at("topology/physical_package_id"), package(cpu).to_string()),
                (at("cache/index3/level"), "3".into()),
                (at("cache/index3/shared_cpu_list"), sharing[&cache(cpu)].clone()),
                (at("cpu_capacity"), self.capacity[self.core[cpu]].to_string()),
            ];
            files.iter().for_each(|file| put(root.path(), file));
        }
        CpuTopology::read(root.path())
    }
}

fn distinct(cpus: &[usize]) -> bool {
    cpus.iter().collect::<BTreeSet<_>>().len() == cpus.len()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn what_is_chosen_may_be_used_and_shares_no_core(machine in machines()) {
        let allowed = machine.allowed();
        let usable: Vec<usize> = machine.online().into_iter().filter(|cpu| allowed.contains(cpu)).collect();
        prop_assume!(!usable.is_empty());
        let wish = Wish { smt: machine.smt, beside: machine.beside, alone: 0 };
        let choice = machine.topology().choose(&allowed, wish);
        let cores = |cpus: &[usize]| cpus.iter().map(|cpu| machine.core[*cpu]).collect::<BTreeSet<_>>();
        for cpus in [&choice.runner, &choice.peer, &choice.alone] {
            prop_assert!(!cpus.is_empty() && distinct(cpus));
            prop_assert!(cpus.iter().all(|cpu| usable.contains(cpu)), "{choice:?}");
            prop_assert!(machine.smt || cores(cpus).len() == cpus.len(), "two threads of one core: {choice:?}");
        }
        prop_assert!(distinct(&choice.idle) && choice.idle.iter().all(|cpu| usable.contains(cpu)));
        prop_assert!(choice.idle.iter().all(|cpu| !choice.runner.contains(cpu) && !choice.peer.contains(cpu)));
        let (runner, peer) = (cores(&choice.runner), cores(&choice.peer));
        if cores(&usable).len() > 1 {
            prop_assert!(runner.is_disjoint(&peer), "{choice:?}");
            prop_assert!(runner.len().abs_diff(peer.len()) <= 1, "{choice:?}");
        }
        // A single thread moves over the runner's CPUs, all arms of a parallel row use them.
        let speeds: BTreeSet<usize> = runner.iter().map(|core| machine.capacity[*core]).collect();
        let (least, most) = (speeds.first().expect("a core"), speeds.last().expect("a core"));
        prop_assert!(*least as f64 >= *most as f64 * 0.95, "unlike cores: {choice:?}");
    }

    #[test]
    fn nonsense_is_read_to_its_end_and_something_is_chosen(
        cpus in 1..=256_usize,
        allowed in prop::collection::btree_set(0..300_usize, 0..40),
        garbage in prop::collection::btree_map(
            prop::sample::select(vec![
                "system/cpu/online", "system/cpu/isolated", "cpu_core/cpus", "cpu_atom/cpus",
                "system/node/node0/cpulist", "system/node/nodeX/cpulist",
            ]),
            "[0-9,x -]{0,12}",
            0..6,
        ),
        of_cpu in prop::collection::vec((
            0..256_usize,
            prop::sample::select(vec![
                "topology/thread_siblings_list", "topology/physical_package_id", "cpu_capacity", "online",
                "cache/index2/level", "cache/index2/shared_cpu_list", "cache/index2/type",
            ]),
            prop_oneof!["[0-9]{1,3}", "[0-9]{1,2}-[0-9]{1,3}", "[0-9,x -]{0,12}", "0-4294967295"],
        ), 0..40),
        smt in any::<bool>(),
        beside in 0..600_usize,
    ) {
        let root = TempDir::new().expect("a folder");
        let mut files: BTreeMap<String, String> =
            [("system/cpu/online".to_owned(), format!("0-{}", cpus - 1))].into();
        files.extend(garbage.into_iter().map(|(path, text)| (path.to_owned(), text)));
        files.extend(of_cpu.into_iter().map(|(cpu, path, text)| (format!("system/cpu/cpu{cpu}/{path}"), text)));
        files.into_iter().for_each(|file| put(root.path(), &file));
        let topology = CpuTopology::read(root.path());
        let allowed: Vec<usize> = allowed.into_iter().collect();
        let choice = topology.choose(&allowed, Wish { smt, beside, alone: beside });
        prop_assert!(!choice.runner.is_empty() && !choice.peer.is_empty() && !choice.alone.is_empty());
        let chosen = [&choice.runner, &choice.peer, &choice.alone].into_iter().flatten();
        prop_assert!(allowed.is_empty() || chosen.clone().all(|cpu| allowed.contains(cpu)), "{choice:?}");
        prop_assert!(!topology.describe().is_empty() && !choice.why.is_empty());
    }
}
