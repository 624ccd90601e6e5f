//! How any thread tells a sleeping event loop that a task is ready.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::Wake;

const AWAKE: u8 = 0;
const RUNG: u8 = 1;
const ASLEEP: u8 = 2;

/// Rung by every waker. Only a loop that sleeps in the kernel costs the ringer a system call.
#[derive(Debug)]
pub(crate) struct Bell {
    state: AtomicU8,
    /// Ends a wait in epoll.
    kernel: mio::Waker,
}

impl Bell {
    pub(crate) fn new(kernel: mio::Waker) -> Self {
        Bell { state: AtomicU8::new(AWAKE), kernel }
    }

    /// Whether the loop may sleep: nothing has rung. From now on a ring wakes it.
    pub(crate) fn may_sleep(&self) -> bool {
        self.state.compare_exchange(AWAKE, ASLEEP, Ordering::SeqCst, Ordering::SeqCst).is_ok()
    }

    /// The loop is about to run everything that is ready: this answers all rings so far. A task is put in its
    /// queue before the bell is rung, so none is missed.
    pub(crate) fn answer(&self) {
        self.state.store(AWAKE, Ordering::SeqCst);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.state.swap(RUNG, Ordering::SeqCst) == ASLEEP {
            self.kernel.wake().expect("the event loop's wake-up");
        }
    }
}
