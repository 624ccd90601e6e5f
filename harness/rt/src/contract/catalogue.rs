//! How a runner reaches a workload by name without knowing any.

use super::Workload;
use loopswap_protocol::WorkloadInfo;

/// Does something with a workload whose type is found by name.
pub trait Visitor {
    /// What it returns.
    type Output;

    /// Does it with the workload `W`.
    fn visit<W: Workload>(self) -> Self::Output;
}

/// A set of workloads.
pub trait Catalogue: 'static {
    /// Every workload, in the order in which people see them.
    #[must_use]
    fn infos() -> Vec<WorkloadInfo>;

    /// Hands the workload called `name` to the visitor; `None` when there is none of that name.
    fn visit<V: Visitor>(name: &str, visitor: V) -> Option<V::Output>;
}

/// Defines a catalogue from a list of workload types.
#[macro_export]
macro_rules! catalogue {
    ($(#[$about:meta])* $name:ident: $($workload:ty),+ $(,)?) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name;

        impl $crate::Catalogue for $name {
            fn infos() -> Vec<$crate::WorkloadInfo> {
                vec![$(<$workload as $crate::Workload>::INFO),+]
            }

            fn visit<V: $crate::Visitor>(name: &str, visitor: V) -> Option<V::Output> {
                $(if name == <$workload as $crate::Workload>::INFO.name {
                    return Some(visitor.visit::<$workload>());
                })+
                None
            }
        }
    };
}
