//! The stamps of one slice.

mod sampling;

use crate::Latencies;
use sampling::Sampling;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

/// Stretches that a slice is cut into if it is long enough.
const STRETCHES: u64 = 20;
/// With fewer stretches than this their median is less reliable than the slice itself.
const FEWEST_STRETCHES: u64 = 8;
/// Operations in flight together also end together; a stretch must span several such bursts, or the median
/// falls between them.
const BURSTS_PER_STRETCH: u64 = 4;

/// Counts the operations of one slice as they end and stamps every stretch of them.
///
/// Shared by all tasks and shards of the slice. In a timed slice an operation costs one relaxed atomic
/// addition and, if one in several is stamped, a look at a number of its thread; in a counting slice its
/// latency is recorded too.
#[derive(Debug)]
pub struct Meter {
    started: OnceLock<Instant>,
    done: AtomicU64,
    /// Operations of an open loop that a connection has taken on.
    claimed: AtomicU64,
    stride: u64,
    /// Nanoseconds from the start to the end of each stretch; 0 = not reached.
    stamps: Vec<AtomicU64>,
    counting: Option<Mutex<Counting>>,
    /// Which operations of a timed slice are stamped, and where their latencies go.
    sampling: Option<Sampling>,
    /// Response times of a timed slice; created by the first one, so that a closed loop does not pay for it.
    response: Mutex<Option<Latencies>>,
}

#[derive(Debug)]
struct Counting {
    latency: Latencies,
    notes: BTreeMap<String, f64>,
}

impl Meter {
    /// A meter for a timed slice of `ops` operations, with `in_flight` at once.
    #[must_use]
    pub fn timing(ops: u64, granule: u64, in_flight: u64) -> Self {
        let granule = granule.max(1);
        // One operation at a time makes no bursts: then a stretch may be a single one.
        let shortest = if in_flight > 1 { in_flight * BURSTS_PER_STRETCH } else { 1 };
        let stride = ops.div_ceil(STRETCHES).max(shortest).next_multiple_of(granule);
        let stretches = ops / stride;
        // A granule of many operations (a fan-out) ends all at once: only the whole granule has a time.
        let stretches = if stretches < FEWEST_STRETCHES || granule > 1 { 0 } else { stretches };
        Meter {
            started: OnceLock::new(),
            done: AtomicU64::new(0),
            claimed: AtomicU64::new(0),
            stride,
            stamps: (0..stretches).map(|_| AtomicU64::new(0)).collect(),
            counting: None,
            sampling: None,
            response: Mutex::new(None),
        }
    }

    /// A meter for a counting slice: records latency and notes, stamps no stretches.
    #[must_use]
    pub fn counting() -> Self {
        Meter {
            started: OnceLock::new(),
            done: AtomicU64::new(0),
            claimed: AtomicU64::new(0),
            stride: u64::MAX,
            stamps: Vec::new(),
            counting: Some(Mutex::new(Counting { latency: Latencies::new(), notes: BTreeMap::new() })),
            sampling: None,
            response: Mutex::new(None),
        }
    }

    /// The same, but about one in `one_in` operations is stamped, and its latency added to `into`.
    #[must_use]
    pub fn sampling(self, one_in: u64, into: Arc<Mutex<Latencies>>) -> Self {
        Meter { sampling: Some(Sampling::new(one_in, into)), ..self }
    }

    /// Starts the clock; the first call counts.
    pub fn start(&self) -> Instant {
        *self.started.get_or_init(Instant::now)
    }

    /// When the clock was started, if it was.
    #[must_use]
    pub fn started(&self) -> Option<Instant> {
        self.started.get().copied()
    }

    /// Whether this slice records latencies and notes.
    #[must_use]
    pub fn is_counting(&self) -> bool {
        self.counting.is_some()
    }

    /// Whether to measure the latency of this operation: of all in a counting slice, of one in several in a
    /// timed one, or of none. Ask once for an operation; for callers that need no [`begin`](Self::begin) to
    /// know its latency.
    #[must_use]
    pub fn wants_latency(&self) -> bool {
        self.is_counting() || self.sampling.as_ref().is_some_and(Sampling::takes_this)
    }

    /// Begins an operation: a stamp if its latency is measured, mostly nothing in a timed slice.
    #[must_use]
    pub fn begin(&self) -> Option<Instant> {
        self.wants_latency().then(Instant::now)
    }

    /// Ends an operation that [`begin`](Self::begin) began.
    pub fn end(&self, begun: Option<Instant>) {
        if let Some(begun) = begun {
            self.latency(begun.elapsed());
        }
        self.add(1);
    }

    /// Takes on the next operation of an open loop of `ops` operations, `rate` a second, and returns its
    /// intended start: operation i at i / `rate` after the start of the slice. `None` when all are taken on,
    /// or the clock is not started.
    #[must_use]
    pub fn claim(&self, ops: u64, rate: u64) -> Option<Instant> {
        let started = self.started()?;
        let number = self.claimed.fetch_add(1, Ordering::Relaxed);
        let after_ns = u128::from(number) * 1_000_000_000 / u128::from(rate.max(1));
        (number < ops).then(|| started + Duration::from_nanos(u64::try_from(after_ns).unwrap_or(u64::MAX)))
    }

    /// Ends an operation of an open loop that was meant to start at `intended`, and records its response
    /// time: from then, not from when it was sent. Otherwise operations delayed by a stall would never count
    /// as late (Tene's "coordinated omission").
    pub fn respond(&self, intended: Instant) {
        let elapsed = intended.elapsed();
        if self.is_counting() {
            self.latency(elapsed);
        } else {
            let mut response = self.response.lock().expect("no holder panics");
            response.get_or_insert_default().record(elapsed);
        }
        self.add(1);
    }

    /// Adopts the latencies of operations that another process stamped: a load client, if the runtime is the
    /// server. In a counting slice they are its latencies, in a timed one its response times. The operations
    /// themselves are counted where they are served.
    pub fn adopt(&self, latencies: &Latencies) {
        if let Some(counting) = &self.counting {
            counting.lock().expect("no holder panics").latency.join(latencies);
        } else {
            self.response.lock().expect("no holder panics").get_or_insert_default().join(latencies);
        }
    }

    /// Counts `ops` ended operations.
    pub fn add(&self, ops: u64) {
        let before = self.done.fetch_add(ops, Ordering::Relaxed);
        if self.stamps.is_empty() {
            return;
        }
        let (first, last) = (before / self.stride, (before + ops) / self.stride);
        if first < last
            && let Some(started) = self.started.get()
        {
            let elapsed = nanos(started.elapsed()).max(1);
            for stretch in first..last {
                if let Some(stamp) = usize::try_from(stretch).ok().and_then(|index| self.stamps.get(index)) {
                    stamp.store(elapsed, Ordering::Relaxed);
                }
            }
        }
    }

    /// Records one latency, in a slice that records latencies.
    pub fn latency(&self, latency: Duration) {
        if let Some(counting) = &self.counting {
            counting.lock().expect("no holder panics").latency.record(latency);
        } else if let Some(sampling) = &self.sampling {
            sampling.record(latency);
        }
    }

    /// Latencies recorded so far.
    #[must_use]
    pub fn latencies(&self) -> u64 {
        self.counting.as_ref().map_or(0, |counting| counting.lock().expect("no holder panics").latency.count())
    }

    /// Notes a further figure by name, in a counting slice; the last value counts.
    pub fn note(&self, name: &str, value: f64) {
        if let Some(counting) = &self.counting {
            counting.lock().expect("no holder panics").notes.insert(name.to_owned(), value);
        }
    }

    /// Operations ended so far.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done.load(Ordering::Relaxed)
    }

    /// The median stretch scaled to `ops` operations, in nanoseconds; `whole_ns` without stretches.
    #[must_use]
    pub fn typical_ns(&self, ops: u64, whole_ns: u64) -> u64 {
        // Two tasks may end their stretches in one order and store them in another.
        let mut stamps: Vec<u64> = self.stamps.iter().map(|stamp| stamp.load(Ordering::Relaxed)).collect();
        if stamps.is_empty() || stamps.contains(&0) {
            return whole_ns;
        }
        stamps.sort_unstable();
        let mut stretches: Vec<u64> =
            std::iter::once(stamps[0]).chain(stamps.windows(2).map(|pair| pair[1] - pair[0])).collect();
        stretches.sort_unstable();
        let middle = stretches.len() / 2;
        let median = if stretches.len() % 2 == 1 {
            stretches[middle] as f64
        } else {
            (stretches[middle - 1] + stretches[middle]) as f64 / 2.0
        };
        (median * ops as f64 / self.stride as f64).round() as u64
    }

    /// What a counting slice recorded: the encoded histogram (unless it is empty) and the notes.
    #[must_use]
    pub fn counted(&self) -> (Option<String>, BTreeMap<String, f64>) {
        let Some(counting) = &self.counting else { return (None, BTreeMap::new()) };
        let counting = counting.lock().expect("no holder panics");
        let latency = (counting.latency.count() > 0).then(|| counting.latency.encode());
        (latency, counting.notes.clone())
    }

    /// The encoded response times of a timed slice; `None` in a closed loop.
    #[must_use]
    pub fn responses(&self) -> Option<String> {
        self.response.lock().expect("no holder panics").as_ref().map(Latencies::encode)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use hdrhistogram::Histogram;

    fn decoded(text: &str) -> Histogram<u64> {
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).expect("base64");
        hdrhistogram::serialization::Deserializer::new().deserialize(&mut bytes.as_slice()).expect("a histogram")
    }

    #[test]
    fn what_a_load_client_stamped_is_adopted() {
        let mut stamped = Latencies::new();
        stamped.record(Duration::from_millis(3));
        let (counting, timing) = (Meter::counting(), Meter::timing(2, 1, 1));
        for _ in 0..2 {
            counting.adopt(&stamped);
            timing.adopt(&stamped);
        }
        assert_eq!(decoded(&counting.counted().0.expect("adopted")).len(), 2);
        assert_eq!(decoded(&timing.responses().expect("adopted")).len(), 2);
        assert_eq!((counting.done(), timing.done()), (0, 0), "they are counted where they are served");
    }

    #[test]
    fn a_long_slice_is_cut_into_stretches_and_a_short_one_is_not() {
        assert_eq!(Meter::timing(2000, 1, 1).stamps.len(), 20);
        assert_eq!(Meter::timing(10, 1, 64).stamps.len(), 0, "fewer operations than are in flight");
        assert_eq!(Meter::timing(63, 1, 2).stamps.len(), 0, "a stretch spans four bursts");
        assert_eq!(Meter::timing(64, 1, 2).stamps.len(), 8);
        assert_eq!(Meter::timing(4000, 1000, 1000).stamps.len(), 0, "a fan-out ends all at once");
    }

    /// A slice of a crowded machine may have twenty operations. A neighbour that takes the CPU in three of them
    /// must not decide what it took.
    #[test]
    fn one_operation_at_a_time_is_a_stretch_of_its_own() {
        assert_eq!(Meter::timing(20, 1, 1).stamps.len(), 20);
        assert_eq!(Meter::timing(8, 1, 1).stamps.len(), 8);
        assert_eq!(Meter::timing(7, 1, 1).stamps.len(), 0, "too few for a median");
    }

    #[test]
    fn one_slow_stretch_does_not_move_the_typical_time() {
        let meter = Meter::timing(1000, 1, 1);
        for (index, stamp) in meter.stamps.iter().enumerate() {
            let late = if index >= 7 { 1_000_000 } else { 0 };
            stamp.store((index as u64 + 1) * 100 + late, Ordering::Relaxed);
        }
        assert_eq!(meter.typical_ns(1000, 1_002_000), 2000);
    }

    #[test]
    fn the_whole_is_typical_where_a_stretch_is_missing() {
        let meter = Meter::timing(1000, 1, 1);
        meter.start();
        meter.add(500);
        assert_eq!(meter.typical_ns(1000, 77), 77);
        assert_eq!(meter.done(), 500);
    }

    #[test]
    fn latencies_come_back_from_their_encoding() {
        let meter = Meter::counting();
        for micros in 1..=100 {
            meter.latency(Duration::from_micros(micros));
        }
        assert_eq!(meter.latencies(), 100);
        meter.note("spawn_ns", 250.0);
        let (latency, notes) = meter.counted();
        let back = decoded(&latency.expect("recorded"));
        assert_eq!(back.len(), 100);
        assert!((49_000..52_000).contains(&back.value_at_quantile(0.5)));
        assert_eq!(notes["spawn_ns"], 250.0);
    }

    #[test]
    fn a_timed_slice_reads_no_clock_per_operation() {
        let meter = Meter::timing(1000, 1, 1);
        assert!(meter.begin().is_none());
        meter.end(None);
        meter.latency(Duration::from_millis(1));
        assert_eq!(meter.latencies(), 0, "they are for counting slices");
        assert_eq!(meter.done(), 1);
    }

    #[test]
    fn an_open_loop_hands_out_its_intended_starts_once_each() {
        let meter = Meter::timing(3, 1, 1);
        assert_eq!(meter.claim(3, 1000), None, "there is no start to count from");
        let started = meter.start();
        let starts: Vec<Duration> =
            std::iter::from_fn(|| meter.claim(3, 1000)).map(|intended| intended - started).collect();
        assert_eq!(starts, [0, 1, 2].map(Duration::from_millis));
        assert_eq!(meter.claim(3, 1000), None);
    }

    #[test]
    fn a_response_time_counts_from_the_intended_start() {
        let meter = Meter::timing(1, 1, 1);
        assert_eq!(meter.responses(), None, "a closed loop has none");
        let late = Duration::from_millis(50);
        meter.respond(Instant::now().checked_sub(late).expect("the clock runs for longer"));
        assert_eq!(meter.done(), 1);
        let back = decoded(&meter.responses().expect("one"));
        assert!((back.len(), back.max() >= 50_000_000) == (1, true), "{back:?}");
    }
}
