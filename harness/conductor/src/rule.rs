//! The sentences of the protocol that a runner can fail to keep, each as `PROTOCOL.md` has it.

use loopswap_protocol::SPECIFICATION;
use loopswap_report::record::FaultKind;

macro_rules! rules {
    ($($(#[$doc:meta])+ $name:ident: $kind:ident, $sentence:literal;)+) => {
        /// What a runner did not keep to: a sentence of the protocol's specification, or a part of one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Rule {
            $($(#[$doc])+ $name,)+
        }

        impl Rule {
            /// All of them.
            pub const ALL: &[Rule] = &[$(Rule::$name),+];

            /// The words of the specification.
            #[must_use]
            pub fn sentence(self) -> &'static str {
                match self {
                    $(Rule::$name => $sentence,)+
                }
            }

            /// What it is called in a record when a runner does not keep to it.
            pub(crate) fn kind(self) -> FaultKind {
                match self {
                    $(Rule::$name => FaultKind::$kind,)+
                }
            }
        }
    };
}

rules! {
    /// It is a program.
    Starts: Crashed, "loopswap's conductor starts it, writes commands to its standard input and reads replies from its standard output.";
    /// Its hello does not wait for anything.
    HelloFirst: Hung, "`hello` comes first and at once, before you read anything.";
    /// Nothing stays in a buffer.
    Flush: Hung, "Flush after every line.";
    /// A line is a JSON object.
    OneObject: Garbled, "One JSON object a line, UTF-8, ended by `\\n`, in both directions.";
    /// The object has one key.
    OneKey: Garbled, "An object has one key, the name of the message; its value is an object with the fields";
    /// No banner, no empty line, no debugging.
    NothingElse: Garbled, "Write nothing else to standard output, not even an empty line.";
    /// No line that nobody asked for, none without an end.
    Lines: Garbled, "a line before it is asked for, or one longer than 4 MiB";
    /// Each command has its reply.
    OneReply: Garbled, "Each command has one reply, which belongs to it";
    /// Later versions add fields.
    UnknownFields: Garbled, "Ignore fields that you do not know: later versions only add some.";
    /// Lines are not writes.
    InParts: Garbled, "A command may come in parts, and the next may come before you have answered: answer all, in their order.";
    /// A pipe that is full is waited for.
    SlowReader: Garbled, "What you write may be read late, through a pipe that holds no more than 4096 bytes: wait until it takes the whole line.";
    /// Fields of a hello.
    Hello: Garbled, "`protocol` 1 · `runtime` (below) · `workloads` that you have";
    /// Fields of a runtime.
    Runtime: Garbled, "`runtime` holds `name`, `package` (whose version identifies it), `version`, `driver` (what waits for I/O: `\"epoll\"`), `topology`";
    /// Fields of a `ready`.
    Ready: Garbled, "`threads` really used for tasks · `rss_bytes` resident now";
    /// Fields of a slice.
    Slice: Garbled, "`ops` done and verified · `ns` wall time · `typical_ns` (below; equal to `ns` if you do not cut stretches) · `cpu_ns` CPU time of the whole process";
    /// Fields of a slice at a rate.
    Paced: Garbled, "the fields of `slice` · `response` times of all its operations in ns";
    /// A rate is answered with response times.
    AtARate: Garbled, "A runner that answers `slice` instead is *garbled*.";
    /// Fields of a count.
    Count: Garbled, "`ops` · `voluntary_switches`, `involuntary_switches` of the process over the slice · `rss_peak_bytes`";
    /// How latencies are encoded.
    Encoded: Garbled, "(HdrHistogram, V2, deflated, base64; range 1 ns to 1 h, 3 digits)";
    /// Numbers are whole.
    Whole: Garbled, "All numbers are whole and not negative, but those in `notes`.";
    /// What an `unsupported` says.
    Unsupported: Unsupported, "the runtime cannot do this by its nature or for want of room (threads, stacks), or the runner lacks the workload; not an error.";
    /// The end after `unsupported`.
    Exits: Crashed, "May answer any command, also a slice that has begun; exit with code 0 after it";
    /// What an `error` says.
    Error: Failed, "something failed, or a check did. The slice has no time, and the process is ended";
    /// How long anything is waited for.
    Waits: Hung, "The conductor waits 1.25 × `limit_ms` + 3 s for a slice, 10 s for `hello` and `bye`, 30 s for `ready`, 10 s for you to read a command, and 10 s after `bye` for the end of the process, which it kills after that, with whatever it has started in its process group.";
    /// A line has an end.
    Unended: Hung, "Bytes that make no line do not count.";
    /// A slice has a limit.
    Limit: Hung, "A slice that takes longer than `limit_ms` is answered with `unfinished` from wherever the runner can still speak (a signal, a second thread).";
    /// What an `unfinished` says.
    Unfinished: Garbled, "`done` operations, of `ops`, after `ns`: the time limit passed. Exit after it";
    /// A process that ends is not asked any more.
    Lives: Crashed, "another exit code than 0 or a signal is *crashed*";
    /// The end after `bye`.
    Bye: Crashed, "close everything, answer, exit with code 0";
    /// The operations that were asked for.
    OtherOps: Garbled, "other `ops`";
    /// Time that has not passed.
    MoreTime: Garbled, "more `ns` than passed";
    /// No time.
    NoTime: Garbled, "0 `ns` or `typical_ns` in a slice that counts";
    /// Faster than a processor.
    TooFast: Garbled, "more than 10 operations in a nanosecond and CPU";
    /// A median above the whole.
    Typical: Garbled, "`typical_ns` above 2.5 × `ns` (the median of 8 stretches or more, scaled, cannot be)";
    /// Faster than the pace.
    Pace: Garbled, "in an open loop fewer `ns` than the last start takes, or fewer response times than operations";
    /// It did not wait.
    Waiting: Garbled, "fewer `ns` than operations take that sleep (`sleep`, less what `timer_early_ns` allows) or wait for an answer that is held back (`delay` of `http-fetch`), with as many under way at once as the case has";
    /// Contradicted again and again.
    Contradicted: Garbled, "eight slices in a row of each of which more than 4 × `ns` + 0.5 s passed beside it, or whose `typical_ns` is less than a thousandth of `ns`";
    /// More CPU time than there was.
    CpuTime: Garbled, "more `cpu_ns` than the CPUs of the machine had while you worked, or than the kernel counted for your process, if it has no children, or over all slices more than 1.25 × `ns` on every CPU (20 ms are allowed for a coarse clock)";
    /// Other memory than it has.
    Memory: Garbled, "`rss_bytes` or `rss_peak_bytes` below 16 KiB, beyond the machine's memory, or more than 8 times off what the kernel says (and 16 MiB)";
    /// No threads.
    Threads: Garbled, "no threads";
    /// More context switches than can be.
    Switches: Garbled, "more context switches than 20 in a microsecond and CPU";
    /// A latency that has not passed.
    Latency: Garbled, "a latency longer than what passed";
    /// Absurd figures of its own.
    Notes: Garbled, "more than 1000 figures of your own in `notes`, or one beyond 10^18";
    /// A limit that has not passed.
    Early: Garbled, "an `unfinished` before its limit";
    /// Peers count too.
    Peers: Peer, "A peer counts what it serves (the echo server its bytes, the load client its operations), and the count over all arms must be exactly operations × requests per operation. So ask it for nothing else: no `PING`, no `HELLO`, no `CLIENT SETINFO` from a helpful library.";
    /// What a tally holds.
    Tally: Garbled, "A counter that is not available here is not an error: put its name and the reason into `unavailable`.";
    /// The case that was asked for.
    OtherCase: Garbled, "Do the case that was asked for, or none: a workload that you lack is `unsupported`, and so is a value of a parameter that you do not know, unless you answer it with `error`.";
    /// No operations.
    ZeroOps: Garbled, "A slice of 0 operations is answered with 0 operations, or with `error`.";
    /// Too many operations.
    HugeOps: Garbled, "A slice may ask for more operations than can be done in its time: keep nothing ready for each of them, and answer `unfinished` at the limit.";
    /// What is no command is not passed over.
    Refuse: Garbled, "Refuse a line that is no command, a `slice` before `prepare`, and a second `prepare`: answer `error`, or end with an exit code other than 0.";
    /// The input closes.
    Closed: Hung, "Standard input may close after any line, and within one: end then, in a slice at its time limit at the latest; between two commands with exit code 0.";
    /// Processes live side by side.
    SideBySide: Garbled, "Processes of one runner live side by side: none may need a port, a file or a lock that another one holds.";
}

impl Rule {
    /// The heading of the specification under which it stands.
    #[must_use]
    pub fn section(self) -> &'static str {
        let before = SPECIFICATION.split(self.sentence()).next().unwrap_or_default();
        let mut headings = before.lines().filter_map(|line| line.strip_prefix("## "));
        headings.next_back().unwrap_or("The runner protocol, version 1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_stands_in_the_specification_word_for_word() {
        for rule in Rule::ALL {
            assert!(SPECIFICATION.contains(rule.sentence()), "{rule:?} is not in PROTOCOL.md: {}", rule.sentence());
        }
    }

    #[test]
    fn a_rule_knows_its_section() {
        assert_eq!(Rule::Flush.section(), "Framing");
        assert_eq!(Rule::OtherOps.section(), "What is timed, and what is checked");
        assert_eq!(Rule::Waits.section(), "Time limits");
        assert!(Rule::Starts.section().starts_with("The runner protocol"));
    }
}
