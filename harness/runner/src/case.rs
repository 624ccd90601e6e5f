//! From a case and the types of runtime and workload to what every shard does.

use crate::play::{Case, play};
use crate::prepared::{Prepared, PreparedOn};
use crate::stage::Stage;
use crate::tally::Count;
use loopswap_protocol::Prepare;
use loopswap_rt::{Boxed, Commons, Fault, Parameters as _, Part, Runtime, Shard, Visitor, Workload};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// One shard's life, from preparing a case to tearing it down.
pub(crate) type Body<R> = Arc<dyn Fn(R, Shard) -> Boxed<'static, io::Result<()>> + Send + Sync>;

/// Makes the body of one case for the runtime `R`, whose counters `count` opens.
pub(crate) struct OneCase<R> {
    pub(crate) prepare: Prepare,
    pub(crate) extra_work: f64,
    pub(crate) threads: usize,
    pub(crate) count: fn(R) -> Count,
}

impl<R: Runtime> Visitor for OneCase<R> {
    type Output = Result<Body<R>, Fault>;

    fn visit<W: Workload>(self) -> Self::Output {
        let OneCase { prepare, extra_work, threads, count } = self;
        let params = W::Params::read(&prepare.params)?;
        let shape = (W::INFO.shape)(&params);
        let limit = Duration::from_millis(prepare.limit_ms);
        let case = Arc::new(Case { threads, shape, limit, extra_work, stage: Stage::default() });
        let (peers, seed, commons) = (prepare.peers, prepare.seed, Commons::default());
        Ok(Arc::new(move |rt, shard| {
            let part = Part { params: params.clone(), shard, peers: peers.clone(), seed, commons: commons.clone() };
            let preparing = Box::pin(async move {
                let state = W::prepare(rt, part).await?;
                Ok(Box::new(PreparedOn::<R, W> { rt, state, count }) as Box<dyn Prepared>)
            });
            Box::pin(play(preparing, shard, Arc::clone(&case)))
        }))
    }
}
