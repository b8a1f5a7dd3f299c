//! What is known of a peptide and its gene beside its scores.
//!
//! Here are the measures of one peptide or gene; [`alignment`] and [`recognition`] set it beside known epitopes and self,
//! [`anchors`] asks a predictor which positions hold it, [`help`] looks for a class II peptide over the same change, [`rna`]
//! says how sure its expression is, and [`machinery`] what is left of the tumour's presentation.

pub mod alignment;
pub mod anchors;
pub mod help;
pub mod machinery;
pub mod recognition;
pub mod rna;

use std::collections::HashSet;
use std::sync::LazyLock;

use serde::Serialize;

/// Ratio of the mutant's percentile rank to that of its wild-type partner for the same allele. Below 1 the change made
/// the peptide easier to present; lower is better. `None` without a partner, or where the partner's rank is 0.
pub fn agretopicity(mt_percentile: f64, wt_percentile: Option<f64>) -> Option<f64> {
    wt_percentile.filter(|wt| *wt > 0.0).map(|wt| mt_percentile / wt)
}

/// Hydropathy of a residue (Kyte and Doolittle 1982, J Mol Biol 157:105, table 2); `None` for any other letter.
fn hydropathy(residue: u8) -> Option<f64> {
    Some(match residue {
        b'I' => 4.5,
        b'V' => 4.2,
        b'L' => 3.8,
        b'F' => 2.8,
        b'C' => 2.5,
        b'M' => 1.9,
        b'A' => 1.8,
        b'G' => -0.4,
        b'T' => -0.7,
        b'S' => -0.8,
        b'W' => -0.9,
        b'Y' => -1.3,
        b'P' => -1.6,
        b'H' => -3.2,
        b'E' | b'Q' | b'D' | b'N' => -3.5,
        b'K' => -3.9,
        b'R' => -4.5,
        _ => return None,
    })
}

/// Grand average of hydropathy: mean over the standard residues, from -4.5 (Arg) to 4.5 (Ile); other letters do not
/// count, and without any standard residue it is not a number.
pub fn gravy(peptide: &str) -> f64 {
    mean_hydropathy(peptide.as_bytes())
}

/// The highest [`gravy`] of seven residues in a row; `None` for a shorter peptide.
pub fn max_gravy_7mer(peptide: &str) -> Option<f64> {
    peptide.as_bytes().windows(7).map(mean_hydropathy).reduce(f64::max)
}

fn mean_hydropathy(residues: &[u8]) -> f64 {
    let values: Vec<f64> = residues.iter().filter_map(|&residue| hydropathy(residue)).collect();
    values.iter().sum::<f64>() / values.len() as f64
}

/// Number of cysteines, which form disulfide bonds.
pub fn cysteines(peptide: &str) -> i32 {
    peptide.bytes().filter(|&residue| residue == b'C').count() as i32
}

/// How hard a peptide is to synthesise: the eight measures that vaxrank and pVACseq report.
#[allow(clippy::struct_excessive_bools, reason = "columns of a table")]
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Manufacturability {
    /// Hydropathy of the last seven residues; high values make synthesis stall.
    pub cterm_7mer_gravy_score: f64,
    /// The highest hydropathy of seven residues in a row.
    pub max_7mer_gravy_score: f64,
    /// Begins with Gln, Glu or Cys, which cyclise or oxidise.
    pub difficult_n_terminal_residue: bool,
    /// Ends with Cys.
    pub c_terminal_cysteine: bool,
    /// Ends with Pro.
    pub c_terminal_proline: bool,
    /// Number of Cys.
    pub cysteine_count: i32,
    /// Begins with Asn.
    pub n_terminal_asparagine: bool,
    /// Number of Asn-Pro bonds, which acid cleaves.
    pub asparagine_proline_bond_count: i32,
}

/// The measures of a peptide; `None` below seven residues.
pub fn manufacturability(peptide: &str) -> Option<Manufacturability> {
    let residues = peptide.as_bytes();
    let last_seven = residues.last_chunk::<7>()?;
    let begins_with = |letters: &[u8]| letters.contains(&residues[0]);
    Some(Manufacturability {
        cterm_7mer_gravy_score: mean_hydropathy(last_seven),
        max_7mer_gravy_score: max_gravy_7mer(peptide)?,
        difficult_n_terminal_residue: begins_with(b"QEC"),
        c_terminal_cysteine: residues.ends_with(b"C"),
        c_terminal_proline: residues.ends_with(b"P"),
        cysteine_count: cysteines(peptide),
        n_terminal_asparagine: begins_with(b"N"),
        asparagine_proline_bond_count: residues.windows(2).filter(|bond| bond == b"NP").count()
            as i32,
    })
}

static DRIVERS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("drivers.txt").lines().filter(|line| !line.starts_with('#')).collect()
});

/// Whether a gene (HGNC symbol) is in `drivers.txt`, a list of well-known cancer drivers. The list is a subset of
/// published drivers (Bailey et al. 2018, Cell 173:371).
pub fn is_driver(gene: &str) -> bool {
    DRIVERS.contains(gene)
}

static HOTSPOTS: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("features/hotspots.txt").lines().filter(|line| !line.starts_with('#')).collect()
});

/// Whether a residue (of a gene's MANE Select protein, 1-based) is one that many tumours change: a line of `hotspots.txt`, a
/// list of well-known ones (Chang et al. 2016, Nat Biotechnol 34:155). `residue` is the wild type's one-letter code.
pub fn is_hotspot(gene: &str, residue: char, position: u32) -> bool {
    HOTSPOTS.contains(format!("{gene} {residue}{position}").as_str())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

    use std::path::Path;

    use super::*;

    fn close(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-9
    }

    #[test]
    fn agretopicity_is_a_ratio_of_ranks() {
        assert_eq!(agretopicity(0.5, Some(2.0)), Some(0.25));
        assert_eq!(agretopicity(0.5, None), None);
        assert_eq!(agretopicity(0.5, Some(0.0)), None);
    }

    #[test]
    fn hydropathy_of_peptides() {
        for (peptide, mean, highest) in [
            ("I", 4.5, None),
            ("RRRRRRR", -4.5, Some(-4.5)),
            ("IIIIIIIR", 3.375, Some(4.5)),
            ("AXG", 0.7, None),
            ("LLHTVSPEPARPPQQ", -12.5 / 15.0, Some(0.785_714_285_714_285_7)),
        ] {
            assert!(close(gravy(peptide), mean), "{peptide}: {}", gravy(peptide));
            assert_eq!(max_gravy_7mer(peptide).is_some(), highest.is_some(), "{peptide}");
            assert!(
                max_gravy_7mer(peptide).zip(highest).is_none_or(|(f, e)| close(f, e)),
                "{peptide}"
            );
        }
        assert!(gravy("").is_nan() && gravy("XX").is_nan());
        assert_eq!((cysteines("CACC"), cysteines("AAA")), (3, 0));
    }

    #[test]
    fn short_peptides_have_no_manufacturability() {
        assert_eq!(manufacturability("ACDEFG"), None);
        let measures = manufacturability("QNPNPCC").unwrap();
        assert!(measures.difficult_n_terminal_residue && measures.c_terminal_cysteine);
        assert_eq!((measures.cysteine_count, measures.asparagine_proline_bond_count), (2, 2));
    }

    /// Peptide in column `peptide`, then the eight measures as the last columns.
    fn check_table(text: &str, peptide: &str) -> usize {
        let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let header = lines.next().unwrap();
        let column = header.iter().position(|name| *name == peptide).unwrap();
        lines.map(|cells| check_row(cells[column], &cells[cells.len() - 8..])).count()
    }

    fn check_row(peptide: &str, expected: &[&str]) {
        let found = manufacturability(peptide).unwrap();
        for (found, expected) in
            [found.cterm_7mer_gravy_score, found.max_7mer_gravy_score].iter().zip(expected)
        {
            assert!(close(*found, expected.parse().unwrap()), "{peptide}: {found}, not {expected}");
        }
        let truth = |value: bool| if value { "True" } else { "False" }.to_owned();
        let rest = [
            truth(found.difficult_n_terminal_residue),
            truth(found.c_terminal_cysteine),
            truth(found.c_terminal_proline),
            found.cysteine_count.to_string(),
            truth(found.n_terminal_asparagine),
            found.asparagine_proline_bond_count.to_string(),
        ];
        assert_eq!(rest.as_slice(), &expected[2..], "{peptide}");
    }

    #[test]
    fn manufacturability_as_pvacseq_reports_it() {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../../shared/acceptance/variants/manufacturability/manufacturability"
        );
        let read = |file: &str| std::fs::read_to_string(Path::new(folder).join(file));
        let (Ok(epitopes), Ok(windows)) = (read("output.tsv"), read("output_from_fasta.tsv"))
        else {
            eprintln!("skipped: {folder} is not there");
            return;
        };
        assert_eq!(check_table(&epitopes, "MT Epitope Seq"), 3);
        assert_eq!(check_table(&windows, "peptide_sequence"), 46);
    }

    #[test]
    fn drivers_are_a_sorted_list_of_symbols() {
        let genes: Vec<&str> =
            include_str!("drivers.txt").lines().filter(|line| !line.starts_with('#')).collect();
        assert!(genes.windows(2).all(|pair| pair[0] < pair[1]), "sorted, each once");
        assert!(["TP53", "KRAS", "BRAF", "PIK3CA", "IDH1"].into_iter().all(is_driver));
        assert!(["TTN", "", "tp53", "# A"].into_iter().all(|gene| !is_driver(gene)));
    }

    #[test]
    fn hotspots_are_found() {
        for line in HOTSPOTS.iter() {
            let (gene, place) = line.split_once(' ').unwrap();
            let (residue, position) = place.split_at(1);
            assert!(is_hotspot(gene, residue.chars().next().unwrap(), position.parse().unwrap()));
        }
        assert!(
            is_hotspot("KRAS", 'G', 12)
                && !is_hotspot("KRAS", 'D', 12)
                && !is_hotspot("KRAS", 'G', 2)
        );
        assert!(!is_hotspot("", '#', 0));
    }
}
