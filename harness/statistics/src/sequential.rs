//! Looking at a sample several times while it grows, without additional false alarms.

/// The first looks, in generations. The first is where twelve like signs give p = 2/4096, well below
/// every threshold of the table; the others follow at steps of about 1.4.
const FIRST: [u32; 5] = [12, 20, 30, 42, 58];

/// What the number of generations is multiplied by from one look to the next beyond [`FIRST`].
const GROWTH: f64 = 1.35;

/// The chance, over all looks together, that a row without any difference passes at one of them.
pub const SUSPECTS_MAX: f64 = 0.01;

/// The threshold for 1, 2, 3, … looks of the schedule, rounded down.
///
/// Found by `examples/looks.rs` from 4 000 000 simulated rows; the rate that belongs to an entry is known to
/// within 0.005 % (one standard error). If nothing differs, signs and ranks of sizes are independent of each
/// other whatever the shape of the noise, so the numbers hold for every continuous symmetric noise, not only
/// for the simulated one. A last look that comes before its place in the schedule shares more with the look
/// before it and has fewer false alarms: at most 0.99 % of any budget from 8 to 60 generations.
const SUSPECT_P: [f64; 12] =
    [0.01, 0.0063, 0.0046, 0.0034, 0.0027, 0.0024, 0.0022, 0.0019, 0.0016, 0.0015, 0.0014, 0.0013];

/// When a growing sample is looked at, and how small p has to be there.
///
/// A test at 1 % that is repeated whenever more data has come in raises far more than 1 % of false
/// alarms. With the same threshold at every look ([`suspect_p`](Self::suspect_p)) the chance that a
/// row without any difference passes *at any of them* is at most [`SUSPECTS_MAX`]. A constant
/// threshold spends much of the error early, which is what a race wants: clear rows stop soon.
/// Pocock, "Group sequential methods in the design and analysis of clinical trials" (1977), with the
/// exact signed-rank test in place of his normal one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Looks {
    at: Vec<u32>,
}

impl Looks {
    /// The looks of a sample that may grow to `generations_max` generations.
    ///
    /// 12, 20, 30, 42, 58, then each 1.35 times the one before, to the nearest ten: 80, 110, 150, 200, 270…
    /// The last look is always at `generations_max`, so that nothing is measured in vain; it is the only one
    /// that may come before 12. Zero generations have no look.
    pub fn up_to(generations_max: u32) -> Self {
        let mut at: Vec<u32> = schedule().take_while(|look| *look < generations_max).collect();
        at.extend((generations_max > 0).then_some(generations_max));
        Self { at }
    }

    /// The numbers of generations at which to look, ascending.
    pub fn at(&self) -> &[u32] {
        &self.at
    }

    /// The largest p, the same at every look, that makes a row a suspect.
    ///
    /// From a table by the number of looks, made by simulation. Beyond the twelve looks of the table
    /// (more than 490 generations) it falls in proportion to their number, which is more than is
    /// needed: the looks share most of their values.
    pub fn suspect_p(&self) -> f64 {
        let table = SUSPECT_P.len();
        match self.at.len() {
            0 => SUSPECT_P[0],
            looks if looks <= table => SUSPECT_P[looks - 1],
            looks => SUSPECT_P[table - 1] * table as f64 / looks as f64,
        }
    }

    /// The first look after `generations`, if there is one.
    pub fn next_after(&self, generations: u32) -> Option<u32> {
        self.at.iter().copied().find(|look| *look > generations)
    }

    /// Whether the sample is looked at when it has `generations` generations.
    pub fn is_look(&self, generations: u32) -> bool {
        self.at.binary_search(&generations).is_ok()
    }

    /// Whether `generations` is where the sample stops growing.
    pub fn is_last(&self, generations: u32) -> bool {
        self.at.last().is_none_or(|last| generations >= *last)
    }
}

/// All looks there could ever be, ascending.
fn schedule() -> impl Iterator<Item = u32> {
    let grown = |look: &u32| {
        let next = (f64::from(*look) * GROWTH / 10.0).round() * 10.0;
        // There is no further look beyond four thousand million generations.
        (next <= f64::from(u32::MAX)).then_some(next as u32)
    };
    let last = FIRST[FIRST.len() - 1];
    FIRST.into_iter().chain(std::iter::successors(grown(&last), grown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_schedule_grows_and_ends_where_the_budget_does() {
        assert_eq!(Looks::up_to(58).at(), [12, 20, 30, 42, 58]);
        assert_eq!(Looks::up_to(490).at(), [12, 20, 30, 42, 58, 80, 110, 150, 200, 270, 360, 490]);
        assert_eq!(Looks::up_to(50).at(), [12, 20, 30, 42, 50]);
        assert_eq!(Looks::up_to(8).at(), [8]);
        assert!(Looks::up_to(0).at().is_empty());
        let longest = Looks::up_to(u32::MAX);
        assert!(longest.at().windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(longest.at().last(), Some(&u32::MAX));
    }

    #[test]
    fn looks_are_found() {
        let looks = Looks::up_to(50);
        assert_eq!([0, 11, 12, 42, 50].map(|n| looks.next_after(n)), [Some(12), Some(12), Some(20), Some(50), None]);
        assert_eq!([0, 12, 13, 50, 58].map(|n| looks.is_look(n)), [false, true, false, true, false]);
        assert_eq!([0, 42, 50, 58].map(|n| looks.is_last(n)), [false, false, true, true]);
        assert!(Looks::up_to(0).is_last(0));
    }

    #[test]
    fn more_looks_ask_for_more() {
        let thresholds: Vec<f64> =
            [0, 12, 20, 30, 42, 58, 80, 110, 490, 660, 10_000].map(|max| Looks::up_to(max).suspect_p()).to_vec();
        assert!(thresholds.windows(2).all(|pair| pair[0] >= pair[1] && pair[1] > 0.0), "{thresholds:?}");
        // The first look can pass at all: twelve values of one sign have p = 2/2¹².
        assert!(Looks::up_to(58).suspect_p() > 2.0 / 4096.0);
    }
}
