//! What a mock does wrong, and when.

use std::str::FromStr;

/// A fault and its phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fail {
    /// The fault.
    pub kind: Kind,
    /// The phase; any slice if absent.
    pub phase: Option<Phase>,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The process kills itself.
    Crash,
    /// The process panics.
    Panic,
    /// It never answers again.
    Hang,
    /// A check fails.
    Wrong,
    /// It writes something that is not the protocol.
    Garbage,
    /// It cannot do the case.
    Unsupported,
    /// The slice does not finish.
    Slow,
    /// It writes a byte now and then, and never a line.
    Trickle,
    /// It writes a line that has no end.
    EndlessLine,
    /// It fills its standard error, and never answers.
    Flood,
    /// It ends, and a child process keeps its output open.
    Orphan,
    /// Every slice takes nearly as long as the limit allows, and is right.
    Crawl,
}

const KINDS: [(&str, Kind); 12] = [
    ("crash", Kind::Crash),
    ("panic", Kind::Panic),
    ("hang", Kind::Hang),
    ("wrong", Kind::Wrong),
    ("garbage", Kind::Garbage),
    ("unsupported", Kind::Unsupported),
    ("slow", Kind::Slow),
    ("trickle", Kind::Trickle),
    ("endless-line", Kind::EndlessLine),
    ("flood", Kind::Flood),
    ("orphan", Kind::Orphan),
    ("crawl", Kind::Crawl),
];

/// What a runner is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// It has just started.
    Hello,
    /// It gets its case.
    Prepare,
    /// Its first slice in the smoke pass: the smallest possible.
    Smoke,
    /// The other slices there, in which the work of a slice is found.
    Calibration,
    /// The first slice in a generation.
    WarmUp,
    /// The other slices there.
    Round,
    /// A counting slice.
    Count,
    /// One that counts what the process does.
    Tally,
    /// One whose system calls are counted from outside.
    Trace,
    /// It is asked to end.
    Bye,
}

const PHASES: [(&str, Phase); 10] = [
    ("hello", Phase::Hello),
    ("prepare", Phase::Prepare),
    ("smoke", Phase::Smoke),
    ("calibration", Phase::Calibration),
    ("warm-up", Phase::WarmUp),
    ("round", Phase::Round),
    ("count", Phase::Count),
    ("tally", Phase::Tally),
    ("trace", Phase::Trace),
    ("bye", Phase::Bye),
];

/// What a mock lies about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lie {
    /// It answers at once and reports 1 ns, whatever it was asked for.
    Instant,
    /// It works, and reports 1 ns.
    Nanosecond,
    /// Every fourth slice of a generation took no time.
    NoTime,
    /// It used eight times the available CPU time.
    Cpu,
    /// It used all CPU time that a number can hold.
    CpuMax,
    /// Its median stretch is a hundred times the slice.
    Typical,
    /// It gave up at the time limit, long before that.
    Impatient,
    /// It has 4 KiB in memory.
    SmallMemory,
    /// It has a petabyte in memory.
    LargeMemory,
    /// It has no threads.
    NoThreads,
    /// It had 10¹⁸ context switches.
    Switches,
    /// It made all system calls that a number can hold.
    Syscalls,
    /// It had a latency of an hour.
    LongLatency,
    /// It answers before it is asked.
    Ahead,
}

const LIES: [(&str, Lie); 14] = [
    ("instant", Lie::Instant),
    ("nanosecond", Lie::Nanosecond),
    ("no-time", Lie::NoTime),
    ("cpu", Lie::Cpu),
    ("cpu-max", Lie::CpuMax),
    ("typical", Lie::Typical),
    ("impatient", Lie::Impatient),
    ("small-memory", Lie::SmallMemory),
    ("large-memory", Lie::LargeMemory),
    ("no-threads", Lie::NoThreads),
    ("switches", Lie::Switches),
    ("syscalls", Lie::Syscalls),
    ("long-latency", Lie::LongLatency),
    ("ahead", Lie::Ahead),
];

impl FromStr for Fail {
    type Err = String;

    /// Reads `hang` or `hang@count`.
    fn from_str(text: &str) -> Result<Fail, String> {
        let (kind, phase) = text.split_once('@').map_or((text, None), |(kind, phase)| (kind, Some(phase)));
        Ok(Fail { kind: named(kind, &KINDS)?, phase: phase.map(|phase| named(phase, &PHASES)).transpose()? })
    }
}

impl FromStr for Lie {
    type Err = String;

    fn from_str(text: &str) -> Result<Lie, String> {
        named(text, &LIES)
    }
}

fn named<T: Copy>(word: &str, all: &[(&str, T)]) -> Result<T, String> {
    let found = all.iter().find(|(name, _)| *name == word).map(|(_, value)| *value);
    found.ok_or_else(|| format!("takes {}", all.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_has_a_kind_and_may_have_a_phase() {
        assert_eq!("hang".parse(), Ok(Fail { kind: Kind::Hang, phase: None }));
        assert_eq!("hang@count".parse(), Ok(Fail { kind: Kind::Hang, phase: Some(Phase::Count) }));
        assert!("hang@lunch".parse::<Fail>().unwrap_err().starts_with("takes hello, prepare,"));
        assert!("sleep".parse::<Fail>().unwrap_err().starts_with("takes crash, panic,"));
    }
}
