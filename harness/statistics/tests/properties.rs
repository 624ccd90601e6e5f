//! Laws that hold for every sample, tried on random ones.

use loopswap_statistics::{
    IntervalKind, SplitMix64, benjamini_hochberg, bimodal, estimate, hodges_lehmann, holm, interval, median,
    median_absolute_deviation, order, order_period, quantile, signed_rank, smallest_detectable,
};
use proptest::collection::vec;
use proptest::prelude::*;

/// Log ratios as they occur: mostly small, some large, often with ties and zeros.
fn samples(n: impl Into<proptest::collection::SizeRange>) -> impl Strategy<Value = Vec<f64>> {
    let value = prop_oneof![3 => -0.1..0.1, 1 => -3.0..3.0, 1 => (-4..=4).prop_map(|i: i32| f64::from(i) * 0.25)];
    vec(value, n)
}

fn levels() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.5), Just(0.9), Just(0.95), Just(0.99), 0.01..0.999]
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * (1.0 + a.abs() + b.abs())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn estimates_follow_shift_and_scale(
        values in samples(1..30), level in levels(), shift in -2.0..2.0, scale in 0.1..10.0,
    ) {
        let before = estimate(&values, level).unwrap();
        let moved: Vec<f64> = values.iter().map(|value| shift + scale * value).collect();
        let after = estimate(&moved, level).unwrap();
        prop_assert!(close(after.centre, shift + scale * before.centre));
        prop_assert!(close(after.lower, shift + scale * before.lower));
        prop_assert!(close(after.upper, shift + scale * before.upper));
        prop_assert!(close(median(&moved).unwrap(), shift + scale * median(&values).unwrap()));
        prop_assert!(close(
            median_absolute_deviation(&moved).unwrap(),
            scale * median_absolute_deviation(&values).unwrap()
        ));
        match (smallest_detectable(&values, 0.05, 0.8), smallest_detectable(&moved, 0.05, 0.8)) {
            (Some(before), Some(after)) => prop_assert!(close(after, scale * before)),
            (before, after) => prop_assert_eq!(before, after),
        }
    }

    #[test]
    fn the_order_of_the_values_does_not_matter(values in samples(1..40), seed: u64) {
        let mut shuffled = values.clone();
        SplitMix64::new(seed).shuffle(&mut shuffled);
        prop_assert_eq!(estimate(&values, 0.95), estimate(&shuffled, 0.95));
        prop_assert_eq!(signed_rank(&values), signed_rank(&shuffled));
        prop_assert_eq!(hodges_lehmann(&values), hodges_lehmann(&shuffled));
        prop_assert_eq!(bimodal(&values), bimodal(&shuffled));
    }

    #[test]
    fn the_interval_holds_the_centre_and_grows_with_the_level(
        values in samples(1..40), level in levels(), higher in levels(),
    ) {
        let found = estimate(&values, level).unwrap();
        prop_assert!(found.lower <= found.centre && found.centre <= found.upper);
        prop_assert!((0.0..1.0).contains(&found.level_reached));
        prop_assert!(found.kind == IntervalKind::FullRange || found.level_reached >= level - 1e-9);
        prop_assert!(quantile(&values, 0.0).unwrap() <= found.lower);
        prop_assert!(found.upper <= quantile(&values, 1.0).unwrap());
        let wider = interval(&values, higher.max(level)).unwrap();
        prop_assert!(wider.lower <= found.lower && found.upper <= wider.upper);
    }

    #[test]
    fn negation_mirrors_everything(values in samples(1..40), level in levels()) {
        let negated: Vec<f64> = values.iter().map(|value| -value).collect();
        let (before, after) = (signed_rank(&values).unwrap(), signed_rank(&negated).unwrap());
        prop_assert_eq!(before.p, after.p);
        prop_assert_eq!(before.positive_rank_sum, after.negative_rank_sum);
        let (before, after) = (estimate(&values, level).unwrap(), estimate(&negated, level).unwrap());
        prop_assert_eq!((before.centre, before.lower), (-after.centre, -after.upper));
        prop_assert_eq!(bimodal(&values), bimodal(&negated));
    }

    #[test]
    fn p_is_a_probability(values in samples(1..130)) {
        let test = signed_rank(&values).unwrap();
        prop_assert!(test.p > 0.0 && test.p <= 1.0);
        prop_assert_eq!(test.n, values.len());
    }

    #[test]
    fn test_and_interval_agree_without_ties(values in vec(-1.0..1.5, 6..40), alpha in 0.04..0.5) {
        let found = estimate(&values, 1.0 - alpha).unwrap();
        let p = signed_rank(&values).unwrap().p;
        prop_assert_eq!(found.excludes_zero(), p <= alpha, "{:?}, p = {}", found, p);
    }

    #[test]
    fn adjusted_p_values_are_larger_and_keep_their_order(p_values in vec(0.0..=1.0, 0..40)) {
        for adjusted in [benjamini_hochberg(&p_values), holm(&p_values)] {
            prop_assert_eq!(adjusted.len(), p_values.len());
            for (i, p) in p_values.iter().enumerate() {
                prop_assert!(adjusted[i] >= *p && adjusted[i] <= 1.0);
                for (j, other) in p_values.iter().enumerate() {
                    prop_assert!(p > other || adjusted[i] <= adjusted[j]);
                }
            }
        }
        let both = benjamini_hochberg(&p_values).into_iter().zip(holm(&p_values));
        prop_assert!(both.into_iter().all(|(fdr, familywise)| fdr <= familywise + 1e-12));
    }

    #[test]
    fn orders_are_balanced(seed: u64, generation: u64, arms in 1_usize..9, periods in 1_usize..4) {
        let period = order_period(arms);
        let rounds = order(seed, generation, periods * period, arms);
        prop_assert_eq!(rounds.len(), periods * period);
        for block in rounds.chunks(period) {
            let mut places = vec![vec![0; arms]; arms];
            for round in block {
                round.iter().enumerate().for_each(|(place, &arm)| places[arm][place] += 1);
            }
            prop_assert!(places.iter().flatten().all(|&count| count == period / arms));
        }
    }
}
