//! The stacks of a thread: made when needed, kept for the next task, never more than the system can hold.

use corosensei::stack::DefaultStack;
use loopswap_rt::Refusal;
use std::fs;

/// Size of a stack, without its guard page: corosensei's own choice, and that of `threads`. Only touched
/// pages cost memory, and some code needs much (deflate, built without optimisation, above 256 KiB).
const BYTES: usize = 1024 * 1024;
/// Linux's own limit of memory mappings in a process.
const MAPPINGS: usize = 65530;
/// Mappings reserved for the rest of the process: at the limit an allocation fails, which ends the process.
const SPARE: usize = 4096;

/// The stacks of a thread.
pub(crate) struct Stacks {
    kept: Vec<DefaultStack>,
    made: usize,
    most: usize,
}

impl Stacks {
    /// The stacks of one of `shards` threads, which share the mappings that the process may have.
    pub(crate) fn of_one(shards: usize) -> Self {
        let limit = fs::read_to_string("/proc/sys/vm/max_map_count").ok();
        let mappings = limit.and_then(|limit| limit.trim().parse().ok()).unwrap_or(MAPPINGS);
        // A stack is two mappings: its pages and its guard.
        Self::at_most(mappings.saturating_sub(SPARE) / 2 / shards)
    }

    fn at_most(most: usize) -> Self {
        Stacks { kept: Vec::new(), made: 0, most }
    }

    /// A stack for a new coroutine.
    ///
    /// # Errors
    /// When the system has no room for another, or would soon have none for anything.
    pub(crate) fn take(&mut self) -> Result<DefaultStack, Refusal> {
        if let Some(stack) = self.kept.pop() {
            return Ok(stack);
        }
        if self.made == self.most {
            let most = self.most;
            return Err(Refusal::new(format!(
                "no stack for a task: {most} are in use on its thread, and each is two of the mappings that \
                 vm.max_map_count allows"
            )));
        }
        let refused =
            |error| Refusal::new(format!("no stack for a task: {} are in use on its thread; {error}", self.made));
        let stack = DefaultStack::new(BYTES).map_err(refused)?;
        self.made += 1;
        Ok(stack)
    }

    /// Keeps the stack of a coroutine that has ended.
    pub(crate) fn give_back(&mut self, stack: DefaultStack) {
        self.kept.push(stack);
    }
}

#[cfg(test)]
mod tests {
    use super::Stacks;

    #[test]
    fn what_comes_back_is_taken_again_and_the_last_is_followed_by_a_reason() {
        let mut stacks = Stacks::at_most(2);
        let (first, _second) = (stacks.take().expect("one"), stacks.take().expect("two"));
        let why = stacks.take().err().expect("no third").to_string();
        assert!(why.contains("2 are in use") && why.contains("vm.max_map_count"), "{why}");
        stacks.give_back(first);
        assert!(stacks.take().is_ok());
        assert!(stacks.take().is_err());
    }
}
