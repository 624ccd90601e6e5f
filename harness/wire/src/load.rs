//! The load client, as the leading shard drives it over the control connection.

use crate::lines::Lines;
use loopswap_protocol::load::{Answer, Begin, Connect, Connected, Operation, Order, Ran, Run};
use loopswap_rt::{Fault, Runtime};
use std::net::SocketAddr;

pub(crate) struct LoadClient<R: Runtime> {
    lines: Lines<R>,
}

impl<R: Runtime> LoadClient<R> {
    /// Opens a control connection and tells it the address of the server and what an operation is.
    pub(crate) async fn begin(
        rt: R,
        control: SocketAddr,
        server: SocketAddr,
        operation: Operation,
    ) -> Result<Self, Fault> {
        let stream =
            rt.connect(control).await.map_err(|error| Fault::during("connecting to the load client", error))?;
        let mut client = LoadClient { lines: Lines::over(stream) };
        match client.ask(&Order::Begin(Begin { address: server, operation })).await? {
            Answer::Begun {} => Ok(client),
            other => Err(unexpected("begin", &other)),
        }
    }

    /// Tells it to open further connections; returns how many there are now.
    pub(crate) async fn connect(&mut self, connections: u64) -> Result<Connected, Fault> {
        match self.ask(&Order::Connect(Connect { connections })).await? {
            Answer::Connected(connected) => Ok(connected),
            other => Err(unexpected("connect", &other)),
        }
    }

    /// Tells it to do operations.
    pub(crate) async fn run(&mut self, run: Run) -> Result<Ran, Fault> {
        match self.ask(&Order::Run(run)).await? {
            Answer::Ran(ran) => Ok(*ran),
            other => Err(unexpected("run", &other)),
        }
    }

    /// Tells it to close its connections to the server.
    pub(crate) async fn close(&mut self) -> Result<(), Fault> {
        match self.ask(&Order::Close {}).await? {
            Answer::Closed {} => Ok(()),
            other => Err(unexpected("close", &other)),
        }
    }

    async fn ask(&mut self, order: &Order) -> Result<Answer, Fault> {
        self.lines.say(order).await?;
        match self.lines.hear().await? {
            Answer::Wrong { message } => Err(Fault::Wrong(message)),
            Answer::Failed { message } => Err(Fault::Failed(format!("the load client: {message}"))),
            answer => Ok(answer),
        }
    }
}

fn unexpected(order: &str, answer: &Answer) -> Fault {
    Fault::Failed(format!("the load client answered `{order}` with {answer:?}"))
}
