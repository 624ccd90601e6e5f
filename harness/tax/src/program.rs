//! What is compared: a workload with its parameters under a short name.

use loopswap_protocol::{Params, PeerKind, Shape, WorkloadInfo, complete};

/// One program that exists natively and through the trait.
pub(crate) struct Program {
    pub(crate) name: &'static str,
    workload: &'static str,
    /// Parameters as JSON; defaults fill the rest.
    given: &'static str,
}

pub(crate) const PROGRAMS: &[Program] = &[
    Program { name: "spawn", workload: "tax-spawn", given: "{}" },
    Program { name: "yield", workload: "tax-yield", given: "{}" },
    Program { name: "switch", workload: "tax-switch", given: "{}" },
    Program { name: "sleep", workload: "sleep", given: r#"{"tasks": 20000, "time": "10ms"}"# },
    Program { name: "echo-64", workload: "tax-echo", given: r#"{"size": 64}"# },
    Program { name: "echo-1k", workload: "tax-echo", given: r#"{"size": "1KiB"}"# },
    Program { name: "echo-100k", workload: "tax-echo", given: r#"{"size": "100KiB"}"# },
    Program { name: "http-fetch-1", workload: "http-fetch", given: r#"{"conns": 1, "size": "4KiB"}"# },
    Program { name: "http-fetch-8", workload: "http-fetch", given: r#"{"conns": 8, "size": "4KiB"}"# },
    Program { name: "redis-1", workload: "redis", given: r#"{"conns": 1}"# },
    Program { name: "redis-8", workload: "redis", given: r#"{"conns": 8}"# },
];

/// A program with its parameters filled in.
pub(crate) struct Planned {
    pub(crate) name: &'static str,
    pub(crate) workload: WorkloadInfo,
    pub(crate) params: Params,
    pub(crate) shape: Shape,
    pub(crate) peers: Vec<PeerKind>,
}

impl Program {
    /// Checks and completes the parameters.
    ///
    /// # Errors
    /// When the workload does not take them.
    pub(crate) fn plan(&self) -> Result<Planned, String> {
        let infos = loopswap_tax::infos();
        let workload = infos.into_iter().find(|info| info.name == self.workload);
        let workload = workload.ok_or_else(|| format!("there is no workload `{}`", self.workload))?;
        let given: Params = serde_json::from_str(self.given).map_err(|error| error.to_string())?;
        let params = complete(workload.params, &given).map_err(|(_, why)| why)?;
        let (shape, peers) = ((workload.shape)(&params), (workload.peers)(&params));
        Ok(Planned { name: self.name, workload, params, shape, peers })
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_program_can_be_planned() {
        for program in super::PROGRAMS {
            program.plan().unwrap_or_else(|why| panic!("{}: {why}", program.name));
        }
    }
}
