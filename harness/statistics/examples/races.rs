//! How often a race of two builds is wrong, and what it costs: a table by noise and effect.
//!
//! `cargo run --release -p loopswap-statistics --example races [RACES [GENERATIONS]]`

use loopswap_statistics::{Noise, RaceRules, Truth, summarise};

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let races = arguments.next().unwrap_or(10_000);
    let rules = RaceRules::up_to(arguments.next().unwrap_or(58));
    println!(
        "{:<12} {:>7} {:>9} {:>9} {:>10} {:>12} {:>11} {:>4} {:>8} {:>7} {:>8} {:>8}",
        "noise",
        "effect",
        "suspects",
        "confirmed",
        "equivalent",
        "inconclusive",
        "generations",
        "p95",
        "stopped",
        "bias",
        "fixed 12",
        "fixed 30"
    );
    for noise in Noise::ALL {
        for percent in [0.0, 1.0, 2.0, 5.0, 10.0, -5.0] {
            let effect = f64::ln(1.0 + percent / 100.0);
            let twelve = summarise(Truth { noise, effect }, &rules, 12, races, 1).expect("races");
            let thirty = summarise(Truth { noise, effect }, &rules, 30, races, 2).expect("races");
            println!(
                "{:<12} {percent:>+6} % {:>9.4} {:>9.4} {:>10.4} {:>12.4} {:>11.1} {:>4} {:>8.4} {:>+6.2}% {:>8.4} {:>8.4}",
                noise.name(),
                twelve.suspects.share(),
                twelve.confirmed.share(),
                twelve.equivalent.share(),
                twelve.inconclusive.share(),
                twelve.generations_mean,
                twelve.generations_p95,
                twelve.coverage_stopped.share(),
                100.0 * twelve.bias_stopped,
                twelve.coverage_fixed.share(),
                thirty.coverage_fixed.share(),
            );
        }
    }
}
