//! Panics on their way from a task to whoever awaits it.
//!
//! A task's output could bring its panic along in a box, but then every output would be something to
//! drop, at each stage of the task: that is a third of the price of a spawn (12 ns on 37), and catching
//! itself costs nothing beside it. So a panic is left here, in the thread that runs the task, and the
//! output is at most a number. A panic that nobody awaits stays until the thread ends.

use std::any::Any;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// What a panic brought.
pub(crate) type Payload = Box<dyn Any + Send>;

/// Where a panic was left.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Left(u64);

struct Panics {
    last: u64,
    waiting: BTreeMap<u64, Payload>,
}

thread_local! {
    static PANICS: RefCell<Panics> = const { RefCell::new(Panics { last: 0, waiting: BTreeMap::new() }) };
}

/// Leaves a panic for whoever awaits its task.
#[cold]
pub(crate) fn leave(panic: Payload) -> Left {
    PANICS.with_borrow_mut(|panics| {
        panics.last += 1;
        panics.waiting.insert(panics.last, panic);
        Left(panics.last)
    })
}

/// Takes a panic that was left on this thread.
#[cold]
pub(crate) fn take(left: Left) -> Payload {
    let panic = PANICS.with_borrow_mut(|panics| panics.waiting.remove(&left.0));
    // Tasks and their handles stay on their thread; who carries one away hears of the panic all the same.
    panic.unwrap_or_else(|| Box::new("a task of another thread panicked"))
}

#[cfg(test)]
mod tests {
    use super::{leave, take};

    #[test]
    fn each_panic_is_taken_from_where_it_was_left() {
        let (one, two) = (leave(Box::new("one")), leave(Box::new("two")));
        assert_eq!(take(two).downcast_ref(), Some(&"two"));
        assert_eq!(take(one).downcast_ref(), Some(&"one"));
    }

    #[test]
    fn on_another_thread_something_is_heard_of_it() {
        let left = leave(Box::new("here"));
        let there = std::thread::spawn(move || take(left)).join().expect("no panic of its own");
        assert_eq!(there.downcast_ref(), Some(&"a task of another thread panicked"));
        assert_eq!(take(left).downcast_ref(), Some(&"here"));
    }
}
