//! The language of claims: what is read, what is refused, where, and with which words.

use super::*;
use crate::claim::{Count, Metric, Over, Unit};
use proptest::prelude::*;

fn read(text: &str) -> Check {
    parse(text).unwrap_or_else(|error| panic!("{text}: at {}: {error}", error.at)).0
}

fn arm(case: &str, runtime: &str) -> Arm {
    Arm { case: case.into(), runtime: runtime.into() }
}

#[test]
fn a_ratio_of_two_runtimes_on_one_case() {
    let check = read("ratio(http-fetch/three-images, sequential / tokio) >= 2.5");
    let [above, below] = ["sequential", "tokio"].map(|runtime| arm("http-fetch/three-images", runtime));
    assert_eq!(check.figure, Figure::Ratio { over: Over::Time, above, below });
    assert_eq!((check.comparison, check.bound.value()), (Comparison::AtLeast, 2.5));
}

#[test]
fn a_ratio_over_two_cases() {
    let check = read("cpu_ratio(cpu/yielding @ tokio / cpu/one-go@smol)<150%");
    let (above, below) = (arm("cpu/yielding", "tokio"), arm("cpu/one-go", "smol"));
    assert_eq!(check.figure, Figure::Ratio { over: Over::Cpu, above, below });
    assert_eq!((check.comparison, check.bound.value()), (Comparison::LessThan, 1.5));
}

#[test]
fn names_keep_their_commas_slashes_and_equals_signs() {
    let check = read("rate(http-fetch/size=4KiB,conns=64, tokio) > 10k");
    let arm = arm("http-fetch/size=4KiB,conns=64", "tokio");
    assert_eq!(check.figure, Figure::Of { metric: Metric::Rate, arm });
    assert_eq!(check.bound.value(), 10_000.0);
    let check = read("failed(\"a case, of (mine)\") <= 0");
    assert_eq!(check.figure, Figure::Runtimes { count: Count::Failed, case: "a case, of (mine)".into() });
}

#[test]
fn every_function_and_every_unit_is_read_back() {
    for function in Function::ALL {
        let arguments = match function {
            Function::Ratio(_) => "(a/b, x / y)",
            Function::Of(_) => "(a/b, x)",
            Function::Runtimes(_) => "(a/b)",
        };
        let call = format!("{}{arguments}", function.name());
        let (number, units) = (format!("{call} <= 1"), [Unit::None, Unit::Percent, Unit::Milliseconds, Unit::MiB]);
        let fitting = units.iter().find_map(|unit| parse(&format!("{number}{}", unit.name())).ok());
        let quantity = fitting.expect("one unit of each quantity").0.figure.quantity();
        for unit in quantity.units() {
            let check = read(&format!("{number}{}", unit.name()));
            assert_eq!((check.bound.unit, check.bound.value()), (*unit, unit.scale()));
        }
    }
    assert_eq!(read("time(a, b) <= 3 µs").bound.unit, Unit::Microseconds);
}

#[test]
fn what_is_wrong_is_told_with_its_place() {
    let refused = |text: &str| {
        let error = parse(text).expect_err(text);
        (error.at, error.what)
    };
    for (text, at, what) in [
        ("", 0, "the check ends where a function"),
        ("ratio", 5, "the check ends where `(` is expected"),
        ("ratio(, a / b) > 1", 6, "found `,` where the name of a case"),
        ("ratio(a, b / ) > 1", 13, "found `)` where the name of a runtime"),
        ("ratio(a @ b c @ d) > 1", 12, "found `c` where ` / ` (with a blank"),
        ("ratio(a, b / c > 1", 15, "found `>` where `)`"),
        ("ratio(a, b / c) = 1", 16, "found `=` where `>=`, `>`, `<=` or `<` is expected"),
        ("ratio(a, b / c) >= fast", 19, "found `fast` where a number"),
        ("ratio(a, b / c) >= 1000000000000000000000", 19, "found `1000000000000000000000` where a number"),
        ("ratio(a, b / c) >= 2 2", 21, "found `2` where the end of the check"),
        ("failed(\"a) > 1", 14, "the check ends where a closing quote"),
        ("ratio(a, b/c) > 1", 0, "`ratio` takes (CASE, RUNTIME / RUNTIME)"),
        ("time(a) > 1ms", 0, "`time` takes (CASE, RUNTIME)"),
        ("time(a, b) > 1", 13, "the bound of `time` needs a unit: ns, us, ms, s"),
        ("rss(a, b) > 1 MB", 14, "`MB` is not a unit of `rss`, which takes B, KiB, MiB, GiB"),
    ] {
        let (found_at, found) = refused(text);
        assert_eq!(found_at, at, "{text}: {found}");
        assert!(found.starts_with(what), "{text}: {found}");
    }
}

#[test]
fn what_was_given_is_repeated_in_part() {
    for text in [
        "L",
        "L(a, b / c) > 1",
        "ratio L",
        "ratio(a, b / c) > L",
        "ratio(a, b / c) > 1L",
        "ratio(a, b / c) > 1 L",
        "ratio(a, b / c) L",
        "ratio(a, b / c > L",
        "ratio(a @ b L",
    ] {
        for long in ["x".repeat(100_000), "(".repeat(100_000), "9".repeat(100_000), "\u{1b}".repeat(100_000)] {
            let error = parse(&text.replace('L', &long)).expect_err(text).to_string();
            assert!(error.chars().count() < 400 && !error.contains('\u{1b}'), "{text}: {error:.500}");
        }
    }
}

#[test]
fn an_unknown_function_comes_with_those_that_there_are() {
    let error = parse("  ration(a, b / c) > 1").expect_err("no function");
    assert_eq!((error.at, error.what.as_str()), (2, "unknown function `ration`"));
    let (word, names) = error.unknown.expect("names");
    assert!(word == "ration" && names.contains(&"ratio") && names.contains(&"bytes_per_task"));
}

#[test]
fn places_lead_to_the_names() {
    let text = "ratio(cpu/a @ tokio / cpu/b @ smol) > 1";
    let (_, places) = parse(text).expect("a check");
    for (name, at) in places.cases.iter().chain(&places.runtimes) {
        assert!(text[*at..].starts_with(name.as_str()), "{name} at {at}");
    }
    assert_eq!((places.cases.len(), places.runtimes.len()), (2, 2));
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z][a-z0-9/=,._-]{0,20}", "[^\"]{1,20}"]
}

fn figures() -> impl Strategy<Value = Figure> {
    let arm = || (name(), name()).prop_map(|(case, runtime)| Arm { case, runtime });
    (0..Function::ALL.len(), arm(), arm(), any::<bool>()).prop_map(|(function, above, below, across)| {
        match Function::ALL[function] {
            Function::Ratio(over) if across => Figure::Ratio { over, above, below },
            Function::Ratio(over) => {
                let below = Arm { case: above.case.clone(), ..below };
                Figure::Ratio { over, above, below }
            }
            Function::Of(metric) => Figure::Of { metric, arm: above },
            Function::Runtimes(count) => Figure::Runtimes { count, case: above.case },
        }
    })
}

proptest! {
    #[test]
    fn no_text_panics_and_every_place_lies_in_it(text in "\\PC{0,60}") {
        if let Err(error) = parse(&text) {
            prop_assert!(error.at <= text.len() && text.is_char_boundary(error.at));
        }
    }

    #[test]
    fn nor_does_almost_a_check(text in "(ratio|time|failed|x)?[(]?[a-c/@, \"]{0,12}[)]? ?[<>=]{0,2} ?[0-9.]{0,4}[mskM%i]{0,3}") {
        if let Ok((check, _)) = parse(&text) {
            prop_assert_eq!(parse(&check.to_string()).map(|read| read.0), Ok(check));
        }
    }

    #[test]
    fn what_is_written_is_read_back(figure in figures(), comparison in 0..4usize, unit in 0..4usize, number in 0.0f64..1e12) {
        let units = figure.quantity().units();
        let bound = Bound { number, unit: units[unit % units.len()] };
        let check = Check { figure, comparison: Comparison::ALL[comparison], bound };
        prop_assert_eq!(parse(&check.to_string()).map(|read| read.0), Ok(check));
    }
}
