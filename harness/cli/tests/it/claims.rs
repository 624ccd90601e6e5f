//! Claims of a suite: judged by a run, shown, and turned into an exit code.

use crate::tools::{Bench, code, run, stderr, stdout};

/// A run of two mocks, `slow` taking twice as long as `base`, with these claims.
fn claimed(claims: &str) -> (Bench, std::process::Output) {
    let runners = [("base", "--ns-per-op 100000"), ("slow", "--ns-per-op 200000"), ("none", "--fail unsupported")];
    let bench = Bench::mocks(&runners, 2, "");
    let suite = std::fs::read_to_string(bench.path("mine.toml")).expect("a suite");
    std::fs::write(bench.path("mine.toml"), suite + claims).expect("room");
    let output = bench.run();
    (bench, output)
}

fn claim(check: &str) -> String {
    format!("[[claim]]\nsays = \"So it is\"\ncheck = \"{check}\"\n")
}

#[test]
fn claims_that_hold_are_told_with_their_numbers() {
    let claims =
        claim("ratio(cpu/case0, slow / base) >= 1.9") + &claim("ratio(cpu/case1 @ slow / cpu/case0 @ base) < 2.1");
    let (bench, output) = claimed(&claims);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let table = stdout(&output);
    assert!(table.contains("\nclaims: 2 true\n"), "{table}");
    assert!(table.contains("So it is – ratio(cpu/case0, slow / base) is 2"), "{table}");
    let report = bench.report();
    assert_eq!(report["claims"][0]["verdict"], "true");
    assert_eq!(report["claims"][0]["value"]["n"], 8);
    // The record alone is enough to answer again.
    std::fs::remove_file(bench.path("out/report.json")).expect("a report");
    assert!(stdout(&run(&["report", &bench.path("out")])).contains("\nclaims: 2 true\n"));
}

#[test]
fn a_claim_that_does_not_hold_ends_with_3_and_stands_first() {
    let claims = claim("verified(cpu/case0) >= 2") + &claim("time(cpu/case0, slow) <= 150us");
    let (_, output) = claimed(&claims);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    let table = stdout(&output);
    let told = &table[table.find("claims: 1 true, 1 false").expect("a heading")..];
    assert!(told.find("\n  false").expect("one") < told.find("\n  true").expect("the other"), "{told}");
    assert!(told.contains("claimed <= 150 us"), "{told}");
}

#[test]
fn what_is_not_settled_or_cannot_be_is_no_failure() {
    let claims = claim("time(cpu/case0, none) <= 1s");
    let (bench, output) = claimed(&claims);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("claims: 1 unanswerable"), "{}", stdout(&output));
    let reason = "none does not support it: the mock was told not to support it";
    assert_eq!(bench.report()["claims"][0]["reason"], reason);

    let bench = Bench::mocks(&[("base", ""), ("slow", "")], 1, "");
    let suite = std::fs::read_to_string(bench.path("mine.toml")).expect("a suite");
    std::fs::write(bench.path("mine.toml"), suite + &claim("ratio(cpu, slow / base) >= 2")).expect("room");
    // Three generations are too few for a verdict.
    let output = bench.command().args(["--generations", "3"]).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let table = stdout(&output);
    assert!(table.contains("claims: 1 undecided") && table.contains("ratio(cpu/case0, slow / base)"), "{table}");
}

#[test]
fn a_target_that_failed_comes_before_a_claim() {
    let bench = Bench::mocks(&[("base", ""), ("ill", "--fail wrong")], 1, "");
    let suite = std::fs::read_to_string(bench.path("mine.toml")).expect("a suite");
    std::fs::write(bench.path("mine.toml"), suite + &claim("failed(cpu) <= 0")).expect("room");
    let output = bench.run();
    assert_eq!(code(&output), 6, "{}", stderr(&output));
    assert!(stdout(&output).contains("claims: 1 false"), "{}", stdout(&output));
}

#[test]
fn a_claim_that_cannot_be_read_is_named_with_line_and_column() {
    let suite = "about = \"mine\"\nreference = \"tokio\"\nruntimes = [\"tokio\", \"smol\"]\n\
                 [[case]]\ncase = \"cpu/one-go\"\n[[case]]\ncase = \"cpu/yielding\"\n[[case]]\ncase = \"redis/conns=64\"\n\
                 [[claim]]\nsays = \"so\"\ncheck = ";
    let refused = |check: &str| {
        let bench = Bench::suite(&format!("{suite}{check}\n"));
        let output = bench.run();
        assert_eq!(code(&output), 64, "{}", stderr(&output));
        assert!(!bench.record().exists(), "nothing is measured");
        stderr(&output)
    };
    for (check, place, what) in [
        ("\"ration(redis, smol / tokio) > 1\"", ":12:10: unknown function `ration`", "did you mean `ratio`?"),
        ("\"ratio(redis, smoll / tokio) > 1\"", ":12:23: no runtime `smoll` in this suite", "did you mean `smol`?"),
        ("'ratio(redis, smol / threads) > 1'", ":12:30: no runtime `threads`", "there are: tokio, smol"),
        (
            "\"\"\"\nratio(reddis/conns=64, smol / tokio) > 1\"\"\"",
            ":13:7: no case `reddis/conns=64`",
            "`redis/conns=64`?",
        ),
        ("\"ratio(cpu, smol / tokio) > 1\"", ":12:16: `cpu` can be any of 2 cases", "cpu/one-go, cpu/yielding"),
        ("\"time(redis, tokio) <= 120\"", ":12:32: the bound of `time` needs a unit", "ns, us, ms, s"),
        ("\"time(redis, tokio) <= \"", ":12:32: the check ends where a number", "is expected"),
    ] {
        let message = refused(check);
        assert!(message.contains(&format!("mine.toml{place}")) && message.contains(what), "{check}: {message}");
    }
}

#[test]
fn the_claims_of_the_tutorial_name_what_there_is() {
    let output = run(&["plan", "--suite", "tutorial", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let plan: serde_json::Value = serde_json::from_str(&stdout(&output)).expect("JSON");
    let claims = plan["claims"].as_array().expect("claims");
    assert!(claims.len() >= 10, "{claims:?}");
}
