//! What a suite can name, and the suites themselves: those of the program, and those in files.

use loopswap_conductor::{Case, Failure, Known, RuntimeCommand, Suite, named_cases};
use loopswap_protocol::{WorkloadInfo, quoted};
use loopswap_report::record::OwnRunner;

use crate::{guests, input, program};

/// Everything that a suite can name, and the commands to reach it.
pub(crate) struct Stock {
    pub(crate) program: String,
    pub(crate) commands: Vec<RuntimeCommand>,
    pub(crate) workloads: Vec<WorkloadInfo>,
    pub(crate) cases: Vec<Case>,
}

impl Stock {
    /// The built-in suites, runtimes and workloads.
    pub(crate) fn take() -> Result<Stock, Failure> {
        let workloads = program::workloads();
        let cases = named_cases(&workloads)?;
        Ok(Stock { program: program::path()?, commands: program::commands()?, workloads, cases })
    }

    /// Adds the suite's own runners to the stock; each takes the place of a guest of its name.
    pub(crate) fn join(&mut self, runners: &[OwnRunner]) {
        let is_own = |name: &str| runners.iter().any(|runner| runner.name == name);
        self.commands.retain(|command| !(guests::is_guest(&command.name) && is_own(&command.name)));
        let commands = runners.iter().map(|runner| RuntimeCommand::of(runner, &self.program)).collect::<Vec<_>>();
        self.commands.extend(commands);
    }

    /// A suite by name or by file; its own runners are added to the stock.
    pub(crate) fn suite(&mut self, name: &str) -> Result<Suite, Failure> {
        let (short, path, text) = match program::suites().iter().find(|(known, _)| *known == name) {
            Some((known, text)) => ((*known).to_owned(), format!("suite {known}"), (*text).to_owned()),
            None => {
                let path = std::path::Path::new(name);
                let text = input::text(path, input::WRITTEN_MAX).map_err(|error| {
                    Failure::usage(format!("--suite {}: {error}", quoted(name)))
                        .help("takes the path of a TOML file, or the name of a built-in suite")
                        .there_are(name, program::suites().iter().map(|(known, _)| *known))
                })?;
                let short = path.file_stem().map_or_else(String::new, |stem| quoted(&stem.to_string_lossy()));
                (short, name.to_owned(), text)
            }
        };
        let (runtimes, guests) = (program::names(), guests::names());
        let known = Known { runtimes: &runtimes, guests: &guests, workloads: &self.workloads, cases: &self.cases };
        let suite = Suite::parse(&short, &path, &text, known)?;
        self.join(&suite.runners);
        Ok(suite)
    }
}

/// The runtimes that are asked.
#[derive(Debug, clap::Args)]
pub(crate) struct OfSuite {
    /// Also ask the runners that this suite defines
    #[arg(long, value_name = "NAME|FILE")]
    suite: Option<String>,
}

impl OfSuite {
    /// The runtimes that a suite can name, with those that the given suite defines. Variants of guests are left out:
    /// of each its guest tells what it is, and starting a guest takes some tenths of a second.
    pub(crate) fn stock(&self) -> Result<Stock, Failure> {
        let mut stock = Stock::take()?;
        stock.commands.retain(|command| !guests::is_variant(&command.name));
        if let Some(suite) = &self.suite {
            stock.suite(suite)?;
        }
        Ok(stock)
    }
}
