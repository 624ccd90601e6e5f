//! The catalogue of all workloads, for runtimes whose tasks are `Send`.
//!
//! A new workload is a folder beside this one, a line in `Cargo.toml` and one in `list.rs`, from which the twin,
//! `workloads/local`, is made too.

/// Here each workload is a crate.
macro_rules! workloads {
    ($($source:literal: $workload:path),+ $(,)?) => {
        loopswap_rt::catalogue! {
            /// Every workload of loopswap.
            Workloads: $($workload),+
        }
    };
}

mod list;
pub use list::Workloads;

#[cfg(test)]
mod tests {
    use super::Workloads;
    use loopswap_protocol::{Params, complete, resolve};
    use loopswap_rt::{Catalogue as _, Fault, Parameters as _, Visitor, Workload, WorkloadInfo};
    use serde_json::Value;

    /// Reads parameters as a runner does.
    struct Read<'a>(&'a Params);

    impl Visitor for Read<'_> {
        type Output = Result<(), Fault>;

        fn visit<W: Workload>(self) -> Self::Output {
            W::Params::read(self.0).map(drop)
        }
    }

    /// The parameters of every named case, complete; and those of a case that gives none.
    fn cases(info: &WorkloadInfo) -> Vec<(String, Params)> {
        let table: toml::Table = info.cases.parse().unwrap_or_else(|error| panic!("{}: {error}", info.name));
        let named = table.into_iter().map(|(name, case)| {
            let given =
                case.get("params").map_or(Value::Null, |given| serde_json::to_value(given).expect("plain values"));
            (name, given.as_object().cloned().unwrap_or_default())
        });
        let all = named.chain([("of defaults".to_owned(), Params::new())]);
        let complete = all.map(|(name, given)| {
            let name = format!("{}/{name}", info.name);
            let params = complete(info.params, &given).unwrap_or_else(|(_, what)| panic!("{name}: {what}"));
            (name, params)
        });
        complete.collect()
    }

    #[test]
    fn every_case_is_read_and_described() {
        for info in Workloads::infos() {
            for (name, mut params) in cases(&info) {
                // Before a plan has decided on the CPUs, too.
                let shape = (info.shape)(&params);
                resolve(info.params, &mut params, 1);
                assert_eq!((info.shape)(&params), shape, "{name}");
                assert!(shape.granule > 0 && shape.in_flight > 0, "{name}: {shape:?}");
                let _ = (
                    (info.peers)(&params),
                    (info.requests)(&params),
                    (info.headline)(&params),
                    (info.parallel)(&params),
                );
                assert_eq!(Workloads::visit(info.name, Read(&params)), Some(Ok(())), "{name}");
            }
        }
    }

    #[test]
    fn every_default_is_one_of_the_values_that_are_allowed() {
        for info in Workloads::infos() {
            for param in info.params {
                let default = param.kind.default();
                assert_eq!(param.kind.accept(&default), Ok(default), "{}: {}", info.name, param.name);
            }
        }
    }
}
