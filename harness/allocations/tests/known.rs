//! Programs whose allocations are known, in a process whose allocator counts.
//!
//! One test, because there is one count for the process and the test runner's own threads allocate:
//! `harness = false` keeps them out.

use loopswap_allocations::{Counted, Counting, installed, start, stop};
use std::hint::black_box;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// The memory that a piece of work asks for.
fn of<T>(work: impl FnOnce() -> T) -> Counted {
    start();
    let made = black_box(work());
    let counted = stop();
    drop(made);
    counted
}

fn counted(allocations: u64, bytes: u64) -> Counted {
    Counted { allocations, bytes }
}

fn main() {
    assert!(installed());

    assert_eq!(of(|| 1 + black_box(1)), counted(0, 0), "arithmetic takes no memory");
    assert_eq!(of(|| Box::new(black_box(7_u64))), counted(1, 8));
    assert_eq!(of(|| black_box(vec![0_u8; 4096])), counted(1, 4096), "zeroed memory counts too");

    let mut list: Vec<u32> = Vec::new();
    assert_eq!(of(|| list.push(black_box(1))), counted(1, 16), "the first push makes room for four");
    assert_eq!(of(|| list.extend([2, 3, 4])), counted(0, 0), "they had room");
    assert_eq!(of(|| list.push(black_box(5))), counted(1, 16), "the fifth doubles the room");
    assert_eq!(of(|| list.shrink_to_fit()), counted(1, 0), "shrinking asks for nothing more");
    assert_eq!(of(|| drop(list)), counted(0, 0), "a release is not an allocation");

    let before = stop();
    let kept = black_box(vec![1_u8; 100]);
    assert_eq!(stop(), before, "nothing is counted while counting is off");
    drop(kept);

    start();
    let boxes = || (0..1000_u64).for_each(|number| drop(black_box(Box::new(number))));
    let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(boxes)).collect();
    threads.into_iter().for_each(|thread| thread.join().expect("it counts"));
    let all = stop();
    assert!(all.allocations >= 4000 && all.bytes >= 32_000, "{all:?}: every thread counts");
    println!("known programs: as known");
}
