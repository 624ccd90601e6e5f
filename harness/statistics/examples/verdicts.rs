//! The error rates of the rule for verdicts, by simulation: `cargo run --release --example verdicts -p
//! loopswap-statistics -- [REPORTS]`. Everything comes from fixed seeds.

use loopswap_statistics::{
    FamilyRules, LookOutcome, RaceRules, Scatter, SimulatedRow, SplitMix64, Verdict, confirmed, look, simulated_report,
    smallest_confirmed,
};

/// The rules of a report.
fn rules() -> FamilyRules {
    FamilyRules { alpha: 0.05, level: 0.95, margin: 0.01_f64.ln_1p(), same_max: 0.05_f64.ln_1p(), power: 0.8 }
}

fn row(effects: Vec<f64>, spread: f64, rho: f64) -> SimulatedRow {
    SimulatedRow { effects, spread, scatter: Scatter::Normal, rho }
}

fn differs(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Better | Verdict::Worse)
}

fn main() {
    let reports = std::env::args().nth(1).map_or(400, |count| count.parse().expect("a number of reports"));
    correlated(reports);
    raced(reports * 5);
    visible(reports * 2);
    visible_in_races(reports * 5);
    partial_nulls(reports);
}

/// Nothing differs, generations are correlated: verdicts are false.
fn correlated(reports: u64) {
    println!("serial correlation: reports with a false verdict, without and with the look at the order; rows widened;");
    println!("power: verdicts on a contender of every row that is 3 of its standard deviations away, likewise");
    println!("rows arms   n  rho | without    with | widened | power without   with");
    for (rows, arms) in [(1, 1), (1, 6), (8, 6)] {
        for n in [8, 12, 30] {
            for rho in [0.0, 0.5, 0.9] {
                let mut counts = [0.0; 5];
                for seed in 0..reports {
                    let nothing = vec![row(vec![0.0; arms], 0.02, rho); rows];
                    let mut one = vec![0.0; arms];
                    one[0] = 0.06;
                    let something = vec![row(one, 0.02, rho); rows];
                    for (place, looks) in [(0, false), (1, true)] {
                        let found = simulated_report(&nothing, n, &rules(), looks, seed);
                        let any = found.judged.iter().flatten().flatten().any(|one| differs(one.verdict));
                        counts[place] += f64::from(u8::from(any));
                        if looks {
                            let widened = found.correlation.iter().filter(|rho| **rho > 0.0).count();
                            counts[2] += widened as f64 / rows as f64;
                        }
                        let found = simulated_report(&something, n, &rules(), looks, !seed);
                        let seen = found.judged.iter().filter(|row| row[0].is_some_and(|one| differs(one.verdict)));
                        counts[3 + place] += seen.count() as f64 / rows as f64;
                    }
                }
                let [without, with, widened, power, kept] = counts.map(|count| 100.0 * count / reports as f64);
                println!(
                    "{rows:>4} {arms:>4} {n:>3} {rho:>4} | {without:>6.1}% {with:>6.1}% | {widened:>6.1}% | \
                     {power:>12.1}% {kept:>5.1}%"
                );
            }
        }
    }
}

/// Races of two equal builds whose generations are correlated.
fn raced(races: u64) {
    println!("\nraces of equal builds, up to 58 generations: suspects, and confirmed (false), and equivalent");
    let rules = RaceRules::up_to(58);
    for rho in [0.0, 0.5, 0.9] {
        let (mut suspects, mut again, mut equivalent) = (0_u32, 0_u32, 0_u32);
        for seed in 0..races {
            let values = |n: usize, part: u64| {
                let one = row(vec![0.0], 0.02, rho);
                let mut random = SplitMix64::for_part(seed, part);
                one.values(0.0, n, &mut random)
            };
            let all = values(58, 0);
            let outcome = rules.looks.at().iter().find_map(|n| {
                let found = look(&all[..*n as usize], &rules, rules.margin, rules.looks.is_last(*n));
                (found != LookOutcome::GoOn).then_some((*n, found))
            });
            if let Some((n, LookOutcome::Suspect)) = outcome {
                suspects += 1;
                let fresh = values(rules.fresh(n) as usize, 1);
                again += u32::from(confirmed(&all[..n as usize], &fresh, &rules, rules.margin));
            }
            equivalent += u32::from(matches!(outcome, Some((_, LookOutcome::Equivalent))));
        }
        let share = |count: u32| 100.0 * f64::from(count) / races as f64;
        println!(
            "  rho {rho}: suspects {:.1}%, confirmed {:.2}%, equivalent {:.1}%",
            share(suspects),
            share(again),
            share(equivalent)
        );
    }
}

/// What a report calls visible, given to a fresh run: how often is it found?
fn visible(runs: u64) {
    println!("\nthe stated visible difference (mean), and the share of fresh runs that find it");
    println!("  n family spread scatter        | stated   found");
    for n in [8, 12, 16, 30] {
        for family in [1, 8, 48] {
            for scatter in Scatter::ALL {
                for spread in [0.002, 0.01, 0.04] {
                    let run = |effect: f64, seed: u64| {
                        // The others differ in nothing and hardly scatter: they are quick to simulate.
                        let mut all = vec![SimulatedRow { scatter, ..row(vec![effect], spread, 0.0) }];
                        all.extend((family > 1).then(|| row(vec![0.0; family - 1], 1e-4, 0.0)));
                        simulated_report(&all, n, &rules(), false, seed).judged[0][0]
                    };
                    let stated = |seed| run(0.0, seed).and_then(|one| one.smallest_visible);
                    let pairs: Vec<(u64, f64)> = (0..runs).filter_map(|seed| Some((seed, stated(seed)?))).collect();
                    if pairs.is_empty() {
                        continue;
                    }
                    let found = pairs
                        .iter()
                        .filter(|(seed, effect)| run(*effect, !seed).is_some_and(|one| one.verdict == Verdict::Worse));
                    println!(
                        "{n:>3} {family:>6} {:>5.1}% {:<14} | {:>5.2}% {:>6.1}%",
                        100.0 * spread,
                        scatter.name(),
                        100.0 * pairs.iter().map(|(_, effect)| effect).sum::<f64>() / pairs.len() as f64,
                        100.0 * found.count() as f64 / pairs.len() as f64
                    );
                }
            }
        }
    }
}

/// What a race calls visible after this many generations, given to a fresh race that is looked at there.
fn visible_in_races(races: u64) {
    println!(
        "\nthe difference that a race calls visible (mean), and the share of fresh ones that suspect and confirm it"
    );
    println!("  n scatter        | stated   found");
    let rules = RaceRules::up_to(58);
    for n in [12, 20, 30, 58] {
        for scatter in Scatter::ALL {
            let noise = SimulatedRow { scatter, ..row(vec![], 0.02, 0.0) };
            let values = |effect: f64, n: u32, seed, part| {
                noise.values(effect, n as usize, &mut SplitMix64::for_part(seed, part))
            };
            let (mut sum, mut found) = (0.0, 0_u32);
            for seed in 0..races {
                let pilot = values(0.0, n, !seed, 0);
                let stated = smallest_confirmed(&pilot, &rules, rules.margin, 0.8).expect("enough generations");
                let (screened, fresh) = (values(stated, n, seed, 0), values(stated, rules.fresh(n), seed, 1));
                let suspect = look(&screened, &rules, rules.margin, false) == LookOutcome::Suspect;
                sum += stated;
                found += u32::from(suspect && confirmed(&screened, &fresh, &rules, rules.margin));
            }
            let (stated, found) = (100.0 * sum / races as f64, 100.0 * f64::from(found) / races as f64);
            println!("{n:>3} {:<14} | {stated:>5.2}% {found:>6.1}%", scatter.name());
        }
    }
}

/// Many quiet rows that differ by less than their margin, some loud ones that do not differ, a few that do.
fn partial_nulls(reports: u64) {
    println!("\npartial nulls: share of false ones among the printed verdicts, in per cent");
    println!("(mean over reports, and over all verdicts; false: no difference, or one within 1 %)");
    println!("quiet     by loud true   n | a report    all, none   all, within 1 % | found");
    for (quiet, by, loud, real) in [
        (40, 0.005, 8, 0),
        (40, 0.009, 8, 0),
        (40, 0.005, 8, 2),
        (40, 0.009, 8, 2),
        (40, 0.005, 40, 4),
        (20, 0.009, 20, 10),
        (0, 0.0, 48, 0),
    ] {
        for n in [8, 12, 30] {
            let (mut share, mut printed, mut none, mut within, mut found) = (0.0, 0_u32, 0_u32, 0_u32, 0_u32);
            for seed in 0..reports {
                let mut rows = vec![row(vec![by], 0.002, 0.0); quiet];
                rows.extend(vec![row(vec![0.0], 0.05, 0.0); loud]);
                rows.extend(vec![row(vec![0.3], 0.05, 0.0); real]);
                let judged = simulated_report(&rows, n, &rules(), true, seed).judged;
                let all = judged.iter().zip(&rows).filter(|(one, _)| one[0].is_some_and(|one| differs(one.verdict)));
                let effects: Vec<f64> = all.map(|(_, row)| row.effects[0]).collect();
                let count = |of: &dyn Fn(f64) -> bool| effects.iter().filter(|effect| of(**effect)).count() as u32;
                let wrong = count(&|effect| effect < 0.01);
                share += f64::from(wrong) / effects.len().max(1) as f64;
                printed += effects.len() as u32;
                none += count(&|effect| effect == 0.0);
                within += wrong;
                found += count(&|effect| effect > 0.1);
            }
            let of = |count: u32, all: u32| 100.0 * f64::from(count) / f64::from(all.max(1));
            println!(
                "{quiet:>5} {:>5.1}% {loud:>4} {real:>4} {n:>3} | {:>8.2} {:>10.2} {:>15.2} | {:>5.1}",
                100.0 * by,
                100.0 * share / reports as f64,
                of(none, printed),
                of(within, printed),
                of(found, real as u32 * reports as u32)
            );
        }
    }
}
