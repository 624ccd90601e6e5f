//! Tidiness is a test: folders and lists agree, dependencies point inward, files stay small.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the workspace")
}

pub(crate) fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

pub(crate) fn folders(of: &str) -> BTreeSet<String> {
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

/// The runtimes of this program: crates. What else is in their folder are guests, in other languages.
pub(crate) fn own_runtimes() -> BTreeSet<String> {
    folders("runtimes").into_iter().filter(|name| is_crate("runtimes", name)).collect()
}

/// The guests, and what several of them share.
fn guests() -> BTreeSet<String> {
    folders("runtimes").into_iter().filter(|name| !is_crate("runtimes", name)).collect()
}

fn is_crate(top: &str, name: &str) -> bool {
    root().join(top).join(name).join("Cargo.toml").is_file()
}

/// The workload crates; the catalogue and its twin hold them together.
pub(crate) fn workloads() -> BTreeSet<String> {
    folders("workloads").into_iter().filter(|name| name != "catalogue" && name != "local").collect()
}

#[test]
fn every_runtime_has_its_files_and_its_line() {
    let registry = read("harness/cli/src/registry.rs");
    for name in own_runtimes() {
        let files =
            ["Cargo.toml", "README.md", "src/lib.rs", "tests/conformance.rs", "runner/Cargo.toml", "runner/src/lib.rs"];
        for file in files {
            assert!(root().join("runtimes").join(&name).join(file).is_file(), "runtimes/{name} lacks {file}");
        }
        let line = format!("loopswap_{}_runner;", name.replace('-', "_"));
        assert!(registry.contains(&line), "runtimes/{name} has no line in the registry");
    }
}

/// A guest has a page, Cargo is told to leave it alone, and `scripts/guests` prepares it.
#[test]
fn every_guest_has_its_page_and_is_prepared() {
    let workspace = read("Cargo.toml");
    let families = guests().into_iter().filter(|name| root().join("runtimes").join(name).join("prepare").is_file());
    let listed: Vec<String> = families.flat_map(|family| crate::guests::listed_by(&family)).collect();
    let is_listed = |name: &str| listed.iter().any(|line| line == name);
    for name in guests() {
        let folder = root().join("runtimes").join(&name);
        assert!(folder.join("README.md").is_file(), "runtimes/{name} lacks README.md");
        assert!(workspace.contains(&format!("\"runtimes/{name}\"")), "the workspace does not exclude runtimes/{name}");
        assert!(folder.join("prepare").is_file() || is_listed(&name), "no script prepares runtimes/{name}");
    }
}

#[test]
fn every_workload_has_its_files_and_its_line_in_the_list() {
    let list = read("workloads/catalogue/src/list.rs");
    for name in workloads() {
        for file in ["Cargo.toml", "README.md", "src/lib.rs", "cases.toml"] {
            assert!(root().join("workloads").join(&name).join(file).is_file(), "workloads/{name} lacks {file}");
        }
        let line = format!("\"../../{name}/src/lib.rs\": loopswap_{}::", name.replace('-', "_"));
        assert!(list.contains(&line), "workloads/{name} has no line in the list");
    }
}

#[test]
fn a_workload_never_names_a_runtime_nor_a_runtime_a_workload() {
    let runtimes: BTreeSet<String> = own_runtimes().iter().map(|name| format!("loopswap-{name}")).collect();
    let workload_crates: BTreeSet<String> = workloads().iter().map(|name| format!("loopswap-{name}")).collect();
    for name in folders("workloads") {
        let found: Vec<_> = depends_on(&format!("workloads/{name}")).intersection(&runtimes).cloned().collect();
        assert!(found.is_empty(), "workloads/{name} depends on {found:?}");
    }
    for name in own_runtimes() {
        let depends = depends_on(&format!("runtimes/{name}"));
        let found: Vec<_> = depends.intersection(&workload_crates).cloned().collect();
        assert!(found.is_empty() && !depends.contains("loopswap-workloads"), "runtimes/{name} depends on {found:?}");
    }
}

#[test]
fn dependencies_point_inward() {
    let runtimes: BTreeSet<String> = own_runtimes().iter().map(|name| format!("loopswap-{name}")).collect();
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

/// The suite `full` has every named case on every runtime, but for three that take too long, and has one of its own.
#[test]
fn the_full_suite_is_full() {
    let json = |arguments: &[&str]| -> serde_json::Value {
        let output = crate::tools::run(arguments);
        serde_json::from_str(&crate::tools::stdout(&output)).unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
    };
    let names = |list: &serde_json::Value, name: &str| -> BTreeSet<String> {
        let all = list.as_array().expect("a list").iter();
        all.map(|one| one[name].as_str().expect("a name").to_owned()).collect()
    };
    let (list, plan) = (json(&["list", "--json"]), json(&["plan", "--suite", "full", "--json"]));
    for row in plan["rows"].as_array().expect("rows") {
        assert_eq!(names(&row["arms"], "runtime"), own_runtimes(), "{}", row["case"]);
    }
    let (cases, rows) = (names(&list["cases"], "case"), names(&plan["rows"], "case"));
    let missing: Vec<&String> = cases.difference(&rows).collect();
    assert_eq!(missing, ["service/two-at-once", "sleep/million", "spawn/tasks=1000000"]);
    assert_eq!(rows.difference(&cases).collect::<Vec<_>>(), ["service/two-at-once,sleep=100ms"]);
}

#[test]
fn the_documented_exit_codes_are_those_of_the_help() {
    let page = read("docs/exit-codes.md");
    let documented: Vec<u8> =
        page.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok()).collect();
    assert_eq!(documented, [0, 3, 4, 5, 6, 7, 64, 70, 130]);
    let help = String::from_utf8(crate::tools::run(&["--help"]).stdout).expect("text");
    let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let told = words.split("Exit codes: ").nth(1).expect("a paragraph");
    let begins = |part: &str| part.trim().split(' ').next().and_then(|word| word.parse::<u8>().ok());
    assert_eq!(told.split(';').filter_map(begins).collect::<Vec<_>>(), documented, "{told}");
}

/// The whole introduction is read at once: details belong into `docs/`.
#[test]
fn the_readme_stays_short() {
    let lines = read("README.md").lines().count();
    assert!(lines <= 120, "README.md has {lines} lines: move what not everybody needs to docs/");
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
            assert!(lines <= 400, "{} has {lines} lines: it wants splitting", path.display());
        } else if path.extension().is_some_and(|ending| ending == "py") {
            let text = std::fs::read_to_string(&path).expect("a source file");
            assert!(text.starts_with("\"\"\""), "{} does not begin with what it is for", path.display());
            assert!(text.lines().count() <= 400, "{} wants splitting", path.display());
        }
    }
}

/// Whether a file or folder is hidden, or made by a program: nobody writes Markdown pages there.
fn hidden_or_made(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || ["target", "results", "loopswap-runs"].contains(&&*name)
}

/// The Markdown pages that people write.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![root().join("results/README.md")];
    let mut waiting = vec![root()];
    while let Some(path) = waiting.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).expect("a folder").flatten().map(|entry| entry.path());
            waiting.extend(entries.filter(|entry| !hidden_or_made(entry)));
        } else if path.extension().is_some_and(|ending| ending == "md") {
            pages.push(path);
        }
    }
    pages
}

/// The lines of a page outside of code blocks.
fn prose(page: &str) -> Vec<&str> {
    let mut code = false;
    let outside = page.lines().filter(|line| {
        let fence = line.trim_start().starts_with("```");
        code ^= fence;
        !code && !fence
    });
    outside.collect()
}

/// How a link names a heading, as GitHub makes it: small letters, digits and hyphens.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().chars().filter(|sign| sign.is_alphanumeric() || matches!(sign, ' ' | '-' | '_'));
    kept.map(|sign| if sign == ' ' { '-' } else { sign }).collect::<String>().to_lowercase()
}

/// Whether a link of a page leads to a file or folder and, where it names a heading of a page, to that.
fn leads_somewhere(page: &Path, link: &str) -> bool {
    let (path, heading) = link.split_once('#').map_or((link, None), |(path, heading)| (path, Some(heading)));
    let folder = page.parent().expect("a page is in a folder");
    let target = if path.is_empty() { page.to_path_buf() } else { folder.join(path) };
    match heading {
        Some(heading) if target.extension().is_some_and(|ending| ending == "md") => {
            let text = std::fs::read_to_string(&target).unwrap_or_default();
            let headings = prose(&text).into_iter().filter(|line| line.starts_with('#'));
            let mut names = headings.map(|line| anchor(line.trim_start_matches('#')));
            names.any(|name| name == heading)
        }
        _ => target.exists(),
    }
}

#[test]
fn every_relative_link_leads_somewhere() {
    assert_eq!(anchor(" Two builds in one run: `race`"), "two-builds-in-one-run-race");
    let (mut seen, mut broken) = (0, Vec::new());
    for page in pages() {
        let text = std::fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        for line in prose(&text) {
            let links = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
            for link in links.filter(|link| !link.contains("://")) {
                seen += 1;
                if !leads_somewhere(&page, link) {
                    broken.push(format!("{}: ]({link})", page.display()));
                }
            }
        }
    }
    assert!(seen > 100, "only {seen} links: are all pages read?");
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}
