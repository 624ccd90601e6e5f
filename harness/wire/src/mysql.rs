//! One connection to a MySQL server: a login, statements out, rows back; and the tutorial's example of it.

use super::accounts::sorted;
use loopswap_mysql_wire::{
    Error, Exchange, Execute, Login, Prepare, Prepared, Progress, QUIT, Query, Session, Value, Wire,
};
use loopswap_rt::{Fault, Peer, Runtime, Stream as _};

pub use super::accounts::Accounts;

/// The tutorial's statement, in the tutorial's database.
const ALL: &str = "SELECT Host,User FROM user";
const OF_USER: &str = "SELECT Host,User FROM user WHERE User = ?";
const DATABASE: &str = "mysql";
/// Room for one answer; a longer one is read in several steps.
const READ: usize = 4 << 10;

loopswap_rt::choice! {
    /// How a statement reaches the server.
    pub enum Form {
        /// As text, with rows as text.
        Text = "text",
        /// Prepared once for the connection, with a value for every execution, with rows in binary.
        Prepared = "prepared",
    }
}

/// A connection, used by one task at a time.
pub struct Connection<R: Runtime> {
    socket: Socket<R>,
    session: Session,
    prepared: Option<Prepared>,
    /// Operations so far.
    number: u64,
}

/// A stream that packets go in and out of.
struct Socket<R: Runtime> {
    stream: R::Stream,
    wire: Wire,
    /// Lent to the stream for every read and write, and reused.
    inbox: Vec<u8>,
    outbox: Vec<u8>,
}

impl<R: Runtime> Connection<R> {
    /// Connects, logs in, selects the database, and prepares the statement where it is to be prepared.
    ///
    /// # Errors
    /// When the server cannot be reached, or refuses the login or the statement.
    pub async fn open(rt: R, peer: &Peer, form: Form) -> Result<Self, Fault> {
        let stream = rt.connect(peer.address).await.map_err(|error| Fault::during("connecting to MySQL", error))?;
        let mut socket = Socket::<R> { stream, wire: Wire::default(), inbox: vec![0; READ], outbox: Vec::new() };
        let (user, password) = (peer.user.as_deref().unwrap_or("root"), peer.password.as_deref().unwrap_or(""));
        let session = socket.carry_out("logging in", Login::new(user, password, DATABASE)).await?;
        let prepared = match form {
            Form::Text => None,
            Form::Prepared => {
                let (command, exchange) = Prepare::new(&session, OF_USER);
                Some(socket.ask("preparing", &command, exchange).await?)
            }
        };
        Ok(Connection { socket, session, prepared, number: 0 })
    }

    /// Asks for accounts, in the form that was chosen, and checks the rows. One request.
    ///
    /// # Errors
    /// When the rows are not those of the accounts, or the connection breaks.
    pub async fn query(&mut self, accounts: &Accounts) -> Result<(), Fault> {
        let number = self.number;
        self.number += 1;
        let Some(prepared) = self.prepared else {
            let (command, exchange) = Query::new(&self.session, ALL);
            return accounts.check_all(self.socket.ask("querying", &command, exchange).await?);
        };
        let user = accounts.user(number);
        let (command, exchange) = Execute::new(&self.session, prepared, &[Value::from(user)]);
        accounts.check_user(user, self.socket.ask("executing", &command, exchange).await?)
    }

    /// Asks for all accounts, as text: host and user of each, sorted. One request.
    ///
    /// # Errors
    /// When the answer is not rows of two texts, or the connection breaks.
    pub async fn all(&mut self) -> Result<Vec<(String, String)>, Fault> {
        let (command, exchange) = Query::new(&self.session, ALL);
        sorted(self.socket.ask("querying", &command, exchange).await?)
    }

    /// Says goodbye, which has no answer.
    pub async fn close(mut self) {
        // The server may have closed first; the connection is gone either way.
        if self.socket.wire.command(QUIT, &mut self.socket.outbox).is_ok() && self.socket.send().await.is_ok() {
            let _ = self.socket.stream.shutdown().await;
        }
    }
}

impl<R: Runtime> Socket<R> {
    async fn ask<E: Exchange>(&mut self, doing: &str, command: &[u8], exchange: E) -> Result<E::Output, Fault> {
        self.wire.command(command, &mut self.outbox).map_err(|error| fault(doing, error))?;
        self.send().await?;
        self.carry_out(doing, exchange).await
    }

    async fn carry_out<E: Exchange>(&mut self, doing: &str, mut exchange: E) -> Result<E::Output, Fault> {
        loop {
            while self.wire.next_packet().map_err(|error| fault(doing, error))? {
                match exchange.take(self.wire.packet()).map_err(|error| fault(doing, error))? {
                    Progress::More => {}
                    Progress::Send(payload) => {
                        self.wire.reply(&payload, &mut self.outbox).map_err(|error| fault(doing, error))?;
                        self.send().await?;
                    }
                    Progress::Done(output) => return Ok(output),
                }
            }
            let (read, inbox) = self.stream.read(std::mem::take(&mut self.inbox)).await;
            self.inbox = inbox;
            match read.map_err(|error| Fault::during("reading from MySQL", error))? {
                0 => return Err(Fault::Failed("MySQL closed the connection".into())),
                length => self.wire.receive(&self.inbox[..length]),
            }
        }
    }

    /// Writes what is in the outbox.
    async fn send(&mut self) -> Result<(), Fault> {
        let (written, out) = self.stream.write_all(std::mem::take(&mut self.outbox)).await;
        self.outbox = out;
        written.map_err(|error| Fault::during("writing to MySQL", error))
    }
}

fn fault(doing: &str, error: Error) -> Fault {
    Fault::during(doing, error)
}
