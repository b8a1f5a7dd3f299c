//! One molecule folded, with everything that is asked about it, ready to be written.

use std::fmt::Write;

use serde::Serialize;

use crate::energy::Dangles;

use super::partition::partition_about;
use super::{BEAM, Fold, FoldSettings, LONG, PartitionError, Rna, beam, mfe};

/// How the structure is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// The least energy there is.
    Exact,
    /// A low one, with a beam of this width.
    Beam(usize),
}

impl Method {
    /// Exact up to 4,000 bases, a beam of 500 above.
    pub fn for_length(bases: usize) -> Self {
        if bases <= LONG { Self::Exact } else { Self::Beam(BEAM) }
    }
}

/// A folded molecule. Energies in kcal/mol.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Folded {
    /// Its name, handed through.
    pub name: String,
    /// The sequence in RNA letters.
    pub rna: String,
    /// The structure in dot-bracket notation.
    pub structure: String,
    /// Free energy of the structure.
    pub energy: f64,
    /// Whether neighbouring bases of stems counted: 0 or 2, as in RNAfold's `-d`.
    pub dangles: u8,
    /// Width of the beam, if the structure is not known to be the best.
    pub beam: Option<usize>,
    /// Free energy of the ensemble, if asked for.
    pub ensemble_energy: Option<f64>,
    /// How often the structure occurs in the ensemble, if asked for.
    pub frequency: Option<f64>,
    /// For each base the probability that it is unpaired, if asked for.
    pub unpaired: Option<Vec<f64>>,
}

/// Folds a molecule, and works out its ensemble if asked to.
pub fn fold(
    name: &str,
    rna: &Rna,
    settings: FoldSettings,
    method: Method,
    ensemble: bool,
) -> Result<Folded, PartitionError> {
    let (Fold { energy, structure }, width) = match method {
        Method::Exact => (mfe(rna, settings), None),
        Method::Beam(width) => (beam(rna, settings, width), Some(width)),
    };
    let ensemble = if ensemble { Some(partition_about(rna, settings, energy)?) } else { None };
    let energy = f64::from(energy) / 100.0;
    Ok(Folded {
        name: name.to_owned(),
        rna: rna.to_string(),
        structure: structure.to_string(),
        energy,
        dangles: if settings.dangles == Dangles::Both { 2 } else { 0 },
        beam: width,
        ensemble_energy: ensemble.as_ref().map(|ensemble| ensemble.energy),
        frequency: ensemble.as_ref().map(|ensemble| ensemble.frequency(energy)),
        unpaired: ensemble.map(|ensemble| ensemble.unpaired),
    })
}

/// RNAfold's lines: `>` and the name, the sequence, the structure with its energy. With an ensemble a fourth line gives its energy and
/// how often the structure occurs in it.
pub fn lines(folded: &Folded) -> String {
    let Folded { name, rna, structure, energy, .. } = folded;
    let mut text = format!(">{name}\n{rna}\n{structure} ({energy:6.2})\n");
    if let (Some(ensemble), Some(frequency)) = (folded.ensemble_energy, folded.frequency) {
        // Writing to a string cannot fail.
        _ = write!(text, " free energy of ensemble = {ensemble:.2} kcal/mol");
        _ = writeln!(text, "; frequency of structure in ensemble {frequency:.6}");
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn lines_are_those_of_rnafold() {
        let rna = Rna::parse("GGGGAAAACCCC").unwrap();
        let text = |method, ensemble| {
            lines(&fold("hairpin", &rna, FoldSettings::default(), method, ensemble).unwrap())
        };
        let three = ">hairpin\nGGGGAAAACCCC\n((((....)))) ( -5.40)\n";
        assert_eq!(text(Method::Exact, false), three);
        assert_eq!(text(Method::Beam(5), false), three);
        let fourth = " free energy of ensemble = -5.51 kcal/mol; frequency of structure in ensemble 0.840049\n";
        assert_eq!(text(Method::Exact, true), format!("{three}{fourth}"));
    }

    #[test]
    fn long_molecules_are_folded_with_a_beam() {
        assert_eq!(Method::for_length(4000), Method::Exact);
        assert_eq!(Method::for_length(4001), Method::Beam(BEAM));
    }
}
