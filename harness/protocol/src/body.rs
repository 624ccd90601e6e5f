//! The content of a body that the HTTP peer serves.
//!
//! The HTTP peer serves these bodies and a workload computes them anew to check the answers; so the
//! definition is here, and needs nothing but the language.
//!
//! The body of `n` bytes for seed `s` is the first `n` bytes of the stream of `s`. The stream is the
//! output of splitmix64 (Steele, Lea, Flood: *Fast splittable pseudorandom number generators*, OOPSLA
//! 2014), every 64-bit word written little endian. With unsigned 64-bit arithmetic that wraps:
//!
//! ```text
//! state = s
//! forever:
//!     state = state + 0x9E3779B97F4A7C15
//!     z = state
//!     z = (z xor (z >> 30)) * 0xBF58476D1CE4E5B9
//!     z = (z xor (z >> 27)) * 0x94D049BB133111EB
//!     write z xor (z >> 31) as 8 bytes, lowest first
//! ```
//!
//! Two bodies of one seed therefore begin alike. To check an implementation: the 20 bytes of seed
//! 1234567 are `85fc08fb17d09e59a50f545884f0732c777cf2a3`, their CRC-32 (that of zlib) is `b8d832ba`;
//! the CRC-32 of the 1024 bytes of seed 1 is `5e0f07c6`.

/// The body of `bytes` bytes for `seed`.
#[must_use]
pub fn body(bytes: usize, seed: u64) -> Vec<u8> {
    let mut body = vec![0; bytes];
    let mut state = seed;
    for part in body.chunks_mut(8) {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        part.copy_from_slice(&(word ^ (word >> 31)).to_le_bytes()[..part.len()]);
    }
    body
}

#[cfg(test)]
mod tests {
    use super::body;

    #[test]
    fn the_documented_bytes_hold() {
        let hex: String = body(20, 1_234_567).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "85fc08fb17d09e59a50f545884f0732c777cf2a3");
    }

    #[test]
    fn a_shorter_body_is_the_front_of_a_longer_one() {
        assert_eq!(body(13, 5), body(64, 5)[..13]);
        assert!(body(0, 5).is_empty());
    }
}
