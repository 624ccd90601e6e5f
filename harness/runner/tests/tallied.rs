//! Programs with known polls and wake-ups, on tallied runtimes; and a tallied runtime still satisfies the
//! contract.

use loopswap_rt::{
    ErasedListener, ErasedStream, ErasedTask, Info, Launch, MaybeSend, Runtime, Shard, Tallied, TaskCounts, Unavailable,
};
use loopswap_smol::Smol;
use loopswap_tokio_current_thread::TokioCurrentThread;
use std::future::{Future, poll_fn};
use std::io;
use std::marker::PhantomData;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

/// The counts of the tasks that `work` spawns, on one thread, including the body's own polls.
fn counts<R: Launch, F>(work: impl Fn(Tallied) -> F + Clone + Send + Sync + 'static) -> TaskCounts
where
    F: Future<Output = ()> + Send + 'static,
{
    let body = move |rt: Tallied, _: Shard| {
        let work = work.clone();
        async move {
            let before = rt.counts();
            work(rt).await;
            rt.counts().since(before)
        }
    };
    Tallied::launch::<R, _, _>(1, body).expect("it starts")[0]
}

/// A task that yields `k` times.
fn yielding<R: Launch>(k: u64) -> TaskCounts {
    counts::<R, _>(move |rt| async move {
        rt.spawn(async move {
            for _ in 0..k {
                rt.yield_now().await;
            }
        })
        .await;
    })
}

/// A slot that one task fills and another waits for, with a count of how often each waited.
#[derive(Default)]
struct Slot(Mutex<(Option<u64>, Option<Waker>)>);

impl Slot {
    fn put(&self, value: u64) {
        let mut slot = self.0.lock().expect("no holder panics");
        slot.0 = Some(value);
        if let Some(waker) = slot.1.take() {
            waker.wake();
        }
    }

    async fn take(&self) -> u64 {
        poll_fn(|context| {
            let mut slot = self.0.lock().expect("no holder panics");
            match slot.0.take() {
                Some(value) => Poll::Ready(value),
                None => {
                    slot.1 = Some(context.waker().clone());
                    Poll::Pending
                }
            }
        })
        .await
    }
}

/// Two tasks that pass a value to and fro: on one thread each waits before the other puts.
fn handing_over<R: Launch>(times: u64) -> TaskCounts {
    counts::<R, _>(move |rt| async move {
        let (there, back) = (Arc::new(Slot::default()), Arc::new(Slot::default()));
        let echo = rt.spawn({
            let (there, back) = (Arc::clone(&there), Arc::clone(&back));
            async move {
                for _ in 0..times {
                    back.put(there.take().await + 1);
                }
            }
        });
        let ask = rt.spawn(async move {
            for value in 0..times {
                there.put(value);
                assert_eq!(back.take().await, value + 1);
            }
        });
        ask.await;
        echo.await;
    })
}

fn holds<R: Launch>() {
    let name = R::INFO.name;
    // The yielding task: its k + 1 polls and k wake-ups. The body, which is being polled: it is woken when the
    // task has ended, and polled once more.
    for k in [0, 1, 7, 500] {
        let found = yielding::<R>(k);
        assert_eq!(found.polls, k + 1 + 1, "{name}: a task that yields {k} times has {k} + 1 polls: {found:?}");
        assert_eq!(found.wakeups, k + 1, "{name}: {found:?}");
    }
    // The difference of two lengths excludes beginning and end: a hand-over wakes each side once.
    let (short, long) = (handing_over::<R>(10), handing_over::<R>(110));
    let each = long.since(short);
    assert_eq!((each.polls, each.wakeups), (200, 200), "{name}: {short:?}, {long:?}");
}

#[test]
fn known_programs_have_known_polls_and_wake_ups_on_tokio() {
    holds::<TokioCurrentThread>();
}

#[test]
fn known_programs_have_known_polls_and_wake_ups_on_smol() {
    holds::<Smol>();
}

/// The runtime `R`, tallied: what the conformance kit can start.
#[derive(Debug)]
struct Watched<R>(Tallied, PhantomData<fn() -> R>);

impl<R> Clone for Watched<R> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R> Copy for Watched<R> {}

impl<R: Launch> Launch for Watched<R> {
    const INFO: Info = R::INFO;

    fn preflight(threads: usize) -> Result<(), Unavailable> {
        R::preflight(threads)
    }

    fn launch<B, F>(threads: usize, body: B) -> io::Result<Vec<F::Output>>
    where
        B: Fn(Self, Shard) -> F + Clone + Send + 'static,
        F: Future + MaybeSend + 'static,
        F::Output: Send + 'static,
    {
        // One shard of either side at a time takes its own copy.
        let body = Mutex::new(body);
        Tallied::launch::<R, _, _>(threads, move |rt, shard| {
            let body = body.lock().expect("no holder panics").clone();
            body(Watched(rt, PhantomData), shard)
        })
    }
}

impl<R: Launch> Runtime for Watched<R> {
    type Stream = ErasedStream;
    type Listener = ErasedListener;
    type Task<T: MaybeSend + 'static> = ErasedTask<T>;

    fn info(self) -> Info {
        self.0.info()
    }

    fn spawn<F>(self, task: F) -> ErasedTask<F::Output>
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        self.0.spawn(task)
    }

    fn sleep(self, time: Duration) -> impl Future<Output = ()> + MaybeSend + 'static {
        self.0.sleep(time)
    }

    fn timeout<F>(self, time: Duration, future: F) -> impl Future<Output = Option<F::Output>> + MaybeSend + 'static
    where
        F: Future + MaybeSend + 'static,
        F::Output: MaybeSend + 'static,
    {
        self.0.timeout(time, future)
    }

    fn offload<T, J>(self, job: J) -> impl Future<Output = T> + MaybeSend + 'static
    where
        J: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        self.0.offload(job)
    }

    fn yield_now(self) -> impl Future<Output = ()> + MaybeSend + 'static {
        self.0.yield_now()
    }

    fn connect(self, to: SocketAddr) -> impl Future<Output = io::Result<ErasedStream>> + MaybeSend + 'static {
        self.0.connect(to)
    }

    fn listen(self, on: SocketAddr) -> impl Future<Output = io::Result<ErasedListener>> + MaybeSend + 'static {
        self.0.listen(on)
    }
}

loopswap_rt::conformance!(super::Watched<loopswap_smol::Smol>);

/// The same for a second way of waiting.
mod on_tokio {
    loopswap_rt::conformance!(crate::Watched<loopswap_tokio::Tokio>);
}
