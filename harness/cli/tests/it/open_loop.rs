//! Open loop: operations start when they are meant to, and count from then.

use crate::tools::{Bench, arm, code, row, run, stderr, stdout};
use loopswap_protocol::Latencies;
use serde_json::Value;

const HEAD: &str = "about = \"one\"\nreference = \"tokio\"\nruntimes = [\"tokio\"]\ngenerations = 1\nbudget = \"5s\"\n";

/// One case of http-fetch.
fn case(name: &str, params: &str, slice: &str) -> String {
    format!("[[case]]\nworkload = \"http-fetch\"\nname = \"{name}\"\nparams = {{ {params} }}\nslice = \"{slice}\"\n")
}

/// The 95th percentile of everything that the reference's processes recorded in a row. A report would need
/// eight generations for one.
fn p95_ns(record: &str, wanted: u64) -> u64 {
    let mut all = Latencies::new();
    let mut row = 0;
    for line in record.lines().filter(|line| line.starts_with('{')) {
        let line: Value = serde_json::from_str(line).expect("JSON");
        row = line["generation"]["row"].as_u64().unwrap_or(row);
        let of_reference = |kind: &str| line[kind]["arm"] == 0 && row == wanted;
        let texts = [("response", "/response/response"), ("sampled", "/sampled/latency")];
        for (_, path) in texts.into_iter().filter(|(kind, _)| of_reference(kind)) {
            let text = line.pointer(path).and_then(Value::as_str).expect("a histogram");
            all.join(&Latencies::decode(text).expect("a histogram"));
        }
    }
    assert!(all.count() > 0, "nothing is recorded of row {wanted}");
    all.at_quantile_ns(0.95)
}

#[test]
fn a_stall_shows_in_an_open_loop_and_hides_in_a_closed_one() {
    // A fifth of all intended starts fall into a stall of a fifth of the time, so the 95th percentile lies
    // within its first half; of a closed loop only the requests that are under way when it begins are late.
    let stall = "conns = 4, stall = \"200ms\", stall-every = \"1s\"";
    let open = case("open", &format!("{stall}, rate = 200"), "1s");
    let bench = Bench::suite(&format!("{HEAD}{open}{}", case("closed", stall, "1s")));
    let output = bench.command().args(["--limit", "20s"]).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    let (open, closed) = (row(&report, "http-fetch/open"), row(&report, "http-fetch/closed"));
    let half_a_stall_ns = 100_000_000;
    let record = std::fs::read_to_string(bench.record()).expect("a record");
    assert!(p95_ns(&record, 0) > half_a_stall_ns, "{open}");
    assert!(p95_ns(&record, 1) < half_a_stall_ns, "{closed}");

    assert_eq!((&open["headline"], &open["rate_per_s"]), (&"response".into(), &200.into()));
    assert_eq!(
        (&open["ranked_by"], &open["latency_name"]),
        (&"response-time".into(), &"response time at 200/s".into())
    );
    assert_eq!((&closed["rate_per_s"], &closed["latency_name"]), (&Value::Null, &"service time".into()));
    let text = stdout(&output);
    for part in ["download at 200/s, open loop", "response time at 200/s", "service time", "asked for 200/s"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    // The record has response times for every slice of the open loop, and for none of the closed one.
    let mut lines = record.lines().peekable();
    let (mut paced, mut row_of) = (0, Value::Null);
    while let Some(line) = lines.next() {
        if line.starts_with("{\"generation\"") {
            row_of = serde_json::from_str::<Value>(line).expect("JSON")["generation"]["row"].take();
        }
        if line.starts_with('[') {
            let told = lines.peek().is_some_and(|next| next.starts_with("{\"response\""));
            assert_eq!(told, row_of == 0, "{line}");
            paced += usize::from(told);
        }
    }
    assert!(paced >= 2, "the reference and its control");
}

#[test]
fn a_rate_that_is_not_reached_is_said() {
    // One connection to a server that takes 20 ms for an answer does fewer than 50 a second.
    let behind = case("behind", "conns = 1, delay = \"20ms\", rate = 100", "500ms");
    let hopeless = case("hopeless", "conns = 1, delay = \"100ms\", rate = 1000", "200ms");
    let bench = Bench::suite(&format!("{HEAD}{behind}{hopeless}"));
    let output = bench.run();
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    let limits = row(&report, "http-fetch/behind")["limits"].as_array().expect("limits").clone();
    let overloaded = limits.iter().find(|limit| limit["kind"] == "overloaded").unwrap_or_else(|| panic!("{limits:?}"));
    let sentence = overloaded["sentence"].as_str().expect("a sentence");
    assert!(sentence.starts_with("overloaded: asked for 100/s, ") && sentence.contains("done by tokio"), "{sentence}");
    let hopeless = arm(row(&report, "http-fetch/hopeless"), "tokio");
    assert_eq!(hopeless["status"], "did-not-finish", "{hopeless}");
    let reason = hopeless["reason"].as_str().expect("a reason");
    assert!(reason.starts_with("asked for 1000 operations per second, "), "{reason}");
}

#[test]
fn every_runtime_keeps_a_pace_on_both_workloads() {
    let names = ["tokio", "tokio-current-thread", "async-std", "smol", "threads", "sequential", "null"];
    let quoted: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
    let suite = format!(
        "about = \"all\"\nreference = \"tokio\"\nruntimes = [{}]\ngenerations = 1\nrounds = 1\nbudget = \"10min\"\n\
         [[case]]\ncase = \"redis/conns=64\"\n[[case]]\ncase = \"http-fetch/size=4KiB,conns=64\"\n\
         [[case]]\ncase = \"http-fetch/three-images\"\n[[case]]\ncase = \"cpu/one-go\"\n",
        quoted.join(", ")
    );
    let bench = Bench::suite(&suite);
    let flags = ["--rate", "100", "--slice", "100ms", "--embedded-redis"];
    let output = bench.command().args(flags).output().expect("it starts");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let report = bench.report();
    assert_eq!(report["rows"].as_array().map(Vec::len), Some(2), "what cannot have a rate is left out");
    for case in ["redis/conns=64,rate=100", "http-fetch/size=4KiB,conns=64,rate=100"] {
        for name in names {
            let arm = arm(row(&report, case), name);
            assert_eq!(arm["status"], "measured", "{arm}");
            let rounds = row(&report, case)["rounds"].as_f64().expect("a number");
            let stamped = arm["latency"]["count"].as_f64().expect("a number");
            assert!((stamped - rounds * 10.0).abs() < 1e-9, "every operation of a slice is stamped: {rounds} {arm}");
        }
    }
}

#[test]
fn a_rate_needs_a_case_that_takes_one() {
    let planned = stdout(&run(&["plan", "--json", "--rate", "500"]));
    let plan: Value = serde_json::from_str(&planned).expect("JSON");
    assert_eq!(plan["limit_ms"], 4000, "a slice of a second may take four");
    for row in plan["rows"].as_array().expect("rows") {
        assert!(row["case"].as_str().is_some_and(|case| case.ends_with(",rate=500")), "{row}");
        assert_eq!((&row["params"]["rate"], &row["slice_ms"]), (&500.into(), &1000.into()));
    }
    let none = Bench::mocks(&[("base", "")], 1, "").command().args(["--rate", "500"]).output().expect("it starts");
    assert_eq!(code(&none), 64);
    assert!(stderr(&none).contains("takes a rate"), "{}", stderr(&none));
    let endless = run(&["peer", "http", "--stall", "3s", "--stall-every", "2s"]);
    assert_eq!(code(&endless), 64);
    assert!(stderr(&endless).contains("--stall-every"), "{}", stderr(&endless));
}
