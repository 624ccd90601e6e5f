//! Makes the table of `src/sequential.rs`: the constant threshold for k looks whose overall rate of
//! false alarms is 1 %, and checks budgets that end between two looks.
//!
//! `cargo run --release -p loopswap-statistics --example looks [ROWS]` takes about two minutes for the
//! 4 000 000 rows of the table.

use loopswap_statistics::{Looks, SUSPECTS_MAX, SplitMix64, signed_rank};

/// The largest number of looks in the table.
const LOOKS: usize = 12;

fn main() {
    let rows: usize = std::env::args().nth(1).and_then(|rows| rows.parse().ok()).unwrap_or(4_000_000);
    let longest = (1..).find(|max| Looks::up_to(*max).at().len() == LOOKS + 1).expect("a schedule") - 1;
    let looks = Looks::up_to(longest);
    let p_by_sum: Vec<Vec<f64>> = looks.at().iter().map(|n| p_by_sum(*n as usize)).collect();
    let mut smallest = vec![Vec::with_capacity(rows); looks.at().len()];
    let mut random = SplitMix64::new(1945);
    for _ in 0..rows {
        let mut p_min = 1.0_f64;
        for (index, sum) in sums(&mut random, looks.at()).into_iter().enumerate() {
            p_min = p_min.min(p_by_sum[index][sum]);
            smallest[index].push(p_min);
        }
    }
    println!("{:>5} {:>6} {:>10} {:>10}", "looks", "last", "threshold", "± (1 se)");
    for (index, mut p_values) in smallest.into_iter().enumerate() {
        let allowed = (SUSPECTS_MAX * rows as f64) as usize;
        let dice = (SUSPECTS_MAX * (1.0 - SUSPECTS_MAX) * rows as f64).sqrt() as usize;
        p_values.sort_unstable_by(f64::total_cmp);
        let (threshold, above) = (p_values[allowed - 1], p_values[allowed + dice]);
        println!("{:>5} {:>6} {threshold:>10.6} {:>10.6}", index + 1, looks.at()[index], above - threshold);
    }
    between(rows / 10, &mut random);
}

/// The overall rate of budgets that end between two looks of the schedule.
fn between(rows: usize, random: &mut SplitMix64) {
    let mut worst = (0.0_f64, 0);
    for max in 8..=60 {
        let looks = Looks::up_to(max);
        let p_by_sum: Vec<Vec<f64>> = looks.at().iter().map(|n| p_by_sum(*n as usize)).collect();
        let passes = |sums: Vec<usize>| sums.iter().zip(&p_by_sum).any(|(sum, p)| p[*sum] <= looks.suspect_p());
        let alarms = (0..rows).filter(|_| passes(sums(random, looks.at()))).count();
        let rate = alarms as f64 / rows as f64;
        worst = if rate > worst.0 { (rate, max) } else { worst };
    }
    let dice = (SUSPECTS_MAX / rows as f64).sqrt();
    println!("budgets of 8 to 60: at most {:.5} (at {}), standard error {dice:.5}", worst.0, worst.1);
}

/// The sum of the positive ranks at each look of one row without any difference.
fn sums(random: &mut SplitMix64, looks: &[u32]) -> Vec<usize> {
    let mut sums = vec![0; looks.len()];
    let mut ranks = vec![0; looks.len()];
    let longest = looks.last().copied().unwrap_or(0);
    // Sizes and signs are independent, and any continuous sizes give the same ranks in law.
    let mut values: Vec<(u64, u32)> = (0..longest).map(|index| (random.next_u64(), index)).collect();
    values.sort_unstable();
    for (bits, index) in values {
        let positive = bits & 1 == 1;
        for look in (0..looks.len()).rev().take_while(|look| index < looks[*look]) {
            ranks[look] += 1;
            sums[look] += if positive { ranks[look] } else { 0 };
        }
    }
    sums
}

/// The two-sided p of every sum of positive ranks of `n` values, from the test itself.
fn p_by_sum(n: usize) -> Vec<f64> {
    let highest = n * (n + 1) / 2;
    let mut p: Vec<f64> = (0..=highest / 2).map(|sum| p_of(n, sum)).collect();
    p.extend((highest / 2 + 1..=highest).map(|sum| p[highest - sum]).collect::<Vec<_>>());
    p
}

/// p of a sample whose positive ranks sum to `sum`: the largest ranks that fit are made positive.
fn p_of(n: usize, mut sum: usize) -> f64 {
    let sign = |rank: usize| {
        let positive = rank <= sum;
        sum -= if positive { rank } else { 0 };
        if positive { rank as f64 } else { -(rank as f64) }
    };
    let values: Vec<f64> = (1..=n).rev().map(sign).collect();
    signed_rank(&values).expect("finite values").p
}
