//! The error rates of whole races on simulated machines, for every noise model.

use loopswap_statistics::{Noise, RaceRules, Rate, Summary, Truth, fixed_sample, summarise};

/// An effect of this many per cent, on the log scale.
fn percent(percent: f64) -> f64 {
    (percent / 100.0).ln_1p()
}

fn races(noise: Noise, effect: f64, races: u32) -> Summary {
    let summary = summarise(Truth { noise, effect }, &RaceRules::up_to(58), 12, races, 2026).unwrap();
    println!("{summary:?}");
    summary
}

/// A 95 % interval covers in 92 to 98 % of samples, for any noise.
fn assert_covers(rate: Rate, what: &str) {
    assert!((0.92..=0.98).contains(&rate.share()), "{what}: {rate:?}");
}

fn fixed(noise: Noise, generations: u32, samples: u32) -> Rate {
    let effect = percent(3.0);
    let covered = (0..samples).filter(|seed| {
        let found = fixed_sample(noise, effect, generations, 0.95, u64::from(*seed)).unwrap();
        found.lower <= effect && effect <= found.upper
    });
    Rate { hits: covered.count() as u32, tries: samples }
}

/// No difference: few are suspected, none is confirmed, and the intervals cover.
fn no_difference(noise: Noise) {
    let summary = races(noise, 0.0, 500);
    // 1 % of the races, and three standard errors of a rate of 1 % for the dice.
    assert!(summary.suspects.share() <= 0.01 + 3.0 * (0.01 * 0.99 / 500.0_f64).sqrt(), "{summary:?}");
    assert_eq!(summary.confirmed.hits, 0, "{summary:?}");
    assert_covers(summary.coverage_fixed, "12 generations");
    assert_covers(summary.coverage_stopped, "the end of a race");
    assert_covers(fixed(noise, 30, 1000), "30 generations");
    // The centre has no lean, neither way: a twentieth of the margin would be seen.
    assert!(summary.bias_stopped.abs() < 0.001, "{summary:?}");
}

#[test]
fn no_difference_independent() {
    no_difference(Noise::Independent);
}

#[test]
fn no_difference_drifting() {
    no_difference(Noise::Drifting);
}

#[test]
fn no_difference_correlated() {
    no_difference(Noise::Correlated);
}

#[test]
fn no_difference_bimodal() {
    no_difference(Noise::Bimodal);
}

#[test]
fn five_percent_is_found() {
    for noise in Noise::ALL {
        for effect in [5.0, -5.0] {
            let summary = races(noise, percent(effect), 150);
            assert!(summary.suspects.share() >= 0.97 && summary.confirmed.share() >= 0.95, "{summary:?}");
            assert!(summary.equivalent.hits == 0 && summary.generations_mean < 20.0, "{summary:?}");
        }
    }
}

#[test]
fn a_difference_at_the_bound_is_rarely_called_equivalent() {
    for noise in [Noise::Independent, Noise::Bimodal] {
        // 2 % exactly, on the scale of the rules; at most 0.5 % at each of five looks.
        let summary = races(noise, 0.02, 300);
        assert!(summary.equivalent.share() <= 0.025 + 3.0 * (0.025_f64 / 300.0).sqrt(), "{summary:?}");
    }
}

#[test]
fn races_are_replayed_from_their_seed() {
    let truth = Truth { noise: Noise::Correlated, effect: 0.02 };
    let play = |seed| summarise(truth, &RaceRules::up_to(30), 12, 5, seed);
    assert_eq!(play(1), play(1));
    assert_ne!(play(1), play(2));
    assert_eq!(summarise(truth, &RaceRules::up_to(30), 12, 0, 1), None);
    assert_eq!(summarise(truth, &RaceRules::up_to(0), 12, 3, 1), None);
    let nothing = Rate { hits: 0, tries: 300 };
    assert!(nothing.share() == 0.0 && nothing.error() > 0.003);
}
