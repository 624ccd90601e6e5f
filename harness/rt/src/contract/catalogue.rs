//! How a runner reaches a workload by name without knowing the workloads.

use super::{Parameters as _, Workload};
use loopswap_protocol::{Params, WorkloadInfo, resolve};

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

/// What the workload `W` is, for those who have its parameters as a map: [`Workload::INFO`] without their type.
#[must_use]
pub fn info_of<W: Workload>() -> WorkloadInfo {
    let WorkloadInfo { name, about, operation, granule, latency, params, cases, .. } = W::INFO;
    WorkloadInfo {
        name,
        about,
        operation,
        granule,
        latency,
        params,
        cases,
        peers: |params| (W::INFO.peers)(&typed::<W>(params)),
        requests: |params| (W::INFO.requests)(&typed::<W>(params)),
        shape: |params| (W::INFO.shape)(&typed::<W>(params)),
        headline: |params| (W::INFO.headline)(&typed::<W>(params)),
        parallel: |params| (W::INFO.parallel)(&typed::<W>(params)),
    }
}

/// Checked parameters with their types. A number for each CPU is 1 as long as no plan has decided on the CPUs.
fn typed<W: Workload>(params: &Params) -> W::Params {
    let mut params = params.clone();
    resolve(W::INFO.params, &mut params, 1);
    W::Params::read(&params).unwrap_or_else(|fault| panic!("`complete` checks parameters first: {fault}"))
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
                vec![$($crate::info_of::<$workload>()),+]
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
