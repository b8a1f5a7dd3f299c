//! What holds of every consequence, however it was made.

use vaxloom_genome::hgvs::{parse_coding, parse_protein};
use vaxloom_genome::{Consequence, long_peptide, windows};

/// A mutant protein ends at its first stop, what changed lies in it, peptides are pieces of it, and names can be read.
pub fn check_consequence(row: &Consequence<'_>) {
    for flank in [0, 8, 100] {
        row.flank_windows(flank);
    }
    if let Some(mutant) = &row.mutant_protein {
        let length = i32::try_from(mutant.len()).expect("proteins are short");
        match (row.mutant_start, row.mutant_end) {
            (Some(start), Some(end)) => {
                assert!(
                    1 <= start && start <= end && end <= length,
                    "{start} to {end} of {length}"
                );
                check_peptides(row, mutant, (start, end));
            }
            (None, None) => {}
            one => panic!("start and end come together: {one:?}"),
        }
        assert!(row.haplotype.is_some(), "it is said which variants made a mutant protein");
    } else {
        assert_eq!((row.mutant_start, row.mutant_end), (None, None));
    }
}

fn check_peptides(row: &Consequence<'_>, mutant: &str, (start, end): (i32, i32)) {
    let wildtype = row.wildtype_protein.as_deref().expect("a mutant has a wild type");
    let frameshift = row.variant_class == "frameshift";
    for window in windows(mutant, wildtype, start, end, frameshift, 8..=11) {
        let from = usize::try_from(window.start - 1).expect("positions begin at 1");
        assert_eq!(&mutant[from..from + window.peptide.len()], window.peptide);
        assert!(!wildtype.contains(&window.peptide));
    }
    let long = long_peptide(mutant, start, end, 27);
    assert!(mutant.contains(&*long.sequence) && !long.sequence.is_empty());
}

/// Names of computed consequences, which this crate reads back as it wrote them.
pub fn check_names(row: &Consequence<'_>) {
    if let Some(name) = &row.hgvs_c {
        assert_eq!(parse_coding(name).map(|read| read.to_string()).as_deref(), Ok(&**name));
    }
    if let Some(name) = &row.hgvs_p {
        assert_eq!(parse_protein(name).map(|read| read.to_string()).as_deref(), Ok(&**name));
    }
}
