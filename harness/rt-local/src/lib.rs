//! The twin of `loopswap-rt` for runtimes whose tasks stay on their thread: the same sources, with
//! [`MaybeSend`] meaning nothing. See `loopswap-rt` for what everything here is.

/// Nothing in this package, `Send` in its twin `loopswap-rt`.
pub trait MaybeSend {}
impl<T: ?Sized> MaybeSend for T {}

/// Nothing in this package, `Sync` in its twin.
pub trait MaybeSync {}
impl<T: ?Sized> MaybeSync for T {}

#[path = "../../rt/src/contract/mod.rs"]
mod contract;
pub use contract::*;

#[path = "../../rt/src/erased/mod.rs"]
mod erased;
pub use erased::{AnyFuture, Boxed, Erased, ErasedListener, ErasedStream, ErasedTask, HyperStream};

#[path = "../../rt/src/tallied/mod.rs"]
mod tallied;
pub use tallied::{Tallied, TaskCounts};

#[path = "../../rt/src/conformance/mod.rs"]
pub mod conformance;
