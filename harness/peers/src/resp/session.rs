//! State shared by all connections, and what one of them has said about itself.

use super::store::Database;
use std::time::Instant;

/// Databases that `SELECT` chooses from, as many as Redis has by default.
pub(super) const DATABASES: usize = 16;

/// State shared by all connections.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) databases: [Database; DATABASES],
    pub(super) password: Option<String>,
    pub(super) started: Instant,
    pub(super) port: u16,
    /// Commands executed, as Redis counts them: without those refused before they began.
    pub(super) commands: u64,
    /// Connections accepted.
    pub(super) accepted: u64,
    /// Connections open now.
    pub(super) open: u64,
}

impl Shared {
    pub(super) fn new(password: Option<String>) -> Self {
        Shared {
            databases: Default::default(),
            password,
            started: Instant::now(),
            port: 0,
            commands: 0,
            accepted: 0,
            open: 0,
        }
    }

    /// A connection was accepted.
    pub(super) fn open_session(&mut self) -> Session {
        self.accepted += 1;
        self.open += 1;
        Session { id: self.accepted, database: 0, name: None, authenticated: self.password.is_none() }
    }
}

/// One connection.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: u64,
    pub(super) database: usize,
    pub(super) name: Option<Box<[u8]>>,
    pub(super) authenticated: bool,
}

impl Session {
    /// As a fresh connection is.
    pub(super) fn reset(&mut self, shared: &Shared) {
        *self = Session { id: self.id, database: 0, name: None, authenticated: shared.password.is_none() };
    }

    /// Checks a user and password. Without a password set, Redis lets its one user in with any.
    pub(super) fn log_in(&mut self, shared: &Shared, user: &[u8], password: &[u8]) -> bool {
        let right = shared.password.as_ref().is_none_or(|expected| expected.as_bytes() == password);
        let allowed = user == b"default" && right;
        self.authenticated |= allowed;
        allowed
    }

    /// Sets the name of the connection, if it is valid.
    pub(super) fn rename(&mut self, name: &[u8]) -> bool {
        let fine = name.iter().all(|byte| (b'!'..=b'~').contains(byte));
        if fine {
            self.name = (!name.is_empty()).then(|| name.into());
        }
        fine
    }
}
