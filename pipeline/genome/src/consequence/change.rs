//! Applies a change to a wild-type protein and says which residues of the mutant are new.

use std::num::ParseIntError;

/// A change as VEP writes it in Amino_acids and Protein_position: `VIFE/E` at `662-665`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change<'a> {
    /// 0-based residue where `reference` begins; for an insertion, the residue that it is put in front of.
    pub(crate) start: usize,
    pub(crate) reference: &'a str,
    /// The new residues, up to the first stop.
    pub(crate) alternative: &'a str,
    /// Whether the protein ends after `alternative`.
    pub(crate) stop: bool,
}

/// A mutant protein.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mutant {
    pub(crate) protein: String,
    /// First and last new residue, 1-based; the two new neighbours of a pure deletion; `None` where the
    /// mutant has nothing that the wild type has not (a truncation).
    pub(crate) changed: Option<(i32, i32)>,
}

/// First residue of Protein_position, 1-based: `726-727`, `10/312`, `?-12` (12).
pub(crate) fn first_position(protein_position: &str) -> Option<usize> {
    let range = protein_position.split_once('/').map_or(protein_position, |(range, _)| range);
    let parse = |text: &str| -> Result<usize, ParseIntError> { text.parse() };
    range.split('-').find_map(|part| parse(part).ok()).filter(|&position| position > 0)
}

impl<'a> Change<'a> {
    /// Residues from the first `*` (a stop) or `X` (a codon cut short) on are left out, as pVACseq does.
    pub(crate) fn parse(amino_acids: &'a str, protein_position: &str) -> Option<Self> {
        let (reference, alternative) = amino_acids.split_once('/')?;
        let position = first_position(protein_position)?;
        let (alternative, stop) = up_to_stop(alternative);
        let start = if reference == "-" { position } else { position - 1 };
        Some(Self { start, reference: up_to_stop(reference).0, alternative, stop })
    }

    /// The mutant protein, or `None` where the wild type does not hold `reference` at `start`.
    pub(crate) fn apply(&self, wildtype: &str) -> Option<Mutant> {
        let (before, rest) = wildtype.split_at_checked(self.start)?;
        let after = rest.strip_prefix(self.reference)?;
        let protein = [before, self.alternative, if self.stop { "" } else { after }].concat();
        let changed = self.changed(protein.len());
        Some(Mutant { protein, changed })
    }

    /// The change without the residues that both sides share at their ends.
    pub(crate) fn trimmed(&self) -> Self {
        let prefix = shared_prefix(self.reference, self.alternative);
        let (reference, alternative) = (&self.reference[prefix..], &self.alternative[prefix..]);
        let suffix = if self.stop { 0 } else { shared_suffix(reference, alternative) };
        Self {
            start: self.start + prefix,
            reference: &reference[..reference.len() - suffix],
            alternative: &alternative[..alternative.len() - suffix],
            stop: self.stop,
        }
    }

    fn changed(&self, mutant_length: usize) -> Option<(i32, i32)> {
        let Self { start, reference, alternative, stop } = self.trimmed();
        let new = alternative.len();
        if new > 0 {
            return Some((start as i32 + 1, (start + new) as i32));
        }
        let joined = !reference.is_empty() && !stop && start > 0 && start < mutant_length;
        joined.then_some((start as i32, start as i32 + 1))
    }
}

/// The mutant of a frameshift, whose `sequence` VEP's plugin Frameshift gives from the start codon on.
/// `None` where it leaves the wild type before `position`, the 1-based first codon that the variant touches.
pub(crate) fn frameshift(wildtype: &str, sequence: &str, position: usize) -> Option<Mutant> {
    let protein = sequence.split('*').next().unwrap_or_default();
    let first = shared_prefix(wildtype, protein);
    let changed = (first < protein.len()).then_some((first as i32 + 1, protein.len() as i32));
    (first + 1 >= position).then(|| Mutant { protein: protein.to_owned(), changed })
}

fn up_to_stop(residues: &str) -> (&str, bool) {
    let residues = if residues == "-" { "" } else { residues };
    match residues.find('*').or_else(|| residues.find('X')) {
        Some(end) => (&residues[..end], true),
        None => (residues, false),
    }
}

/// Number of equal bytes at the start; proteins are ASCII, which [`super::consequences`] checks first.
pub(crate) fn shared_prefix(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

fn shared_suffix(a: &str, b: &str) -> usize {
    a.bytes().rev().zip(b.bytes().rev()).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const WILDTYPE: &str = "MTEYKLVVVGAGGVGKS";

    fn check(amino_acids: &str, position: &str, protein: &str, changed: Option<(i32, i32)>) {
        let mutant = Change::parse(amino_acids, position).unwrap().apply(WILDTYPE).unwrap();
        assert_eq!(
            mutant,
            Mutant { protein: protein.to_owned(), changed },
            "{amino_acids} at {position}"
        );
    }

    #[test]
    fn substitutions() {
        check("G/D", "12", "MTEYKLVVVGADGVGKS", Some((12, 12)));
        check("G/D", "12/189", "MTEYKLVVVGADGVGKS", Some((12, 12)));
        check("M/V", "1", "VTEYKLVVVGAGGVGKS", Some((1, 1)));
        check("S/F", "17", "MTEYKLVVVGAGGVGKF", Some((17, 17)));
        check("YK/FR", "4-5", "MTEFRLVVVGAGGVGKS", Some((4, 5)));
        // VEP names both codons of a two-base change, although one residue stays.
        check("KL/KI", "5-6", "MTEYKIVVVGAGGVGKS", Some((6, 6)));
    }

    #[test]
    fn insertions_and_deletions() {
        check("-/W", "5-6", "MTEYKWLVVVGAGGVGKS", Some((6, 6)));
        check("K/KWW", "5", "MTEYKWWLVVVGAGGVGKS", Some((6, 7)));
        check("KLV/-", "5-7", "MTEYVVGAGGVGKS", Some((4, 5)));
        check("YKLV/V", "4-7", "MTEVVVGAGGVGKS", Some((3, 4)));
        check("KLV/I", "5-7", "MTEYIVVGAGGVGKS", Some((5, 5)));
        // At the ends nothing is joined.
        check("MT/-", "1-2", "EYKLVVVGAGGVGKS", None);
        check("KS/-", "16-17", "MTEYKLVVVGAGGVG", None);
    }

    #[test]
    fn stops_cut_the_protein() {
        check("-/*", "5-6", "MTEYK", None);
        check("KL/W*", "5-6", "MTEYW", Some((5, 5)));
        check("KL/K*", "5-6", "MTEYK", None);
        check("S*/F", "17-18", "MTEYKLVVVGAGGVGKF", Some((17, 17)));
    }

    #[test]
    fn wrong_reference_is_refused() {
        for (amino_acids, position) in [("A/D", "12"), ("G/D", "99"), ("SX/D", "18")] {
            assert_eq!(
                Change::parse(amino_acids, position).unwrap().apply("MTEYKLVVVGAGGVGKSW"),
                None
            );
        }
        for (amino_acids, position) in [("G", "12"), ("G/D", "-"), ("G/D", ""), ("G/D", "0")] {
            assert_eq!(Change::parse(amino_acids, position), None);
        }
        assert_eq!(first_position("?-12"), Some(12));
    }

    #[test]
    fn frameshifts() {
        let check = |sequence, position, expected: Option<(&str, Option<(i32, i32)>)>| {
            let expected =
                expected.map(|(protein, changed)| Mutant { protein: protein.to_owned(), changed });
            assert_eq!(frameshift(WILDTYPE, sequence, position), expected, "{sequence}");
        };
        check("MTEYRAAC*", 5, Some(("MTEYRAAC", Some((5, 8)))));
        // The first shifted codon codes for the old residue.
        check("MTEYKAAC", 5, Some(("MTEYKAAC", Some((6, 8)))));
        check("MTEY", 5, Some(("MTEY", None)));
        check("MTEYKLVVVGAGGVGKSAA", 17, Some(("MTEYKLVVVGAGGVGKSAA", Some((18, 19)))));
        check("MTQYRAAC", 5, None);
    }
}
