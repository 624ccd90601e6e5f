//! Executes commands one by one.

use super::answer::{Answer, Encoding, Refusal};
use super::session::{Session, Shared, columns};
use super::statement::Statement;
use loopswap_protocol::quoted;
use mysql_common::constants::{ColumnType, Command};
use mysql_common::io::ParseBuf;

/// Whether the connection stays open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Command,
    Close,
}

const QUIT: u8 = Command::COM_QUIT as u8;
const INIT_DB: u8 = Command::COM_INIT_DB as u8;
const QUERY: u8 = Command::COM_QUERY as u8;
const PING: u8 = Command::COM_PING as u8;
const PREPARE: u8 = Command::COM_STMT_PREPARE as u8;
const EXECUTE: u8 = Command::COM_STMT_EXECUTE as u8;
const CLOSE: u8 = Command::COM_STMT_CLOSE as u8;
const RESET: u8 = Command::COM_STMT_RESET as u8;

/// Executes one command; its answer goes into `answer`.
pub(super) fn execute(shared: &mut Shared, session: &mut Session, command: &[u8], answer: &mut Answer) -> Next {
    let Some((&code, rest)) = command.split_first() else {
        answer.refuse(&unknown());
        return Next::Command;
    };
    let outcome = match code {
        QUIT => return Next::Close,
        // It has no answer, whether or not such a statement exists.
        CLOSE => {
            if let Some(id) = ParseBuf(rest).checked_eat_u32_le() {
                session.forget(id);
            }
            return Next::Command;
        }
        PING | RESET => {
            answer.ok();
            Ok(())
        }
        INIT_DB => database(rest).map(|()| answer.ok()),
        QUERY => query(shared, session, rest, answer),
        PREPARE => prepare(shared, session, rest, answer),
        EXECUTE => execute_prepared(shared, session, rest, answer),
        _ => Err(unknown()),
    };
    if let Err(refusal) = outcome {
        answer.refuse(&refusal);
    }
    Next::Command
}

/// Whether a database of that name exists.
pub(super) fn database(name: &[u8]) -> Result<(), Refusal> {
    let name = String::from_utf8_lossy(name);
    if name == "mysql" {
        Ok(())
    } else {
        Err(Refusal::new(1049, b"42000", format!("Unknown database '{}'", quoted(&name))))
    }
}

fn query(shared: &mut Shared, session: &Session, text: &[u8], answer: &mut Answer) -> Result<(), Refusal> {
    let statement = parse(text)?;
    match shared.carry_out(&statement, &[])? {
        Some(table) => answer.table(&table, Encoding::Text, session.capabilities),
        None => answer.ok(),
    }
    Ok(())
}

fn prepare(shared: &mut Shared, session: &mut Session, text: &[u8], answer: &mut Answer) -> Result<(), Refusal> {
    let statement = parse(text)?;
    let (names, values) = (columns(&statement)?, statement.values());
    shared.count_prepare();
    let id = session.keep(statement);
    answer.prepared(id, values, &names, session.capabilities);
    Ok(())
}

fn execute_prepared(shared: &mut Shared, session: &Session, rest: &[u8], answer: &mut Answer) -> Result<(), Refusal> {
    let mut rest = ParseBuf(rest);
    let id = rest.checked_eat_u32_le().ok_or_else(malformed)?;
    let statement = session.statement(id).ok_or_else(|| {
        Refusal::new(1243, b"HY000", format!("Unknown prepared statement handler ({id}) given to mysqld_stmt_execute"))
    })?;
    let values = values(rest, usize::from(statement.values()))?;
    shared.count_execute();
    match shared.carry_out(statement, &values)? {
        Some(table) => answer.table(&table, Encoding::Binary, session.capabilities),
        None => answer.ok(),
    }
    Ok(())
}

/// The values of an execution: texts, each with its type.
fn values(mut rest: ParseBuf<'_>, count: usize) -> Result<Vec<String>, Refusal> {
    // The kind of cursor, and a number of iterations that is always 1.
    rest.checked_eat(5).ok_or_else(malformed)?;
    if count == 0 {
        return Ok(Vec::new());
    }
    let nulls = rest.checked_eat(count.div_ceil(8)).ok_or_else(malformed)?;
    let typed = rest.checked_eat_u8().ok_or_else(malformed)?;
    let types = rest.checked_eat(2 * count).ok_or_else(malformed)?;
    let texts = [ColumnType::MYSQL_TYPE_VARCHAR, ColumnType::MYSQL_TYPE_VAR_STRING, ColumnType::MYSQL_TYPE_STRING];
    let is_text = |pair: &[u8]| texts.iter().any(|text| *text as u8 == pair[0]);
    if typed != 1 || nulls.iter().any(|byte| *byte != 0) || !types.chunks_exact(2).all(is_text) {
        return Err(Refusal::new(
            1210,
            b"HY000",
            "Incorrect arguments to EXECUTE: values must be texts, with their types",
        ));
    }
    (0..count)
        .map(|_| rest.checked_eat_lenenc_str().map(|text| String::from_utf8_lossy(text).into_owned()))
        .collect::<Option<_>>()
        .ok_or_else(malformed)
}

fn parse(text: &[u8]) -> Result<Statement, Refusal> {
    let text = String::from_utf8_lossy(text);
    Statement::parse(&text).ok_or_else(|| {
        Refusal::new(1064, b"42000", format!("This server, a part of loopswap, does not understand: {}", quoted(&text)))
    })
}

fn unknown() -> Refusal {
    Refusal::new(1047, b"08S01", "Unknown command")
}

fn malformed() -> Refusal {
    Refusal::new(1835, b"HY000", "Malformed communication packet")
}

#[cfg(test)]
mod tests {
    use super::*;
    use mysql_common::constants::CapabilityFlags;

    /// The packets that answer a command with a text.
    fn answered(code: u8, text: &str) -> Vec<Vec<u8>> {
        let (mut shared, mut session) = (Shared::new(String::new()), Session::new(CapabilityFlags::empty()));
        let mut answer = Answer::default();
        let command = [&[code], text.as_bytes()].concat();
        assert_eq!(execute(&mut shared, &mut session, &command, &mut answer), Next::Command);
        answer.packets
    }

    #[test]
    fn a_character_set_in_which_the_accounts_read_the_same_is_taken_without_rows() {
        for charset in ["utf8mb4", "'UTF8MB3' COLLATE 'utf8mb3_bin'", "latin1"] {
            let packets = answered(QUERY, &format!("SET NAMES {charset}"));
            assert_eq!((packets.len(), packets[0][0]), (1, 0x00), "{charset}: an OK packet");
        }
        let refused = |code, number: u16| {
            let packets = answered(code, "SET NAMES ucs2");
            assert_eq!((packets.len(), &packets[0][..3]), (1, &[&[0xff][..], &number.to_le_bytes()].concat()[..]));
        };
        refused(QUERY, 1115);
        refused(PREPARE, 1295);
    }
}
