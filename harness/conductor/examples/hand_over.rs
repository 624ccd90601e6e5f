//! The floor of the turn-around: what two hand-overs through pipes cost on one CPU, with nothing else in
//! them. No parsing, no allocation, no runtime: a process reads a byte, computes for a while and answers
//! with how long it computed.
//!
//! `cargo run --release -p loopswap-conductor --example hand_over -- [PROCESSES] [MILLISECONDS]`
//!
//! Prints the median time around the computation in microseconds. One process and 0 ms is the figure of
//! the textbooks; several processes that compute for 10 ms each are what a run of loopswap does.

use std::error::Error;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const ROUNDS: usize = 200;
const SETTLE: Duration = Duration::from_micros(50);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |index: usize, default: u64| arguments.get(index).map_or(Ok(default), |word| word.parse());
    if arguments.get(1).is_some_and(|word| word == "child") {
        return child(Duration::from_millis(number(2, 10)?));
    }
    let (processes, work) = (number(1, 8)?, number(2, 10)?);

    let cpu = loopswap_conductor::allowed().into_iter().next_back().ok_or("this process may use no CPU")?;
    loopswap_conductor::pin(0, &[cpu])?;
    let mut children = Vec::new();
    for _ in 0..processes {
        let mut child = Command::new(std::env::current_exe()?)
            .args(["child", &work.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let pipes = (child.stdin.take().ok_or("no pipe")?, child.stdout.take().ok_or("no pipe")?);
        children.push((child, pipes));
    }

    let mut around = Vec::new();
    for _ in 0..ROUNDS {
        for (_, (stdin, stdout)) in &mut children {
            std::thread::sleep(SETTLE);
            let sent = Instant::now();
            stdin.write_all(b"\n")?;
            let mut answer = [0; 8];
            stdout.read_exact(&mut answer)?;
            let computed = Duration::from_nanos(u64::from_ne_bytes(answer));
            around.push(sent.elapsed().saturating_sub(computed));
        }
    }
    around.sort_unstable();
    println!(
        "{processes} processes on CPU {cpu}, {work} ms of work each: {:.1} µs around it (median of {})",
        around[around.len() / 2].as_secs_f64() * 1e6,
        around.len()
    );
    for (mut child, pipes) in children {
        drop(pipes);
        child.wait()?;
    }
    Ok(())
}

fn child(work: Duration) -> Result<(), Box<dyn Error>> {
    let (mut stdin, mut stdout) = (std::io::stdin().lock(), std::io::stdout().lock());
    let mut go = [0];
    let mut state = 88_172_645_463_325_252_u64;
    while stdin.read(&mut go)? == 1 {
        let started = Instant::now();
        while started.elapsed() < work {
            for _ in 0..1000 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
            }
        }
        let nanos = u64::try_from(started.elapsed().as_nanos())?;
        std::hint::black_box(state);
        stdout.write_all(&nanos.to_ne_bytes())?;
        stdout.flush()?;
    }
    Ok(())
}
