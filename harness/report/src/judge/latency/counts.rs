//! The counts of many histograms added up, bucket by bucket.

/// How an HdrHistogram divides values into buckets: everything that follows from its bounds and digits.
///
/// Buckets are numbered from 0. The first `2 · half` hold one unit each, every further `half` of them values
/// of twice the width of those before. If two histograms have the same layout, the same bucket means the same
/// values, even if one of them ends earlier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// A unit is 2 to this power.
    unit_bits: u32,
    /// `half` is 2 to this power.
    half_bits: u32,
}

impl Layout {
    /// The layout of a histogram whose lowest discernible value is `lowest`, with `digits` significant
    /// digits; `None` if such a histogram is impossible.
    pub(super) fn new(lowest: u64, digits: u32) -> Option<Self> {
        let unit_bits = lowest.checked_ilog2()?;
        if digits > 5 {
            return None;
        }
        // One unit each up to 2 · 10^digits, rounded up to a power of two.
        let half_bits = (2 * 10_u64.pow(digits)).next_power_of_two().ilog2() - 1;
        (unit_bits + half_bits < 63).then_some(Self { unit_bits, half_bits })
    }

    /// How many buckets there are up to the one that holds `highest`.
    pub(super) fn buckets_up_to(self, highest: u64) -> usize {
        let units = highest >> self.unit_bits;
        // Everything that the first 2 · half buckets hold has no more bits than those need.
        let doublings = (units.max(1).ilog2()).saturating_sub(self.half_bits);
        // The array of a histogram always ends with a full half.
        (doublings as usize + 2) << self.half_bits
    }

    /// The highest value of a bucket.
    pub(super) fn highest_of(self, bucket: usize) -> u64 {
        let half = 1_usize << self.half_bits;
        let doublings = (bucket >> self.half_bits).saturating_sub(1);
        let units = (bucket - doublings * half) as u64;
        let shift = doublings as u32 + self.unit_bits;
        // The last bucket ends with the largest number.
        u64::try_from((u128::from(units + 1) << shift) - 1).unwrap_or(u64::MAX)
    }
}

/// How often each bucket of a layout was counted.
#[derive(Debug)]
pub(super) struct Counts {
    layout: Layout,
    buckets: Vec<u64>,
}

impl Counts {
    pub(super) fn new(layout: Layout) -> Self {
        Self { layout, buckets: Vec::new() }
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    /// Adds `count` to a bucket.
    pub(super) fn add(&mut self, bucket: usize, count: u64) {
        if bucket >= self.buckets.len() {
            // Not the whole array of the histogram: latencies use a small part of an hour in nanoseconds.
            self.buckets.resize((bucket + 1).next_power_of_two(), 0);
        }
        let counted = &mut self.buckets[bucket];
        *counted = counted.saturating_add(count);
    }

    /// The highest value of every bucket that holds anything, and how often that was counted.
    pub(super) fn recorded(&self) -> impl Iterator<Item = (u64, u64)> {
        let counted = self.buckets.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.map(|(bucket, count)| (self.layout.highest_of(bucket), *count))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdrhistogram::Histogram;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_layout_is_that_of_hdrhistogram(
            lowest in 1_u64..5000, digits in 0_u32..=4, high_bits in 14_u32..50, share in 0.0..1.0,
        ) {
            let highest = 1_u64 << high_bits;
            let theirs = Histogram::<u64>::new_with_bounds(lowest, highest, digits as u8).unwrap();
            let layout = Layout::new(lowest, digits).unwrap();
            prop_assert_eq!(layout.buckets_up_to(highest), theirs.distinct_values());
            let bucket = (share * layout.buckets_up_to(highest) as f64) as usize;
            let value = layout.highest_of(bucket);
            prop_assert_eq!(value, theirs.highest_equivalent(value));
            // The bucket begins where the one before it ends.
            let begin = if bucket == 0 { 0 } else { layout.highest_of(bucket - 1) + 1 };
            prop_assert_eq!(begin, theirs.lowest_equivalent(value));
        }
    }

    #[test]
    fn impossible_layouts_are_refused() {
        assert_eq!(Layout::new(0, 3), None);
        assert_eq!(Layout::new(1, 6), None);
        assert_eq!(Layout::new(1 << 60, 3), None);
        let layout = Layout::new(1, 3).unwrap();
        assert_eq!(layout.highest_of(layout.buckets_up_to(u64::MAX) - 1), u64::MAX);
    }
}
