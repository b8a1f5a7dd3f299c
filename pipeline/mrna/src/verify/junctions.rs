//! The junctional peptides of a finished protein, counted anew over its whole length.

use std::ops::Range;

use super::{Check, Rescan};
use crate::construct::Construct;
use crate::joint::{Tally, scored};
use crate::profile::Profile;

pub(super) fn check(construct: &Construct, profile: &Profile, rescan: &Rescan<'_>) -> Check {
    const NAME: &str = "junctions";
    let peptides = junctional(construct, profile, rescan.known_self);
    let mut asked = peptides.clone();
    asked.sort_unstable();
    asked.dedup();
    let scores = match scored(asked, rescan.scorer) {
        Ok(scores) => scores,
        Err(error) => return Check::new(NAME, false, error.to_string()),
    };
    let mut tally = Tally::default();
    for peptide in &peptides {
        tally.add(scores[peptide]);
    }
    let same = tally.strong as i32 == construct.junction_strong
        && tally.weak as i32 == construct.junction_weak
        && tally.worst == construct.worst_junction_percentile;
    let detail = format!(
        "{} strong and {} weak binders among {} junctional peptides of the whole protein",
        tally.strong,
        tally.weak,
        peptides.len()
    );
    Check::new(NAME, same, detail)
}

/// Windows of 8 to 11 residues that lie in no single part, are in neither neighbour's text and are not known self.
fn junctional(
    construct: &Construct,
    profile: &Profile,
    known_self: &dyn Fn(&str) -> bool,
) -> Vec<String> {
    let protein = &construct.protein;
    let parts = parts(construct, profile);
    let mut found = Vec::new();
    for length in 8..=11 {
        for start in 0..(protein.len() + 1).saturating_sub(length) {
            let end = start + length;
            let inside = parts.iter().any(|part| part.start <= start && end <= part.end);
            let left = parts.iter().rev().find(|part| part.start <= start);
            let right = parts.iter().find(|part| part.end >= end);
            let window = protein.get(start..end).unwrap_or_default();
            let neighbours = [left, right].into_iter().flatten();
            let held = neighbours
                .filter_map(|part| protein.get(part.clone()))
                .any(|text| text.contains(window));
            if !inside && !held && !known_self(window) {
                found.push(window.to_owned());
            }
        }
    }
    found
}

/// Where head, antigens and tail lie on the protein.
fn parts(construct: &Construct, profile: &Profile) -> Vec<Range<usize>> {
    let mut at = profile.head().len();
    let mut parts = Vec::new();
    parts.push(0..at);
    for (linker, peptide) in construct.linkers.iter().zip(&construct.peptides) {
        at += linker.len();
        parts.push(at..at + peptide.len());
        at += peptide.len();
    }
    at += construct.linkers.last().map_or(0, String::len);
    if !profile.tail().is_empty() {
        parts.push(at..at + profile.tail().len());
    }
    parts
}
