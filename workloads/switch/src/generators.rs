//! Generators without an executor: futures that one loop resumes in turn.
//!
//! A future that is polled by hand is what other languages call a generator: it runs to its next `yield`,
//! gives control back to the code that resumed it, and keeps its place. There is no queue, no waker and no
//! scheduler: what is left is an indirect call and a jump to where it stopped.

use super::turns::Turns;
use loopswap_rt::{Fault, Meter};
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

/// Generators that take turns, and go on for ever.
pub(super) struct Generators {
    turns: Arc<Turns>,
    frames: Vec<Pin<Box<dyn Future<Output = Infallible> + Send>>>,
}

impl Generators {
    pub(super) fn new(size: usize) -> Self {
        let turns = Arc::new(Turns::new(size));
        let frames =
            (0..size as u64).map(|place| Box::pin(generator(Arc::clone(&turns), place)) as Pin<Box<_>>).collect();
        Generators { turns, frames }
    }

    /// Resumes one after the other until `ops` hand-overs are done.
    pub(super) fn resume(&mut self, ops: u64, meter: &Arc<Meter>) -> Result<(), Fault> {
        let mut context = Context::from_waker(Waker::noop());
        let mut turn = self.turns.begin(ops, meter);
        let goal = turn + ops;
        let next = (turn % self.turns.size()) as usize;
        // From the next one to the end of the ring, and then round and round.
        let mut begin = next;
        while turn < goal {
            for frame in &mut self.frames[begin..] {
                if turn == goal {
                    break;
                }
                let Poll::Pending = frame.as_mut().poll(&mut context);
                turn += 1;
                if self.turns.now() != turn {
                    return Err(Fault::Wrong(format!("the member resumed for turn {} did not take it", turn - 1)));
                }
            }
            begin = 0;
        }
        self.turns.end()
    }
}

/// One generator: takes its turn each time it is resumed.
async fn generator(turns: Arc<Turns>, place: u64) -> Infallible {
    let mut mine = place;
    loop {
        turns.hand_over(mine, place);
        mine += turns.size();
        suspend().await;
    }
}

/// `yield`: gives control back once. The loop resumes it without being asked.
fn suspend() -> impl Future<Output = ()> {
    let mut suspended = false;
    poll_fn(move |_| if std::mem::replace(&mut suspended, true) { Poll::Ready(()) } else { Poll::Pending })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[test]
    fn generators_take_turns_over_slices_of_any_length() {
        let mut generators = Generators::new(3);
        for ops in [1, 2, 3, 7, 100] {
            let meter = Arc::new(Meter::timing(ops, 1, 1));
            assert_eq!(generators.resume(ops, &meter), Ok(()));
            assert_eq!(meter.done(), ops);
        }
        assert_eq!(generators.turns.now(), 113);
    }

    /// The tutorial's first picture of a switch: two functions that print 1, 3, 2, 4 between them.
    #[test]
    fn two_functions_that_hand_over_print_1_3_2_4() {
        let printed = Mutex::new(Vec::new());
        let print = |number: u32| printed.lock().expect("no holder panics").push(number);
        let mut one = Box::pin(async {
            print(1);
            suspend().await;
            print(2);
            suspend().await;
        });
        let mut other = Box::pin(async {
            print(3);
            suspend().await;
            print(4);
        });
        let mut context = Context::from_waker(Waker::noop());
        for _ in 0..2 {
            let _ = one.as_mut().poll(&mut context);
            let _ = other.as_mut().poll(&mut context);
        }
        assert_eq!(*printed.lock().expect("no holder panics"), [1, 3, 2, 4]);
    }
}
