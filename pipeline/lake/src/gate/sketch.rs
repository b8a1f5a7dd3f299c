//! How many patients two cells differ by, told from a few numbers kept of each.
//!
//! Every contribution is one of 64 rows of signs, drawn by a secret key; a sketch is their sum. The difference of two sketches is the
//! sum over the contributions that are in one cell alone, and the mean of its squares estimates how many these are: exactly for none
//! and for one, within about 18 % for many (Alon, Matias and Szegedy, 1996).

use super::contribution::{Contribution, Contributions};

/// Numbers in a sketch.
pub(super) const WIDTH: usize = 64;

/// A cell in 64 numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sketch(pub(super) [i32; WIDTH]);

impl Sketch {
    pub(super) fn of(contributions: &Contributions, key: u64) -> Self {
        let mut counters = [0_i32; WIDTH];
        for (patient, contribution) in contributions {
            let signs = signs(*patient, *contribution, key);
            for (bit, counter) in counters.iter_mut().enumerate() {
                *counter += if signs >> bit & 1 == 1 { 1 } else { -1 };
            }
        }
        Self(counters)
    }

    /// Estimated number of contributions that are in one of the two alone.
    ///
    /// A patient whose contribution changed counts twice: once as it was and once as it is.
    pub(super) fn distance(&self, other: &Self) -> f64 {
        let squares = self.0.iter().zip(&other.0).map(|(a, b)| f64::from(a - b).powi(2));
        squares.sum::<f64>() / WIDTH as f64
    }
}

fn signs(patient: u64, contribution: Contribution, key: u64) -> u64 {
    let high = (contribution.sum >> 64) as u64;
    let parts = [contribution.sum as u64, high, contribution.rows as u64, key];
    parts.iter().fold(patient, |hash, part| mix(hash ^ part))
}

/// The finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
fn mix(mut value: u64) -> u64 {
    value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
