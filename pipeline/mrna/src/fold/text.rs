//! Foldings as RNAfold prints them.

use std::fmt::Write;

use super::{Ensemble, Fold, Rna};

/// Three lines: `>` and the name, the sequence, the structure with its energy in kcal/mol. With an ensemble a fourth line gives its
/// energy and how often the structure occurs in it.
pub fn lines(name: &str, rna: &Rna, fold: &Fold, ensemble: Option<&Ensemble>) -> String {
    let energy = f64::from(fold.energy) / 100.0;
    let mut text = format!(">{name}\n{rna}\n{} ({energy:6.2})\n", fold.structure);
    if let Some(ensemble) = ensemble {
        let frequency = ensemble.frequency(energy);
        // Writing to a string cannot fail.
        _ = writeln!(
            text,
            " free energy of ensemble = {:.2} kcal/mol; frequency of structure in ensemble {frequency:.6}",
            ensemble.energy
        );
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::fold::{FoldSettings, mfe, partition};

    #[test]
    fn lines_are_those_of_rnafold() {
        let rna = Rna::parse("GGGGAAAACCCC").unwrap();
        let settings = FoldSettings::default();
        let (fold, ensemble) = (mfe(&rna, settings), partition(&rna, settings).unwrap());
        assert_eq!(
            lines("hairpin", &rna, &fold, None),
            ">hairpin\nGGGGAAAACCCC\n((((....)))) ( -5.40)\n"
        );
        let text = lines("hairpin", &rna, &fold, Some(&ensemble));
        assert!(text.ends_with("\n free energy of ensemble = -5.51 kcal/mol; frequency of structure in ensemble 0.840049\n"), "{text}");
    }
}
