//! The statements that the embedded server understands, read from their text.

use winnow::Parser as _;
use winnow::ascii::{Caseless, multispace0, multispace1};
use winnow::combinator::{alt, delimited, opt, preceded, separated, terminated};
use winnow::error::{ContextError, ErrMode};
use winnow::token::{take_till, take_while};

/// A statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Statement {
    /// Columns of the accounts; empty = all of them.
    Select { columns: Vec<String>, table: String, filter: Option<Filter> },
    /// The server's counts, or only the one of this name.
    Status { name: Option<String> },
    /// The character set that the client will use.
    Names { charset: String },
}

/// `WHERE column = operand`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    pub(super) column: String,
    pub(super) operand: Operand,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    Text(String),
    /// A `?`: the value comes with the execution.
    Value,
}

impl Statement {
    /// Parses a statement; `None` if this server does not understand it.
    pub(super) fn parse(text: &str) -> Option<Statement> {
        delimited(multispace0, alt((select, status, names)), (multispace0, opt(';'), multispace0)).parse(text).ok()
    }

    /// How many values an execution must have.
    pub(super) fn values(&self) -> u16 {
        match self {
            Statement::Select { filter: Some(Filter { operand: Operand::Value, .. }), .. } => 1,
            Statement::Select { .. } | Statement::Status { .. } | Statement::Names { .. } => 0,
        }
    }
}

type Outcome<T> = Result<T, ErrMode<ContextError>>;

fn select(input: &mut &str) -> Outcome<Statement> {
    word("SELECT", input)?;
    multispace1.parse_next(input)?;
    let star = alt(('*'.value(Vec::new()), separated(1.., name, (multispace0, ',', multispace0))));
    let columns = terminated(star, multispace1).parse_next(input)?;
    word("FROM", input)?;
    multispace1.parse_next(input)?;
    let table = preceded(opt((Caseless("mysql"), '.')), name).parse_next(input)?;
    let filter = opt(preceded(multispace1, filter)).parse_next(input)?;
    Ok(Statement::Select { columns, table, filter })
}

fn filter(input: &mut &str) -> Outcome<Filter> {
    word("WHERE", input)?;
    let column = preceded(multispace1, name).parse_next(input)?;
    let operand = alt(('?'.value(Operand::Value), quoted.map(Operand::Text)));
    let operand = preceded((multispace0, '=', multispace0), operand).parse_next(input)?;
    Ok(Filter { column, operand })
}

fn status(input: &mut &str) -> Outcome<Statement> {
    word("SHOW", input)?;
    multispace1.parse_next(input)?;
    opt((alt((Caseless("GLOBAL"), Caseless("SESSION"))), multispace1)).parse_next(input)?;
    word("STATUS", input)?;
    let like = preceded((multispace1, Caseless("LIKE"), multispace1), quoted);
    let name = opt(like).parse_next(input)?;
    Ok(Statement::Status { name })
}

/// `SET NAMES charset`, with a collation that changes nothing here.
fn names(input: &mut &str) -> Outcome<Statement> {
    word("SET", input)?;
    preceded(multispace1, Caseless("NAMES")).parse_next(input)?;
    let charset = preceded(multispace1, alt((quoted, name))).parse_next(input)?;
    opt((multispace1, Caseless("COLLATE"), multispace1, alt((quoted, name)))).parse_next(input)?;
    Ok(Statement::Names { charset })
}

fn word(word: &'static str, input: &mut &str) -> Outcome<()> {
    Caseless(word).void().parse_next(input)
}

fn name(input: &mut &str) -> Outcome<String> {
    let plain = take_while(1.., |letter: char| letter.is_ascii_alphanumeric() || letter == '_');
    let ticked = delimited('`', take_till(1.., '`'), '`');
    alt((ticked, plain)).map(str::to_owned).parse_next(input)
}

/// A text in quotes, without quotes or escapes inside.
fn quoted(input: &mut &str) -> Outcome<String> {
    let inside = |quote| delimited(quote, take_till(0.., [quote, '\\']), quote);
    alt((inside('\''), inside('"'))).map(str::to_owned).parse_next(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn select(columns: &[&str], filter: Option<Filter>) -> Option<Statement> {
        let columns = columns.iter().map(|&name| name.to_owned()).collect();
        Some(Statement::Select { columns, table: "user".into(), filter })
    }

    #[test]
    fn the_statements_of_the_workload_are_read() {
        assert_eq!(Statement::parse("SELECT Host, User FROM user"), select(&["Host", "User"], None));
        assert_eq!(Statement::parse(" select Host,User from mysql.user ; "), select(&["Host", "User"], None));
        assert_eq!(Statement::parse("SELECT * FROM `user`"), select(&[], None));
        let by = |operand| Some(Filter { column: "User".into(), operand });
        assert_eq!(Statement::parse("SELECT Host FROM user WHERE User = ?"), select(&["Host"], by(Operand::Value)));
        let text = by(Operand::Text("a b".into()));
        assert_eq!(Statement::parse("SELECT Host FROM user WHERE `User`='a b'"), select(&["Host"], text));
        let status = |name: Option<&str>| Some(Statement::Status { name: name.map(str::to_owned) });
        assert_eq!(Statement::parse("SHOW GLOBAL STATUS LIKE 'Com_select'"), status(Some("Com_select")));
        assert_eq!(Statement::parse("show status"), status(None));
        let names = |charset: &str| Some(Statement::Names { charset: charset.to_owned() });
        assert_eq!(Statement::parse("SET NAMES utf8mb4"), names("utf8mb4"));
        assert_eq!(Statement::parse("set names 'utf8' collate utf8_general_ci;"), names("utf8"));
    }

    #[test]
    fn anything_else_is_not_a_statement() {
        for text in ["", "SELECT", "SELECT 1", "SELECT Host User FROM user", "SELECT Host FROM user WHERE User > ?"] {
            assert_eq!(Statement::parse(text), None, "{text}");
        }
        for text in [
            "SELECT Host FROM user; SELECT Host FROM user",
            "DROP TABLE user",
            "SHOW STATUS LIKE x",
            "SET NAMES",
            "SET x = 1",
        ] {
            assert_eq!(Statement::parse(text), None, "{text}");
        }
    }
}
