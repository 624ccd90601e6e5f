//! Jobs that block. monoio leaves their threads to its user and has a simple pool; here one pool serves all
//! shards of a launch, and is started by the first job, all threads at once.

use monoio::blocking::{BlockingTask, DefaultThreadPool, JoinError, ThreadPool};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, OnceLock};

/// The maximum of compio's pool; monoio names no number.
const THREADS: usize = 256;

/// The pool of one launch.
#[derive(Clone, Default)]
pub(crate) struct Pool(Arc<OnceLock<DefaultThreadPool>>);

impl ThreadPool for Pool {
    fn schedule_task(&self, task: BlockingTask) {
        self.0.get_or_init(|| DefaultThreadPool::new(THREADS)).schedule_task(task);
    }
}

/// Runs a job on the pool; a panic in it reaches the task that awaits it.
pub(crate) fn offload<T, J>(job: J) -> impl Future<Output = T> + 'static
where
    J: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    // A panic would end a thread of the pool, and be lost.
    let job = monoio::spawn_blocking(loopswap_shards::loose(|| catch_unwind(AssertUnwindSafe(job))));
    async move {
        match job.await {
            Ok(ended) => ended.unwrap_or_else(|panic| resume_unwind(panic)),
            Err(JoinError::Canceled) => unreachable!("the pool runs every job"),
        }
    }
}
