//! The protein of a fusion from the parts on the two sides of its junction.

use super::NoProtein;
use crate::table::Refusal;

/// A protein across a junction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Joined {
    /// Upper case, up to the first stop.
    pub(super) protein: String,
    /// 1-based residue after the 5' partner's last one.
    pub(super) junction: u32,
    /// Residues from there on that are neither partner's.
    pub(super) new_residues: u32,
}

const LETTERS: Refusal = super::bad(
    "peptide",
    "fusion.peptide",
    "the peptide has other characters than residues, `*` and `?`, or no single junction",
);

/// Joins the residues `before` and `after` the junction; of those after it the first `new_residues` are neither partner's.
pub(super) fn join(
    before: &str,
    after: &str,
    new_residues: usize,
) -> Result<Result<Joined, NoProtein>, Refusal> {
    let known = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'*' | b'?');
    if !before.bytes().chain(after.bytes()).all(known) {
        return Err(LETTERS);
    }
    let after = after.split('*').next().unwrap_or_default();
    if before.contains('*') || after.is_empty() {
        return Ok(Err(NoProtein::StopBeforeJunction));
    }
    Ok(Ok(Joined {
        protein: format!("{before}{after}").to_ascii_uppercase().replace('?', "X"),
        junction: before.len() as u32 + 1,
        new_residues: new_residues.min(after.len()) as u32,
    }))
}

/// Joins a peptide of Arriba: `|` stands at the junction, or on both sides of residues of bases between the partners; lower
/// case are residues that differ from the reference. A codon across the junction is on the side of two of its bases.
pub(super) fn join_at_bars(peptide: &str) -> Result<Result<Joined, NoProtein>, Refusal> {
    let parts: Vec<&str> = peptide.split('|').collect();
    let (before, between, after) = match parts[..] {
        [before, after] => (before, "", after),
        [before, between, after] => (before, between, after),
        _ => return Err(LETTERS),
    };
    let is_new = |residue: char| residue.is_ascii_lowercase() || residue == '?';
    let last = before.ends_with(is_new);
    let (before, across) =
        before.split_at_checked(before.len() - usize::from(last)).ok_or(LETTERS)?;
    let untranslated = after.chars().take_while(|&residue| is_new(residue)).count();
    let new_residues = across.len() + between.len() + untranslated;
    join(before, &[across, between, after].concat(), new_residues)
}
