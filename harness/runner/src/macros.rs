//! The macro by which a runtime becomes a runner.

/// Makes a crate the runner of one runtime, with [`serve`](crate::serve()) for that runtime and a catalogue: what is
/// generic over both is compiled where the macro stands. Takes the runtime, the catalogue, and how its polls and
/// wake-ups are counted ([`TallyTasks`](crate::TallyTasks)).
#[macro_export]
macro_rules! runner {
    ($runtime:ty, $catalogue:ty, $tally_tasks:expr $(,)?) => {
        /// What the runtime is.
        pub const INFO: $crate::Info = <$runtime as $crate::Launch>::INFO;

        /// Serves one case over standard input and output; `version` is that of the runtime's package,
        /// `extra_work` the fraction that every slice does beyond what was asked for.
        ///
        /// # Errors
        /// When a pipe breaks, or the conductor does not keep to the protocol.
        pub fn serve(version: &str, extra_work: f64) -> std::io::Result<()> {
            $crate::serve::<$runtime, $catalogue>(version, extra_work, $tally_tasks)
        }
    };
}
