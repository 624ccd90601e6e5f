//! Whether a runtime can run here, asked before it starts; and the answer if it then does not start.

use loopswap_protocol::{Session, Unavailable, refused};
use loopswap_rt::{Fault, Launch, Refusal};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Arc, Mutex, PoisonError};

/// Asks a runtime whether it can run on `threads` threads. If it panics while it looks, it cannot: the panic
/// is the reason, and does not end the process.
pub(crate) fn preflight<R: Launch>(threads: usize) -> Result<(), Unavailable> {
    // The first panic is the cause; a thread that waits for the one that panicked may panic too.
    let first = Arc::new(Mutex::new(None));
    let print = take_hook();
    set_hook(Box::new({
        let first = Arc::clone(&first);
        move |panic| {
            let said = panic.payload_as_str().unwrap_or("without a message");
            first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(|| said.to_owned());
        }
    }));
    let looked = catch_unwind(AssertUnwindSafe(|| R::preflight(threads)));
    set_hook(print);
    looked.unwrap_or_else(|_| {
        let said = first.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default();
        let name = R::INFO.name;
        let reason = format!("{name} panics while it checks whether it can start: {said}");
        Err(refused(&reason).unwrap_or_else(|| Unavailable {
            reason,
            remedy: format!("what {name} needs is missing or forbidden here; its README says what it needs"),
        }))
    })
}

/// A panic anywhere leaves the work half done: the process ends, and the conductor sees a crash with its
/// message instead of waiting. A runtime that refuses a task because there is no room has not failed: the
/// pending request is answered *unsupported*, and the process ends in order. If the system refuses a call,
/// the runtime is *unavailable*.
pub(crate) fn exit_on_panic() {
    let print = take_hook();
    set_hook(Box::new(move |panic| {
        // The conductor may be gone; the process ends either way.
        if let Some(Refusal { why }) = panic.payload().downcast_ref() {
            let _ = Session::unsupported(why);
            std::process::exit(0);
        }
        print(panic);
        if let Some(unavailable) = panic.payload_as_str().and_then(refused) {
            let _ = Session::unavailable(unavailable);
            std::process::exit(0);
        }
        std::process::exit(101);
    }));
}

/// Answers that a case could not be prepared: by the runtime's nature, because the system refuses a call, or
/// because something failed.
pub(crate) fn unprepared(fault: Fault) -> io::Result<()> {
    match fault {
        Fault::Unsupported(reason) => Session::unsupported(reason),
        fault => failed(format!("preparing: {fault}")),
    }
}

/// Answers that something failed, or that the system refuses a call.
pub(crate) fn failed(message: String) -> io::Result<()> {
    refused(&message).map_or_else(|| Session::failed(&message), Session::unavailable)
}
