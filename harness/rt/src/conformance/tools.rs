//! What the checks share.

use super::Skipped;
use crate::{Launch, MaybeSend};
use std::fs;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

/// Number of threads that every check asks for: a global executor has one number for its whole process.
pub(super) const THREADS: usize = 2;

/// Launches, runs `body` on the first shard only, and returns its output.
pub(super) fn launch_once<R, B, F>(body: B) -> F::Output
where
    R: Launch,
    B: Fn(R) -> F + Clone + Send + 'static,
    F: Future + MaybeSend + 'static,
    F::Output: Send + 'static,
{
    let outputs = R::launch(THREADS, move |rt, shard| {
        let body = (shard.index == 0).then(|| body(rt));
        async move {
            match body {
                Some(body) => Some(body.await),
                None => None,
            }
        }
    });
    let first = outputs.expect("launch").into_iter().next();
    first.expect("an output for each shard").expect("the first shard ran the body")
}

/// For checks that need two live tasks.
pub(super) fn needs_two_live_tasks<R: Launch>() -> Result<(), Skipped> {
    if R::INFO.concurrent { Ok(()) } else { Err(Skipped("needs two live tasks, each runs to its end first".into())) }
}

/// For checks of jobs that block.
pub(super) fn needs_offload<R: Launch>() -> Result<(), Skipped> {
    R::INFO.offload.map_err(|why| Skipped(why.into()))
}

/// For checks of tasks that are stopped.
pub(super) fn needs_cancel<R: Launch>() -> Result<(), Skipped> {
    R::INFO.cancel.map_err(|why| Skipped(why.into()))
}

/// The CPUs that this thread may run on, by `/proc/thread-self/status` (Linux 3.17, proc(5)).
pub(super) fn allowed_cpus() -> Result<Vec<usize>, Skipped> {
    let status = fs::read_to_string("/proc/thread-self/status").unwrap_or_default();
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).and_then(cpus);
    list.ok_or_else(|| Skipped("this system does not say on which CPUs a thread may run".into()))
}

/// Reads `0-3,6`.
fn cpus(list: &str) -> Option<Vec<usize>> {
    let mut cpus = Vec::new();
    for range in list.trim().split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        cpus.extend(first.parse::<usize>().ok()?..=last.parse().ok()?);
    }
    (!cpus.is_empty()).then_some(cpus)
}

/// Reports when it is dropped, together with its owner.
pub(super) struct Tell(pub(super) Arc<AtomicBool>);

impl Drop for Tell {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Lets time pass until `flag` is set. The watchdog ends a wait that would never end.
pub(super) async fn until<R: Launch>(rt: R, flag: &AtomicBool) {
    while !flag.load(Ordering::SeqCst) {
        rt.sleep(Duration::from_millis(1)).await;
    }
}

/// A future's output, or its panic.
pub(super) fn caught<F>(future: F) -> impl Future<Output = thread::Result<F::Output>> + MaybeSend
where
    F: Future + MaybeSend,
{
    let mut future = Box::pin(future);
    poll_fn(move |context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
        Err(panic) => Poll::Ready(Err(panic)),
    })
}

/// Panics without the message and the backtrace that would litter the output of a passing test.
pub(super) fn quiet_panic(words: &'static str) {
    std::panic::resume_unwind(Box::new(words));
}

/// The words of a [`quiet_panic`].
pub(super) fn words_of<T>(result: thread::Result<T>) -> &'static str {
    let panic = result.err().expect("the panic was lost on its way");
    panic.downcast_ref::<&'static str>().copied().unwrap_or("another panic")
}

struct Woken {
    woken: AtomicBool,
    outer: Mutex<Option<Waker>>,
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.woken.store(true, Ordering::SeqCst);
        if let Some(outer) = self.outer.lock().expect("lock").take() {
            outer.wake();
        }
    }
}

/// Polls `future` only when its own waker was woken, as `FuturesUnordered` and long `join_all`s do.
pub(super) fn only_when_woken<F>(future: F) -> impl Future<Output = F::Output> + MaybeSend
where
    F: Future + MaybeSend,
{
    let mut future: Pin<Box<F>> = Box::pin(future);
    let state = Arc::new(Woken { woken: AtomicBool::new(true), outer: Mutex::new(None) });
    poll_fn(move |context| {
        *state.outer.lock().expect("lock") = Some(context.waker().clone());
        if !state.woken.swap(false, Ordering::SeqCst) {
            return Poll::Pending;
        }
        let waker = Waker::from(Arc::clone(&state));
        future.as_mut().poll(&mut Context::from_waker(&waker))
    })
}

#[cfg(test)]
mod tests {
    use super::cpus;

    #[test]
    fn a_list_of_cpus_has_ranges_and_single_ones() {
        assert_eq!(cpus("\t0-2,5,7-8\n"), Some(vec![0, 1, 2, 5, 7, 8]));
        assert_eq!(cpus("3\n"), Some(vec![3]));
        assert_eq!(cpus(""), None);
    }
}
