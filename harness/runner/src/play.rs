//! The turns of a case, from prepared to over, as every shard plays them.

use crate::prepared::{Prepared, Preparing};
use crate::stage::Stage;
use crate::start;
use crate::tally::Count;
use loopswap_protocol::{Session, Shape, Tally, Turn, refused};
use loopswap_rt::{Fault, Shard, Verified};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the shards of a case have in common, whatever the workload.
pub(crate) struct Case {
    pub(crate) threads: usize,
    pub(crate) shape: Shape,
    /// How long one slice may take.
    pub(crate) limit: Duration,
    pub(crate) extra_work: f64,
    pub(crate) stage: Stage,
}

/// One shard's life: prepare, play every turn, tear down. Shard 0 leads: it talks to the conductor.
pub(crate) async fn play(preparing: Preparing, shard: Shard, case: Arc<Case>) -> io::Result<()> {
    let stage = &case.stage;
    let prepared = preparing.await;
    let own = prepared.as_ref().map(|_| ()).map_err(Clone::clone);
    if shard.index > 0 {
        stage.settled(own);
        let Ok(mut prepared) = prepared else { return Ok(()) };
        let mut seen = 0;
        while let Some(act) = stage.await_turn(&mut seen) {
            let outcome = prepared.run(act.ops, &act.meter).await;
            stage.finished(Instant::now(), outcome);
            stage.await_over(seen);
            stage.settled(prepared.put_away().await);
        }
        prepared.teardown().await;
        return Ok(());
    }

    let leading = stage.leading();
    let others = stage.await_settled(shard.count - 1);
    let mut prepared = match (prepared, others) {
        (Ok(prepared), Ok(())) => prepared,
        (Err(fault), _) | (Ok(_), Err(fault)) => return start::unprepared(fault),
    };
    let mut session = Session::ready(case.threads, case.shape, case.limit)?.with_extra_work(case.extra_work);
    let mut first = true;
    while let Some(mut turn) = session.next_turn()? {
        let count = if turn.traced { Some(Count::Marks) } else { turn.tally.then(|| prepared.count()) };
        let Played { ns, outcome, tally } = lead(shard, prepared.as_mut(), &turn, stage, count).await;
        session.over(&mut turn);
        stage.over();
        let put_away = prepared.put_away().await.and(stage.await_settled(shard.count - 1));
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
    drop(leading);
    prepared.teardown().await;
    Ok(())
}

/// The outcome of one turn.
struct Played {
    ns: u64,
    outcome: Result<Verified, Fault>,
    tally: Option<Tally>,
}

/// One turn of the leading shard: all shards start together, the last one to end sets the time.
async fn lead(
    shard: Shard,
    prepared: &mut dyn Prepared,
    turn: &Turn,
    stage: &Stage,
    mut count: Option<Count>,
) -> Played {
    let others = shard.count - 1;
    // What holds the work is allocated before anything is timed or counted.
    let work = prepared.run(turn.ops, &turn.meter);
    stage.start(turn, others, || {
        if let Some(count) = &mut count {
            count.start();
        }
    });
    let started = turn.meter.start();
    let outcome = work.await;
    let ended = Instant::now();
    let (last, outcome) = stage.await_finished(others, ended, outcome);
    let tally = count.map(Count::stop);
    let ns = u64::try_from((last - started).as_nanos()).unwrap_or(u64::MAX);
    Played { ns, outcome, tally }
}
