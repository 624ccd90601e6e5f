//! The load client does what it is asked for, and trusts no server.

use crate::servers;
use loopswap_peers::load::stats;
use loopswap_protocol::load::{Answer, Begin, Connect, Operation, Order, Ran, Run, Stats};
use loopswap_protocol::{Latencies, PeerKind};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// A control connection.
struct Control(BufReader<TcpStream>);

impl Control {
    fn to(address: SocketAddr) -> Control {
        Control(BufReader::new(TcpStream::connect(address).unwrap()))
    }

    fn send(&mut self, line: &str) -> Answer {
        self.0.get_mut().write_all(format!("{line}\n").as_bytes()).unwrap();
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{line}: {error}"))
    }

    fn order(&mut self, order: &Order) -> Answer {
        self.send(&serde_json::to_string(order).unwrap())
    }

    /// A control connection with connections to a server.
    fn ready(client: SocketAddr, server: SocketAddr, operation: Operation, connections: u64) -> Control {
        let mut control = Control::to(client);
        assert_eq!(control.order(&Order::Begin(Begin { address: server, operation })), Answer::Begun {});
        match control.order(&Order::Connect(Connect { connections })) {
            Answer::Connected(connected) => assert_eq!(connected.connections, connections),
            other => panic!("{other:?}"),
        }
        control
    }

    fn run(&mut self, run: Run) -> Ran {
        match self.order(&Order::Run(run)) {
            Answer::Ran(ran) => *ran,
            other => panic!("{other:?}"),
        }
    }
}

/// A server that answers each connection as `answer` has it, until the connection closes.
fn serving(answer: impl Fn(TcpStream) + Clone + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind(servers::ANYWHERE).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = answer.clone();
            std::thread::spawn(move || answer(stream.unwrap()));
        }
    });
    address
}

#[test]
fn every_echo_is_counted_in_a_closed_loop() {
    let (client, server) = (servers::load(), servers::echo());
    assert_eq!((client.kind, client.control), (PeerKind::Load, None));
    let (mut operations, mut bytes, mut opened) = (0, 0, 0);
    for (size, connections) in [(1, 1), (10, 3), (1024, 64), (300_000, 2)] {
        let mut control =
            Control::ready(client.address, server.address, Operation::Echo { size, seed: 7 }, connections);
        opened += connections;
        for ops in [1, 64, 131] {
            let ran = control.run(Run { ops, rate: 0, latency: false });
            assert_eq!((ran.ops, ran.bytes, ran.latency), (ops, ops * size as u64, None));
            assert!(ran.ns > 0 && ran.cpu_ns > 0);
            operations += ran.ops;
            bytes += ran.bytes;
            assert_eq!(stats(client.address).unwrap(), Stats { operations, bytes, connections: opened });
        }
        let ran = control.run(Run { ops: 10, rate: 0, latency: true });
        operations += ran.ops;
        bytes += ran.bytes;
        assert_eq!(Latencies::decode(&ran.latency.expect("asked for")).unwrap().count(), 10);
        assert_eq!(control.order(&Order::Close {}), Answer::Closed {});
    }
    let served = loopswap_peers::echo::stats(server.control.unwrap()).unwrap();
    assert_eq!((served.bytes, served.connections), (bytes, opened));
}

#[test]
fn an_open_loop_keeps_its_rate_and_stamps_every_operation() {
    let (client, server) = (servers::load(), servers::echo());
    let mut control = Control::ready(client.address, server.address, Operation::Echo { size: 100, seed: 1 }, 3);
    let ran = control.run(Run { ops: 51, rate: 1000, latency: false });
    assert_eq!(ran.ops, 51);
    assert!(ran.ns >= 50_000_000, "the last begins 50 ms after the first: {}", ran.ns);
    assert_eq!(Latencies::decode(&ran.latency.expect("an open loop has them")).unwrap().count(), 51);
    assert_eq!(control.run(Run { ops: 5, rate: 0, latency: false }).latency, None, "a closed loop after it");
}

#[test]
fn a_late_answer_counts_from_the_intended_start() {
    // One connection, and every answer takes 20 ms: of five that should begin within 4 ms the last ends
    // after 100 ms.
    let server = serving(|mut stream| {
        let mut message = [0; 20];
        while stream.read_exact(&mut message).is_ok() {
            std::thread::sleep(std::time::Duration::from_millis(20));
            let _ = stream.write_all(&message);
        }
    });
    let mut control = Control::ready(servers::load().address, server, Operation::Echo { size: 20, seed: 1 }, 1);
    let ran = control.run(Run { ops: 5, rate: 1000, latency: false });
    assert!(ran.ns >= 100_000_000);
    // It was meant to begin after 4 ms, and ended when the run did.
    let longest_ns = Latencies::decode(&ran.latency.unwrap()).unwrap().longest_ns();
    assert!(longest_ns >= 95_000_000, "{longest_ns}");
}

#[test]
fn http_answers_are_checked() {
    let origin = servers::http();
    let client = servers::load();
    // The origin's bodies are binary, but for one that is empty.
    let operation = |path: &str, body: &str| Operation::Http { path: path.into(), body: body.into() };
    let mut control = Control::ready(client.address, origin.address, operation("/body/0/1", ""), 3);
    assert_eq!(control.run(Run { ops: 20, rate: 0, latency: false }).bytes, 0);
    let mut control = Control::ready(client.address, origin.address, operation("/health", "ok"), 3);
    assert_eq!(control.run(Run { ops: 20, rate: 0, latency: true }).bytes, 40);
    for (path, body) in [("/health", "OK"), ("/health", "o"), ("/health", "okay"), ("/nothing", "ok")] {
        let mut control = Control::ready(client.address, origin.address, operation(path, body), 1);
        match control.order(&Order::Run(Run { ops: 1, rate: 0, latency: false })) {
            Answer::Wrong { message } => assert!(message.contains("expected 200"), "{message}"),
            other => panic!("{path} {body}: {other:?}"),
        }
    }
}

#[test]
fn a_server_that_sends_back_something_else_is_found_out() {
    let wrong: [fn(&mut Vec<u8>); 3] = [|echo| echo[99] ^= 1, |echo| echo[0] ^= 1, |echo| echo.push(1)];
    for change in wrong {
        let server = serving(move |mut stream| {
            let mut message = vec![0; 100];
            while stream.read_exact(&mut message).is_ok() {
                let mut echo = message.clone();
                change(&mut echo);
                let _ = stream.write_all(&echo);
            }
        });
        let mut control = Control::ready(servers::load().address, server, Operation::Echo { size: 100, seed: 1 }, 1);
        match control.order(&Order::Run(Run { ops: 3, rate: 0, latency: false })) {
            Answer::Wrong { message } => assert!(message.contains("on connection 0"), "{message}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn answers_to_another_connection_are_found_out() {
    // Everything that comes on any connection goes back on the one that came first.
    let first: std::sync::Arc<std::sync::Mutex<Option<TcpStream>>> = std::sync::Arc::default();
    let server = serving(move |mut stream| {
        let mut message = [0; 100];
        while stream.read_exact(&mut message).is_ok() {
            let mut first = first.lock().unwrap();
            let first = first.get_or_insert_with(|| stream.try_clone().unwrap());
            let _ = first.write_all(&message);
        }
    });
    let mut control = Control::ready(servers::load().address, server, Operation::Echo { size: 100, seed: 1 }, 2);
    assert!(matches!(control.order(&Order::Run(Run { ops: 4, rate: 0, latency: false })), Answer::Wrong { .. }));
}

#[test]
fn what_fails_is_said_and_ends_nothing_else() {
    let client = servers::load();
    let mut control = Control::to(client.address);
    for (line, part) in [
        ("{\"dance\":{}}", "dance"),
        ("nonsense", "expected"),
        ("{\"run\":{\"ops\":1}}", "`begin` comes first"),
        (r#"{"begin":{"address":"127.0.0.1:1","operation":{"echo":{"size":0,"seed":1}}}}"#, "1 to 67108864 bytes"),
        (r#"{"begin":{"address":"127.0.0.1:1","operation":{"echo":{"size":5,"seed":1}}}}"#, ""),
        ("{\"run\":{\"ops\":1}}", "no connection"),
        ("{\"connect\":{\"connections\":1}}", "opening connection 0 to 127.0.0.1:1"),
        (r#"{"begin":{"address":"127.0.0.1:1","operation":{"echo":{"size":5,"seed":1}}}}"#, "once only"),
    ] {
        match control.send(line) {
            Answer::Failed { message } => assert!(message.contains(part), "{line}: {message}"),
            Answer::Begun {} if part.is_empty() => {}
            other => panic!("{line}: {other:?}"),
        }
    }
    let closing = serving(|mut stream| {
        let _ = stream.read(&mut [0; 10]);
    });
    let mut control = Control::ready(client.address, closing, Operation::Echo { size: 10, seed: 1 }, 2);
    match control.order(&Order::Run(Run { ops: 2, rate: 0, latency: false })) {
        Answer::Failed { message } => assert!(message.contains("connection"), "{message}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(stats(client.address).unwrap().operations, 0);
}
