//! Output to the terminal in addition to the results.

use indicatif::{ProgressBar, ProgressStyle};
use loopswap_conductor::{Failure, Phase, Step, Watch};
use std::io::{self, ErrorKind, IsTerminal as _, Write as _};

/// Writes to standard output. A reader that has seen enough (`| head`) is not an error, nor is a standard
/// output that was closed before the start, which the standard library replaces by `/dev/null`.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// What it means that standard output could not be written.
pub(crate) fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::internal(format!("standard output: {error}")).help("free some space, or send it elsewhere"))
        }
        _ => Ok(()),
    }
}

/// Writes a line to standard error.
pub(crate) fn line(text: &str) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// Writes an error to standard error.
pub(crate) fn error(failure: &Failure) {
    let _ = writeln!(anstream::stderr().lock(), "{failure}");
}

/// The progress of a run: one line on a terminal, plain lines otherwise, nothing when quiet.
pub(crate) enum Progress {
    Bar(ProgressBar),
    Lines,
    Quiet,
}

impl Progress {
    pub(crate) fn new(quiet: bool) -> Progress {
        if quiet {
            return Progress::Quiet;
        }
        if !std::io::stderr().is_terminal() {
            return Progress::Lines;
        }
        let bar = ProgressBar::new(1000);
        let style = ProgressStyle::with_template("{msg}").expect("a constant template is valid");
        bar.set_style(style);
        Progress::Bar(bar)
    }

    /// Clears the line.
    pub(crate) fn clear(&self) {
        if let Progress::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }

    /// Does something that prints: the progress line is not on the terminal meanwhile.
    pub(crate) fn beside<T>(&self, print: impl FnOnce() -> T) -> T {
        match self {
            Progress::Bar(bar) => bar.suspend(print),
            Progress::Lines | Progress::Quiet => print(),
        }
    }

    /// A row is finished. On a terminal that shows the row itself this is not worth a line.
    pub(crate) fn finished(&mut self, text: &str) {
        let shown = matches!(self, Progress::Bar(_)) && std::io::stdout().is_terminal();
        if !shown {
            self.line(text);
        }
    }
}

impl Watch for Progress {
    fn step(&mut self, step: &Step<'_>) {
        let Progress::Bar(bar) = self else { return };
        let phase = match step.phase {
            Phase::Smoke => "smoke pass".into(),
            Phase::Generation { number, of } => format!("generation {} of {of}", number + 1),
        };
        let left = step
            .left
            .map_or(String::new(), |left| format!(" · about {}:{:02} left", left.as_secs() / 60, left.as_secs() % 60));
        bar.set_message(format!(
            "[{}] {phase} · {} · {:.0} % of the run{left} · {} errors",
            step.case,
            step.runtime,
            step.done * 100.0,
            step.errors
        ));
        bar.tick();
    }

    fn line(&mut self, text: &str) {
        match self {
            Progress::Bar(bar) => bar.println(text),
            Progress::Lines => {
                let _ = writeln!(std::io::stderr().lock(), "{text}");
            }
            Progress::Quiet => {}
        }
    }
}
