//! A future that another task or thread completes: from its completion to the resumption of its waiter.
//!
//! asyncio's `Future` and `set_result`. Waiters await a future each; a completer gives each of them a value,
//! each waiter reports which value it got by giving its next future, and so on. The completer is another task
//! of the runtime, or a thread next to it.

mod completer;
mod waiter;

use completer::{Command, Completer};
use futures_channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use loopswap_rt::{
    Fault, Headline, MaybeSend, Meter, Parameters, Part, Runtime, Shape, Verified, Workload, WorkloadInfo,
};
use std::future::Future;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use waiter::Waiter;

/// The workload `wake`. One operation is one future, given, completed and awaited; one granule is one
/// for every waiter.
#[derive(Clone, Copy, Debug)]
pub struct Wake;

loopswap_rt::parameters! {
    /// The parameters of [`Wake`].
    pub struct WakeParams {
        /// tasks that each await a future of their own
        waiters: usize = count(1, 1..=100_000),
        /// who completes the futures: task: another task of the runtime; thread: a thread beside it
        by: By = choice(By::Task.word()),
    }
}

loopswap_rt::choice! {
    enum By {
        Task = "task",
        Thread = "thread",
    }
}

/// What a shard holds between slices; only the first one has anything, since there is one completer.
pub struct WakeState<R: Runtime> {
    ring: Option<Ring<R>>,
}

/// Waiters and their completer.
struct Ring<R: Runtime> {
    commands: UnboundedSender<Command>,
    outcomes: UnboundedReceiver<Result<(), Fault>>,
    waiters: u64,
    /// A single waiter is the body itself: it can wait even if nothing else can run next to it.
    alone: Option<Waiter>,
    /// Several waiters are tasks of their own.
    tasks: Vec<R::Task<()>>,
    completer: CompleterOn<R>,
}

enum CompleterOn<R: Runtime> {
    Task(R::Task<()>),
    Thread(JoinHandle<()>),
}

impl Workload for Wake {
    const INFO: WorkloadInfo<WakeParams> = WorkloadInfo {
        name: "wake",
        about: "futures that another task, or a thread, completes",
        operation: "completion",
        granule: "completion for every waiter",
        latency: "from completion to resumption",
        params: WakeParams::LIST,
        cases: include_str!("../cases.toml"),
        peers: |_| Vec::new(),
        requests: |_| 0,
        shape: |params| Shape::new(params.waiters as u64, params.waiters as u64),
        headline: |_| Headline::Time,
        // There is one completer, and it works while the others wait: more CPUs come from the placement `free`.
        parallel: |_| false,
    };

    type Params = WakeParams;
    type State<R: Runtime> = WakeState<R>;

    fn prepare<R: Runtime>(
        rt: R,
        part: Part<WakeParams>,
    ) -> impl Future<Output = Result<WakeState<R>, Fault>> + MaybeSend {
        async move {
            let WakeParams { waiters, by } = part.params;
            if !rt.info().concurrent && (by == By::Task || waiters > 1) {
                let why = "waiter and completer must be alive at once; here each task runs to its end before \
                           the next";
                return Err(Fault::Unsupported(why.into()));
            }
            let ring = if part.shard.index == 0 { Some(ring(rt, waiters, by)?) } else { None };
            Ok(WakeState { ring })
        }
    }

    fn run<R: Runtime>(
        _rt: R,
        state: &mut WakeState<R>,
        ops: u64,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Verified, Fault>> + MaybeSend {
        async move {
            match &mut state.ring {
                None => Ok(Verified::default()),
                Some(ring) => ring.run(ops, meter).await,
            }
        }
    }

    fn teardown<R: Runtime>(_rt: R, state: WakeState<R>) -> impl Future<Output = ()> + MaybeSend {
        async move {
            if let Some(ring) = state.ring {
                ring.end().await;
            }
        }
    }
}

fn ring<R: Runtime>(rt: R, waiters: usize, by: By) -> Result<Ring<R>, Fault> {
    let (commands, commanded) = unbounded();
    let (telling, outcomes) = unbounded();
    let (giving, given) = unbounded();
    let completer = Completer::new(waiters, given).serve(commanded, telling);
    let completer = match by {
        By::Task => CompleterOn::Task(rt.spawn(completer)),
        By::Thread => {
            let thread = thread::Builder::new().name("completer".into());
            CompleterOn::Thread(thread.spawn(move || futures_lite::future::block_on(completer))?)
        }
    };
    let mut all = (0..waiters).map(|index| Waiter::new(index, giving.clone()));
    let (alone, tasks) = match waiters {
        1 => (all.next(), Vec::new()),
        _ => (None, all.map(|waiter| rt.spawn(waiter.wait_for_ever())).collect()),
    };
    Ok(Ring { commands, outcomes, waiters: waiters as u64, alone, tasks, completer })
}

impl<R: Runtime> Ring<R> {
    async fn run(&mut self, ops: u64, meter: &Arc<Meter>) -> Result<Verified, Fault> {
        let ended = || Fault::Failed("the completer has ended".into());
        let rounds = ops / self.waiters;
        self.commands.unbounded_send(Command { rounds, meter: Arc::clone(meter) }).map_err(|_| ended())?;
        if let Some(waiter) = &mut self.alone {
            for _ in 0..rounds {
                // In that case the completer has given up, and says why.
                if !waiter.wait().await {
                    break;
                }
            }
        }
        self.outcomes.recv().await.map_err(|_| ended())??;
        Ok(Verified { ops, bytes: 0 })
    }

    async fn end(self) {
        // The completer ends when there are no more commands, and the waiters when there is no completer.
        drop(self.commands);
        match self.completer {
            CompleterOn::Task(task) => task.await,
            // If it had panicked, the process would have ended.
            CompleterOn::Thread(thread) => thread.join().unwrap_or_default(),
        }
        for task in self.tasks {
            task.await;
        }
    }
}
