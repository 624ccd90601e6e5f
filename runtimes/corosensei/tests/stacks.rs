//! Stacks: deep enough, kept for the next task, and unwound by a panic in the task alone.

use loopswap_corosensei::Corosensei;
use loopswap_rt::{Launch as _, Runtime as _};
use std::future::Future as _;
use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Uses `kib` KiB of stack, or more.
fn deep(kib: u64) -> u64 {
    let frame = black_box([1_u8; 1024]);
    if kib == 0 { 0 } else { u64::from(frame[0]) + deep(kib - 1) }
}

#[test]
fn a_task_may_call_deeply() {
    let sums = Corosensei::launch(1, |rt, _| async move {
        rt.spawn(async move {
            rt.yield_now().await;
            deep(300)
        })
        .await
    });
    assert_eq!(sums.expect("launch"), [300]);
}

/// More tasks one after another than the mappings that Linux allows a process.
#[test]
fn a_stack_serves_many_tasks() {
    let sums = Corosensei::launch(1, |rt, _| async move {
        let mut sum = 0;
        for number in 0..70_000_u64 {
            sum += rt.spawn(async move { number }).await;
        }
        sum
    });
    assert_eq!(sums.expect("launch"), [(0..70_000).sum::<u64>()]);
}

/// A panic from deep within a task unwinds that task's stack to its end, and no other.
#[test]
fn a_panic_unwinds_one_stack() {
    fn fall(depth: usize) {
        if depth == 0 {
            std::panic::resume_unwind(Box::new("deep down"));
        }
        black_box([0_u8; 64]);
        fall(depth - 1);
        black_box(depth);
    }
    let outcomes = Corosensei::launch(1, |rt, _| async move {
        let bystander = rt.spawn(async move {
            rt.yield_now().await;
            7
        });
        let falling = rt.spawn(async { fall(50) });
        let mut falling = Box::pin(falling);
        let fell =
            std::future::poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| falling.as_mut().poll(context))) {
                Ok(pending) => pending.map(|()| false),
                Err(panic) => std::task::Poll::Ready(panic.downcast_ref::<&str>() == Some(&"deep down")),
            })
            .await;
        (fell, bystander.await)
    });
    assert_eq!(outcomes.expect("launch"), [(true, 7)]);
}
