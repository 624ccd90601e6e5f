//! Impossible numbers are a fault of the runner, not a result.

use crate::tools::{Bench, arm, code, row, stderr};

/// What a mock lies about, what is reported of it, and whether its times are kept nevertheless.
const LIES: [(&str, &str, &str); 12] = [
    ("instant", "it does not do the work", "failed"),
    ("nanosecond", "8 times in a row", "failed"),
    ("no-time", "200 operations in no time", "failed"),
    ("cpu", "of CPU time", "failed"),
    ("cpu-max", "reports 18446744073.710 s of CPU time", "failed"),
    ("typical", "its median stretch is", "failed"),
    ("impatient", "operations in 200.000 ms", "failed"),
    ("small-memory", "`rss_bytes` is 4096: no process is that small", "failed"),
    ("large-memory", "`rss_bytes` is 1125899906842624: the machine has", "failed"),
    ("no-threads", "it reports 0 threads", "failed"),
    ("switches", "1000000000000000000 context switches", "measured"),
    ("long-latency", "its longest latency is 360", "measured"),
];

#[test]
fn every_lie_is_a_fault_with_its_reason() {
    for (lie, words, status) in LIES {
        let bench = Bench::mocks(&[("good", ""), ("liar", &format!("--lie {lie}"))], 1, "");
        let output = bench.run();
        assert_eq!(code(&output), 6, "{lie}: {}", stderr(&output));
        let report = bench.report();
        let row = row(&report, "cpu/case0");
        let liar = arm(row, "liar");
        assert_eq!(liar["status"], status, "{lie}: {liar}");
        let said = format!("{} {}", liar["reason"], row["errors"]);
        assert!(said.contains("implausible: ") && said.contains(words), "{lie}: {said}");
        assert_eq!(arm(row, "good")["status"], "measured", "{lie}");
        assert_eq!(arm(row, "good")["errors"], 0, "{lie}");
    }
}

#[test]
fn a_count_that_cannot_be_is_a_fault() {
    let liar = "--lie syscalls --syscalls-per-op 1";
    let bench = Bench::mocks(&[("good", "--syscalls-per-op 1"), ("liar", liar)], 1, "");
    let output = bench.command().arg("--counters").output().expect("the binary starts");
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    let row = row(&report, "cpu/case0");
    assert!(row["errors"].to_string().contains("reports 18446744073709551615 syscalls"), "{}", row["errors"]);
    assert_eq!(arm(row, "good")["errors"], 0);
}

#[test]
fn an_answer_that_was_not_asked_for_is_a_fault() {
    let bench = Bench::mocks(&[("good", ""), ("eager", "--lie ahead")], 1, "");
    let output = bench.run();
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    let report = bench.report();
    let eager = arm(row(&report, "cpu/case0"), "eager");
    assert_eq!(eager["status"], "failed");
    // It may come together with the one that was asked for, or in place of the next.
    let reason = eager["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("wrote more than it was asked for") || reason.contains("asked for 16"), "{reason}");
}
