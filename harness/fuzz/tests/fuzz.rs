//! A bounded number of inputs for every target, the same each time, and all inputs that ever showed a fault.

use loopswap_fuzz::{attempt, corpus, fuzz, targets};

/// Inputs of each target, in a build that is not optimised.
const EXECUTIONS: u64 = 300;

#[test]
fn damaged_input_ends_nothing() {
    for target in &targets::ALL {
        assert!(!(target.seeds)().is_empty(), "{} begins with nothing", target.name);
        for seed in (target.seeds)() {
            assert_eq!(attempt(target, &seed), Ok(()), "{}: a good input", target.name);
        }
        let outcome = fuzz(target, 1, 0, EXECUTIONS, None);
        assert_eq!(outcome.executions, EXECUTIONS);
        let what: Vec<&str> = outcome.found.iter().map(|found| found.what.as_str()).collect();
        // The time of an input means something on an idle machine only.
        let faults: Vec<&&str> = what.iter().filter(|what| !what.starts_with("takes longer")).collect();
        assert!(
            faults.is_empty(),
            "{}: {faults:#?}; `scripts/fuzz {}` writes down the inputs",
            target.name,
            target.name
        );
    }
}

#[test]
fn what_was_found_once_is_mended() {
    let mut tried = 0;
    for target in &targets::ALL {
        for path in corpus(target.name) {
            let input = std::fs::read(&path).expect("an input");
            assert_eq!(attempt(target, &input), Ok(()), "{}", path.display());
            tried += 1;
        }
    }
    assert!(tried > 0, "the corpus is not there");
}
