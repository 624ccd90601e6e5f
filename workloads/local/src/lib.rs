//! The catalogue of all workloads for runtimes whose tasks stay on their thread.
//!
//! The twin of `workloads/catalogue`: each workload's source is named by its path and compiled here
//! against `loopswap-rt-local`. (Once return-type notation is stable, one package can serve both.)

/// Here each workload is a module, which has the name of its crate.
macro_rules! workloads {
    ($($source:literal: $module:ident::$workload:ident),+ $(,)?) => {
        $(#[path = $source]
        pub mod $module;)+

        loopswap_rt::catalogue! {
            /// Every workload of loopswap.
            Workloads: $($module::$workload),+
        }
    };
}

#[path = "../../catalogue/src/list.rs"]
mod list;
pub use list::*;
