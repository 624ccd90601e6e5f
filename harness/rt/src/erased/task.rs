//! The handle of a task whose type is hidden.

use super::value::{AnyValue, Boxed, output};
use crate::{MaybeSend, Task};
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// [`Task`].
pub(super) trait AnyTask: Future<Output = Box<dyn AnyValue>> + MaybeSend + Unpin {
    fn cancel(self: Box<Self>) -> Boxed<'static, Option<Box<dyn AnyValue>>>;
}

impl<H: Task<Box<dyn AnyValue>>> AnyTask for H {
    fn cancel(self: Box<Self>) -> Boxed<'static, Option<Box<dyn AnyValue>>> {
        Box::pin(Task::cancel(*self))
    }
}

/// The handle of a task of any runtime.
pub struct ErasedTask<T> {
    task: Box<dyn AnyTask>,
    output: PhantomData<fn() -> T>,
}

impl<T> fmt::Debug for ErasedTask<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ErasedTask")
    }
}

impl<T> ErasedTask<T> {
    pub(super) fn new(task: Box<dyn AnyTask>) -> Self {
        ErasedTask { task, output: PhantomData }
    }
}

impl<T: 'static> Future for ErasedTask<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        Pin::new(&mut self.task).poll(context).map(output)
    }
}

impl<T: MaybeSend + 'static> Task<T> for ErasedTask<T> {
    fn cancel(self) -> impl Future<Output = Option<T>> + MaybeSend + 'static {
        let cancelled = self.task.cancel();
        async move { cancelled.await.map(output) }
    }
}
