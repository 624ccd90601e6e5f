//! The pages that are known but not fetched yet, shared by all workers of a crawl.

use async_channel::{Receiver, Sender, unbounded};
use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// A page and its steps from the first one.
pub(crate) type Found = (u64, u64);

/// The pages to be fetched, and those that have been seen.
pub(crate) struct Frontier {
    give: Sender<Found>,
    take: Receiver<Found>,
    seen: Mutex<HashSet<u64>>,
    /// Pages that are known and not finished.
    open: AtomicUsize,
    depth: u64,
}

impl Frontier {
    /// A crawl of `depth` steps that begins with `starts`.
    pub(crate) fn new(depth: u64, starts: &[Found]) -> Self {
        let (give, take) = unbounded();
        let frontier = Frontier { give, take, seen: Mutex::default(), open: AtomicUsize::new(1), depth };
        for &(page, level) in starts {
            frontier.add(page, level);
        }
        // The slot that kept it open while it was filled.
        frontier.done();
        frontier
    }

    /// The next page, once one is known; `None` once the crawl has ended.
    pub(crate) async fn next(&self) -> Option<Found> {
        self.take.recv().await.ok()
    }

    /// Adds a page found at distance `level`: it will be fetched, unless it is known or too far.
    pub(crate) fn add(&self, page: u64, level: u64) {
        if level > self.depth || !self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(page) {
            return;
        }
        self.open.fetch_add(1, Ordering::AcqRel);
        // It is closed only if the crawl is given up.
        let _ = self.give.try_send((page, level));
    }

    /// A page is finished, its links are added. After the last one the crawl has ended.
    pub(crate) fn done(&self) {
        if self.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.give.close();
        }
    }

    /// Ends the crawl early.
    pub(crate) fn give_up(&self) {
        self.give.close();
    }

    /// How many pages were seen.
    pub(crate) fn found(&self) -> usize {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::block_on;

    #[test]
    fn every_page_is_given_out_once_and_the_crawl_ends_after_the_last() {
        let frontier = Frontier::new(1, &[(0, 0)]);
        assert_eq!(block_on(frontier.next()), Some((0, 0)));
        for (page, level) in [(1, 1), (2, 1), (1, 1), (0, 1), (3, 2)] {
            frontier.add(page, level);
        }
        frontier.done();
        assert_eq!((block_on(frontier.next()), block_on(frontier.next())), (Some((1, 1)), Some((2, 1))));
        frontier.done();
        frontier.done();
        assert_eq!(block_on(frontier.next()), None);
        assert_eq!(frontier.found(), 3, "page 3 is too far");
    }

    #[test]
    fn a_crawl_that_is_given_up_ends_for_everybody() {
        let frontier = Frontier::new(5, &[(0, 0)]);
        assert!(block_on(frontier.next()).is_some());
        frontier.give_up();
        assert_eq!(block_on(frontier.next()), None);
    }
}
