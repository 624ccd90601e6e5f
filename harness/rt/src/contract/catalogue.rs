//! How a runner reaches a workload by name without knowing the workloads.

use super::Workload;
use loopswap_protocol::WorkloadInfo;

/// An action on a workload whose type is found by name.
pub trait Visitor {
    /// What the action returns.
    type Output;

    /// Runs it on the workload `W`.
    fn visit<W: Workload>(self) -> Self::Output;
}

/// A set of workloads.
pub trait Catalogue: 'static {
    /// Every workload, in the order in which lists show them.
    #[must_use]
    fn infos() -> Vec<WorkloadInfo>;

    /// Hands the workload called `name` to the visitor; `None` if there is no such workload.
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
