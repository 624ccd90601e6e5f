//! Packets in a stream of bytes: three bytes of length, one of sequence, the payload.

use crate::Error;
use bytes::BytesMut;
use mysql_common::proto::codec::PacketCodec;

/// One connection's framing, both ways. The sequence numbers are checked.
#[derive(Debug, Default)]
pub struct Wire {
    codec: PacketCodec,
    /// Bytes that have arrived and are not split into packets yet.
    received: BytesMut,
    /// The last packet, or the beginning of the next.
    packet: Vec<u8>,
    /// Whether `packet` is complete.
    whole: bool,
    sent: BytesMut,
}

impl Wire {
    /// Adds bytes that have arrived.
    pub fn receive(&mut self, bytes: &[u8]) {
        self.received.extend_from_slice(bytes);
    }

    /// Advances to the next packet; false if it has not arrived completely.
    ///
    /// # Errors
    /// It is out of sequence, or longer than 4 MiB.
    pub fn next_packet(&mut self) -> Result<bool, Error> {
        if std::mem::take(&mut self.whole) {
            self.packet.clear();
        }
        let decoded = self.codec.decode(&mut self.received, &mut self.packet);
        self.whole = decoded.map_err(|error| Error::malformed("a packet", error))?;
        Ok(self.whole)
    }

    /// The payload of the current packet, to which [`Wire::next_packet`] advanced.
    #[must_use]
    pub fn packet(&self) -> &[u8] {
        &self.packet
    }

    /// Frames the payload of a command, which begins a new sequence, into `out`.
    ///
    /// # Errors
    /// It is longer than 4 MiB.
    pub fn command(&mut self, payload: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        self.codec.reset_seq_id();
        self.reply(payload, out)
    }

    /// Frames a payload that answers the server's last packet into `out`, replacing its content.
    ///
    /// # Errors
    /// It is longer than 4 MiB.
    pub fn reply(&mut self, mut payload: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        self.sent.clear();
        self.codec.encode(&mut payload, &mut self.sent).map_err(|error| Error::malformed("a packet to send", error))?;
        out.clear();
        out.extend_from_slice(&self.sent);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_is_whole_however_it_arrives() {
        let bytes = b"\x03\x00\x00\x00abc\x01\x00\x00\x01d\x00\x00\x00\x02";
        for cut in 0..bytes.len() {
            let mut wire = Wire::default();
            let mut packets = Vec::new();
            for part in [&bytes[..cut], &bytes[cut..]] {
                wire.receive(part);
                while wire.next_packet().unwrap() {
                    packets.push(wire.packet().to_vec());
                }
            }
            assert_eq!(packets, [&b"abc"[..], b"d", b""], "cut at {cut}");
        }
    }

    #[test]
    fn a_command_begins_a_sequence_and_a_reply_goes_on_with_it() {
        let mut wire = Wire::default();
        let mut out = Vec::new();
        wire.command(b"q", &mut out).unwrap();
        assert_eq!(out, b"\x01\x00\x00\x00q");
        wire.receive(b"\x01\x00\x00\x01a");
        assert!(wire.next_packet().unwrap());
        wire.reply(b"r", &mut out).unwrap();
        assert_eq!(out, b"\x01\x00\x00\x02r");
        wire.command(b"q", &mut out).unwrap();
        wire.receive(b"\x01\x00\x00\x05a");
        assert!(wire.next_packet().unwrap_err().to_string().contains("out of sync"));
    }
}
