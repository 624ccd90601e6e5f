//! Machines that refuse system calls, as containers do: an arm that needs one is skipped with reason and
//! remedy, everything else is measured, and nothing aborts, hangs or panics.
#![cfg(target_os = "linux")]

use crate::tools::{Bench, code, loopswap, read_json, stderr, stdout};
use loopswap_refuse::{Refusal, run_under};
use nix::errno::Errno;
use serde_json::Value;
use std::collections::BTreeSet;
use std::os::unix::process::CommandExt as _;
use std::process::Output;

const ERRNOS: [Errno; 2] = [Errno::EPERM, Errno::ENOSYS];

/// The expected behaviour on a machine that refuses a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// Everything is measured.
    AllIsMeasured,
    /// The runtimes on io_uring are skipped.
    NoRings,
    /// Everything is measured, where the kernel puts it.
    Unpinned,
    /// Some cannot run; those are skipped, all others measured.
    SomeSkipped,
    /// Peers cannot be started: the rows that need one fail, the others are measured where runtimes can run.
    RowsFail,
    /// No process can be started: every arm fails.
    NothingStarts,
}

/// Every unusual system call that loopswap and its runtimes make, and some that they may make one day.
/// `setsockopt:1==1,2==15` is SO_REUSEPORT, `prlimit64:2!=0` a new limit.
const CALLS: [(&str, Then); 24] = [
    ("io_uring_setup", Then::NoRings),
    ("io_uring_enter", Then::NoRings),
    ("io_uring_register", Then::NoRings),
    ("sched_setaffinity", Then::Unpinned),
    ("sched_getaffinity", Then::Unpinned),
    ("perf_event_open", Then::AllIsMeasured),
    ("ptrace", Then::AllIsMeasured),
    ("timerfd_create", Then::AllIsMeasured),
    ("prlimit64", Then::SomeSkipped),
    ("prlimit64:2!=0", Then::AllIsMeasured),
    ("setrlimit", Then::AllIsMeasured),
    ("memfd_create", Then::AllIsMeasured),
    ("pidfd_open", Then::AllIsMeasured),
    ("userfaultfd", Then::AllIsMeasured),
    ("setsockopt:1==1,2==15", Then::SomeSkipped),
    ("eventfd2", Then::RowsFail),
    ("epoll_create1", Then::RowsFail),
    ("clone3", Then::NothingStarts),
    ("membarrier", Then::AllIsMeasured),
    ("getrandom", Then::AllIsMeasured),
    ("prctl:0==1", Then::AllIsMeasured),
    ("getrusage", Then::AllIsMeasured),
    ("statx", Then::AllIsMeasured),
    ("sched_yield", Then::AllIsMeasured),
];

/// What only counting calls.
const COUNTING: [&str; 2] = ["perf_event_open", "ptrace"];

/// A case without a peer, one with, and a server under load, on every runtime.
fn one_of_each() -> Bench {
    Bench::suite(
        "about = \"one of each\"\nreference = \"threads\"\nruntimes = \"every\"\ngenerations = 1\n\
         rounds = 1\nslice = \"2ms\"\nlimit = \"1s\"\nbudget = \"10min\"\n\
         [[case]]\nworkload = \"cpu\"\nname = \"one\"\nparams = { tasks = 1, steps = 1000 }\n\
         [[case]]\nworkload = \"http-fetch\"\nname = \"few\"\nparams = { conns = 2 }\n\
         [[case]]\nworkload = \"service\"\nname = \"few\"\nparams = { conns = 2 }\n",
    )
}

/// loopswap, where calls are refused; `LOOPSWAP_BINARY` names another program than the one that was built here.
fn under(calls: &[&str], errno: Errno, arguments: &[&str]) -> Output {
    let refusals: Vec<Refusal> = calls.iter().map(|call| Refusal::parse(call, errno).expect(call)).collect();
    let mut command = std::env::var_os("LOOPSWAP_BINARY").map_or_else(loopswap, std::process::Command::new);
    // With a user the standard library starts it by fork(2), which takes no clone3(2).
    command.args(arguments).uid(nix::unistd::getuid().as_raw());
    run_under(&refusals, || command.output().expect("the binary starts")).expect("a filter")
}

/// An arm that is not the control: its case, its runtime, its status and its reason.
struct Arm {
    case: String,
    runtime: String,
    status: String,
    why: String,
}

/// The outcome of a run.
struct Ran {
    code: i32,
    said: String,
    report: Value,
}

impl Ran {
    fn of(calls: &[&str], errno: Errno) -> Ran {
        let bench = one_of_each();
        let (suite, out) = (bench.path("mine.toml"), bench.path("out"));
        let mut arguments = vec!["run", "--suite", &suite, "--output", &out, "--quiet"];
        // Counting every arm once more takes longer than all the rest, and no other call is made for it.
        arguments.extend(calls.iter().any(|call| COUNTING.contains(call)).then_some("--counters"));
        let output = under(calls, errno, &arguments);
        let path = bench.folder.path().join("out/report.json");
        let report = if path.exists() { read_json(&path) } else { Value::Null };
        Ran { code: code(&output), said: format!("{}{}", stdout(&output), stderr(&output)), report }
    }

    fn arms(&self) -> Vec<Arm> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let rows = self.report["rows"].as_array().expect("rows");
        let arms = rows.iter().flat_map(|row| row["arms"].as_array().expect("arms").iter().map(move |arm| (row, arm)));
        arms.filter(|(_, arm)| arm["role"] != "control")
            .map(|(row, arm)| Arm {
                case: text(&row["case"]),
                runtime: text(&arm["runtime"]),
                status: text(&arm["status"]),
                why: format!("{} {}", text(&arm["reason"]), text(&arm["remedy"])),
            })
            // Runtimes that are not built in are skipped on every machine, and cases that one task at a time
            // cannot do.
            .filter(|arm| !arm.why.starts_with("not built") && arm.status != "unsupported")
            .collect()
    }

    fn with(&self, status: &str) -> BTreeSet<String> {
        self.arms().into_iter().filter(|arm| arm.status == status).map(|arm| arm.runtime).collect()
    }

    fn measured_without_a_peer(&self) -> BTreeSet<String> {
        let measured = self.arms().into_iter().filter(|arm| arm.status == "measured" && arm.case == "cpu/one");
        measured.map(|arm| arm.runtime).collect()
    }

    fn judge(&self, calls: &[&str], errno: Errno, then: Then) {
        let about = format!("{calls:?} {errno:?}: {then:?}\n{}", self.said);
        assert!(self.report.is_object(), "there is a report: {about}");
        assert_eq!(self.report["complete"], "finished", "{about}");
        for Arm { case, runtime, status, why } in self.arms() {
            assert!(status != "skipped" || why.trim().len() > 20, "{case} on {runtime}: {why}: {about}");
        }
        let rings = ["compio", "glommio", "monoio"].map(str::to_owned).into();
        let (skipped, failed) = (self.with("skipped"), self.with("failed"));
        match then {
            Then::AllIsMeasured => assert!(skipped.is_empty(), "{skipped:?}: {about}"),
            Then::NoRings => assert!(skipped.is_subset(&rings), "{skipped:?}: {about}"),
            Then::Unpinned => {
                assert!(skipped.is_empty(), "{skipped:?}: {about}");
                assert!(self.report["environment"]["unpinned"].is_string(), "{about}");
                assert!(self.report["rows"].as_array().expect("rows").iter().all(|row| row["placement"] == "free"));
                assert!(self.said.contains("nothing is pinned to CPUs"), "{about}");
            }
            Then::SomeSkipped | Then::RowsFail | Then::NothingStarts => {}
        }
        let expected = match then {
            Then::NothingStarts if errno == Errno::EPERM => 6,
            // Threads and processes start without it.
            Then::NothingStarts => 0,
            Then::RowsFail => 6,
            _ => 0,
        };
        assert_eq!(self.code, expected, "{about}");
        if expected == 0 {
            assert!(failed.is_empty(), "{failed:?}: {about}");
        }
        if then != Then::NothingStarts {
            let measured = self.measured_without_a_peer();
            for runtime in ["threads", "sequential"] {
                assert!(measured.contains(runtime), "{runtime} needs nothing of that: {about}");
            }
        }
    }
}

/// The calls after whose refusal this is expected, apart from each other.
fn judge_each(expected: Then) {
    for (call, _) in CALLS.iter().filter(|(_, then)| *then == expected) {
        for errno in ERRNOS {
            Ran::of(&[call], errno).judge(&[call], errno, expected);
        }
    }
}

#[test]
fn without_rings_everything_else_is_measured() {
    judge_each(Then::NoRings);
}

#[test]
fn without_affinity_everything_is_measured_unpinned() {
    judge_each(Then::Unpinned);
}

/// All of them at once, so that one run shows it: nothing else may be needed in their place.
#[test]
fn limits_counters_and_whatever_is_dispensable_may_be_refused() {
    let dispensable: Vec<&str> =
        CALLS.iter().filter(|(_, then)| *then == Then::AllIsMeasured).map(|(call, _)| *call).collect();
    for errno in ERRNOS {
        Ran::of(&dispensable, errno).judge(&dispensable, errno, Then::AllIsMeasured);
    }
}

#[test]
fn what_some_runtimes_take_may_be_refused() {
    judge_each(Then::SomeSkipped);
}

#[test]
fn what_peers_take_may_be_refused() {
    judge_each(Then::RowsFail);
}

#[test]
fn what_starts_a_process_may_be_refused() {
    judge_each(Then::NothingStarts);
}

#[test]
fn list_and_doctor_say_what_is_refused() {
    for errno in ERRNOS {
        for verb in ["list", "doctor"] {
            let output = under(&["io_uring_setup"], errno, &[verb]);
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            for runtime in ["glommio", "monoio", "compio"] {
                assert!(stdout(&output).contains(runtime), "{verb} names {runtime}");
            }
            let built = ["no io_uring: io_uring_setup(2) fails", "not built"];
            assert!(built.iter().any(|reason| stdout(&output).contains(reason)), "{}", stdout(&output));
        }
        let output = under(&["sched_setaffinity"], errno, &["doctor"]);
        assert!(stdout(&output).contains("nothing can be pinned to CPUs"), "{}", stdout(&output));
    }
}

/// The whole matrix as a table, which `scripts/refused` prints.
#[test]
#[ignore = "a table of some fifty runs, minutes: scripts/refused prints it"]
fn matrix() {
    println!("| system call | error | exit code | skipped or failed, and why | measured |\n|:--|:--|--:|:--|--:|");
    for (call, _) in CALLS {
        for errno in ERRNOS {
            let ran = Ran::of(&[call], errno);
            if !ran.report.is_object() {
                println!("| {call} | {errno:?} | {} | {} | none |", ran.code, ran.said.replace('\n', " "));
                continue;
            }
            let arms = ran.arms();
            let measured = arms.iter().filter(|arm| arm.status == "measured").count();
            let mut lacking: Vec<(String, BTreeSet<String>)> = Vec::new();
            for Arm { case, runtime, status, why } in arms.iter().filter(|arm| arm.status != "measured") {
                let why = format!("{status} in {case}: {}", why.chars().take(160).collect::<String>());
                match lacking.iter_mut().find(|(other, _)| *other == why) {
                    Some((_, runtimes)) => drop(runtimes.insert(runtime.clone())),
                    None => lacking.push((why, [runtime.clone()].into())),
                }
            }
            let lacking = lacking
                .into_iter()
                .map(|(why, runtimes)| format!("{} ({why})", runtimes.into_iter().collect::<Vec<_>>().join(", ")));
            let mut notes: Vec<String> = lacking.collect();
            notes.extend(ran.report["environment"]["unpinned"].as_str().map(|why| format!("placement free: {why}")));
            println!("| {call} | {errno:?} | {} | {} | {measured} of {} |", ran.code, notes.join("; "), arms.len());
        }
    }
}
