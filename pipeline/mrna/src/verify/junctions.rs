//! The junctional peptides of a finished protein, counted anew over its whole length.

use std::collections::HashMap;
use std::ops::Range;

use super::{Check, Rescan};
use crate::construct::Construct;
use crate::joint::{JointError, Tally, WEAK, scored};
use crate::profile::Profile;

/// A junctional peptide that binds.
#[derive(Debug, Clone, PartialEq)]
pub struct Binder {
    /// The peptide.
    pub peptide: String,
    /// Its first residue in the protein, 1-based.
    pub start: usize,
    /// Percentile under the allele that binds it best.
    pub percentile: f32,
    /// That allele, where the scorer can tell.
    pub allele: Option<String>,
}

/// The junctional peptides of the whole protein that bind, strongly or weakly, in the order of their places.
pub fn binders(
    construct: &Construct,
    profile: &Profile,
    rescan: &Rescan<'_>,
) -> Result<Vec<Binder>, JointError> {
    let windows = junctional(construct, profile, rescan);
    let scores = score(&windows, rescan)?;
    let mut binders: Vec<Binder> = windows
        .into_iter()
        .map(|(start, peptide)| Binder {
            start: start + 1,
            percentile: scores[&peptide],
            allele: rescan.scorer.allele(&peptide),
            peptide,
        })
        .filter(|binder| binder.percentile < WEAK)
        .collect();
    binders.sort_by(|a, b| (a.start, &a.peptide).cmp(&(b.start, &b.peptide)));
    Ok(binders)
}

fn score(
    windows: &[(usize, String)],
    rescan: &Rescan<'_>,
) -> Result<HashMap<String, f32>, JointError> {
    let mut asked: Vec<String> = windows.iter().map(|(_, peptide)| peptide.clone()).collect();
    asked.sort_unstable();
    asked.dedup();
    scored(asked, rescan.scorer)
}

pub(super) fn check(construct: &Construct, profile: &Profile, rescan: &Rescan<'_>) -> Check {
    const NAME: &str = "junctions";
    let peptides = junctional(construct, profile, rescan);
    let scores = match score(&peptides, rescan) {
        Ok(scores) => scores,
        Err(error) => return Check::new(NAME, false, error.to_string()),
    };
    let mut tally = Tally::default();
    for (_, peptide) in &peptides {
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

/// Windows of the scorer's lengths that lie in no single part, are in neither neighbour's text and are not known self,
/// each with its first residue.
fn junctional(
    construct: &Construct,
    profile: &Profile,
    rescan: &Rescan<'_>,
) -> Vec<(usize, String)> {
    let protein = &construct.protein;
    let parts = parts(construct, profile);
    let mut found = Vec::new();
    for length in rescan.scorer.lengths() {
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
            if !inside && !held && !(rescan.known_self)(window) {
                found.push((start, window.to_owned()));
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
