//! The tax from end to end: the native programs raced against those through the traits, as `scripts/tax` does it.

use loopswap_tax::{RUNTIMES, infos};
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Output};

const NATIVE: &str = env!("CARGO_BIN_EXE_loopswap-tax-native");
const TRAITS: &str = env!("CARGO_BIN_EXE_loopswap-tax-traits");

/// Every workload, as small as it can be and still do its work.
const SMALL: &str = r#"
about = "small programs"
reference = "tokio"
runtimes = "every"
slice = "2ms"
limit = "5s"

[[case]]
case = "tax-spawn/batch=100"
cpus = [1]

[[case]]
case = "tax-yield/yield"

[[case]]
case = "tax-switch/switch"

[[case]]
case = "tax-echo/size=64B"

[[case]]
workload = "sleep"
name = "short"
params = { tasks = 10, time = "1ms" }
cpus = [1]

[[case]]
workload = "http-fetch"
name = "small"
params = { conns = 2, size = "1KiB" }
cpus = [1]

[[case]]
workload = "redis"
name = "small"
params = { conns = 2 }
cpus = [1]
"#;

fn successful(command: &mut Command) -> Output {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

fn names<'a>(list: &'a Value, of: &str) -> BTreeSet<&'a str> {
    list.as_array().expect("a list").iter().map(|one| one[of].as_str().expect("a name")).collect()
}

/// Races what the filters leave of the small programs, in two generations: its comparison.
fn race(folder: &Path, filters: &[&str]) -> Value {
    let (suite, out) = (folder.join("small.toml"), folder.join("out"));
    std::fs::write(&suite, SMALL).expect("room for a suite");
    let mut command = Command::new(TRAITS);
    command.args(["race", NATIVE, TRAITS, "--quiet", "--embedded-redis", "--generations", "2", "--confirm", "0"]);
    command.arg("--suite").arg(&suite).arg("--output").arg(&out).args(filters);
    successful(&mut command);
    let page = successful(Command::new(TRAITS).args(["report", "--markdown"]).arg(&out)).stdout;
    assert!(!page.is_empty());
    let text = std::fs::read_to_string(out.join("comparison.json")).expect("a comparison");
    serde_json::from_str(&text).expect("JSON")
}

/// The runtimes that cannot run on this machine.
fn unavailable() -> BTreeSet<String> {
    let output = successful(Command::new(TRAITS).args(["list", "--json"]));
    let list: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let runtimes = list["runtimes"].as_array().expect("a list").iter();
    let missing = runtimes.filter(|one| !one["unavailable"].is_null());
    missing.map(|one| one["runtime"]["name"].as_str().expect("a name").to_owned()).collect()
}

/// Every row has both sides, unless its runtime cannot run here; how they compare is not the question.
fn both_sides_did_the_work(comparison: &Value) {
    let unavailable = unavailable();
    for row in comparison["rows"].as_array().expect("rows") {
        assert_eq!(row["errors"], Value::Array(Vec::new()), "{row}");
        let runtime = row["runtime"].as_str().expect("a name");
        if unavailable.contains(runtime) {
            assert_eq!(row["verdict"], "not-measured", "{row}");
            eprintln!("{runtime} is not raced here: {}", row["sentence"]);
            continue;
        }
        assert!(row["ratio"]["value"].as_f64().is_some_and(f64::is_finite), "{row}");
        assert!(names(&row["counters"], "name").contains("allocations"), "both count alike: {row}");
    }
}

#[test]
fn the_suite_has_every_program_on_every_runtime() {
    for program in [NATIVE, TRAITS] {
        let output = successful(Command::new(program).args(["plan", "--suite", "tax", "--json"]));
        let plan: Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let workloads: BTreeSet<&str> = infos().iter().map(|info| info.name).collect();
        assert_eq!(names(&plan["rows"], "workload"), workloads);
        for row in plan["rows"].as_array().expect("rows") {
            assert_eq!(names(&row["arms"], "runtime"), RUNTIMES.iter().copied().collect(), "{row}");
            // Built in: what is not cannot run anywhere.
            assert!(!row.to_string().contains("not built"), "{row}");
        }
    }
}

#[test]
fn every_runtime_is_raced() {
    let folder = tempfile::tempdir().expect("a folder");
    let comparison = race(folder.path(), &["--workload", "^tax-switch$"]);
    assert_eq!(names(&comparison["rows"], "runtime"), RUNTIMES.iter().copied().collect());
    both_sides_did_the_work(&comparison);
}

#[test]
fn every_program_is_raced() {
    let folder = tempfile::tempdir().expect("a folder");
    let comparison = race(folder.path(), &["--runtime", "^tokio$"]);
    assert_eq!(comparison["rows"].as_array().map(Vec::len), Some(infos().len()), "{comparison}");
    both_sides_did_the_work(&comparison);
}
