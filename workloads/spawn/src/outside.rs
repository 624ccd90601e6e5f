//! Tasks that a thread outside the runtime asks for.
//!
//! A runtime's handle is given to its tasks, and is valid on their threads only (some runtimes' tasks never
//! leave them), so another thread cannot spawn by itself. It does what asyncio's `run_coroutine_threadsafe`
//! does on every event loop: it puts a request into a queue and wakes the task that waits there, which
//! spawns; the task tells the thread when it ends, which sleeps until then.

use super::task::Work;
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use loopswap_rt::{Fault, Runtime};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle, Thread};
use std::time::Instant;

/// The thread that asks, seen from the runtime.
pub(super) struct Asker {
    orders: mpsc::Sender<Order>,
    requests: UnboundedReceiver<Request>,
    thread: JoinHandle<()>,
}

/// What the thread asks for in one slice.
struct Order {
    batches: u64,
    tasks: u64,
    work: Work,
}

/// What it asks for.
enum Request {
    Start(Errand),
    /// All batches have ended, with this outcome.
    Over(Result<(), Fault>),
}

/// A batch of tasks on which the thread waits.
struct Batch {
    asker: Thread,
    tasks: u64,
    /// Tasks that are gone, whether or not they did their work.
    gone: AtomicU64,
    /// The sum of the numbers of those that did.
    sum: AtomicU64,
}

/// One task: it counts as gone once it is dropped, at its end or before.
struct Errand {
    number: u64,
    begun: Option<Instant>,
    batch: Arc<Batch>,
    work: Arc<Work>,
}

impl Drop for Errand {
    fn drop(&mut self) {
        if self.batch.gone.fetch_add(1, Ordering::AcqRel) + 1 == self.batch.tasks {
            self.batch.asker.unpark();
        }
    }
}

impl Errand {
    async fn run<R: Runtime>(self, rt: R) {
        for _ in 0..self.work.yields {
            rt.yield_now().await;
        }
        if let Some(begun) = self.begun {
            self.work.meter.latency(begun.elapsed());
        }
        self.batch.sum.fetch_add(self.number, Ordering::Relaxed);
    }
}

impl Asker {
    /// Starts the thread.
    pub(super) fn start() -> io::Result<Self> {
        let (orders, taken) = mpsc::channel();
        let (asking, requests) = unbounded();
        let ask = move || taken.into_iter().for_each(|order| ask(&order, &asking));
        let thread = thread::Builder::new().name("asker".into()).spawn(ask)?;
        Ok(Asker { orders, requests, thread })
    }

    /// Has the thread ask for `batches` batches of `tasks` tasks, and starts them.
    pub(super) async fn serve<R: Runtime>(
        &mut self,
        rt: R,
        batches: u64,
        tasks: u64,
        work: &Work,
    ) -> Result<(), Fault> {
        let ended = || Fault::Failed("the thread that asks for tasks has ended".into());
        self.orders.send(Order { batches, tasks, work: work.clone() }).map_err(|_| ended())?;
        loop {
            match self.requests.recv().await.map_err(|_| ended())? {
                // Detached: the errand itself tells the thread that asked when it ends.
                Request::Start(errand) => drop(rt.spawn(errand.run(rt))),
                Request::Over(outcome) => return outcome,
            }
        }
    }

    /// Ends the thread.
    pub(super) fn stop(self) {
        drop(self.orders);
        // It ends by itself; if it had panicked, the process would have ended.
        let _ = self.thread.join();
    }
}

/// How the thread handles one order.
fn ask(order: &Order, asking: &UnboundedSender<Request>) {
    let work = Arc::new(order.work.clone());
    let mut outcome = Ok(());
    for _ in 0..order.batches {
        outcome = ask_for_batch(order.tasks, &work, asking);
        if outcome.is_err() {
            break;
        }
        work.meter.add(order.tasks);
    }
    // The receiver is gone if the runner ends in the middle of a slice.
    let _ = asking.unbounded_send(Request::Over(outcome));
}

fn ask_for_batch(tasks: u64, work: &Arc<Work>, asking: &UnboundedSender<Request>) -> Result<(), Fault> {
    let (gone, sum) = (AtomicU64::new(0), AtomicU64::new(0));
    let batch = Arc::new(Batch { asker: thread::current(), tasks, gone, sum });
    for number in 0..tasks {
        let begun = work.meter.begin();
        let errand = Errand { number, begun, batch: Arc::clone(&batch), work: Arc::clone(work) };
        asking
            .unbounded_send(Request::Start(errand))
            .map_err(|_| Fault::Failed("nobody starts tasks any more".into()))?;
    }
    while batch.gone.load(Ordering::Acquire) < tasks {
        thread::park();
    }
    let (found, expected) = (batch.sum.load(Ordering::Relaxed), (0..tasks).sum::<u64>());
    if found != expected {
        return Err(Fault::Wrong(format!("the numbers of {tasks} tasks came to {found}, not {expected}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use loopswap_rt::Meter;
    use std::time::Duration;

    /// Answers requests until the batch is over, on this thread.
    fn answer(tasks: u64, mut start: impl FnMut(Errand) + Send) -> Result<(), Fault> {
        let (asking, mut requests) = unbounded();
        let meter = Arc::new(Meter::counting());
        let work = Arc::new(Work { yields: 0, limit: Duration::ZERO, meter });
        thread::scope(|scope| {
            let asked = scope.spawn(|| ask_for_batch(tasks, &work, &asking));
            let mut answered = 0;
            while answered < tasks {
                if let Ok(Request::Start(errand)) = requests.try_recv() {
                    start(errand);
                    answered += 1;
                }
            }
            asked.join().expect("it does not panic")
        })
    }

    #[test]
    fn a_batch_is_over_when_its_last_task_is_gone() {
        let done = answer(10, |errand| {
            errand.batch.sum.fetch_add(errand.number, Ordering::Relaxed);
        });
        assert_eq!(done, Ok(()));
    }

    #[test]
    fn a_task_that_is_dropped_without_having_run_is_found() {
        let found = answer(10, |errand| {
            if errand.number != 7 {
                errand.batch.sum.fetch_add(errand.number, Ordering::Relaxed);
            }
        });
        assert_eq!(found, Err(Fault::Wrong("the numbers of 10 tasks came to 38, not 45".into())));
    }
}
