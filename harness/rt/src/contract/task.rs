//! The handle of a spawned task.

use crate::MaybeSend;
use std::future::Future;

/// The handle of a spawned task: a future of its output.
///
/// Dropping the handle detaches the task, which goes on. A panic inside the task reaches the task that awaits
/// the handle, as a panic.
pub trait Task<T>: Future<Output = T> + MaybeSend + Unpin + 'static {
    /// Stops the task: it is dropped where it waits. Completes once it is dropped, with its output where it
    /// had ended before; the panic of a task that had ended with one goes on here.
    ///
    /// Await it: if this future is dropped before, the task may or may not be stopped. If
    /// [`Info::cancel`](crate::Info::cancel) says why a task cannot be stopped, it must not be called.
    fn cancel(self) -> impl Future<Output = Option<T>> + MaybeSend + 'static;
}
