//! The standard genetic code with human codon usage, and the codon adaptation index made of it.
//!
//! Usage: Kazusa Codon Usage Database, *Homo sapiens* (taxon 9606; 93,487 coding sequences, 40,662,582 codons;
//! Nakamura, Gojobori and Ikemura, Nucleic Acids Research 28:292, 2000), as fractions among synonymous codons at the
//! two decimals in which tables of it are commonly passed on. Another edition gives another index: say "Kazusa human,
//! two decimals" beside every number.

/// A codon in DNA letters with the share it has among its synonyms, in percent.
pub type Codon = (&'static str, u32);

/// The codons of `residue` (`*` is stop), sorted by their letters; `None` for any other letter.
pub fn synonyms(residue: char) -> Option<&'static [Codon]> {
    USAGE.iter().find(|(amino_acid, _)| *amino_acid == residue).map(|(_, codons)| *codons)
}

/// Relative adaptiveness of a codon: its share over the best synonym's share (Sharp and Li, Nucleic Acids Research
/// 15:1281, 1987), with its residue. Takes DNA or RNA letters; `None` for what is no codon.
pub fn weight(codon: &str) -> Option<(char, f64)> {
    let dna = codon.replace('U', "T");
    USAGE.iter().find_map(|(residue, codons)| {
        let (_, share) = codons.iter().find(|(letters, _)| *letters == dna)?;
        Some((*residue, f64::from(*share) / best_share(codons)))
    })
}

/// Codon adaptation index: the geometric mean of the codons' weights, methionine and tryptophan included (weight 1),
/// stop codons left out. `None` when `coding` (DNA or RNA letters) is no whole number of codons or has no residue.
pub fn cai(coding: &str) -> Option<f64> {
    if !coding.is_ascii() || !coding.len().is_multiple_of(3) {
        return None;
    }
    let weights = (0..coding.len())
        .step_by(3)
        .map(|at| weight(&coding[at..at + 3]))
        .collect::<Option<Vec<_>>>()?;
    let logs: Vec<f64> = weights
        .iter()
        .filter(|(residue, _)| *residue != '*')
        .map(|(_, weight)| weight.ln())
        .collect();
    (!logs.is_empty()).then(|| (logs.iter().sum::<f64>() / logs.len() as f64).exp())
}

/// The cost of a codon, -ln(weight) in units of 1e-12: whole numbers, so that sums are exact and ties are ties.
pub(crate) fn cost((_, share): Codon, codons: &[Codon]) -> u64 {
    let weight = f64::from(share) / best_share(codons);
    (-weight.ln() * 1e12).round() as u64
}

fn best_share(codons: &[Codon]) -> f64 {
    f64::from(codons.iter().map(|(_, share)| *share).max().unwrap_or(1))
}

const USAGE: [(char, &[Codon]); 21] = [
    ('*', &[("TAA", 28), ("TAG", 20), ("TGA", 52)]),
    ('A', &[("GCA", 23), ("GCC", 40), ("GCG", 11), ("GCT", 26)]),
    ('C', &[("TGC", 55), ("TGT", 45)]),
    ('D', &[("GAC", 54), ("GAT", 46)]),
    ('E', &[("GAA", 42), ("GAG", 58)]),
    ('F', &[("TTC", 55), ("TTT", 45)]),
    ('G', &[("GGA", 25), ("GGC", 34), ("GGG", 25), ("GGT", 16)]),
    ('H', &[("CAC", 59), ("CAT", 41)]),
    ('I', &[("ATA", 16), ("ATC", 48), ("ATT", 36)]),
    ('K', &[("AAA", 42), ("AAG", 58)]),
    ('L', &[("CTA", 7), ("CTC", 20), ("CTG", 41), ("CTT", 13), ("TTA", 7), ("TTG", 13)]),
    ('M', &[("ATG", 100)]),
    ('N', &[("AAC", 54), ("AAT", 46)]),
    ('P', &[("CCA", 27), ("CCC", 33), ("CCG", 11), ("CCT", 28)]),
    ('Q', &[("CAA", 25), ("CAG", 75)]),
    ('R', &[("AGA", 20), ("AGG", 20), ("CGA", 11), ("CGC", 19), ("CGG", 21), ("CGT", 8)]),
    ('S', &[("AGC", 24), ("AGT", 15), ("TCA", 15), ("TCC", 22), ("TCG", 6), ("TCT", 18)]),
    ('T', &[("ACA", 28), ("ACC", 36), ("ACG", 12), ("ACT", 24)]),
    ('V', &[("GTA", 11), ("GTC", 24), ("GTG", 47), ("GTT", 18)]),
    ('W', &[("TGG", 100)]),
    ('Y', &[("TAC", 57), ("TAT", 43)]),
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]
    use super::*;

    #[test]
    fn sixty_four_codons_each_once_and_shares_near_one() {
        let mut codons: Vec<&str> = USAGE.iter().flat_map(|(_, c)| c.iter().map(|c| c.0)).collect();
        codons.sort_unstable();
        codons.dedup();
        assert_eq!(codons.len(), 64);
        for (residue, codons) in USAGE {
            let sum: u32 = codons.iter().map(|c| c.1).sum();
            assert!((97..=103).contains(&sum), "{residue}: {sum}");
            assert!(codons.is_sorted(), "{residue}");
        }
    }

    #[test]
    fn index_of_known_sequences() {
        let check = |coding: &str, expected: Option<f64>| match (cai(coding), expected) {
            (Some(got), Some(want)) => {
                assert!((got - want).abs() < 1e-12, "{coding}: {got} {want}");
            }
            (got, want) => assert_eq!(got, want, "{coding}"),
        };
        check("ATGTGG", Some(1.0));
        check("CTGGCC", Some(1.0));
        check("CUGGCC", Some(1.0));
        check("CTGGCGTGA", Some((11.0_f64 / 40.0).sqrt()));
        check("", None);
        check("ATGA", None);
        check("ATN", None);
        check("TAA", None);
    }

    #[test]
    fn weights_equal_the_published_table() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../shared/acceptance/mrna/human_codon_usage.tsv"
        );
        let Ok(table) = std::fs::read_to_string(path) else {
            println!("skipped: the shared codon usage table is not here");
            return;
        };
        let mut rows = 0;
        for line in table.lines().skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            let (residue, got) = weight(cells[0]).unwrap();
            let want: f64 = cells[4].parse().unwrap();
            assert_eq!(cells[1], residue.to_string(), "{line}");
            assert!((got - want).abs() < 5.1e-5, "{line}: {got}");
            rows += 1;
        }
        assert_eq!(rows, 64);
    }
}
