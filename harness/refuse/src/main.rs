//! `loopswap-refuse ERROR CALL… -- PROGRAM ARGUMENTS…`: becomes the program, which sees these calls fail.

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    use loopswap_refuse::{Refusal, errno, install};
    use std::os::unix::process::CommandExt as _;

    let mut words = std::env::args().skip(1);
    let name = words.next().unwrap_or_default();
    let calls: Vec<String> = words.by_ref().take_while(|word| word != "--").collect();
    let Some(program) = words.next() else {
        eprintln!("usage: loopswap-refuse ERROR CALL[:ARGUMENT==VALUE,…]… -- PROGRAM ARGUMENTS…");
        eprintln!("  such as: loopswap-refuse EPERM io_uring_setup prlimit64:2!=0 -- loopswap doctor");
        return 64.into();
    };
    let refusals = errno(&name).ok_or_else(|| format!("`{name}` is not the name of an error, such as EPERM"));
    let refusals =
        refusals.and_then(|errno| calls.iter().map(|call| Refusal::parse(call, errno)).collect::<Result<Vec<_>, _>>());
    let error = match refusals.map(|refusals| install(&refusals)) {
        Err(what) => what,
        Ok(Err(error)) => error.to_string(),
        // Returns only if it fails.
        Ok(Ok(())) => format!("{program}: {}", std::process::Command::new(&program).args(words).exec()),
    };
    eprintln!("error: {error}");
    64.into()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("error: seccomp filters are Linux's");
    std::process::exit(64);
}
