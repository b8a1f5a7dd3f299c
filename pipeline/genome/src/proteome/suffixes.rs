//! Positions of a text of residues in the order of what follows them, and the search among them.
//!
//! Suffixes are sorted by their first [`DEPTH`] residues, which bounds the work where isoforms and repeats agree
//! over thousands. A longer peptide is looked for by its beginning and then compared as a whole.

use std::mem;

use rayon::prelude::*;

use super::END;

/// Residues by which suffixes are sorted: at [`BITS`] each they fill a `u128`.
const DEPTH: usize = 25;
/// Residues of a bucket, whose suffixes lie at places that a table gives: 4 MB, small enough for a core's cache.
const HEAD: usize = 4;
/// Bits of a residue: 0 for [`END`], 1 to 26 for A to Z.
const BITS: usize = 5;
const BUCKETS: usize = 1 << (BITS * HEAD);

/// Positions of the letters of `text`, by the [`DEPTH`] characters from there on, then by position.
pub(super) fn sorted(text: &[u8], buckets: &[u32]) -> Vec<u32> {
    let mut next = buckets.to_vec();
    let mut suffixes = vec![0; letters(text).count()];
    for position in letters(text) {
        let place = &mut next[packed(&text[position..], HEAD) as usize];
        suffixes[*place as usize] = position as u32;
        *place += 1;
    }
    let mut rest = suffixes.as_mut_slice();
    let mut slices = Vec::with_capacity(BUCKETS);
    for pair in buckets.windows(2) {
        let (bucket, after) = mem::take(&mut rest).split_at_mut((pair[1] - pair[0]) as usize);
        slices.push(bucket);
        rest = after;
    }
    slices.into_par_iter().for_each(|bucket| {
        // The sort is stable and the bucket is in the order of positions.
        bucket.sort_by_cached_key(|&position| packed(&text[position as usize..], DEPTH));
    });
    suffixes
}

/// For each beginning of [`HEAD`] characters, how many suffixes come before it; then the number of all.
pub(super) fn buckets(text: &[u8]) -> Vec<u32> {
    let mut buckets = vec![0; BUCKETS + 1];
    for position in letters(text) {
        buckets[packed(&text[position..], HEAD) as usize + 1] += 1;
    }
    let mut sum = 0;
    for bucket in &mut buckets {
        sum += *bucket;
        *bucket = sum;
    }
    buckets
}

/// Positions at which `peptide` begins, in the order of the suffixes.
pub(super) fn positions<'a>(
    text: &'a [u8],
    suffixes: &'a [u32],
    buckets: &[u32],
    peptide: &[u8],
) -> impl Iterator<Item = u32> {
    let beginning = &peptide[..peptide.len().min(DEPTH)];
    let from = move |&position: &u32, length| {
        let suffix = &text[position as usize..];
        &suffix[..suffix.len().min(length)]
    };
    let bucket = &suffixes[bucket(buckets, beginning)];
    let first = bucket.partition_point(|suffix| from(suffix, beginning.len()) < beginning);
    bucket[first..]
        .iter()
        .take_while(move |suffix| from(suffix, beginning.len()) == beginning)
        .filter(move |suffix| from(suffix, peptide.len()) == peptide)
        .copied()
}

/// Where the suffixes lie that share the first [`HEAD`] residues of `beginning`, or all that it has.
fn bucket(buckets: &[u32], beginning: &[u8]) -> std::ops::Range<usize> {
    let first = packed(beginning, HEAD) as usize;
    let open = BITS * HEAD.saturating_sub(beginning.len());
    let last = first | ((1 << open) - 1);
    buckets[first] as usize..buckets[last + 1] as usize
}

/// The first `length` characters as one number that sorts as they do; past the end of the text are [`END`]s.
fn packed(text: &[u8], length: usize) -> u128 {
    (0..length).fold(0, |packed, at| {
        let character = text.get(at).copied().unwrap_or(END);
        (packed << BITS) | u128::from(character.saturating_sub(b'A' - 1))
    })
}

fn letters(text: &[u8]) -> impl Iterator<Item = usize> {
    text.iter()
        .enumerate()
        .filter(|&(_, &character)| character != END)
        .map(|(position, _)| position)
}
