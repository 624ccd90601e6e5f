//! The conformance kit fails on runtimes that break the promises of `timeout`, `cancel` and `offload`.
//!
//! Each is smol with one flaw. The same checks pass on smol itself, in the tests of its adapter.

use loopswap_rt::conformance::{Check, cancel, offload, run_within, time};
use loopswap_rt::{Info, Launch, MaybeSend, Runtime, Shard, Task};
use loopswap_smol::Smol;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;
use std::future::{Future, pending, poll_fn};
use std::io::{self, Write as _};
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

/// For checks that hang on a broken runtime: they would hang for ever.
const PATIENCE: Duration = Duration::from_secs(3);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wrong {
    TimeoutNeverFires,
    TimeoutFiresAtOnce,
    TimeoutKeepsItsFuture,
    TimeoutPrefersTheTime,
    CancelDetaches,
    CancelWaitsForTheEnd,
    CancelLosesTheOutput,
    CancelLosesThePanic,
    OffloadStaysOnOneCpu,
}

/// A flaw of a runtime, as a type.
trait Flaw: Copy + Send + Sync + Unpin + 'static {
    const WRONG: Wrong;
}

macro_rules! flaws {
    ($($name:ident)*) => {
        $(#[derive(Clone, Copy, Debug)]
        struct $name;
        impl Flaw for $name {
            const WRONG: Wrong = Wrong::$name;
        })*
    };
}
flaws! {
    TimeoutNeverFires TimeoutFiresAtOnce TimeoutKeepsItsFuture TimeoutPrefersTheTime
    CancelDetaches CancelWaitsForTheEnd CancelLosesTheOutput CancelLosesThePanic
    OffloadStaysOnOneCpu
}

/// smol with a flaw.
#[derive(Clone, Copy, Debug)]
struct Broken<F>(Smol, PhantomData<F>);

struct BrokenTask<F, T>(Pin<Box<<Smol as Runtime>::Task<T>>>, PhantomData<F>)
where
    T: MaybeSend + 'static;

impl<F: Flaw, T: MaybeSend + 'static> Future for BrokenTask<F, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        self.0.as_mut().poll(context)
    }
}

impl<F: Flaw, T: MaybeSend + 'static> Unpin for BrokenTask<F, T> {}

impl<F: Flaw, T: MaybeSend + 'static> Task<T> for BrokenTask<F, T> {
    fn cancel(self) -> impl Future<Output = Option<T>> + MaybeSend + 'static {
        let task = self.0;
        async move {
            match F::WRONG {
                Wrong::CancelDetaches => None,
                Wrong::CancelWaitsForTheEnd => Some(task.await),
                Wrong::CancelLosesTheOutput => {
                    let _ = Pin::into_inner(task).cancel().await;
                    None
                }
                Wrong::CancelLosesThePanic => {
                    let mut cancelling = Box::pin(Pin::into_inner(task).cancel());
                    poll_fn(move |context| {
                        catch_unwind(AssertUnwindSafe(|| cancelling.as_mut().poll(context)))
                            .unwrap_or(Poll::Ready(None))
                    })
                    .await
                }
                _ => Pin::into_inner(task).cancel().await,
            }
        }
    }
}

/// `future`, or `None` once `end` is over; if both are over, the one polled first wins. With `keeps` the
/// loser is never dropped.
fn first_of<T>(
    end: impl Future<Output = ()> + MaybeSend + 'static,
    future: impl Future<Output = T> + MaybeSend + 'static,
    time_first: bool,
    keeps: bool,
) -> impl Future<Output = Option<T>> + MaybeSend + 'static {
    let (mut end, mut future) = (Box::pin(end), Some(Box::pin(future)));
    poll_fn(move |context| {
        let over = end.as_mut().poll(context).is_ready();
        let polled = future.as_mut().expect("not polled again").as_mut();
        let ready = if over && time_first { Poll::Pending } else { polled.poll(context).map(Some) };
        if ready.is_pending() && over {
            let left = future.take();
            if keeps {
                std::mem::forget(left);
            }
            return Poll::Ready(None);
        }
        ready
    })
}

/// The CPUs that this thread may run on.
fn cpus() -> Vec<usize> {
    let all = sched_getaffinity(Pid::from_raw(0)).expect("an affinity mask");
    (0..CpuSet::count()).filter(|&cpu| all.is_set(cpu).unwrap_or(false)).collect()
}

/// What a thread inherits from a shard that is pinned.
fn stay_on_one_cpu() {
    let mut one = CpuSet::new();
    one.set(cpus()[0]).expect("a CPU");
    sched_setaffinity(Pid::from_raw(0), &one).expect("allowed");
}

impl<F: Flaw> Launch for Broken<F> {
    const INFO: Info = Info { name: "broken", ..Smol::INFO };

    fn launch<B, W>(threads: usize, body: B) -> io::Result<Vec<W::Output>>
    where
        B: Fn(Self, Shard) -> W + Clone + Send + 'static,
        W: Future + MaybeSend + 'static,
        W::Output: Send + 'static,
    {
        Smol::launch(threads, move |rt, shard| body(Broken(rt, PhantomData), shard))
    }
}

impl<F: Flaw> Runtime for Broken<F> {
    type Stream = <Smol as Runtime>::Stream;
    type Listener = <Smol as Runtime>::Listener;
    type Task<T: MaybeSend + 'static> = BrokenTask<F, T>;

    fn info(self) -> Info {
        Self::INFO
    }

    fn spawn<W>(self, task: W) -> BrokenTask<F, W::Output>
    where
        W: Future + MaybeSend + 'static,
        W::Output: MaybeSend + 'static,
    {
        BrokenTask(Box::pin(self.0.spawn(task)), PhantomData)
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        self.0.sleep(time)
    }

    fn timeout<W>(self, time: Duration, future: W) -> impl Future<Output = Option<W::Output>> + MaybeSend + 'static
    where
        W: Future + MaybeSend + 'static,
        W::Output: MaybeSend + 'static,
    {
        let time = if F::WRONG == Wrong::TimeoutFiresAtOnce { Duration::ZERO } else { time };
        let rt = self.0;
        let end = async move {
            match F::WRONG {
                Wrong::TimeoutNeverFires => pending().await,
                _ if time.is_zero() => {}
                _ => rt.sleep(time).await,
            }
        };
        first_of(end, future, F::WRONG == Wrong::TimeoutPrefersTheTime, F::WRONG == Wrong::TimeoutKeepsItsFuture)
    }

    fn offload<T, J>(self, job: J) -> impl Future<Output = T> + MaybeSend + 'static
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.0.offload(|| {
            if F::WRONG == Wrong::OffloadStaysOnOneCpu {
                stay_on_one_cpu();
            }
            job()
        })
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        self.0.yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<Self::Stream>> + MaybeSend + 'static {
        self.0.connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<Self::Listener>> + MaybeSend + 'static {
        self.0.listen(on)
    }
}

/// The words with which a check fails on a runtime with this flaw.
fn failure<F: Flaw>(check: fn() -> Check) -> String {
    let ran = catch_unwind(|| run_within::<Broken<F>>(PATIENCE, "the check", check));
    let panic = ran.err().unwrap_or_else(|| panic!("the kit does not see {:?}", F::WRONG));
    let words = panic.downcast_ref::<String>().map(String::as_str);
    words.or_else(|| panic.downcast_ref::<&str>().copied()).expect("words").to_owned()
}

#[test]
fn a_timeout_that_never_fires_is_found() {
    for check in [
        time::a_timeout_is_never_early_and_drops_its_future::<Broken<TimeoutNeverFires>>,
        time::a_timeout_that_is_polled_only_when_woken_ends::<Broken<TimeoutNeverFires>>,
    ] {
        assert_eq!(failure::<TimeoutNeverFires>(check), "the check did not end within 3s");
    }
}

#[test]
fn a_timeout_that_fires_too_early_is_found() {
    let words = failure::<TimeoutFiresAtOnce>(time::what_ends_in_time_has_its_output::<Broken<TimeoutFiresAtOnce>>);
    assert!(words.contains("left: [None, "), "{words}");
}

#[test]
fn a_timeout_that_does_not_drop_its_future_is_found() {
    type Keeps = Broken<TimeoutKeepsItsFuture>;
    let words = failure::<TimeoutKeepsItsFuture>(time::a_timeout_is_never_early_and_drops_its_future::<Keeps>);
    assert_eq!(words, "the future is still there");
}

#[test]
fn a_timeout_that_prefers_its_time_to_what_is_ready_is_found() {
    type Prefers = Broken<TimeoutPrefersTheTime>;
    let words = failure::<TimeoutPrefersTheTime>(time::a_ready_future_wins_against_no_time_at_all::<Prefers>);
    assert!(words.contains("left: None"), "{words}");
}

#[test]
fn a_cancel_that_detaches_is_found() {
    for check in [
        cancel::a_waiting_task_is_dropped::<Broken<CancelDetaches>>,
        cancel::a_task_that_has_not_run_is_dropped::<Broken<CancelDetaches>>,
        cancel::a_task_is_stopped_wherever_it_waits::<Broken<CancelDetaches>>,
    ] {
        assert_eq!(failure::<CancelDetaches>(check), "not dropped when `cancel` completed");
    }
}

#[test]
fn a_cancel_that_only_waits_is_found() {
    let words = failure::<CancelWaitsForTheEnd>(cancel::a_waiting_task_is_dropped::<Broken<CancelWaitsForTheEnd>>);
    assert_eq!(words, "the check did not end within 3s");
}

#[test]
fn a_cancel_that_loses_the_output_is_found() {
    type Loses = Broken<CancelLosesTheOutput>;
    let words = failure::<CancelLosesTheOutput>(cancel::a_task_that_had_ended_gives_its_output::<Loses>);
    assert_eq!(words, "the check did not end within 3s");
}

#[test]
fn a_cancel_that_loses_the_panic_is_found() {
    type Loses = Broken<CancelLosesThePanic>;
    let words = failure::<CancelLosesThePanic>(cancel::the_panic_of_a_task_reaches_who_cancels_it::<Loses>);
    assert_eq!(words, "the check did not end within 3s");
}

#[test]
fn a_job_that_stays_on_the_cpu_of_its_shard_is_found() {
    if cpus().len() == 1 {
        let _ = writeln!(io::stderr(), "skipped: only one CPU is allowed here; a job cannot be on another");
        return;
    }
    type Stays = Broken<OffloadStaysOnOneCpu>;
    let words = failure::<OffloadStaysOnOneCpu>(offload::a_job_may_run_on_every_cpu_of_its_launch::<Stays>);
    assert!(words.contains("the CPUs of a job, and those of the launch"), "{words}");
}
