//! Real machines, as facts: most are in the test data of hwloc (open-mpi/hwloc, tests/hwloc/linux, under the
//! names given here), whose numbers these are.

use crate::tree::{PLAIN, Tree};
use loopswap_machine::{Choice, Wish};
use loopswap_protocol::cpu_ranges;
use std::fmt::Write as _;

const MACHINES: &[Tree] = &[
    Tree { name: "1 CPU (1alpha)", online: "0", cache: |_| None, ..PLAIN },
    Tree { name: "2 CPUs without SMT (2i386-2c)", online: "0-1", level: 2, node: |_| None, ..PLAIN },
    Tree {
        name: "1 core of 2 threads (2i386-2t)",
        online: "0-1",
        core: |_| Some(0),
        level: 2,
        node: |_| None,
        ..PLAIN
    },
    Tree { name: "4 cores of 2 threads, n and n+4 (8em64t-4c2t)", online: "0-7", core: |cpu| Some(cpu % 4), ..PLAIN },
    Tree { name: "8 cores of 2 threads, n and n+8", online: "0-15", core: |cpu| Some(cpu % 8), ..PLAIN },
    Tree { name: "8 cores of 2 threads, 2n and 2n+1", online: "0-15", core: |cpu| Some(cpu / 2), ..PLAIN },
    Tree {
        name: "2 packages of 8 cores of 2 threads (32intel64-2p8co2t)",
        online: "0-31",
        core: |cpu| Some(cpu % 16),
        package: |cpu| Some(cpu % 16 / 8),
        cache: |cpu| Some(cpu % 16 / 8),
        node: |cpu| Some(cpu % 16 / 8),
        ..PLAIN
    },
    Tree {
        name: "2 packages, dealt in turn, 4 nodes (memorysidecaches)",
        online: "0-79",
        core: |cpu| Some(cpu % 40),
        package: |cpu| Some(cpu % 2),
        cache: |cpu| Some(cpu % 2),
        node: |cpu| Some(cpu % 4),
        ..PLAIN
    },
    Tree {
        name: "AMD, 4 packages, 8 L3 of 4 modules (64amd64-4s2n4ca2co)",
        online: "0-63",
        core: |cpu| Some(cpu / 2),
        package: |cpu| Some(cpu / 16),
        cache: |cpu| Some(cpu / 8),
        node: |cpu| Some(cpu / 8),
        ..PLAIN
    },
    Tree {
        name: "AMD, 4 packages, 8 L3 of 6 cores (48amd64-4pa2n6c)",
        online: "0-47",
        package: |cpu| Some(cpu / 12),
        cache: |cpu| Some(cpu / 6),
        node: |cpu| Some(cpu / 6),
        ..PLAIN
    },
    Tree {
        name: "AMD Ryzen, 2 L3 of 3 cores of 2 threads, n and n+6",
        online: "0-11",
        core: |cpu| Some(cpu % 6),
        cache: |cpu| Some(cpu % 6 / 3),
        ..PLAIN
    },
    Tree {
        name: "2 packages, 4 L2 of 2 cores, no L3 (8em64t-2s2ca2c)",
        online: "0-7",
        package: |cpu| Some(cpu % 2),
        cache: |cpu| Some(cpu % 4),
        level: 2,
        ..PLAIN
    },
    Tree {
        name: "hybrid, 6 P of 2 threads and 8 E (20em64t-hybrid-1p6c2t+2ca4co1t)",
        online: "0-19",
        core: |cpu| Some(if cpu < 12 { cpu / 2 } else { cpu }),
        kinds: ("0-11", "12-19"),
        ..PLAIN
    },
    Tree {
        name: "arm64 big.LITTLE, 4 A53 and 2 A72 (RK3399)",
        online: "0-5",
        cache: |cpu| Some(cpu / 4),
        level: 2,
        capacity: |cpu| Some(if cpu < 4 { 381 } else { 1024 }),
        ..PLAIN
    },
    Tree {
        name: "arm64, 10 X925 and 10 A725, 2 L3 (nvidia-dgx-gb10)",
        online: "0-19",
        package: |_| Some(36),
        cache: |cpu| Some(cpu / 10),
        capacity: |cpu| {
            Some(match cpu {
                0..=4 => 718,
                5..=9 => 997,
                10..=14 => 731,
                15..=18 => 1017,
                _ => 1024,
            })
        },
        ..PLAIN
    },
    Tree {
        name: "arm64, 128 CPUs, 2 packages, 4 L3 (128arm-2pa2n8cluster4co)",
        online: "0-127",
        package: |cpu| Some(if cpu < 64 { 36 } else { 8442 }),
        cache: |cpu| Some(cpu / 32),
        node: |cpu| Some(cpu / 32),
        ..PLAIN
    },
    Tree {
        name: "POWER, 256 CPUs, 64 cores of 4 threads, 8 nodes (256ppc-8n8s4t)",
        online: "0-255",
        core: |cpu| Some(cpu / 4),
        package: |_| None,
        cache: |cpu| Some(cpu / 4),
        node: |cpu| Some(cpu / 32),
        ..PLAIN
    },
    Tree {
        name: "256 CPUs, 128 packages of 2 cores, 64 nodes (256ia64-64n2s2c)",
        online: "0-255",
        package: |cpu| Some(cpu / 2),
        cache: |_| None,
        node: |cpu| Some(cpu / 4),
        ..PLAIN
    },
    Tree {
        name: "a cpuset with holes (one task of 32amd64-4s2n4c-cgroup2)",
        online: "0-31",
        allowed: "1,3,6,8-11,17",
        package: |cpu| Some(cpu / 8),
        cache: |cpu| Some(cpu / 4),
        node: |cpu| Some(cpu / 4),
        ..PLAIN
    },
    Tree {
        name: "half a core: a cpuset of one thread each, of 4 cores",
        online: "0-15",
        allowed: "0-3",
        core: |cpu| Some(cpu % 8),
        ..PLAIN
    },
    Tree {
        name: "offline CPUs, 0 among them (offline-cpu0-node0)",
        online: "4-20",
        package: |cpu| Some(cpu % 2),
        cache: |cpu| Some(cpu % 2),
        node: |cpu| (cpu % 2 == 1).then_some(1),
        ..PLAIN
    },
    Tree {
        name: "offline CPUs, threads of cores among them (16em64t-4s2c2t-offlines)",
        online: "0-1,3-4,6-12,15",
        core: |cpu| Some(cpu % 8),
        package: |cpu| Some(cpu % 4),
        cache: |cpu| Some(cpu % 4),
        ..PLAIN
    },
    Tree {
        name: "4 CPUs without /sys/devices/system/cpu/cpu*/topology (4ppc-4c)",
        online: "0-3",
        core: |_| None,
        package: |_| None,
        cache: |_| None,
        node: |_| None,
        ..PLAIN
    },
    Tree { name: "8 CPUs, 2-7 isolated and given", online: "0-7", allowed: "2-7", isolated: "2-7", ..PLAIN },
];

fn line(text: &mut String, what: &str, choice: &Choice) {
    let list = |cpus: &[usize]| cpu_ranges(cpus);
    let Choice { runner, peer, alone, idle, why, caveats } = choice;
    let _ = writeln!(text, "  {what}runner {} | peer {} | idle {}", list(runner), list(peer), list(idle));
    let _ = writeln!(text, "    without a peer: runner {}", list(alone));
    let _ = writeln!(text, "    {why}");
    for caveat in caveats {
        let _ = writeln!(text, "    ! {caveat}");
    }
}

#[test]
fn the_choice_on_real_machines() {
    let mut text = String::new();
    for tree in MACHINES {
        let topology = tree.topology();
        let _ = writeln!(text, "{}\n  {}", tree.name, topology.describe());
        let choose = |smt| topology.choose(&tree.allowed(), Wish { smt, ..Wish::default() });
        let (plain, smt) = (choose(false), choose(true));
        line(&mut text, "", &plain);
        if (&smt.runner, &smt.peer) != (&plain.runner, &plain.peer) {
            line(&mut text, "--smt: ", &smt);
        }
        text.push('\n');
    }
    insta::assert_snapshot!(text);
}

fn machine(name: &str) -> Tree {
    *MACHINES.iter().find(|tree| tree.name.contains(name)).expect("a machine of the list")
}

fn chosen(name: &str, wish: Wish) -> Choice {
    let tree = machine(name);
    tree.topology().choose(&tree.allowed(), wish)
}

/// What `split` did before it knew of cores: CPUs n and n + N/2 are two threads of one core.
#[test]
fn runner_and_peer_share_no_core_in_either_numbering() {
    for name in ["n and n+8", "2n and 2n+1"] {
        let tree = machine(name);
        let Choice { runner, peer, .. } = chosen(name, Wish::default());
        assert_eq!((runner.len(), peer.len()), (4, 4), "{name}");
        assert!(runner.iter().all(|one| peer.iter().all(|other| (tree.core)(*one) != (tree.core)(*other))), "{name}");
    }
    let both = chosen("n and n+8", Wish { smt: true, ..Wish::default() });
    assert_eq!(both.runner, [0, 1, 2, 3, 8, 9, 10, 11], "whole cores, the first thread of each first");
}

#[test]
fn a_case_that_asks_for_many_cpus_gets_a_larger_part_of_the_machine() {
    let beside = |beside| chosen("48amd64", Wish { beside, ..Wish::default() });
    assert_eq!(beside(0).runner.len(), 3, "half of an L3");
    assert_eq!(beside(6).runner, [0, 1, 2, 6, 7, 8], "half of each L3 of a package");
    let machine = beside(24);
    assert_eq!((machine.runner.len(), machine.peer.len()), (24, 24));
    assert!(machine.caveats[0].contains("several packages"), "{:?}", machine.caveats);
    let hybrid = |beside| chosen("hybrid", Wish { beside, ..Wish::default() }).runner;
    assert_eq!(hybrid(3), [0, 2, 4], "performance cores");
    assert_eq!(hybrid(4), [12, 13, 14, 15], "there are more efficiency cores, where one thread of each counts");
}

#[test]
fn where_nothing_is_known_every_cpu_is_a_core() {
    let nothing = tempfile::TempDir::new().expect("a folder");
    let topology = loopswap_machine::CpuTopology::read(nothing.path());
    let Choice { runner, peer, alone, .. } = topology.choose(&[0, 1, 2], Wish::default());
    assert_eq!((runner, peer, alone), (vec![0, 1], vec![2], vec![0, 1, 2]));
    assert!(topology.describe().starts_with("not known"));
}
