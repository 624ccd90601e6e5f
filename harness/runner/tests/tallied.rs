//! Programs whose polls and wake-ups are known, on runtimes whose tasks are watched; and a watched
//! runtime still keeps the contract.

use loopswap_rt::{Runtime, Shard, Tallied, TaskCounts};
use loopswap_smol::Smol;
use loopswap_tokio_current_thread::TokioCurrentThread;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

/// What the tasks that `work` spawns come to, on one thread; the body's own polls are in it.
fn counts<R: Runtime, F>(work: impl Fn(Tallied<R>) -> F + Clone + Send + 'static) -> TaskCounts
where
    F: Future<Output = ()> + Send + 'static,
{
    let body = move |rt: Tallied<R>, _: Shard| {
        let work = work.clone();
        async move {
            let before = rt.counts();
            work(rt).await;
            rt.counts().since(before)
        }
    };
    Tallied::<R>::launch(1, body).expect("it starts")[0]
}

/// A task that yields `k` times.
fn yielding<R: Runtime>(k: u64) -> TaskCounts {
    counts::<R, _>(move |rt| async move {
        rt.spawn(async move {
            for _ in 0..k {
                rt.yield_now().await;
            }
        })
        .await;
    })
}

/// A slot that one task fills and another waits for, with a count of who waited how often.
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

/// Two tasks that hand a value to and fro: on one thread each waits before the other puts.
fn handing_over<R: Runtime>(times: u64) -> TaskCounts {
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

fn holds<R: Runtime>() {
    let name = R::INFO.name;
    // The yielding task: its k + 1 polls and k wake-ups. The body, which is being polled: it is woken when the
    // task has ended, and polled once more.
    for k in [0, 1, 7, 500] {
        let found = yielding::<R>(k);
        assert_eq!(found.polls, k + 1 + 1, "{name}: a task that yields {k} times has {k} + 1 polls: {found:?}");
        assert_eq!(found.wakeups, k + 1, "{name}: {found:?}");
    }
    // The difference of two lengths has no beginning and no end in it: a hand-over wakes each side once.
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

loopswap_rt::conformance!(loopswap_rt::Tallied<loopswap_smol::Smol>);

/// The same for a second way of waiting.
mod on_tokio {
    loopswap_rt::conformance!(loopswap_rt::Tallied<loopswap_tokio::Tokio>);
}
