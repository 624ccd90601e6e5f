//! Where items come from: from an iterator, with or without yielding, or from another task.

use super::numbers::Numbers;
use async_channel::Sender;
use futures_lite::stream::{self, Stream};
use loopswap_rt::{MaybeSend, Runtime};
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Every item is there when it is asked for.
///
/// Behind a pointer, so that an item costs a call: if the compiler saw through the stream it would turn a
/// loop over it into one sum.
pub(super) fn ready(numbers: Numbers) -> Pin<Box<dyn Stream<Item = u64> + Send>> {
    Box::pin(Ready(numbers))
}

/// The equivalent of `__anext__`: the next number, or `StopAsyncIteration`.
struct Ready(Numbers);

impl Stream for Ready {
    type Item = u64;

    fn poll_next(mut self: Pin<&mut Self>, _context: &mut Context<'_>) -> Poll<Option<u64>> {
        let next = self.0.first;
        if next == self.0.end {
            return Poll::Ready(None);
        }
        self.0.first += 1;
        Poll::Ready(Some(next))
    }
}

/// The iterator yields before every item.
pub(super) fn yielding<R: Runtime>(rt: R, numbers: Numbers) -> impl Stream<Item = u64> + MaybeSend {
    stream::unfold(numbers.first, move |next| async move {
        if next == numbers.end {
            return None;
        }
        rt.yield_now().await;
        Some((next, next + 1))
    })
}

/// The body of the task that sends every item. Returns how many were received.
pub(super) fn send(sender: Sender<u64>, numbers: Numbers) -> impl Future<Output = u64> + MaybeSend + 'static {
    async move {
        for number in numbers.first..numbers.end {
            if sender.send(number).await.is_err() {
                return number - numbers.first;
            }
        }
        numbers.count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_lite::future::{block_on, zip};
    use loopswap_rt::{Fault, Meter};

    #[test]
    fn an_iterator_has_its_numbers_and_an_end() {
        let (numbers, meter) = (Numbers::after(3, 100), Meter::timing(100, 100, 1));
        assert_eq!(block_on(numbers.check(ready(numbers), &meter)), Ok(()));
        let short = Numbers::after(3, 99);
        assert!(matches!(block_on(numbers.check(ready(short), &meter)), Err(Fault::Wrong(_))));
    }

    #[test]
    fn a_sender_tells_how_many_it_got_rid_of() {
        let (numbers, meter) = (Numbers::after(0, 100), Meter::timing(100, 100, 1));
        for capacity in [1, 64, 1000] {
            let (sender, receiver) = async_channel::bounded(capacity);
            let (sent, checked) = block_on(zip(send(sender, numbers), numbers.check(receiver, &meter)));
            assert_eq!((sent, checked), (100, Ok(())));
        }
        let (sender, receiver) = async_channel::bounded(1);
        let take_two = async move {
            for _ in 0..2 {
                receiver.recv().await.expect("an item");
            }
            drop(receiver);
        };
        let (sent, ()) = block_on(zip(send(sender, numbers), take_two));
        assert!((2..=3).contains(&sent), "{sent}: one may lie in the channel");
    }
}
