//! Figures over many tickets.

use chrono::TimeDelta;

/// Lengths of time of which the spread is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    lengths: Vec<TimeDelta>,
}

/// How a sample is spread. Quantiles are interpolated linearly between neighbours, as a
/// spreadsheet's `PERCENTILE` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// As many are shorter as are longer.
    pub median: TimeDelta,
    /// Nine of ten are no longer.
    pub p90: TimeDelta,
}

impl Sample {
    /// Adds one length.
    pub fn push(&mut self, length: TimeDelta) {
        self.lengths.push(length);
    }

    /// How many lengths there are.
    pub fn count(&self) -> usize {
        self.lengths.len()
    }

    /// How they are spread; `None` when there are none.
    pub fn spread(&self) -> Option<Spread> {
        let mut sorted = self.lengths.clone();
        sorted.sort_unstable();
        Some(Spread {
            median: quantile(&sorted, 50)?,
            p90: quantile(&sorted, 90)?,
        })
    }
}

/// The length below which `percent` of the `sorted` lengths lie, interpolated linearly between the
/// two nearest; `None` when there are none. More than 100 percent count as 100.
pub fn quantile(sorted: &[TimeDelta], percent: u8) -> Option<TimeDelta> {
    let last = sorted.len().checked_sub(1)?;
    let place = last.checked_mul(usize::from(percent.min(100)))?;
    let lower = *sorted.get(place / 100)?;
    let upper = *sorted.get((place / 100 + 1).min(last))?;
    let hundredths = i32::try_from(place % 100).ok()?;
    let way = upper.checked_sub(&lower)?.checked_mul(hundredths)?;
    lower.checked_add(&way.checked_div(100)?)
}

/// A part of a whole, from 0 to 1; `None` when the whole is nothing.
pub fn share(part: usize, whole: usize) -> Option<f64> {
    let count = |count: usize| u32::try_from(count).map_or(f64::from(u32::MAX), f64::from);
    (whole > 0).then(|| count(part) / count(whole))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: &[i64]) -> Vec<TimeDelta> {
        seconds.iter().copied().map(TimeDelta::seconds).collect()
    }

    #[test]
    fn quantiles_lie_between_neighbours() {
        for (lengths, percent, millis) in [
            (&[7][..], 90, 7_000),
            (&[1, 3], 50, 2_000),
            (&[1, 2, 4], 50, 2_000),
            (&[1, 2, 4, 8], 50, 3_000),
            // (4 - 1) * 0.9 = 2.7: seven tenths of the way from 4 to 8.
            (&[1, 2, 4, 8], 90, 6_800),
            (&[0, 10], 90, 9_000),
            (&[1, 2, 4, 8], 0, 1_000),
            (&[1, 2, 4, 8], 100, 8_000),
            (&[1, 2, 4, 8], 255, 8_000),
        ] {
            assert_eq!(
                quantile(&seconds(lengths), percent),
                Some(TimeDelta::milliseconds(millis)),
                "{lengths:?} at {percent}"
            );
        }
        assert_eq!(quantile(&[], 50), None);
    }

    #[test]
    fn a_sample_sorts_itself() {
        let mut sample = Sample::default();
        assert_eq!(sample.spread(), None);
        for length in seconds(&[8, 1, 4, 2]) {
            sample.push(length);
        }
        assert_eq!(sample.count(), 4);
        let spread = sample.spread().unwrap();
        assert_eq!(spread.median, TimeDelta::seconds(3));
        assert_eq!(spread.p90, TimeDelta::milliseconds(6_800));
    }

    #[test]
    fn a_part_of_nothing_has_no_share() {
        assert_eq!(share(1, 4), Some(0.25));
        assert_eq!(share(0, 0), None);
    }
}
