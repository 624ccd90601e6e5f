//! What the shards of one launch have in common.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A place where the shards of a case meet: the shards of a thread-per-core runtime share a process, but no
/// executor.
///
/// It is empty until a shard asks for its content; then it holds one value, the same for all shards.
#[derive(Clone, Default)]
pub struct Commons(Arc<OnceLock<Arc<dyn Any + Send + Sync>>>);

impl Commons {
    /// The value that all shards share; the first shard that asks makes it.
    ///
    /// # Panics
    /// When a shard asks for another type than the first did.
    #[must_use]
    pub fn get<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let shared = Arc::clone(self.0.get_or_init(|| Arc::new(T::default())));
        shared.downcast().unwrap_or_else(|_| panic!("the shards of a case share one type"))
    }
}

impl fmt::Debug for Commons {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.get().is_some() { "Commons(in use)" } else { "Commons(empty)" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[test]
    fn all_clones_share_one_value_and_others_have_their_own() {
        let (commons, other) = (Commons::default(), Commons::default());
        commons.clone().get::<AtomicU64>().store(7, Ordering::Relaxed);
        assert_eq!(commons.get::<AtomicU64>().load(Ordering::Relaxed), 7);
        assert_eq!(other.get::<AtomicU64>().load(Ordering::Relaxed), 0);
        assert_eq!(format!("{commons:?} {:?}", Commons::default()), "Commons(in use) Commons(empty)");
    }
}
