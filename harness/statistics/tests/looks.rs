//! Is the chance of any look raising a false alarm really at most 1 %?

use loopswap_statistics::{Looks, SUSPECTS_MAX, SplitMix64, signed_rank};

use crate::noise::{Noise, SYMMETRIC, sample};

const ROWS: usize = 2000;

/// The share of rows without any difference that pass at one of the looks, with threshold `p_max`.
fn alarms(looks: &Looks, p_max: f64, noise: Noise) -> f64 {
    let mut random = SplitMix64::for_part(1977, looks.at().len() as u64);
    let longest = looks.at().last().map_or(0, |last| *last as usize);
    let passes = |values: &[f64]| signed_rank(values).unwrap().p <= p_max;
    let alarms = (0..ROWS).filter(|_| {
        let values = sample(&mut random, longest, noise);
        looks.at().iter().any(|look| passes(&values[..*look as usize]))
    });
    alarms.count() as f64 / ROWS as f64
}

#[test]
fn looking_often_raises_no_more_false_alarms() {
    let dice = 3.0 * (SUSPECTS_MAX / ROWS as f64).sqrt();
    for generations_max in [12, 30, 50, 58] {
        let looks = Looks::up_to(generations_max);
        for (name, noise) in SYMMETRIC {
            let rate = alarms(&looks, looks.suspect_p(), noise);
            println!("up to {generations_max}, {name}: {rate:.4}");
            assert!(rate <= SUSPECTS_MAX + dice, "up to {generations_max}, {name}: {rate}");
        }
    }
    // The test can fail: without the smaller threshold the rate is well beyond 1 %.
    let rate = alarms(&Looks::up_to(58), SUSPECTS_MAX, SYMMETRIC[0].1);
    assert!(rate > SUSPECTS_MAX + dice, "{rate}");
}

/// Long races: only the looks that the exact test is quick for would take long here.
#[test]
fn long_races_raise_no_more_either() {
    let looks = Looks::up_to(270);
    let rows = 300;
    let mut random = SplitMix64::new(4);
    let alarms = (0..rows).filter(|_| {
        let values = sample(&mut random, 270, SYMMETRIC[1].1);
        looks.at().iter().any(|look| signed_rank(&values[..*look as usize]).unwrap().p <= looks.suspect_p())
    });
    let rate = alarms.count() as f64 / f64::from(rows);
    println!("up to 270: {rate:.4}");
    assert!(rate <= SUSPECTS_MAX + 3.0 * (SUSPECTS_MAX / f64::from(rows)).sqrt(), "{rate}");
}
