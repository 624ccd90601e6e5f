//! Does the 95 % interval cover in 95 % of experiments, and does the control raise false alarms in
//! at most `alpha` of them? Generations are simulated as independent, as fresh processes are.

use loopswap_statistics::{SplitMix64, Verdict, control, estimate, signed_rank};

use crate::noise::{SYMMETRIC, sample};

const EXPERIMENTS: usize = 1000;

fn share(hits: usize) -> f64 {
    hits as f64 / EXPERIMENTS as f64
}

#[test]
fn the_95_percent_interval_covers() {
    let truth = 0.05;
    for n in [10, 12, 20, 40] {
        for (name, noise) in SYMMETRIC {
            let mut random = SplitMix64::for_part(2024, n as u64);
            let mut covered = 0;
            for _ in 0..EXPERIMENTS {
                let mut values = sample(&mut random, n, noise);
                values.iter_mut().for_each(|value| *value = truth + 0.02 * *value);
                let found = estimate(&values, 0.95).unwrap();
                covered += usize::from(found.lower <= truth && truth <= found.upper);
            }
            println!("n = {n}, {name}: covers {:.4}", share(covered));
            assert!((0.92..=0.985).contains(&share(covered)), "n = {n}, {name}: {covered}");
        }
    }
}

#[test]
fn the_control_raises_few_false_alarms() {
    for n in [10, 12, 20, 40] {
        for (name, noise) in SYMMETRIC {
            for alpha in [0.05, 0.01] {
                let mut random = SplitMix64::for_part(77, n as u64);
                let mut alarms = 0;
                for _ in 0..EXPERIMENTS {
                    let values = sample(&mut random, n, noise);
                    alarms += usize::from(!control(&values, alpha, 0.0).unwrap().fine);
                }
                println!("n = {n}, {name}, alpha = {alpha}: alarms {:.4}", share(alarms));
                // The exact test never exceeds alpha; three standard errors are for the dice.
                let dice = 3.0 * (alpha * (1.0 - alpha) / EXPERIMENTS as f64).sqrt();
                assert!(share(alarms) <= alpha + dice, "n = {n}, {name}, {alpha}: {alarms}");
            }
        }
    }
}

/// Without dice: if the arms do not differ, every pattern of signs is equally likely, so counting
/// them all gives the rate of false alarms itself, for any sizes of the values.
#[test]
fn the_false_alarm_rate_is_at_most_alpha_by_full_count() {
    let distinct: Vec<f64> = (1..=12).map(|i| f64::from(i).sqrt()).collect();
    let tied: Vec<f64> = (1..=12).map(|i| f64::from(i / 3)).collect();
    for sizes in [&distinct[..10], &distinct, &tied] {
        let patterns = 1_usize << sizes.len();
        let p_of = |pattern: usize| {
            let sign = |i: usize| if pattern >> i & 1 == 0 { 1.0 } else { -1.0 };
            let values: Vec<f64> = sizes.iter().enumerate().map(|(i, size)| sign(i) * size).collect();
            signed_rank(&values).unwrap().p
        };
        let p_values: Vec<f64> = (0..patterns).map(p_of).collect();
        for alpha in [0.05, 0.01, 0.0026] {
            let alarms = p_values.iter().filter(|p| **p <= alpha).count();
            let rate = alarms as f64 / patterns as f64;
            println!("n = {}, alpha = {alpha}: rate {rate:.5}", sizes.len());
            assert!(rate <= alpha, "{sizes:?}, {alpha}: {rate}");
        }
    }
}

#[test]
fn verdicts_are_rarely_wrong() {
    let (n, alpha, margin) = (20, 0.05, 0.02);
    // The last truth is just beyond the margin: hard to tell, and easily called the same.
    let truths = [
        (0.0, Verdict::Same, 0.9),
        (0.1, Verdict::Worse, 0.9),
        (-0.1, Verdict::Better, 0.9),
        (0.0201, Verdict::Worse, 0.0),
    ];
    for (name, noise) in SYMMETRIC {
        for (truth, verdict, right_min) in truths {
            let mut random = SplitMix64::new(5);
            let (mut wrong, mut right) = (0, 0);
            for _ in 0..EXPERIMENTS {
                let mut values = sample(&mut random, n, noise);
                values.iter_mut().for_each(|value| *value = truth + 0.005 * *value);
                let p = signed_rank(&values).unwrap().p;
                let found = Verdict::decide(&estimate(&values, 1.0 - alpha).unwrap(), p, alpha, margin);
                right += usize::from(found == verdict);
                wrong += usize::from(found != verdict && found != Verdict::Undecided);
            }
            println!("{name}, truth {truth}: right {:.4}, wrong {:.4}", share(right), share(wrong));
            assert!(share(wrong) <= alpha, "{name}, truth {truth}: {wrong}");
            assert!(share(right) >= right_min, "{name}, truth {truth}: {right}");
        }
    }
}
