//! smol's timer as a future without an output.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A timer that forgets when it fired; an `async` block around it would be a third larger.
pub(crate) struct Sleep(pub(crate) smol::Timer);

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(context).map(drop)
    }
}
