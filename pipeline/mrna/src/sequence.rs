//! Small facts of nucleotide and protein text that every other file stands on.

/// The twenty standard residues, in the order of their letters.
pub const RESIDUES: &str = "ACDEFGHIKLMNPQRSTVWY";

/// Whether `text` holds nothing but upper-case `ACGT`.
pub fn is_dna(text: &str) -> bool {
    text.bytes().all(|base| b"ACGT".contains(&base))
}

/// The first letter of `protein` that is no standard residue: its 0-based position and itself.
pub fn odd_residue(protein: &str) -> Option<(usize, char)> {
    protein.chars().enumerate().find(|&(_, residue)| !RESIDUES.contains(residue))
}

/// The other strand of an upper-case DNA text, read 5' to 3'.
pub fn reverse_complement(dna: &str) -> String {
    let complement = |base| match base {
        'A' => 'T',
        'C' => 'G',
        'G' => 'C',
        'T' => 'A',
        other => other,
    };
    dna.chars().rev().map(complement).collect()
}

/// DNA letters to RNA letters: T becomes U.
pub fn transcribe(dna: &str) -> String {
    dna.replace('T', "U")
}

/// Share of the letters of `text` that are in `of`, in percent; 0 for an empty text.
pub fn percent_of(text: &str, of: &str) -> f64 {
    let hits = text.chars().filter(|&letter| of.contains(letter)).count();
    if text.is_empty() { 0.0 } else { 100.0 * hits as f64 / text.len() as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_other_strand_reads_backwards() {
        assert_eq!(reverse_complement("GCTCTTC"), "GAAGAGC");
        assert_eq!(reverse_complement(&reverse_complement("ATTGC")), "ATTGC");
    }

    #[test]
    fn odd_letters_are_found_with_their_place() {
        assert_eq!(odd_residue(RESIDUES), None);
        assert_eq!(odd_residue("MAX"), Some((2, 'X')));
        assert_eq!(odd_residue("MA*"), Some((2, '*')));
        assert!(is_dna("ACGT") && !is_dna("ACGU") && !is_dna("acgt"));
    }

    #[test]
    fn shares_are_percentages() {
        assert!((percent_of("GGAU", "GC") - 50.0).abs() < 1e-12);
        assert!(percent_of("", "GC").abs() < 1e-12);
    }
}
