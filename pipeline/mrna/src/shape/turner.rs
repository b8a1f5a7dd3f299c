//! Folding by the crate's own Turner 2004 model.

use super::{Folded, Folding};
use crate::fold::partition::partition_about;
use crate::fold::{BEAM, Fold, FoldSettings, LONG, Rna, beam, mfe, partition};

/// [`crate::fold`] with dangles 2; molecules above [`LONG`] bases with a beam.
#[derive(Debug, Clone, Copy, Default)]
pub struct TurnerFolding;

impl Folding for TurnerFolding {
    fn mfe(&self, rna: &str) -> Result<Folded, String> {
        Ok(folded(&least(&read(rna)?)))
    }

    fn unpaired(&self, rna: &str) -> Result<Vec<f64>, String> {
        let ensemble = partition(&read(rna)?, FoldSettings::default());
        Ok(ensemble.map_err(|error| error.to_string())?.unpaired)
    }

    /// The least energy is what weights are scaled by, and is found once.
    fn all(&self, rna: &str) -> Result<(Folded, Vec<f64>), String> {
        let rna = read(rna)?;
        let fold = least(&rna);
        let ensemble = partition_about(&rna, FoldSettings::default(), fold.energy);
        Ok((folded(&fold), ensemble.map_err(|error| error.to_string())?.unpaired))
    }
}

fn read(rna: &str) -> Result<Rna, String> {
    Rna::parse(rna).map_err(|error| error.to_string())
}

fn least(rna: &Rna) -> Fold {
    let settings = FoldSettings::default();
    if rna.len() > LONG { beam(rna, settings, BEAM) } else { mfe(rna, settings) }
}

fn folded(fold: &Fold) -> Folded {
    Folded { structure: fold.structure.to_string(), energy: f64::from(fold.energy) / 100.0 }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::shape::Shape;

    #[test]
    fn a_hairpin_has_a_shape() {
        let shape = Shape::of("GGGGAAAACCCC", &TurnerFolding).unwrap();
        assert_eq!((shape.structure.as_str(), shape.longest_helix()), ("((((....))))", (4, 0)));
        assert!((shape.energy + 5.4).abs() < 1e-9 && shape.mean_unpaired(4..8) > 0.9);
    }
}
