//! Makes the table of docs/notes/simulations.md: how often the interval of a percentile holds the truth.
//!
//! `cargo run --release -p loopswap-statistics --example percentiles [SAMPLES]` takes about a minute for the
//! 2000 samples of each line.

use loopswap_statistics::{Operations, Setting, percentile_coverage};

/// Percentiles, and the numbers of operations of a generation for each.
const QUESTIONS: [(f64, &[usize]); 3] = [(0.5, &[200]), (0.99, &[100, 200, 500, 2000]), (0.999, &[2000, 10_000])];

fn main() {
    let samples: u32 = std::env::args().nth(1).and_then(|samples| samples.parse().ok()).unwrap_or(2000);
    println!("{samples} samples each: covered of those answered, answered of all, mean half width");
    println!("{:<10} {:>6} {:>6} {:>8} {:>24} {:>24} {:>24}", "", "", "ops", "scatter", "8 gen.", "12 gen.", "30 gen.");
    for (quantile, counts) in QUESTIONS {
        for operations in Operations::ALL {
            for count in counts {
                for scatter in [0.0, 0.1, 0.3] {
                    let cell = |generations: usize| {
                        let setting = Setting { operations, scatter, generations, count: *count };
                        let found = percentile_coverage(setting, quantile, samples, 11);
                        let answered = f64::from(found.answered) / f64::from(samples);
                        match found.share() {
                            Some(share) if answered >= 0.005 => format!(
                                "{:>5.1} % of {:>3.0} % ± {:>3.0} %",
                                100.0 * share,
                                100.0 * answered,
                                100.0 * found.half_width
                            ),
                            _ => "too few".to_owned(),
                        }
                    };
                    let cells = [8, 12, 30].map(cell);
                    let name = format!("p{}", 100.0 * quantile);
                    print!("{:<10} {name:>6} {count:>6} {:>6.0} % ", operations.name(), 100.0 * scatter);
                    println!("{:>24} {:>24} {:>24}", cells[0], cells[1], cells[2]);
                }
            }
        }
    }
}
