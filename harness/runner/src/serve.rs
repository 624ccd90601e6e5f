//! From hello to bye: the life of a runner.

use crate::stage::Stage;
use crate::start;
use crate::tally::{self, Count};
use loopswap_protocol::{Hello, PROTOCOL, Prepare, RuntimeInfo, Session, Tally, Turn, raise_descriptor_limit, refused};
use loopswap_rt::{
    Boxed, Catalogue, Commons, Fault, Info, Launch, Part, Runtime, Shard, Tallied, Unavailable, Verified, Visitor,
    Workload,
};
use std::collections::BTreeMap;
use std::io;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// One shard's life in a process that counts polls and wake-ups; it knows no runtime.
pub type TalliedBody = Arc<dyn Fn(Tallied, Shard) -> Boxed<'static, io::Result<()>> + Send + Sync>;

/// Makes the bodies of a case whose polls and wake-ups are counted: [`tallied`] of a catalogue. `None` if the
/// catalogue lacks the workload.
pub type TallyTasks = fn(Prepare, f64, usize) -> Option<Result<TalliedBody, Fault>>;

/// Serves one case of the catalogue `C` on the runtime `R` over standard input and output.
///
/// `version` is the version of the runtime's package; `extra_work` the fraction that every slice does beyond
/// what was asked for ([`Session::with_extra_work`]), 0 for an honest runner. `tally_tasks` is [`tallied`] of
/// the same catalogue, behind a function that is not generic: so its code is compiled once, and not for each
/// runtime.
///
/// # Errors
/// When a pipe breaks, or the conductor does not keep to the protocol.
pub fn serve<R: Launch, C: Catalogue>(version: &str, extra_work: f64, tally_tasks: TallyTasks) -> io::Result<()> {
    raise_descriptor_limit();
    let threads = std::thread::available_parallelism().map_or(1, Into::into);
    let unavailable = start::preflight::<R>(threads).err();
    start::exit_on_panic();
    let hello = hello::<R, C>(version, unavailable.clone());
    let Some(prepare) = Session::open(hello)? else { return Ok(()) };
    if let Some(unavailable) = unavailable {
        return Session::unavailable(unavailable);
    }
    let threads = R::threads(prepare.threads);
    let workload = prepare.workload.clone();
    let served = if prepare.tally_tasks {
        tally_tasks(prepare, extra_work, threads).map(|body| {
            body.map(|body| ended::<R>(threads, Tallied::launch::<R, _, _>(threads, move |rt, shard| body(rt, shard))))
        })
    } else {
        C::visit(&workload, OneCase::<R> { prepare, extra_work, threads, runtime: PhantomData })
    };
    match served {
        Some(Ok(served)) => served,
        Some(Err(fault)) => Session::failed(fault.to_string()),
        None => Session::unsupported(format!("this runner has no workload `{workload}`")),
    }
}

/// Makes the bodies of a case of the catalogue `C` whose polls and wake-ups are counted.
pub fn tallied<C: Catalogue>(prepare: Prepare, extra_work: f64, threads: usize) -> Option<Result<TalliedBody, Fault>> {
    let workload = prepare.workload.clone();
    C::visit(&workload, OneTalliedCase { prepare, extra_work, threads })
}

fn hello<R: Launch, C: Catalogue>(version: &str, unavailable: Option<Unavailable>) -> Hello {
    let info = R::INFO;
    Hello {
        protocol: PROTOCOL,
        runtime: RuntimeInfo {
            name: info.name.into(),
            package: info.package.into(),
            version: version.into(),
            driver: info.driver.into(),
            topology: info.topology,
            about: info.about.into(),
            discontinued: info.discontinued.map(Into::into),
            unsupported: unsupported(&info),
        },
        workloads: C::infos().iter().map(|info| info.name.into()).collect(),
        counters: tally::NAMES.map(str::to_owned).into(),
        unavailable,
    }
}

/// The abilities of the contract that a runtime lacks, by the names of their fields.
fn unsupported(info: &Info) -> BTreeMap<String, String> {
    let abilities = [("offload", info.offload), ("cancel", info.cancel)];
    abilities.into_iter().filter_map(|(name, able)| Some((name.to_owned(), able.err()?.to_owned()))).collect()
}

struct OneCase<R> {
    prepare: Prepare,
    extra_work: f64,
    threads: usize,
    runtime: PhantomData<R>,
}

impl<R: Launch> Visitor for OneCase<R> {
    type Output = Result<io::Result<()>, Fault>;

    fn visit<W: Workload>(self) -> Self::Output {
        let case = Case::<W>::new(self.prepare, self.extra_work, self.threads)?;
        let body = move |rt: R, shard| play(rt, shard, case.clone(), tally::of_process);
        Ok(ended::<R>(self.threads, R::launch(self.threads, body)))
    }
}

/// The outcome of a launch: a launch that failed is answered here, since no shard has answered.
fn ended<R: Launch>(threads: usize, launched: io::Result<Vec<io::Result<()>>>) -> io::Result<()> {
    match launched {
        Ok(shards) => shards.into_iter().collect(),
        Err(error) => start::failed(format!("starting {} on {threads} threads: {error}", R::INFO.name)),
    }
}

struct OneTalliedCase {
    prepare: Prepare,
    extra_work: f64,
    threads: usize,
}

impl Visitor for OneTalliedCase {
    type Output = Result<TalliedBody, Fault>;

    fn visit<W: Workload>(self) -> Self::Output {
        let case = Case::<W>::new(self.prepare, self.extra_work, self.threads)?;
        Ok(Arc::new(move |rt, shard| Box::pin(play(rt, shard, case.clone(), tally::of_tasks))))
    }
}

/// What the shards of a case have in common.
struct Case<W: Workload> {
    prepare: Arc<Prepare>,
    extra_work: f64,
    params: W::Params,
    threads: usize,
    commons: Commons,
    stage: Arc<Stage>,
}

impl<W: Workload> Case<W> {
    fn new(prepare: Prepare, extra_work: f64, threads: usize) -> Result<Self, Fault> {
        let params = W::params(&prepare.params)?;
        let (prepare, commons, stage) = (Arc::new(prepare), Commons::default(), Arc::default());
        Ok(Case { prepare, extra_work, params, threads, commons, stage })
    }
}

impl<W: Workload> Clone for Case<W> {
    fn clone(&self) -> Self {
        let Case { extra_work, threads, .. } = *self;
        let (prepare, stage) = (Arc::clone(&self.prepare), Arc::clone(&self.stage));
        let (params, commons) = (self.params.clone(), self.commons.clone());
        Case { prepare, extra_work, params, threads, commons, stage }
    }
}

/// One shard's life: prepare, play every turn, tear down. Shard 0 leads: it talks to the conductor.
async fn play<R: Runtime, W: Workload>(rt: R, shard: Shard, case: Case<W>, count: fn(R) -> Count<R>) -> io::Result<()> {
    let stage = Arc::clone(&case.stage);
    let (peers, seed) = (case.prepare.peers.clone(), case.prepare.seed);
    let part = Part { params: case.params.clone(), shard, peers, seed, commons: case.commons.clone() };
    let prepared = W::prepare(rt, part).await;
    let own = prepared.as_ref().map(|_| ()).map_err(Clone::clone);
    if shard.index > 0 {
        stage.settled(own);
        let Ok(mut state) = prepared else { return Ok(()) };
        let mut seen = 0;
        while let Some(act) = stage.await_turn(&mut seen) {
            let outcome = W::run(rt, &mut state, act.ops, &act.meter).await;
            stage.finished(Instant::now(), outcome);
            stage.await_over(seen);
            stage.settled(W::put_away(rt, &mut state).await);
        }
        W::teardown(rt, state).await;
        return Ok(());
    }

    let others = stage.await_settled(shard.count - 1);
    let mut state = match (prepared, others) {
        (Ok(state), Ok(())) => state,
        (Err(fault), _) | (Ok(_), Err(fault)) => {
            stage.end();
            return start::unprepared(fault);
        }
    };
    let shape = (W::INFO.shape)(&case.prepare.params);
    let limit = Duration::from_millis(case.prepare.limit_ms);
    let mut session = Session::ready(case.threads, shape, limit)?.with_extra_work(case.extra_work);
    let mut first = true;
    while let Some(mut turn) = session.next_turn()? {
        let count = if turn.traced { Some(Count::Marks) } else { turn.tally.then(|| count(rt)) };
        let Played { ns, outcome, tally } = lead::<R, W>(rt, shard, &mut state, &turn, &stage, count).await;
        session.over(&mut turn);
        stage.over();
        let put_away = W::put_away(rt, &mut state).await.and(stage.await_settled(shard.count - 1));
        let outcome = outcome.and_then(|verified| put_away.map(|()| verified));
        let outcome = outcome.map_err(|fault| fault.to_string());
        // A call that the system refuses is refused the first time; what fails later has worked before.
        if let (true, Some(unavailable)) = (first, outcome.as_ref().err().and_then(|message| refused(message))) {
            Session::unavailable(unavailable)?;
            continue;
        }
        first = false;
        session.finish_tallied(&turn, ns, outcome, tally)?;
    }
    stage.end();
    W::teardown(rt, state).await;
    Ok(())
}

/// The outcome of one turn.
struct Played {
    ns: u64,
    outcome: Result<Verified, Fault>,
    tally: Option<Tally>,
}

/// One turn of the leading shard: all shards start together, the last one to end sets the time.
async fn lead<R: Runtime, W: Workload>(
    rt: R,
    shard: Shard,
    state: &mut W::State<R>,
    turn: &Turn,
    stage: &Stage,
    mut count: Option<Count<R>>,
) -> Played {
    let others = shard.count - 1;
    stage.start(turn, others, || {
        if let Some(count) = &mut count {
            count.start();
        }
    });
    let started = turn.meter.start();
    let outcome = W::run(rt, state, turn.ops, &turn.meter).await;
    let ended = Instant::now();
    let (last, outcome) = stage.await_finished(others, ended, outcome);
    let tally = count.map(Count::stop);
    let ns = u64::try_from((last - started).as_nanos()).unwrap_or(u64::MAX);
    Played { ns, outcome, tally }
}
