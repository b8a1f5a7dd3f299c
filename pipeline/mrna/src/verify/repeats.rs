//! Repeats of a finished molecule: those that could pair with each other, and those that slip in synthesis.

use std::collections::HashMap;

use super::Check;
use crate::construct::Construct;
use crate::profile::Profile;
use crate::sequence::reverse_complement;

/// The fewest bases between the two arms of a hairpin.
const HAIRPIN: usize = 3;
const DIRECT: usize = 20;

/// No stretch longer than the longest helix allowed has its reverse complement elsewhere in the mRNA: whatever the fold, such
/// arms could make a double strand.
pub(super) fn inverted(construct: &Construct, profile: &Profile) -> Check {
    let length = profile.limits.longest_helix + 1;
    let dna = construct.mrna.replace('U', "T");
    let mut last: HashMap<&[u8], usize> = HashMap::new();
    for (start, window) in dna.as_bytes().windows(length).enumerate() {
        last.insert(window, start);
    }
    let other = reverse_complement(&dna);
    let found = dna.as_bytes().windows(length).enumerate().find_map(|(start, _)| {
        let arm = other.as_bytes().get(dna.len() - start - length..dna.len() - start)?;
        let partner = *last.get(arm)?;
        (partner >= start + length + HAIRPIN).then_some((start, partner))
    });
    let detail = match found {
        Some((start, partner)) => {
            format!("bases {} and {} of the mRNA begin arms of {length}", start + 1, partner + 1)
        }
        None => format!("none of {length} bases"),
    };
    Check::new("inverted repeats", found.is_none(), detail)
}

/// Stretches of the coding sequence that occur twice.
pub(super) fn direct(construct: &Construct) -> Check {
    let mut counts: HashMap<&[u8], usize> = HashMap::new();
    for window in construct.coding_sequence.as_bytes().windows(DIRECT) {
        *counts.entry(window).or_default() += 1;
    }
    let repeated = counts.values().filter(|&&count| count > 1).count();
    let detail = format!(
        "note: {repeated} stretches of {DIRECT} bases occur twice or more in the coding sequence"
    );
    Check::new("direct repeats", true, detail)
}
