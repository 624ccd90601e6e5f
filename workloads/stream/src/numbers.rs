//! The numbers of one stream, and the check that a stream has these, in order, and then its end.

use futures_lite::stream::{Stream, StreamExt as _};
use loopswap_rt::{Fault, Meter};
use std::pin::pin;

/// Consecutive numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers {
    pub(super) first: u64,
    /// The number after the last.
    pub(super) end: u64,
}

impl Numbers {
    /// `count` numbers from `first` on.
    pub(super) fn after(first: u64, count: u64) -> Self {
        Numbers { first, end: first + count }
    }

    pub(super) fn count(self) -> u64 {
        self.end - self.first
    }

    /// Takes every item of `stream`: they must be these numbers, in order, and then the stream must end.
    pub(super) async fn check(self, stream: impl Stream<Item = u64>, meter: &Meter) -> Result<(), Fault> {
        let mut stream = pin!(stream);
        let mut expected = self.first;
        loop {
            let asked = meter.begin();
            let Some(item) = stream.next().await else { break };
            if let Some(asked) = asked {
                meter.latency(asked.elapsed());
            }
            if item != expected || expected == self.end {
                return Err(Fault::Wrong(format!(
                    "item {} of a stream is {item}, not {expected}",
                    item_of(self, expected)
                )));
            }
            expected += 1;
        }
        if expected != self.end {
            let taken = expected - self.first;
            return Err(Fault::Wrong(format!("a stream of {} items ended after {taken}", self.count())));
        }
        Ok(())
    }
}

/// Index of the item in the stream, from 0.
fn item_of(numbers: Numbers, number: u64) -> u64 {
    number - numbers.first
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::{future, stream};

    fn check(items: &[u64]) -> Result<(), Fault> {
        let meter = Meter::timing(3, 3, 1);
        future::block_on(Numbers::after(7, 3).check(stream::iter(items.iter().copied()), &meter))
    }

    #[test]
    fn exactly_the_numbers_in_order_and_then_the_end() {
        assert_eq!(check(&[7, 8, 9]), Ok(()));
        for wrong in [&[][..], &[7, 8], &[7, 9, 8], &[7, 7, 8], &[8, 9, 10], &[4, 5, 6], &[7, 8, 9, 10], &[7, 8, 9, 9]]
        {
            assert!(matches!(check(wrong), Err(Fault::Wrong(_))), "{wrong:?}");
        }
    }
}
