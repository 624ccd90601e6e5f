//! What a report costs: one comparison, and a thousand of them, each over 100 generations.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use loopswap_statistics::{SplitMix64, benjamini_hochberg, estimate, signed_rank};

const GENERATIONS: usize = 100;

/// Noise of about 2 % around no difference; its exact shape does not matter for the cost.
fn row(random: &mut SplitMix64) -> Vec<f64> {
    (0..GENERATIONS).map(|_| 0.02 * (random.unit() + random.unit() - 1.0)).collect()
}

fn analysis(criterion: &mut Criterion) {
    let mut random = SplitMix64::new(1);
    let rows: Vec<Vec<f64>> = (0..1000).map(|_| row(&mut random)).collect();

    criterion.bench_function("estimate, 100 generations", |bencher| {
        bencher.iter(|| estimate(black_box(&rows[0]), 0.95));
    });
    criterion.bench_function("p, 100 generations", |bencher| {
        bencher.iter(|| signed_rank(black_box(&rows[0])));
    });
    let mut group = criterion.benchmark_group("report");
    group.sample_size(10);
    group.bench_function("1000 rows, 100 generations each", |bencher| {
        bencher.iter(|| {
            let estimates: Vec<_> = rows.iter().map(|row| estimate(row, 0.95)).collect();
            let p_values: Vec<f64> = rows.iter().filter_map(|row| signed_rank(row)).map(|test| test.p).collect();
            (black_box(estimates), benjamini_hochberg(&p_values))
        });
    });
    group.finish();
}

criterion_group!(benches, analysis);
criterion_main!(benches);
