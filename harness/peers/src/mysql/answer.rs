//! Answers as packets: OK, errors, rows as text and in binary.
//!
//! `mysql_common` reads OK packets and prepared statements but cannot write them, and writes the character set of a
//! column (0.38.2) behind its length instead of before it. So their few bytes are put together here, after their pages
//! in MySQL's protocol documentation.

use bytes::BufMut as _;
use mysql_common::constants::{CapabilityFlags, ColumnType, StatusFlags};
use mysql_common::io::BufMutExt as _;
use mysql_common::packets::{ErrPacket, NullBitmap, ServerError, SqlState};
use mysql_common::proto::MySerialize;
use mysql_common::value::ServerSide;

/// The collation utf8mb4_general_ci, and the length in bytes that it gives a column of 255 letters.
const COLLATION: u16 = 45;
const COLUMN_BYTES: u32 = 255 * 4;

/// An error that the server answers: MySQL's number, its SQL state, its sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) code: u16,
    pub(super) state: [u8; 5],
    pub(super) text: String,
}

impl Refusal {
    pub(super) fn new(code: u16, state: &[u8; 5], text: impl Into<String>) -> Self {
        Refusal { code, state: *state, text: text.into() }
    }
}

/// How rows are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Text,
    Binary,
}

/// Columns with names, and rows of texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Table {
    pub(super) names: Vec<&'static str>,
    pub(super) rows: Vec<Vec<String>>,
}

/// The packets of one answer, in order, without their frames.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) packets: Vec<Vec<u8>>,
}

impl Answer {
    fn push(&mut self, packet: &impl MySerialize) {
        let mut payload = Vec::new();
        packet.serialize(&mut payload);
        self.packets.push(payload);
    }

    pub(super) fn refuse(&mut self, refusal: &Refusal) {
        let state = Some(SqlState::new(refusal.state));
        self.push(&ErrPacket::Error(ServerError::new(refusal.code, state, refusal.text.as_bytes())));
    }

    pub(super) fn ok(&mut self) {
        self.packets.push(ok(0x00));
    }

    /// A result with all its rows.
    pub(super) fn table(&mut self, table: &Table, encoding: Encoding, capabilities: CapabilityFlags) {
        let mut count = Vec::new();
        count.put_lenenc_int(table.names.len() as u64);
        self.packets.push(count);
        self.columns(&table.names);
        if !capabilities.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF) {
            self.packets.push(end_of_part());
        }
        for row in &table.rows {
            let mut payload = Vec::new();
            if encoding == Encoding::Binary {
                payload.put_u8(0x00);
                payload.put_slice(NullBitmap::<ServerSide>::new(row.len()).as_ref());
            }
            for text in row {
                payload.put_lenenc_str(text.as_bytes());
            }
            self.packets.push(payload);
        }
        let deprecated = capabilities.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF);
        self.packets.push(if deprecated { ok(0xfe) } else { end_of_part() });
    }

    /// A prepared statement: its number, then the description of its values and its columns.
    pub(super) fn prepared(&mut self, id: u32, values: u16, names: &[&'static str], capabilities: CapabilityFlags) {
        let mut named = vec![0x00];
        named.put_u32_le(id);
        named.put_u16_le(u16::try_from(names.len()).unwrap_or(u16::MAX));
        named.put_u16_le(values);
        named.put_slice(&[0; 3]);
        self.packets.push(named);
        for part in [vec!["?"; usize::from(values)], names.to_vec()] {
            self.columns(&part);
            if !part.is_empty() && !capabilities.contains(CapabilityFlags::CLIENT_DEPRECATE_EOF) {
                self.packets.push(end_of_part());
            }
        }
    }

    fn columns(&mut self, names: &[&str]) {
        for name in names {
            self.packets.push(column(name));
        }
    }
}

/// The definition of a column of the table `user` (`ColumnDefinition41`).
fn column(name: &str) -> Vec<u8> {
    let mut payload = Vec::new();
    // Catalogue, database, table and its own name, column and its own name.
    for text in ["def", "mysql", "user", "user", name, name] {
        payload.put_lenenc_str(text.as_bytes());
    }
    // The length of what follows; then flags, decimals, and two bytes that nobody reads, all zero.
    payload.put_u8(12);
    payload.put_u16_le(COLLATION);
    payload.put_u32_le(COLUMN_BYTES);
    payload.put_u8(ColumnType::MYSQL_TYPE_VAR_STRING as u8);
    payload.put_slice(&[0; 5]);
    payload
}

/// An OK packet: no rows touched, no identifier, autocommit on, no warnings.
fn ok(header: u8) -> Vec<u8> {
    let mut payload = vec![header, 0, 0];
    payload.put_u16_le(StatusFlags::SERVER_STATUS_AUTOCOMMIT.bits());
    payload.put_u16_le(0);
    payload
}

/// The end of columns, and of rows, for a client without `CLIENT_DEPRECATE_EOF`.
fn end_of_part() -> Vec<u8> {
    let mut payload = vec![0xfe];
    payload.put_u16_le(0);
    payload.put_u16_le(StatusFlags::SERVER_STATUS_AUTOCOMMIT.bits());
    payload
}

#[cfg(test)]
mod tests {
    use super::*;
    use mysql_common::io::ParseBuf;
    use mysql_common::packets::Column;

    #[test]
    fn a_client_reads_the_character_set_of_a_column_before_its_length() {
        let payload = column("Host");
        let read: Column = ParseBuf(&payload).parse(()).expect("a column");
        assert_eq!((read.name_str().as_ref(), read.table_str().as_ref()), ("Host", "user"));
        assert_eq!((read.character_set(), read.column_length()), (COLLATION, COLUMN_BYTES));
        assert_eq!(read.column_type(), ColumnType::MYSQL_TYPE_VAR_STRING);
    }
}
