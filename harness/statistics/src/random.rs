//! A random number generator whose stream will never change.

/// What every step adds to the state: 2⁶⁴ divided by the golden ratio, made odd.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// SplitMix64: a tiny generator, fully specified by the lines below.
///
/// Records keep only the seed of an order, and the same seed must always give the same order; libraries
/// rarely promise that of their generators. Not for cryptography. Steele, Lea & Flood, "Fast splittable
/// pseudorandom number generators" (2014).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitMix64 {
    state: u64,
}

impl SplitMix64 {
    /// A generator that begins at `seed`. Any seed is as good as any other.
    pub fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The generator for part `part` of an experiment with the seed `seed`.
    ///
    /// The seed is scrambled before the part is added, so that part 1 of seed 7 is not part 0 of
    /// seed 8.
    pub fn for_part(seed: u64, part: u64) -> Self {
        Self::new(Self::new(seed).next_u64().wrapping_add(part))
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A random integer in `0..bound`, or 0 if `bound` is 0.
    ///
    /// Multiplies instead of taking a remainder (Lemire 2019); the remaining bias is bound / 2⁶⁴.
    pub fn below(&mut self, bound: usize) -> usize {
        let product = u128::from(self.next_u64()) * bound as u128;
        // The upper half of the product is below `bound`, so it fits.
        (product >> 64) as usize
    }

    /// A random number in `0.0..1.0`, a multiple of 2⁻⁵³.
    pub fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Shuffles `items` (Fisher & Yates 1938, from the last place down).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stream_matches_the_published_values() {
        // The C reference by Vigna (https://prng.di.unimi.it/splitmix64.c) with seed 1234567.
        let mut random = SplitMix64::new(1_234_567);
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(expected.map(|_| random.next_u64()), expected);
    }

    #[test]
    fn draws_stay_in_range_and_reach_all_of_it() {
        let mut random = SplitMix64::new(3);
        let mut seen = [0; 5];
        for _ in 0..1000 {
            seen[random.below(5)] += 1;
            assert!((0.0..1.0).contains(&random.unit()));
        }
        assert!(seen.iter().all(|count| (150..250).contains(count)), "{seen:?}");
        assert_eq!(random.below(0), 0);
        assert_eq!(random.below(1), 0);
    }

    #[test]
    fn parts_have_streams_of_their_own() {
        let first = |seed, part| SplitMix64::for_part(seed, part).next_u64();
        assert_eq!(first(7, 1), first(7, 1));
        assert_ne!(first(7, 1), first(8, 0));
        assert_ne!(first(7, 1), first(7, 0));
    }
}
