//! Futures, and what they return, with their types hidden.

use crate::MaybeSend;
use std::any::Any;
use std::future::Future;
use std::pin::Pin;

/// A future of any type.
pub type Boxed<'a, T> = Pin<Box<dyn AnyFuture<Output = T> + 'a>>;

/// A future that may be sent where tasks may: a `dyn` takes one trait.
pub trait AnyFuture: Future + MaybeSend {}
impl<F: Future + MaybeSend + ?Sized> AnyFuture for F {}

/// What a task or a future returns, of any type.
pub(super) trait AnyValue: Any + MaybeSend {}
impl<T: Any + MaybeSend> AnyValue for T {}

/// A job that blocks, and what it returns, move to another thread on either side.
pub(super) type AnyJob = Box<dyn FnOnce() -> Box<dyn Any + Send> + Send>;

/// Hides the type of a future and of its output.
pub(super) fn future<F>(future: F) -> Boxed<'static, Box<dyn AnyValue>>
where
    F: Future + MaybeSend + 'static,
    F::Output: MaybeSend + 'static,
{
    Box::pin(async move { Box::new(future.await) as Box<dyn AnyValue> })
}

/// The output of a future whose type [`future`] has hidden.
pub(super) fn output<T: 'static>(value: Box<dyn AnyValue>) -> T {
    let value: Box<dyn Any> = value;
    *value.downcast().expect("what the future returned")
}
