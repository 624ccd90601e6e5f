//! The expected rows: which accounts the server has.

use loopswap_mysql_wire::{Rows, Value};
use loopswap_rt::{Fault, Peer};

/// The accounts of one server, host and user, sorted.
#[derive(Debug)]
pub struct Accounts(Vec<(String, String)>);

impl Accounts {
    /// Those that the conductor found on the server.
    ///
    /// # Errors
    /// When the peer was given without any.
    pub fn of(peer: &Peer) -> Result<Self, Fault> {
        let mut accounts = peer.accounts.clone();
        if accounts.is_empty() {
            return Err(Fault::Failed("the MySQL peer was given without its accounts: no row could be checked".into()));
        }
        accounts.sort();
        Ok(Accounts(accounts))
    }

    /// Host and user of every account, in their order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(host, user)| (host.as_str(), user.as_str()))
    }

    /// The user that operation `number` asks for: each in turn, so that a server which ignores the value of a
    /// prepared statement is detected.
    #[must_use]
    pub fn user(&self, number: u64) -> &str {
        // The remainder is smaller than a length in memory.
        &self.0[(number % self.0.len() as u64) as usize].1
    }

    /// Checks the answer to a query of all accounts.
    ///
    /// # Errors
    /// When other rows came.
    pub fn check_all(&self, rows: Rows) -> Result<(), Fault> {
        check(rows, self.0.iter())
    }

    /// Checks the answer to a query of one user's accounts.
    ///
    /// # Errors
    /// When other rows came.
    pub fn check_user(&self, user: &str, rows: Rows) -> Result<(), Fault> {
        check(rows, self.0.iter().filter(|(_, of)| of == user))
    }
}

/// Host and user of every row, sorted: the statements name no order.
pub(crate) fn sorted(rows: Rows) -> Result<Vec<(String, String)>, Fault> {
    let mut found = rows.into_iter().map(pair).collect::<Result<Vec<_>, _>>()?;
    found.sort();
    Ok(found)
}

/// Whether the rows are the expected ones and nothing else, in any order.
fn check<'a>(rows: Rows, expected: impl Iterator<Item = &'a (String, String)>) -> Result<(), Fault> {
    let found = sorted(rows)?;
    let expected: Vec<_> = expected.collect();
    if found.iter().eq(expected.iter().copied()) {
        Ok(())
    } else {
        Err(Fault::Wrong(format!("got the rows {found:?} instead of {expected:?}")))
    }
}

fn pair(row: Vec<Value>) -> Result<(String, String), Fault> {
    match <[Value; 2]>::try_from(row) {
        Ok([Value::Bytes(host), Value::Bytes(user)]) => Ok((text(host)?, text(user)?)),
        Ok(row) => Err(Fault::Wrong(format!("got the row {row:?} instead of two texts"))),
        Err(row) => Err(Fault::Wrong(format!("got the row {row:?} instead of two texts"))),
    }
}

fn text(bytes: Vec<u8>) -> Result<String, Fault> {
    String::from_utf8(bytes).map_err(|error| Fault::Wrong(format!("a text that is not UTF-8: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accounts() -> Accounts {
        let pairs = [("localhost", "root"), ("%", "root"), ("localhost", "sys")];
        let accounts = pairs.map(|(host, user)| (host.to_owned(), user.to_owned())).to_vec();
        let address = "127.0.0.1:3306".parse().expect("an address");
        Accounts::of(&Peer { accounts, ..Peer::new(loopswap_rt::PeerKind::Mysql, address) }).expect("it has accounts")
    }

    fn rows(pairs: &[(&str, &str)]) -> Rows {
        pairs.iter().map(|(host, user)| vec![Value::from(*host), Value::from(*user)]).collect()
    }

    #[test]
    fn only_all_accounts_pass_in_any_order() {
        let accounts = accounts();
        assert_eq!(accounts.check_all(rows(&[("%", "root"), ("localhost", "sys"), ("localhost", "root")])), Ok(()));
        for wrong in [
            rows(&[]),
            rows(&[("%", "root"), ("localhost", "root")]),
            rows(&[("%", "root"), ("localhost", "root"), ("localhost", "sis")]),
            rows(&[("%", "root"), ("%", "root"), ("localhost", "root"), ("localhost", "sys")]),
            vec![vec![Value::from("%")]],
            vec![vec![Value::from("%"), Value::NULL]],
        ] {
            assert!(matches!(accounts.check_all(wrong.clone()), Err(Fault::Wrong(_))), "{wrong:?}");
        }
    }

    #[test]
    fn a_user_has_their_own_accounts_only_and_every_user_is_asked_for() {
        let accounts = accounts();
        assert_eq!(accounts.check_user("root", rows(&[("localhost", "root"), ("%", "root")])), Ok(()));
        assert_eq!(accounts.check_user("sys", rows(&[("localhost", "sys")])), Ok(()));
        assert!(accounts.check_user("sys", rows(&[("localhost", "root"), ("%", "root")])).is_err());
        let asked: Vec<&str> = (0..4).map(|number| accounts.user(number)).collect();
        assert_eq!(asked, ["root", "root", "sys", "root"]);
    }
}
