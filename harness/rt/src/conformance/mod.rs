//! The conformance kit: every sentence of the contract as a test with a name.
//!
//! A runtime's `tests/conformance.rs` is one line, `loopswap_rt::conformance!(Smol);`, and `cargo test` then
//! names the promises that the runtime breaks. A check that does not apply to a runtime (two live tasks on
//! one that runs them one after another, say) is printed as `skipped: reason`, past the test runner's
//! capture, and never passes in silence. A check that hangs fails after a minute.

pub mod cancel;
pub mod heartbeat;
pub mod hyper;
pub mod launch;
pub mod listen;
pub mod net;
pub mod offload;
pub mod tasks;
pub mod time;
mod tools;

use crate::Launch;
use std::io::Write as _;
use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Why a check does not apply.
#[derive(Debug)]
pub struct Skipped(pub String);

/// A check panics when the runtime breaks its promise.
pub type Check = Result<(), Skipped>;

/// No check needs a second on an idle machine; one that takes this long hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// Runs one check under a watchdog; a test made by the [`conformance!`](crate::conformance!) macro calls
/// nothing else.
///
/// # Panics
/// When the check does, and when it does not end.
pub fn run<R: Launch>(name: &'static str, check: fn() -> Check) {
    run_within::<R>(PATIENCE, name, check);
}

/// Runs one check, and waits at most `patience` for its end.
///
/// # Panics
/// When the check does, and when it does not end.
pub fn run_within<R: Launch>(patience: Duration, name: &'static str, check: fn() -> Check) {
    let (send, ended) = mpsc::channel();
    let guarded = move || {
        let outcome = R::preflight(tools::THREADS)
            .map_err(|missing| Skipped(format!("{}; {}", missing.reason, missing.remedy)))
            .and_then(|()| check());
        // The receiver is gone if the watchdog has fired.
        let _ = send.send(outcome);
    };
    let runner = thread::Builder::new().name(name.to_owned()).spawn(guarded).expect("a thread for the check");
    match ended.recv_timeout(patience) {
        Ok(Ok(())) => {}
        // Not `println!`: the test runner would swallow it.
        Ok(Err(Skipped(reason))) => {
            let _ = writeln!(std::io::stderr(), "skipped: {}: {name}: {reason}", R::INFO.name);
        }
        Err(RecvTimeoutError::Timeout) => panic!("{name} did not end within {patience:?}"),
        Err(RecvTimeoutError::Disconnected) => {
            resume_unwind(runner.join().expect_err("a check that reports nothing has panicked"))
        }
    }
}

/// Makes a module `conformance` with one test for each promise of the contract, for one runtime.
///
/// ```ignore
/// //! smol keeps the contract.
/// loopswap_rt::conformance!(loopswap_smol::Smol);
/// ```
#[macro_export]
macro_rules! conformance {
    ($runtime:ty) => {
        $crate::conformance! {
            @tests $runtime:
            tasks {
                two_tasks_note_1_1_2_2,
                a_task_runs_while_its_spawner_goes_on,
                a_task_runs_when_nobody_awaits_it,
                a_dropped_handle_detaches_its_task,
                a_panic_reaches_the_joiner,
                a_panic_that_nobody_joins_harms_nobody,
                a_task_spawns_tasks,
                ten_thousand_tasks_complete,
                outputs_come_from_their_own_handles,
                two_tasks_hand_over_by_yielding,
                a_yield_lets_every_ready_task_run_once,
                a_task_wakes_another,
                a_thread_outside_wakes_a_task,
                a_future_that_is_polled_only_when_woken_completes,
            }
            time {
                a_sleep_is_never_early,
                tasks_wake_in_the_order_of_their_deadlines,
                sleeps_of_one_task_end_in_the_order_of_their_deadlines,
                a_thousand_tasks_sleep,
                a_dropped_sleep_is_forgotten,
                what_ends_in_time_has_its_output,
                a_timeout_is_never_early_and_drops_its_future,
                a_ready_future_wins_against_no_time_at_all,
                the_shorter_of_two_timeouts_ends_a_wait,
                a_timeout_ends_a_wait_for_a_socket,
                a_timeout_leaves_spawned_tasks_alone,
                a_timeout_that_is_polled_only_when_woken_ends,
            }
            cancel {
                a_waiting_task_is_dropped,
                a_task_that_has_not_run_is_dropped,
                a_task_is_stopped_wherever_it_waits,
                a_task_that_had_ended_gives_its_output,
                the_panic_of_a_task_reaches_who_cancels_it,
                the_other_tasks_go_on,
                a_thousand_tasks_are_stopped,
            }
            offload {
                a_job_gives_its_output,
                tasks_go_on_while_jobs_block,
                a_job_leaves_the_threads_of_tasks_alone,
                a_job_may_run_on_every_cpu_of_its_launch,
                a_panic_in_a_job_reaches_the_task_that_awaits_it,
                a_job_that_is_polled_only_when_woken_completes,
            }
            heartbeat {
                it_goes_on_while_a_job_blocks,
                it_stands_still_where_its_loop_is_blocked_and_tells_every_beat,
                a_task_on_the_same_thread_stops_it,
                it_ends_with_what_it_accompanies,
                it_looks_at_what_it_accompanies_after_every_beat,
            }
            net {
                connects_and_echoes,
                listens_and_accepts,
                both_ends_in_one_runtime,
                a_hundred_connections_at_once,
                nodelay_is_set_on_what_is_connected,
                nodelay_is_set_on_what_is_accepted,
                a_short_read_leaves_the_rest_of_the_buffer_alone,
                the_end_of_the_stream_reads_as_zero,
                after_shutdown_reading_goes_on,
                eight_mib_out,
                eight_mib_in,
                writing_to_a_closed_peer_is_an_error,
            }
            listen {
                connecting_to_a_closed_port_is_an_error,
                listening_on_a_taken_port_is_an_error,
                the_backlog_holds_500_connections,
                shards_listen_on_the_same_address,
            }
            hyper {
                writes_flushes_and_reads,
                reads_the_end_of_the_stream,
                shuts_the_writing_half_down,
                waits_for_an_answer_while_it_writes,
                a_megabyte_waits_for_a_slow_reader,
                a_sleep_ends_while_a_read_waits,
            }
            launch {
                it_says_what_it_is,
                preflight_needs_no_launch,
                one_output_for_each_shard_in_order,
                shards_fit_the_topology,
                the_body_runs_where_tasks_run,
                all_threads_run_at_once,
                a_panic_in_a_body_reaches_the_caller,
                it_launches_twice,
                another_number_of_threads_is_taken_or_refused,
                it_returns_while_a_detached_task_sleeps,
                a_body_may_block_its_worker,
            }
        }
    };
    (@tests $runtime:ty: $($module:ident { $($check:ident,)* })*) => {
        mod conformance {
            #[allow(unused_imports)]
            use super::*;
            $(mod $module {
                #[allow(unused_imports)]
                use super::*;
                $(#[test]
                fn $check() {
                    $crate::conformance::run::<$runtime>(
                        concat!(stringify!($module), "::", stringify!($check)),
                        $crate::conformance::$module::$check::<$runtime>,
                    );
                })*
            })*
        }
    };
}

#[cfg(test)]
mod tests {
    use std::fs;

    /// A check that the macro does not name would never run. The folder says which checks exist, not a list.
    #[test]
    fn the_macro_names_every_check() {
        // The twin of this package has the same sources.
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../rt/src/conformance");
        let listed = include_str!("mod.rs");
        let mut found = 0;
        for file in fs::read_dir(folder).expect("the folder of this file").flatten() {
            let source = fs::read_to_string(file.path()).expect("a source file");
            let module = file.path().file_stem().expect("a name").to_string_lossy().into_owned();
            let section = listed.split_once(&format!("            {module} {{\n")).map_or("", |(_, rest)| rest);
            let section = section.split_once('}').map_or("", |(names, _)| names);
            let checks = source.lines().filter(|line| line.starts_with("pub fn ") && line.contains(">() -> Check"));
            for check in checks.filter_map(|line| line.strip_prefix("pub fn ")?.split('<').next()) {
                assert!(section.contains(&format!(" {check},\n")), "{module}::{check} is not named");
                found += 1;
            }
        }
        assert!(found >= 77, "only {found} checks were found");
    }
}
