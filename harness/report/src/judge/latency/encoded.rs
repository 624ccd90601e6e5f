//! Reads encoded histograms straight into counts.
//!
//! The hdrhistogram crate decodes into a histogram of its own, which for an hour in nanoseconds with
//! three digits is an array of 350 kB, to be cleared, filled and added to another: per process, of which
//! a long run has hundreds of thousands. An encoded histogram has a few hundred bytes. What the crate
//! writes is read here (the V2 encoding of HdrHistogram, as is or deflated) and added up where it belongs.

use super::counts::{Counts, Layout};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_PARSE_ZLIB_HEADER, TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

/// The first bytes of the V2 encoding.
const PLAIN: u32 = 0x1c84_9313;
/// The first bytes of the deflated V2 encoding.
const DEFLATED: u32 = 0x1c84_9314;
/// Bytes before the counts: cookie, length, offset, digits, two bounds, ratio.
const HEADER: usize = 40;
/// More than any histogram of five digits encodes to: 64 halves of 2¹⁷ buckets of 9 bytes.
const BYTES_MAX: usize = HEADER + 64 * 9 * (1 << 17);

/// Takes the text of histograms apart, with buffers that are used again.
#[derive(Default)]
pub(crate) struct Decoder {
    bytes: Vec<u8>,
    inflated: Vec<u8>,
    inflater: DecompressorOxide,
    counted: Vec<(usize, u64)>,
}

/// One histogram, whole.
pub(crate) struct Decoded<'a> {
    layout: Layout,
    /// Each bucket that was counted, and how often.
    counted: &'a [(usize, u64)],
}

/// One histogram in the V2 encoding, its header understood and its counts still encoded.
struct Encoded<'a> {
    layout: Layout,
    /// How many buckets its bounds allow.
    buckets: usize,
    counts: &'a [u8],
}

impl Decoder {
    /// Reads the base64 text of one histogram to its end, so that half a one is never added to anything.
    pub(crate) fn decode(&mut self, text: &str) -> Result<Decoded<'_>, String> {
        self.bytes.clear();
        STANDARD.decode_vec(text, &mut self.bytes).map_err(|error| error.to_string())?;
        let (cookie, rest) = number(&self.bytes)?;
        let encoded = match cookie {
            PLAIN => header(&self.bytes),
            DEFLATED => {
                let (length, rest) = number(rest)?;
                let deflated = rest.get(..length as usize).unwrap_or(rest);
                header(inflate(&mut self.inflater, deflated, &mut self.inflated)?)
            }
            other => Err(format!("it begins with {other:#x}, so it is not a histogram in the V2 encoding")),
        }?;
        self.counted.clear();
        encoded.each(|bucket, count| self.counted.push((bucket, count)))?;
        Ok(Decoded { layout: encoded.layout, counted: &self.counted })
    }
}

/// Inflates a zlib stream to its end and returns what it holds, in `buffer`, which only ever grows.
fn inflate<'a>(inflater: &mut DecompressorOxide, deflated: &[u8], buffer: &'a mut Vec<u8>) -> Result<&'a [u8], String> {
    // Straight into the buffer: a window that wraps would be 32 kB to clear and copy for each histogram.
    let flags = TINFL_FLAG_PARSE_ZLIB_HEADER | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    inflater.init();
    buffer.resize(buffer.len().max(4096), 0);
    let (mut taken, mut made) = (0, 0);
    loop {
        let (status, took, more) = decompress(inflater, &deflated[taken..], buffer, made, flags);
        taken += took;
        made += more;
        match status {
            TINFLStatus::Done => return Ok(&buffer[..made]),
            TINFLStatus::HasMoreOutput if buffer.len() < BYTES_MAX => buffer.resize(2 * buffer.len(), 0),
            TINFLStatus::HasMoreOutput => return Err("it inflates to more than any histogram has".into()),
            TINFLStatus::NeedsMoreInput | TINFLStatus::FailedCannotMakeProgress => {
                return Err("it ends before its deflated data does".into());
            }
            _ => return Err("it cannot be inflated".into()),
        }
    }
}

/// Understands the header of a histogram in the plain V2 encoding.
fn header(bytes: &[u8]) -> Result<Encoded<'_>, String> {
    let (cookie, rest) = number(bytes)?;
    if cookie != PLAIN {
        return Err(format!("it begins with {cookie:#x} once inflated, so it is not a histogram in the V2 encoding"));
    }
    let (length, rest) = number(rest)?;
    let (offset, rest) = number(rest)?;
    let (digits, rest) = number(rest)?;
    let (lowest, rest) = long(rest)?;
    let (highest, rest) = long(rest)?;
    let (ratio, rest) = long(rest)?;
    if offset != 0 || f64::from_bits(ratio) != 1.0 {
        return Err("its counts are shifted or scaled, which loopswap does not read".into());
    }
    let impossible = || format!("a histogram from {lowest} to {highest} with {digits} digits is impossible");
    let layout = Layout::new(lowest, digits).ok_or_else(impossible)?;
    if highest / 2 < lowest {
        return Err(impossible());
    }
    let counts = rest.get(..length as usize).ok_or("it ends before its counts do")?;
    Ok(Encoded { layout, buckets: layout.buckets_up_to(highest), counts })
}

/// The first four bytes as a number, and what follows them.
fn number(bytes: &[u8]) -> Result<(u32, &[u8]), String> {
    let (first, rest) = bytes.split_first_chunk().ok_or("it ends within its header")?;
    Ok((u32::from_be_bytes(*first), rest))
}

/// The first eight bytes as a number, and what follows them.
fn long(bytes: &[u8]) -> Result<(u64, &[u8]), String> {
    let (first, rest) = bytes.split_first_chunk().ok_or("it ends within its header")?;
    Ok((u64::from_be_bytes(*first), rest))
}

impl Decoded<'_> {
    /// The highest value of every bucket that was counted, and how often, ascending.
    pub(super) fn recorded(&self) -> impl Iterator<Item = (u64, u64)> {
        self.counted.iter().map(|(bucket, count)| (self.layout.highest_of(*bucket), *count))
    }

    /// Adds all counts to `merged`, or none of them if the histogram divides values differently from those
    /// before it.
    pub(super) fn add_to(&self, merged: &mut Option<Counts>) -> Result<(), String> {
        let merged = merged.get_or_insert_with(|| Counts::new(self.layout));
        if merged.layout() != self.layout {
            return Err("it has another precision than the histograms of the generations before it".into());
        }
        self.counted.iter().for_each(|(bucket, count)| merged.add(*bucket, *count));
        Ok(())
    }
}

impl Encoded<'_> {
    /// Calls `with` for each bucket that was counted, and how often.
    ///
    /// Counts stand in the order of their buckets, as zig-zag numbers of 7 bits a byte (the ninth byte
    /// has 8); a negative number stands for that many empty buckets.
    fn each(&self, mut with: impl FnMut(usize, u64)) -> Result<(), String> {
        let mut bytes = self.counts;
        let mut bucket = 0_usize;
        while !bytes.is_empty() {
            let (zig_zag, rest) = variable(bytes).ok_or("it ends within a count")?;
            bytes = rest;
            let number = zig_zag >> 1;
            if zig_zag & 1 == 1 {
                // −1 is 1, −2 is 3, …: one more than what is left without the sign.
                bucket = bucket.saturating_add(usize::try_from(number).unwrap_or(usize::MAX)).saturating_add(1);
                continue;
            }
            if number > 0 {
                if bucket >= self.buckets {
                    return Err("it counts values beyond its highest".into());
                }
                with(bucket, number);
            }
            bucket = bucket.saturating_add(1);
        }
        Ok(())
    }
}

/// The first number of variable length, and what follows it; `None` if it is cut off.
fn variable(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0;
    for (place, byte) in bytes.iter().take(9).enumerate() {
        let last = place == 8 || byte & 0x80 == 0;
        let bits = if place == 8 { *byte } else { byte & 0x7f };
        number |= u64::from(bits) << (7 * place);
        if last {
            return Some((number, &bytes[place + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdrhistogram::Histogram;
    use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer, V2Serializer};
    use proptest::collection::vec;
    use proptest::prelude::*;

    fn histogram(highest: u64, digits: u8, recorded: &[(u64, u64)]) -> Histogram<u64> {
        let mut histogram = Histogram::new_with_bounds(1, highest, digits).unwrap();
        recorded.iter().for_each(|(value, count)| histogram.saturating_record_n(*value, *count));
        histogram
    }

    fn bytes(histogram: &Histogram<u64>, deflate: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        if deflate {
            V2DeflateSerializer::new().serialize(histogram, &mut bytes).unwrap();
        } else {
            V2Serializer::new().serialize(histogram, &mut bytes).unwrap();
        }
        bytes
    }

    fn total(counts: &Counts) -> u64 {
        counts.recorded().map(|(_, count)| count).sum()
    }

    /// As an HdrHistogram defines its quantiles: the first bucket with which that share is counted.
    fn values_at<const N: usize>(counts: &Counts, quantiles: [f64; N]) -> Option<[u64; N]> {
        let total = total(counts);
        let last = counts.recorded().last()?.0;
        Some(quantiles.map(|quantile| {
            let mut left = ((quantile * total as f64).ceil() as u64).max(1);
            let reached = counts.recorded().find(|(_, count)| {
                left = left.saturating_sub(*count);
                left == 0
            });
            reached.map_or(last, |(value, _)| value)
        }))
    }

    fn text(histogram: &Histogram<u64>) -> String {
        STANDARD.encode(bytes(histogram, true))
    }

    fn add(decoder: &mut Decoder, merged: &mut Option<Counts>, text: &str) -> Result<(), String> {
        decoder.decode(text).and_then(|encoded| encoded.add_to(merged))
    }

    fn recorded() -> impl Strategy<Value = Vec<(u64, u64)>> {
        let value = prop_oneof![0_u64..5000, 0_u64..4_000_000_000_000, (0_u32..42).prop_map(|bits| 1 << bits)];
        let count = prop_oneof![4 => 1_u64..4, 1 => 1_u64..1_000_000, 1 => Just(1 << 40)];
        vec((value, count), 0..60)
    }

    const QUANTILES: [f64; 6] = [0.001, 0.5, 0.9, 0.99, 0.999, 1.0];

    proptest! {
        #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn merging_is_what_the_crate_does(many in vec((recorded(), any::<bool>()), 1..6), digits in 1_u8..=3) {
            let (mut theirs, mut ours) = (histogram(3_600_000_000_000, digits, &[]), None);
            let mut decoder = Decoder::default();
            for (recorded, deflate) in &many {
                let one = histogram(3_600_000_000_000, digits, recorded);
                let encoded = bytes(&one, *deflate);
                let back: Histogram<u64> = Deserializer::new().deserialize(&mut encoded.as_slice()).unwrap();
                theirs.add(&back).unwrap();
                prop_assert_eq!(add(&mut decoder, &mut ours, &STANDARD.encode(encoded)), Ok(()));
            }
            let ours = ours.unwrap();
            prop_assert_eq!(total(&ours), theirs.len());
            let expected = QUANTILES.map(|quantile| theirs.value_at_quantile(quantile));
            prop_assert_eq!(values_at(&ours, QUANTILES), (!theirs.is_empty()).then_some(expected));
            prop_assert_eq!(values_at(&ours, [1.0]), (!theirs.is_empty()).then(|| [theirs.max()]));
        }

        #[test]
        fn damage_is_told_and_adds_nothing(recorded in recorded(), place in 0.0..1.0, flip in 1_u8..=255) {
            let mut encoded = bytes(&histogram(3_600_000_000_000, 3, &recorded), false);
            prop_assume!(encoded.len() > HEADER);
            // Among the counts: a damaged header makes the crate clear gigabytes.
            let place = HEADER + (place * (encoded.len() - HEADER) as f64) as usize;
            encoded[place] ^= flip;
            let back: Result<Histogram<u64>, _> = Deserializer::new().deserialize(&mut encoded.as_slice());
            // A flipped count is still a count; if the crate sees damage, so do we.
            let mut merged = None;
            let ours = add(&mut Decoder::default(), &mut merged, &STANDARD.encode(&encoded));
            prop_assert_eq!(ours.is_ok(), back.is_ok(), "{:?} {:?}", ours, back.err());
            prop_assert_eq!(ours.is_ok(), merged.is_some());
        }
    }

    #[test]
    fn a_histogram_that_ends_earlier_is_added_all_the_same() {
        let (mut decoder, mut merged) = (Decoder::default(), None);
        add(&mut decoder, &mut merged, &text(&histogram(1 << 20, 3, &[(1000, 1)]))).unwrap();
        add(&mut decoder, &mut merged, &text(&histogram(1 << 40, 3, &[(1 << 39, 1)]))).unwrap();
        let merged = merged.unwrap();
        let highest = histogram(1 << 40, 3, &[]).highest_equivalent(1 << 39);
        assert_eq!(values_at(&merged, [0.5, 1.0]), Some([1000, highest]));
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let whole = text(&histogram(1 << 40, 3, &[(1000, 1), (5_000_000, 7)]));
        let (mut decoder, mut merged) = (Decoder::default(), None);
        add(&mut decoder, &mut merged, &whole).unwrap();
        let mut why = |text: &str| add(&mut decoder, &mut merged, text).unwrap_err();
        assert!(why("%").contains("Invalid"), "{}", why("%"));
        assert!(why("").contains("within its header"));
        assert!(why(&STANDARD.encode([0; 50])).contains("not a histogram"));
        let cut = STANDARD.decode(&whole).unwrap();
        for length in 8..cut.len() - 5 {
            assert!(why(&STANDARD.encode(&cut[..length])).contains("it "), "{length}");
        }
        assert!(why(&text(&histogram(1 << 40, 2, &[(1, 1)]))).contains("another precision"));
        assert_eq!(total(&merged.unwrap()), 8);
    }
}
