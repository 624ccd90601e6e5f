//! The system's allocator, which counts while it is told to.
//!
//! A program that wants its allocations counted makes [`Counting`] its global allocator:
//!
//! ```
//! #[global_allocator]
//! static ALLOCATOR: loopswap_allocations::Counting = loopswap_allocations::Counting;
//!
//! loopswap_allocations::start();
//! let list = std::hint::black_box(vec![0_u8; 1000]);
//! let counted = loopswap_allocations::stop();
//! assert!(counted.allocations >= 1 && counted.bytes >= 1000);
//! # drop(list);
//! ```
//!
//! While nothing is counted, an allocation costs one relaxed load of a flag and a branch that is
//! always taken the same way; `examples/cost_of_off.rs` measures it. This is the only crate of loopswap
//! with unsafe code, because `GlobalAlloc` is an unsafe trait; it holds nothing else.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Whether allocations are being counted. Read by every allocation of the process, written twice a
/// counting slice, so its cache line is shared and clean while slices are timed.
static ON: AtomicBool = AtomicBool::new(false);
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

/// The system's allocator, which counts between [`start`] and [`stop`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Counting;

/// What was asked of the allocator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counted {
    /// Calls that asked for memory, by all threads: a reallocation is one of them, a release is not.
    pub allocations: u64,
    /// Bytes that they asked for; a reallocation asks for what it adds.
    pub bytes: u64,
}

/// Counts from zero from now on.
///
/// There is one count for the process; starting again while it runs begins anew.
pub fn start() {
    ALLOCATIONS.store(0, Ordering::Relaxed);
    BYTES.store(0, Ordering::Relaxed);
    ON.store(true, Ordering::SeqCst);
}

/// Ends counting and says what was counted since [`start`].
pub fn stop() -> Counted {
    ON.store(false, Ordering::SeqCst);
    Counted { allocations: ALLOCATIONS.load(Ordering::Relaxed), bytes: BYTES.load(Ordering::Relaxed) }
}

/// Whether [`Counting`] is the allocator of this program: tries it with one allocation.
///
/// Ends a count that is under way.
#[must_use]
pub fn installed() -> bool {
    start();
    drop(std::hint::black_box(Box::new(0_u8)));
    stop().allocations > 0
}

impl Counting {
    #[inline(always)]
    fn note(bytes: usize) {
        if ON.load(Ordering::Relaxed) {
            Self::count(bytes);
        }
    }

    /// Not inlined, so that the code inlined at every allocation stays a load and a branch.
    #[cold]
    #[inline(never)]
    fn count(bytes: usize) {
        ALLOCATIONS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

// SAFETY: every method hands its arguments unchanged to `System`, which keeps the contract of
// `GlobalAlloc`, and returns what it returns. `note` touches three atomics only: it does not allocate,
// so it cannot come back here, and it does not panic, so it cannot unwind.
unsafe impl GlobalAlloc for Counting {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::note(layout.size());
        // SAFETY: the caller keeps the contract of `alloc` (a size that is not zero), passed on unchanged.
        unsafe { System.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        Self::note(layout.size());
        // SAFETY: the caller keeps the contract of `alloc_zeroed`, passed on unchanged.
        unsafe { System.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        // SAFETY: the caller gives back what one of the methods here returned, so what `System` returned,
        // with the layout that it was asked for.
        unsafe { System.dealloc(at, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, at: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        Self::note(new_size.saturating_sub(layout.size()));
        // SAFETY: `at` and `layout` are as for `dealloc`; the caller vouches for `new_size`.
        unsafe { System.realloc(at, layout, new_size) }
    }
}
