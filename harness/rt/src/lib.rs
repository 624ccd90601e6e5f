//! The contracts of loopswap: what a runtime offers ([`Runtime`]), what a workload is
//! ([`Workload`]), and the [conformance kit](mod@conformance) that every runtime passes.
//!
//! Authors of a runtime or a workload depend on this crate and on little else. It exists twice, from the same
//! sources: in this package tasks may move between threads, so everything they hold is `Send`; in
//! `loopswap-rt-local` they stay on their thread and nothing needs to be. A runtime depends on the one that
//! fits it and pays nothing for the other's rules.

/// `Send` in this package, nothing in its twin `loopswap-rt-local`.
pub trait MaybeSend: Send {}
impl<T: Send + ?Sized> MaybeSend for T {}

/// `Sync` in this package, nothing in its twin.
pub trait MaybeSync: Sync {}
impl<T: Sync + ?Sized> MaybeSync for T {}

mod contract;
pub use contract::*;

mod erased;
pub use erased::{AnyFuture, Boxed, Erased, ErasedListener, ErasedStream, ErasedTask, HyperStream};

mod tallied;
pub use tallied::{Tallied, TaskCounts};

pub mod conformance;
