//! The users of a pool: clients that take turns, clients that are cut short, and one with a pool of its own.

use super::lease::{Pool, Size};
use loopswap_rt::{Fault, MaybeSend, Meter, Runtime};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// How long a client would use a connection if it were not cut short.
const FOREVER: Duration = Duration::from_secs(3600);

/// State shared by the clients of a slice.
pub(super) struct Slice {
    pool: Arc<Pool>,
    hold: Duration,
    meter: Arc<Meter>,
    longest_wait_ns: AtomicU64,
}

impl Slice {
    /// Clients of `pool` that use a connection for `hold`.
    pub(super) fn new(pool: &Arc<Pool>, hold: Duration, meter: &Arc<Meter>) -> Slice {
        Slice { pool: Arc::clone(pool), hold, meter: Arc::clone(meter), longest_wait_ns: AtomicU64::new(0) }
    }
}

/// `clients` clients use connections `uses` times in all, each as often as the others, and then the pool
/// shrinks.
pub(super) async fn share<R: Runtime>(rt: R, slice: Slice, clients: u64, uses: u64) {
    let slice = Arc::new(slice);
    let each = |number| uses / clients + u64::from(number < uses % clients);
    let handles: Vec<_> =
        (0..clients).map(|number| rt.spawn(take_turns(rt, Arc::clone(&slice), each(number)))).collect();
    for handle in handles {
        handle.await;
    }
    slice.meter.note("longest_wait_us", slice.longest_wait_ns.load(Relaxed) as f64 / 1000.0);
    slice.meter.note("connections", slice.pool.count() as f64);
    slice.pool.shrink(move || rt.yield_now()).await;
}

/// How long a client uses a connection: a sleep, or a yield if the time is zero.
async fn answer<R: Runtime>(rt: R, time: Duration) {
    if time.is_zero() { rt.yield_now().await } else { rt.sleep(time).await }
}

/// The body of a client: asks for a connection, uses it, gives it back, over and over.
fn take_turns<R: Runtime>(rt: R, slice: Arc<Slice>, uses: u64) -> impl Future<Output = ()> + MaybeSend + 'static {
    async move {
        for _ in 0..uses {
            let asked = slice.meter.begin();
            let mut lease = slice.pool.acquire(rt.yield_now()).await;
            if let Some(asked) = asked {
                let waited = asked.elapsed();
                slice.meter.latency(waited);
                slice.longest_wait_ns.fetch_max(waited.as_nanos() as u64, Relaxed);
            }
            lease.hold(answer(rt, slice.hold)).await;
            drop(lease);
            slice.meter.add(1);
        }
    }
}

/// `clients` clients want a connection for an hour, and every one is cut short: half of them after
/// `limit`, the others after twice that, so that some wait for a connection then and some have one.
pub(super) async fn cut_all<R: Runtime>(
    rt: R,
    pool: &Arc<Pool>,
    clients: u64,
    limit: Duration,
    meter: &Meter,
) -> Result<(), Fault> {
    let got_one = Arc::new(AtomicU64::new(0));
    let handles: Vec<_> = (0..clients)
        .map(|number| {
            let patience = if number % 2 == 0 { limit } else { limit * 2 };
            rt.spawn(rt.timeout(patience, keep_for_ever(rt, Arc::clone(pool), Arc::clone(&got_one))))
        })
        .collect();
    for (number, handle) in (0..clients).zip(handles) {
        if handle.await.is_some() {
            return Err(Fault::Wrong(format!(
                "client {number} had used a connection for an hour when it was cut short"
            )));
        }
    }
    let (using, expected) = (got_one.load(Relaxed), clients.min(pool.max()));
    meter.note("cut_while_waiting", (clients - using) as f64);
    if using < expected {
        // On a busy machine this is possible without any fault.
        let least = format!("{using} clients got a connection before they were cut short, where {expected} could");
        return Err(Fault::Failed(format!("{least}: give more `limit`")));
    }
    Ok(())
}

/// The body of a client that is cut short.
fn keep_for_ever<R: Runtime>(
    rt: R,
    pool: Arc<Pool>,
    got_one: Arc<AtomicU64>,
) -> impl Future<Output = ()> + MaybeSend + 'static {
    async move {
        let mut lease = pool.acquire(rt.yield_now()).await;
        got_one.fetch_add(1, Relaxed);
        lease.hold(rt.sleep(FOREVER)).await;
    }
}

/// A pool is opened, one client uses one connection, and the pool is closed, `times` times.
pub(super) async fn open_and_close<R: Runtime>(
    rt: R,
    size: Size,
    times: u64,
    hold: Duration,
    meter: &Meter,
) -> Result<(), Fault> {
    let once = size.min.max(1);
    let mut closing = Duration::ZERO;
    for _ in 0..times {
        let pool = Pool::open(size, move || rt.yield_now()).await;
        let asked = meter.begin();
        let mut lease = pool.acquire(rt.yield_now()).await;
        if let Some(asked) = asked {
            meter.latency(asked.elapsed());
        }
        lease.hold(answer(rt, hold)).await;
        drop(lease);
        pool.whole(once..=once, 1)?;
        let leaving = meter.begin();
        pool.close(move || rt.yield_now()).await;
        closing += leaving.map_or(Duration::ZERO, |leaving| leaving.elapsed());
        pool.whole(0..=0, 1)?;
        meter.add(1);
    }
    meter.note("close_ns", closing.as_nanos() as f64 / times.max(1) as f64);
    Ok(())
}
