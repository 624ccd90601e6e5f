//! What the machine is and what it allows: in plan, doctor, record and report.

use crate::tools::{Bench, code, loopswap, read_json, run, stderr, stdout};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

#[test]
fn plan_and_doctor_tell_which_cpus_and_why() {
    let suite =
        "about = \"one\"\nreference = \"threads\"\nruntimes = [\"threads\"]\n[[case]]\ncase = \"redis/conns=1\"\n";
    let bench = Bench::suite(suite);
    let planned = |more: &[&str]| {
        let output =
            loopswap().args(["plan", "--suite", &bench.path("mine.toml")]).args(more).output().expect("it starts");
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output)
    };
    let plan: Value = serde_json::from_str(&planned(&["--json"])).expect("JSON");
    let choice = &plan["cpu_choice"];
    assert_eq!(choice["runner"], plan["rows"][0]["runner_cpus"]);
    assert_eq!(choice["peer"], plan["rows"][0]["peer_cpus"]);
    assert_eq!(choice["smt"], false);
    let why = choice["why"].as_str().expect("a reason");
    let text = planned(&[]);
    assert!(text.contains(&format!("cpus: {why}")), "{text}");
    assert!(planned(&["--json", "--smt"]).contains("\"smt\": true"));
    std::fs::write(bench.path("mine.toml"), format!("smt = true\n{suite}")).expect("room");
    assert!(planned(&["--json"]).contains("\"smt\": true"), "a suite may ask for it");
    let doctor = stdout(&run(&["doctor"]));
    for what in ["topology", "split", "cpu quota", "memory limit", "smt", "mitigations", "hypervisor"] {
        assert!(doctor.lines().any(|line| line.contains(&format!("  {what} "))), "{what}: {doctor}");
    }
}

/// A control group with a quota of a fifth of a CPU, which ends with the test.
struct Quota(PathBuf);

impl Quota {
    fn new() -> Result<Quota, String> {
        let name = format!("loopswap-test-{}", std::process::id());
        // Version 1, then version 2 where it may hand out the CPU controller.
        let version_1 = Path::new("/sys/fs/cgroup/cpu").join(&name);
        let version_2 = Path::new("/sys/fs/cgroup").join(&name);
        let first = Quota::at(version_1, &[("cpu.cfs_period_us", "50000"), ("cpu.cfs_quota_us", "10000")]);
        first.or_else(|why| {
            Quota::at(version_2, &[("cpu.max", "10000 50000")]).map_err(|other| format!("{why}; {other}"))
        })
    }

    fn at(folder: PathBuf, files: &[(&str, &str)]) -> Result<Quota, String> {
        let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
        std::fs::create_dir(&folder).map_err(failed)?;
        let group = Quota(folder.clone());
        for (file, text) in files {
            // Made by us, so that a file which the kernel has not made there is an error.
            std::fs::OpenOptions::new()
                .write(true)
                .open(folder.join(file))
                .and_then(|mut open| std::io::Write::write_all(&mut open, text.as_bytes()))
                .map_err(failed)?;
        }
        Ok(group)
    }

    /// The program inside the group.
    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", "echo $$ > \"$0\"/cgroup.procs && exec \"$@\""]).arg(&self.0);
        command.arg(loopswap().get_program()).args(arguments);
        command
    }
}

impl Drop for Quota {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir(&self.0);
    }
}

#[test]
fn a_quota_that_halts_the_run_is_told() {
    let quota = match Quota::new() {
        Ok(quota) => quota,
        Err(why) => {
            eprintln!("skipped: no control group can be made here ({why}); run it as root where the CPU controller is");
            return;
        }
    };
    let suite = "about = \"halted\"\nreference = \"threads\"\nruntimes = [\"threads\"]\ngenerations = 2\n\
                 slice = \"30ms\"\nbudget = \"8s\"\n[[case]]\ncase = \"cpu/one-go\"\n";
    let bench = Bench::suite(suite);
    let output = quota
        .command(&["run", "--suite", &bench.path("mine.toml"), "--output", &bench.path("out")])
        .output()
        .expect("a shell");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let environment = read_json(Path::new(&bench.path("out/report.json")))["environment"].clone();
    assert_eq!(environment["cpu_quota"], 0.2, "{environment}");
    let table = stdout(&output);
    assert!(table.contains("quota of 0.20 CPUs"), "{table}");
    assert!(table.contains("throttled: the CPU quota of the control group halted"), "{table}");
    let record = std::fs::read_to_string(bench.record()).expect("a record");
    assert!(record.contains("\"throttled\":{\"periods\":"), "every generation tells it");
    let doctor = stdout(&quota.command(&["doctor"]).output().expect("a shell"));
    assert!(doctor.contains("look  cpu quota") && doctor.contains("0.20 CPUs"), "{doctor}");
}
