//! Statements and their rows: as text (`COM_QUERY`) and prepared, in binary (`COM_STMT_PREPARE`,
//! `COM_STMT_EXECUTE`).

use crate::{ERR, Error, Exchange, Progress, Session, expect_ok, refusal};
use mysql_common::constants::{CapabilityFlags as Flags, ColumnType, Command};
use mysql_common::io::ParseBuf;
use mysql_common::packets::{Column, ComStmtExecuteRequestBuilder, OldEofPacket, ResultSetTerminator, StmtPacket};
use mysql_common::proto::{Binary, MyDeserialize, MySerialize as _, Text};
use mysql_common::row::{Row, RowDeserializer};
use mysql_common::value::{ServerSide, Value};
use std::marker::PhantomData;
use std::sync::Arc;

/// The rows of a result, in the order in which they came.
pub type Rows = Vec<Vec<Value>>;

const END: u8 = 0xfe;
const LOCAL_FILE: u8 = 0xfb;
/// An end-of-rows packet is shorter; a row that begins with the same byte is longer.
const LONG_ROW: usize = 0xff_ffff;

/// The rows of a result, packet by packet, in the encoding `P`.
#[derive(Debug)]
struct ResultSet<P> {
    capabilities: Flags,
    expects: Expects,
    rows: Rows,
    encoding: PhantomData<P>,
}

#[derive(Debug)]
enum Expects {
    Count,
    Columns {
        left: u64,
        columns: Vec<Column>,
    },
    /// A server without `CLIENT_DEPRECATE_EOF` ends the columns with a separate packet.
    EndOfColumns {
        columns: Vec<Column>,
    },
    Rows {
        columns: Arc<[Column]>,
    },
}

impl<P> ResultSet<P>
where
    for<'de> RowDeserializer<ServerSide, P>: MyDeserialize<'de, Ctx = Arc<[Column]>>,
{
    fn new(session: &Session) -> Self {
        ResultSet {
            capabilities: session.capabilities,
            expects: Expects::Count,
            rows: Vec::new(),
            encoding: PhantomData,
        }
    }

    fn take(&mut self, packet: &[u8]) -> Result<Progress<Rows>, Error> {
        if let Some(refused) = refusal(packet, self.capabilities) {
            return Err(refused);
        }
        self.expects = match std::mem::replace(&mut self.expects, Expects::Count) {
            Expects::Count => match packet.first() {
                Some(&LOCAL_FILE) => {
                    return Err(Error::Malformed("the server asks for a file of the client (`LOCAL INFILE`)".into()));
                }
                Some(&ERR) | None => return Err(Error::Malformed("an empty answer".into())),
                Some(_) => match ParseBuf(packet).checked_eat_lenenc_int() {
                    None | Some(0) => return Err(Error::Malformed("an answer without columns".into())),
                    Some(left) => Expects::Columns { left, columns: Vec::new() },
                },
            },
            Expects::Columns { left, mut columns } => {
                columns.push(column(packet)?);
                match left - 1 {
                    0 if self.capabilities.contains(Flags::CLIENT_DEPRECATE_EOF) => {
                        Expects::Rows { columns: columns.into() }
                    }
                    0 => Expects::EndOfColumns { columns },
                    left => Expects::Columns { left, columns },
                }
            }
            Expects::EndOfColumns { columns } => {
                expect_ok::<OldEofPacket>(packet, self.capabilities)?;
                Expects::Rows { columns: columns.into() }
            }
            Expects::Rows { .. } if packet.first() == Some(&END) && packet.len() < LONG_ROW => {
                if self.capabilities.contains(Flags::CLIENT_DEPRECATE_EOF) {
                    expect_ok::<ResultSetTerminator>(packet, self.capabilities)?;
                } else {
                    expect_ok::<OldEofPacket>(packet, self.capabilities)?;
                }
                return Ok(Progress::Done(std::mem::take(&mut self.rows)));
            }
            Expects::Rows { columns } => {
                let row: Row = ParseBuf(packet)
                    .parse::<RowDeserializer<ServerSide, P>>(Arc::clone(&columns))
                    .map_err(|error| Error::malformed("a row", error))?
                    .into_inner();
                self.rows.push(row.unwrap());
                Expects::Rows { columns }
            }
        };
        Ok(Progress::More)
    }
}

fn column(packet: &[u8]) -> Result<Column, Error> {
    let column: Column =
        ParseBuf(packet).parse(()).map_err(|error| Error::malformed("the description of a column", error))?;
    // Types that servers use among themselves: mysql_common panics on values of these types.
    match column.column_type() {
        ColumnType::MYSQL_TYPE_TIMESTAMP2
        | ColumnType::MYSQL_TYPE_DATETIME2
        | ColumnType::MYSQL_TYPE_TIME2
        | ColumnType::MYSQL_TYPE_TYPED_ARRAY
        | ColumnType::MYSQL_TYPE_UNKNOWN => {
            Err(Error::Malformed(format!("a column has the type {:?}, which no client gets", column.column_type())))
        }
        _ => Ok(column),
    }
}

/// A statement as text; its rows come as text too.
#[derive(Debug)]
pub struct Query(ResultSet<Text>);

impl Query {
    /// The payload of the [command](crate::Wire::command), and the exchange that its answer is for.
    #[must_use]
    pub fn new(session: &Session, statement: &str) -> (Vec<u8>, Self) {
        (command(Command::COM_QUERY, statement), Query(ResultSet::new(session)))
    }
}

impl Exchange for Query {
    type Output = Rows;

    fn take(&mut self, packet: &[u8]) -> Result<Progress<Rows>, Error> {
        self.0.take(packet)
    }
}

fn command(command: Command, text: &str) -> Vec<u8> {
    let mut payload = vec![command as u8];
    payload.extend_from_slice(text.as_bytes());
    payload
}

/// Has the server prepare a statement with `?` in place of values.
#[derive(Debug)]
pub struct Prepare {
    capabilities: Flags,
    /// The statement, once the server has named it, and the number of packets describing it that are still to
    /// come.
    named: Option<(Prepared, usize)>,
}

/// A statement that a server keeps for the connection on which it was prepared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prepared {
    id: u32,
    /// Number of its values.
    pub values: u16,
}

impl Prepare {
    /// The payload of the [command](crate::Wire::command), and the exchange that its answer is for.
    #[must_use]
    pub fn new(session: &Session, statement: &str) -> (Vec<u8>, Self) {
        let exchange = Prepare { capabilities: session.capabilities, named: None };
        (command(Command::COM_STMT_PREPARE, statement), exchange)
    }
}

impl Exchange for Prepare {
    type Output = Prepared;

    fn take(&mut self, packet: &[u8]) -> Result<Progress<Prepared>, Error> {
        if let Some(refused) = refusal(packet, self.capabilities) {
            return Err(refused);
        }
        let (prepared, left) = match self.named {
            None => {
                let named: StmtPacket =
                    ParseBuf(packet).parse(()).map_err(|error| Error::malformed("a prepared statement", error))?;
                let packets = |count: u16| match usize::from(count) {
                    0 => 0,
                    count => count + usize::from(!self.capabilities.contains(Flags::CLIENT_DEPRECATE_EOF)),
                };
                let left = packets(named.num_params()) + packets(named.num_columns());
                (Prepared { id: named.statement_id(), values: named.num_params() }, left)
            }
            // The columns are described again with every result.
            Some((prepared, left)) => (prepared, left - 1),
        };
        self.named = Some((prepared, left));
        Ok(if left == 0 { Progress::Done(prepared) } else { Progress::More })
    }
}

/// Executes a prepared statement; its rows come in binary.
#[derive(Debug)]
pub struct Execute(ResultSet<Binary>);

impl Execute {
    /// The payload of the [command](crate::Wire::command), and the exchange that its answer is for.
    #[must_use]
    pub fn new(session: &Session, statement: Prepared, values: &[Value]) -> (Vec<u8>, Self) {
        let mut payload = Vec::new();
        let (request, _) = ComStmtExecuteRequestBuilder::new(statement.id).build(values);
        request.serialize(&mut payload);
        (payload, Execute(ResultSet::new(session)))
    }
}

impl Exchange for Execute {
    type Output = Rows;

    fn take(&mut self, packet: &[u8]) -> Result<Progress<Rows>, Error> {
        self.0.take(packet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use mysql_common::constants::ColumnType;

    const END_OF_PART: &[u8] = b"\xfe\x00\x00\x02\x00";
    const END_OF_ROWS: &[u8] = b"\xfe\x00\x00\x02\x00\x00\x00";

    fn session(capabilities: Flags) -> Session {
        Session { version: "8.4.3".into(), capabilities: capabilities | Flags::CLIENT_PROTOCOL_41 }
    }

    fn column(name: &str) -> Vec<u8> {
        let mut payload = Vec::new();
        Column::new(ColumnType::MYSQL_TYPE_VAR_STRING).with_name(name.as_bytes()).serialize(&mut payload);
        payload
    }

    /// Feeds an exchange; all packets but the last leave it waiting.
    fn fed<E: Exchange<Output: std::fmt::Debug>>(mut exchange: E, packets: &[&[u8]]) -> Result<E::Output, Error> {
        let (last, first) = packets.split_last().unwrap();
        for packet in first {
            assert!(matches!(exchange.take(packet)?, Progress::More), "{packet:?} ends it");
        }
        match exchange.take(last)? {
            Progress::Done(output) => Ok(output),
            other => panic!("{other:?}"),
        }
    }

    fn expected() -> Rows {
        vec![vec![Value::from("%"), Value::from("root")], vec![Value::from("localhost"), Value::NULL]]
    }

    #[test]
    fn rows_are_read_as_text_and_in_binary_from_new_and_old_servers() {
        let (host, user) = (column("Host"), column("User"));
        let text: [&[u8]; 2] = [b"\x01%\x04root", b"\x09localhost\xfb"];
        let binary: [&[u8]; 2] = [b"\x00\x00\x01%\x04root", b"\x00\x08\x09localhost"];
        let new = session(Flags::CLIENT_DEPRECATE_EOF);
        let old = session(Flags::empty());
        let execute = |session| Execute::new(session, Prepared { id: 1, values: 0 }, &[]).1;
        let packets = |rows: [&'static [u8]; 2]| [&b"\x02"[..], &host, &user, rows[0], rows[1], END_OF_ROWS];
        assert_eq!(fed(Query::new(&new, "").1, &packets(text)).unwrap(), expected());
        assert_eq!(fed(execute(&new), &packets(binary)).unwrap(), expected());
        let packets =
            |rows: [&'static [u8]; 2]| [&b"\x02"[..], &host, &user, END_OF_PART, rows[0], rows[1], END_OF_PART];
        assert_eq!(fed(Query::new(&old, "").1, &packets(text)).unwrap(), expected());
        assert_eq!(fed(execute(&old), &packets(binary)).unwrap(), expected());
    }

    #[test]
    fn a_statement_is_prepared_once_everything_is_described() {
        let (question, host) = (column("?"), column("Host"));
        let named = b"\x00\x05\x00\x00\x00\x01\x00\x01\x00\x00\x00\x00";
        let prepare = |capabilities| Prepare::new(&session(capabilities), "SELECT").1;
        let expected = Prepared { id: 5, values: 1 };
        let new: [&[u8]; 3] = [named, &question, &host];
        assert_eq!(fed(prepare(Flags::CLIENT_DEPRECATE_EOF), &new).unwrap(), expected);
        let old: [&[u8]; 5] = [named, &question, END_OF_PART, &host, END_OF_PART];
        assert_eq!(fed(prepare(Flags::empty()), &old).unwrap(), expected);
        let bare = b"\x00\x06\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00";
        assert_eq!(fed(prepare(Flags::empty()), &[bare]).unwrap(), Prepared { id: 6, values: 0 });
    }

    #[test]
    fn commands_are_what_the_protocol_says() {
        let session = session(Flags::empty());
        assert_eq!(Query::new(&session, "SELECT 1").0, b"\x03SELECT 1");
        assert_eq!(Prepare::new(&session, "SELECT ?").0, b"\x16SELECT ?");
        let values = [Value::from("ab")];
        let execute = Execute::new(&session, Prepared { id: 258, values: 1 }, &values).0;
        assert_eq!(execute, b"\x17\x02\x01\x00\x00\x00\x01\x00\x00\x00\x00\x01\xfd\x00\x02ab");
    }

    #[test]
    fn whatever_is_no_result_is_an_error() {
        let session = session(Flags::CLIENT_DEPRECATE_EOF);
        let host = column("Host");
        for packets in [
            vec![&b"\xff\x28\x04#42000You have an error"[..]],
            vec![b"\xfbfile"],
            vec![b"\x00\x00\x00\x02\x00\x00\x00"],
            vec![b""],
            vec![b"\x01", b"\x03def"],
            vec![b"\x01", &host, b"\x0aabc"],
            vec![b"\x01", &host, b"\x03abc", b"\xff\x28\x04#42000in the middle"],
        ] {
            assert!(fed(Query::new(&session, "").1, &packets).is_err(), "{packets:?}");
        }
    }
}
