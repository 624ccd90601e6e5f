//! The end of a launch: tasks that were never joined are dropped where they wait.

use loopswap_rt::{Launch as _, Runtime as _};
use loopswap_smol_local::SmolLocal;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Counts when it is dropped, and then spawns another task, as many times as it is told.
struct Last {
    rt: SmolLocal,
    dropped: Arc<AtomicUsize>,
    again: usize,
}

impl Last {
    fn stay(self) {
        let rt = self.rt;
        drop(rt.spawn(async move {
            rt.sleep(Duration::from_secs(3600)).await;
            drop(self);
        }));
    }
}

impl Drop for Last {
    fn drop(&mut self) {
        self.dropped.fetch_add(1, Ordering::SeqCst);
        if self.again > 0 {
            Last { rt: self.rt, dropped: Arc::clone(&self.dropped), again: self.again - 1 }.stay();
        }
    }
}

#[test]
fn tasks_that_are_left_are_dropped_and_so_are_those_that_they_leave() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&dropped);
    let launched = SmolLocal::launch(1, move |rt, _| {
        let dropped = Arc::clone(&count);
        async move {
            for again in [0, 1, 2] {
                Last { rt, dropped: Arc::clone(&dropped), again }.stay();
            }
            rt.sleep(Duration::from_millis(5)).await;
            dropped.load(Ordering::SeqCst)
        }
    });
    assert_eq!(launched.expect("launch"), [0], "they wait while the body runs");
    assert_eq!(dropped.load(Ordering::SeqCst), 1 + 2 + 3);
}
