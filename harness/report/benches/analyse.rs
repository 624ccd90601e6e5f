//! What the report of a long run costs: a thousand rows of a hundred generations.
#![allow(missing_docs)]

#[path = "../tests/sample/build.rs"]
mod build;

use build::{MockRow, arm, header, row, text};
use criterion::{Criterion, criterion_group, criterion_main};
use loopswap_protocol::Headline;
use loopswap_report::record::{EndReason, Record, Role, read};
use loopswap_report::{Style, analyse, table};
use std::hint::black_box;

const GENERATIONS: u32 = 100;

fn record(rows: usize, latency: bool) -> Record {
    let mock = |index: usize| MockRow {
        row: row(&format!("cpu/{index}"), Headline::Rate, "step", vec![]),
        arms: vec![
            arm("tokio", Role::Reference, 1e5, 0.99, 0.0),
            arm("tokio", Role::Control, 1e5, 0.99, 0.0),
            arm("smol", Role::Contender, 1.1e5, 0.99, 0.0),
        ],
        generations: GENERATIONS,
        rounds: 3,
        noise: 0.05,
        neighbours: 0.0,
        latency,
    };
    let rows: Vec<MockRow> = (0..rows).map(mock).collect();
    read(&text(header(&rows, GENERATIONS), &rows, Some(EndReason::Finished))).expect("a record")
}

/// Leaves counting slices in one of `every` generations only.
fn keep_counted(record: &mut Record, every: u32) {
    let rows = record.rows.iter_mut().flat_map(|row| row.generations.iter_mut());
    for (_, generation) in rows.filter(|(number, _)| !number.is_multiple_of(every)) {
        generation.processes.values_mut().for_each(|process| process.counted = None);
    }
}

fn bench(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("analyse");
    group.sample_size(10);
    let numbers = record(1000, false);
    group.bench_function("1000 rows, 100 generations, 3 arms", |bencher| {
        bencher.iter(|| analyse(black_box(&numbers)));
    });
    // Latencies come from counting slices: every fourth generation has them, or at worst every one. A
    // thousand rows of them all at once would be a record of hundreds of megabytes.
    for (name, every) in [("every fourth", 4), ("every", 1)] {
        let mut latencies = record(100, true);
        keep_counted(&mut latencies, every);
        group.bench_function(format!("100 rows, 100 generations, 3 arms, latencies in {name} generation"), |bencher| {
            bencher.iter(|| analyse(black_box(&latencies)));
        });
    }
    let report = analyse(&numbers);
    group.bench_function("table of 1000 rows", |bencher| {
        bencher.iter(|| table(black_box(&report), Style::default()));
    });
    group.finish();
}

criterion_group!(benches, bench);
criterion_main!(benches);
