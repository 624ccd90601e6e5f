//! Tidiness is a test: folders and lists agree, dependencies point inward, files stay small.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace")
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn folders(of: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join(of)).expect("a folder");
    entries
        .flatten()
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

fn manifest(folder: &str) -> toml::Table {
    read(&format!("{folder}/Cargo.toml")).parse().unwrap_or_else(|error| panic!("{folder}: {error}"))
}

/// Packages of this workspace that a crate depends on in use (not only in its tests).
fn depends_on(folder: &str) -> BTreeSet<String> {
    let manifest = manifest(folder);
    let table = |name: &str| manifest.get(name).and_then(toml::Value::as_table).cloned().unwrap_or_default();
    table("dependencies").keys().filter(|name| name.starts_with("loopswap-")).cloned().collect()
}

/// The workload crates; the catalogue and its twin hold them together.
fn workloads() -> BTreeSet<String> {
    folders("workloads").into_iter().filter(|name| name != "catalogue" && name != "local").collect()
}

#[test]
fn every_runtime_has_its_files_and_its_line() {
    let registry = read("harness/cli/src/registry.rs");
    for name in folders("runtimes") {
        let files =
            ["Cargo.toml", "README.md", "src/lib.rs", "tests/conformance.rs", "runner/Cargo.toml", "runner/src/lib.rs"];
        for file in files {
            assert!(root().join("runtimes").join(&name).join(file).is_file(), "runtimes/{name} lacks {file}");
        }
        let line = format!("loopswap_{}_runner;", name.replace('-', "_"));
        assert!(registry.contains(&line), "runtimes/{name} has no line in the registry");
    }
}

#[test]
fn every_workload_has_its_files_and_its_line_in_both_catalogues() {
    let (list, twin) = (read("workloads/catalogue/src/list.rs"), read("workloads/local/src/lib.rs"));
    for name in workloads() {
        for file in ["Cargo.toml", "README.md", "src/lib.rs", "cases.toml"] {
            assert!(root().join("workloads").join(&name).join(file).is_file(), "workloads/{name} lacks {file}");
        }
        assert!(list.contains(&format!("{}::", name.replace('-', "_"))), "{name} is not in the catalogue");
        assert!(twin.contains(&format!("../../{name}/src/lib.rs")), "{name} is not in the twin");
    }
}

#[test]
fn a_workload_never_names_a_runtime_nor_a_runtime_a_workload() {
    let runtimes: BTreeSet<String> = folders("runtimes").iter().map(|name| format!("loopswap-{name}")).collect();
    let workload_crates: BTreeSet<String> = workloads().iter().map(|name| format!("loopswap-{name}")).collect();
    for name in folders("workloads") {
        let found: Vec<_> = depends_on(&format!("workloads/{name}")).intersection(&runtimes).cloned().collect();
        assert!(found.is_empty(), "workloads/{name} depends on {found:?}");
    }
    for name in folders("runtimes") {
        let depends = depends_on(&format!("runtimes/{name}"));
        let found: Vec<_> = depends.intersection(&workload_crates).cloned().collect();
        assert!(found.is_empty() && !depends.contains("loopswap-workloads"), "runtimes/{name} depends on {found:?}");
    }
}

#[test]
fn dependencies_point_inward() {
    let runtimes: BTreeSet<String> = folders("runtimes").iter().map(|name| format!("loopswap-{name}")).collect();
    let allowed = |names: &[&str]| names.iter().map(|name| format!("loopswap-{name}")).collect::<BTreeSet<_>>();
    for (folder, inner) in [
        ("harness/statistics", allowed(&[])),
        ("harness/protocol", allowed(&[])),
        ("harness/rt", allowed(&["protocol"])),
        ("harness/allocations", allowed(&[])),
        ("harness/machine", allowed(&["protocol"])),
        ("harness/counters", allowed(&["protocol", "allocations"])),
        ("harness/wire", allowed(&["protocol", "mysql-wire", "rt"])),
        ("harness/runner", allowed(&["protocol", "rt", "counters"])),
        ("harness/mysql-wire", allowed(&[])),
        ("harness/jobs", allowed(&[])),
        ("harness/peers", allowed(&["protocol", "mysql-wire", "jobs"])),
        ("harness/report", allowed(&["protocol", "statistics"])),
        ("harness/conductor", allowed(&["protocol", "machine", "statistics", "report", "peers"])),
    ] {
        let outward: Vec<_> = depends_on(folder).difference(&inner).cloned().collect();
        assert!(outward.is_empty(), "{folder} depends on {outward:?}");
    }
    let runners = runtimes.iter().map(|name| format!("{name}-runner")).collect::<BTreeSet<_>>();
    let conductor = depends_on("harness/conductor");
    assert!(conductor.is_disjoint(&runtimes) && conductor.is_disjoint(&runners), "the conductor links no runtime");
}

#[test]
fn every_crate_keeps_to_the_workspace_lints() {
    for top in ["harness", "runtimes", "workloads"] {
        let folders = folders(top).into_iter().filter(|name| name != WITH_UNSAFE);
        let crates = folders.flat_map(|name| [format!("{top}/{name}"), format!("{top}/{name}/runner")]);
        for folder in crates.filter(|folder| root().join(folder).join("Cargo.toml").is_file()) {
            let manifest = manifest(&folder);
            let lints = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
            assert_eq!(lints, Some(true), "{folder} does not take the lints of the workspace");
        }
    }
    assert!(read("Cargo.toml").contains("unsafe_code = \"forbid\""));
}

/// The one crate that may hold unsafe code: a global allocator is an unsafe trait.
const WITH_UNSAFE: &str = "allocations";

#[test]
fn the_crate_with_unsafe_code_is_small_and_stands_alone() {
    let manifest = manifest(&format!("harness/{WITH_UNSAFE}"));
    assert!(manifest.get("dependencies").is_none(), "it depends on nothing");
    let lint = |table: &str, name: &str| {
        manifest["lints"].get(table).and_then(|lints| lints.get(name)).and_then(toml::Value::as_str).map(str::to_owned)
    };
    assert_eq!(lint("rust", "unsafe_op_in_unsafe_fn").as_deref(), Some("deny"));
    assert_eq!(lint("clippy", "undocumented_unsafe_blocks").as_deref(), Some("deny"));
    let files = std::fs::read_dir(root().join("harness").join(WITH_UNSAFE).join("src")).expect("a folder");
    assert_eq!(files.count(), 1, "one file, which one can read at once");
    let lines = read(&format!("harness/{WITH_UNSAFE}/src/lib.rs")).lines().count();
    assert!(lines <= 150, "{lines} lines of an allocator that does no more than count");
}

/// The suite `full` has every named case, except those that its first lines say it leaves out.
#[test]
fn the_full_suite_is_full() {
    let text = read("workloads/catalogue/suites/full.toml");
    let suite: toml::Table = text.parse().expect("TOML");
    let head = text.split("\nabout").next().expect("a head").replace("\n# ", " ");
    let listed: BTreeSet<String> = suite["case"]
        .as_array()
        .expect("cases")
        .iter()
        .filter_map(|case| Some(case.get("case")?.as_str()?.to_owned()))
        .collect();
    for workload in workloads() {
        let cases: toml::Table = read(&format!("workloads/{workload}/cases.toml")).parse().expect("TOML");
        for case in cases.keys().map(|case| format!("{workload}/{case}")) {
            assert!(listed.contains(&case) != head.contains(&format!(" {case} ")), "{case} is in it, or left out");
        }
    }
    let named = suite["runtimes"].as_array().expect("runtimes").iter().filter_map(|name| name.as_str());
    assert_eq!(named.map(str::to_owned).collect::<BTreeSet<_>>(), folders("runtimes"));
}

#[test]
fn the_exit_codes_of_the_readme_are_those_of_the_help() {
    let readme = read("README.md");
    let table = readme.split("## Exit codes").nth(1).and_then(|text| text.split("\n## ").next()).expect("a section");
    let of_readme: Vec<u8> =
        table.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok()).collect();
    assert_eq!(of_readme, [0, 3, 4, 5, 6, 7, 64, 70, 130]);
    let help = String::from_utf8(crate::tools::run(&["--help"]).stdout).expect("text");
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = words.split("Exit codes: ").nth(1).expect("a paragraph");
    let begins = |part: &str| part.trim().split(' ').next().and_then(|word| word.parse::<u8>().ok());
    assert_eq!(told.split(';').filter_map(begins).collect::<Vec<_>>(), of_readme, "{told}");
}

#[test]
fn source_files_stay_small_and_say_what_they_are_for() {
    let mut waiting: Vec<PathBuf> = ["harness", "runtimes", "workloads"].map(|top| root().join(top)).to_vec();
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            waiting.extend(std::fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            assert!(text.starts_with("//!"), "{} does not begin with what it is for", path.display());
            let lines = text.lines().count();
            assert!(lines <= 500, "{} has {lines} lines: it wants splitting", path.display());
        }
    }
}
