//! State shared by all connections, and the statements one of them has prepared.

use super::answer::{Refusal, Table};
use super::statement::{Filter, Operand, Statement};
use loopswap_protocol::quoted;
use mysql_common::constants::CapabilityFlags;
use std::collections::BTreeMap;

/// One account: a row of the table `user`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Account {
    host: &'static str,
    user: &'static str,
    /// `None` for an account that is locked.
    password: Option<String>,
}

/// State shared by all connections.
#[derive(Debug)]
pub(super) struct Shared {
    /// In the order of the primary key.
    accounts: Vec<Account>,
    /// Connections accepted.
    pub(super) connections: u64,
    /// `SELECT` statements executed, as text and prepared.
    selects: u64,
    /// Statements prepared.
    prepares: u64,
    /// Prepared statements executed.
    executes: u64,
}

/// The columns of the table `user`.
const COLUMNS: [&str; 2] = ["Host", "User"];

impl Shared {
    pub(super) fn new(password: String) -> Self {
        let account = |host, user, password| Account { host, user, password };
        Shared {
            accounts: vec![
                account("%", "root", Some(password)),
                account("localhost", "mysql.session", None),
                account("localhost", "mysql.sys", None),
            ],
            connections: 0,
            selects: 0,
            prepares: 0,
            executes: 0,
        }
    }

    /// The password of a user who may log in.
    pub(super) fn password(&self, user: &[u8]) -> Option<&str> {
        self.accounts.iter().find(|account| account.user.as_bytes() == user)?.password.as_deref()
    }

    pub(super) fn count_prepare(&mut self) {
        self.prepares += 1;
    }

    pub(super) fn count_execute(&mut self) {
        self.executes += 1;
    }

    /// Executes a statement, with the values for its `?`; `None` where it has no rows to answer with.
    pub(super) fn carry_out(&mut self, statement: &Statement, values: &[String]) -> Result<Option<Table>, Refusal> {
        match statement {
            Statement::Names { charset } => known(charset).map(|()| None),
            Statement::Status { name } => Ok(Some(self.status(name.as_deref()))),
            Statement::Select { columns, table, filter } => {
                let names = named(columns, table)?;
                let wanted = filter.as_ref().map(|filter| self::wanted(filter, values)).transpose()?;
                self.selects += 1;
                let cell = |account: &Account, name| if name == COLUMNS[0] { account.host } else { account.user };
                let chosen = self
                    .accounts
                    .iter()
                    .filter(|account| wanted.is_none_or(|(column, text)| cell(account, column) == text));
                let row = |account| names.iter().map(|name| cell(account, *name).to_owned()).collect();
                let rows = chosen.map(row).collect();
                Ok(Some(Table { names, rows }))
            }
        }
    }

    fn status(&self, wanted: Option<&str>) -> Table {
        let rows = [
            ("Com_select", self.selects),
            ("Com_stmt_execute", self.executes),
            ("Com_stmt_prepare", self.prepares),
            ("Connections", self.connections),
        ];
        let chosen = rows.into_iter().filter(|(name, _)| wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(name)));
        let rows = chosen.map(|(name, count)| vec![name.to_owned(), count.to_string()]).collect();
        Table { names: vec!["Variable_name", "Value"], rows }
    }
}

/// The columns of a statement's result.
pub(super) fn columns(statement: &Statement) -> Result<Vec<&'static str>, Refusal> {
    match statement {
        Statement::Status { .. } => Ok(vec!["Variable_name", "Value"]),
        Statement::Names { .. } => {
            let what = "This command is not supported in the prepared statement protocol yet";
            Err(Refusal::new(1295, b"HY000", what))
        }
        Statement::Select { columns, table, filter } => {
            if let Some(filter) = filter {
                column(&filter.column)?;
            }
            named(columns, table)
        }
    }
}

/// Whether the texts of this server are the same in a character set: all are letters and signs of ASCII.
fn known(charset: &str) -> Result<(), Refusal> {
    if ["utf8mb4", "utf8mb3", "utf8", "latin1", "ascii"].iter().any(|known| known.eq_ignore_ascii_case(charset)) {
        return Ok(());
    }
    Err(Refusal::new(1115, b"42000", format!("Unknown character set: '{}'", quoted(charset))))
}

fn named(columns: &[String], table: &str) -> Result<Vec<&'static str>, Refusal> {
    // Names of tables are case-sensitive, names of columns are not.
    if table != "user" {
        return Err(Refusal::new(1146, b"42S02", format!("Table 'mysql.{table}' doesn't exist")));
    }
    if columns.is_empty() { Ok(COLUMNS.to_vec()) } else { columns.iter().map(|name| column(name)).collect() }
}

fn column(name: &str) -> Result<&'static str, Refusal> {
    let found = COLUMNS.into_iter().find(|known| known.eq_ignore_ascii_case(name));
    found.ok_or_else(|| Refusal::new(1054, b"42S22", format!("Unknown column '{name}' in 'field list'")))
}

/// The column of a filter, and the text that it must hold.
fn wanted<'a>(filter: &'a Filter, values: &'a [String]) -> Result<(&'static str, &'a str), Refusal> {
    let text = match (&filter.operand, values) {
        (Operand::Text(text), []) => text,
        (Operand::Value, [value]) => value,
        _ => return Err(Refusal::new(1210, b"HY000", "Incorrect arguments to EXECUTE")),
    };
    Ok((column(&filter.column)?, text))
}

/// One connection after its login.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) capabilities: CapabilityFlags,
    statements: BTreeMap<u32, Statement>,
    last_id: u32,
}

impl Session {
    pub(super) fn new(capabilities: CapabilityFlags) -> Self {
        Session { capabilities, statements: BTreeMap::new(), last_id: 0 }
    }

    /// Stores a statement; returns its number.
    pub(super) fn keep(&mut self, statement: Statement) -> u32 {
        self.last_id += 1;
        self.statements.insert(self.last_id, statement);
        self.last_id
    }

    pub(super) fn statement(&self, id: u32) -> Option<&Statement> {
        self.statements.get(&id)
    }

    pub(super) fn forget(&mut self, id: u32) {
        self.statements.remove(&id);
    }
}
