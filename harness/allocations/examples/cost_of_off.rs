//! What the counting allocator costs while it does not count: the same allocations through it and
//! through the system's allocator, in paired and interleaved turns.
//!
//! `cargo run --release -p loopswap-allocations --example cost_of_off`

use loopswap_allocations::Counting;
use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::time::Instant;

const PAIRS: usize = 400;
const TURN: usize = 40_000;

/// Nanoseconds of one allocation with its release, over one turn of small sizes.
#[inline(never)]
fn turn(allocator: &impl GlobalAlloc) -> f64 {
    let began = Instant::now();
    for index in 0..TURN {
        let layout = Layout::from_size_align(16 + (index % 8) * 16, 8).expect("a small size");
        // SAFETY: the size is not zero; the memory is given back to the allocator that it came from, with the
        // layout that it was asked for, and not touched after that.
        unsafe {
            let at = black_box(allocator.alloc(layout));
            if !at.is_null() {
                at.write(1);
                allocator.dealloc(at, layout);
            }
        }
    }
    began.elapsed().as_nanos() as f64 / TURN as f64
}

fn quantile(values: &[f64], share: f64) -> f64 {
    values[((values.len() - 1) as f64 * share) as usize]
}

fn main() {
    let (mut plain, mut ratios) = (Vec::new(), Vec::new());
    for pair in 0..PAIRS {
        // Mirrored pairs, so that neither of the two always comes second.
        let (system, counting) = if pair % 2 == 0 {
            let first = turn(&System);
            (first, turn(&Counting))
        } else {
            let first = turn(&Counting);
            (turn(&System), first)
        };
        plain.push(system);
        ratios.push(counting / system);
    }
    plain.sort_by(f64::total_cmp);
    ratios.sort_by(f64::total_cmp);
    println!("one allocation and its release: {:.2} ns (median of {PAIRS} turns)", quantile(&plain, 0.5));
    println!(
        "through the counting allocator, off: {:+.2} % (quartiles {:+.2} to {:+.2} %)",
        (quantile(&ratios, 0.5) - 1.0) * 100.0,
        (quantile(&ratios, 0.25) - 1.0) * 100.0,
        (quantile(&ratios, 0.75) - 1.0) * 100.0
    );
}
