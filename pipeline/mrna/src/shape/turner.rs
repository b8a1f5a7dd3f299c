//! Folding by the crate's own Turner 2004 model.

use super::{Folded, Folding};
use crate::fold::{BEAM, FoldSettings, LONG, Rna, beam, mfe, partition};

/// [`crate::fold`] with dangles 2; molecules above [`LONG`] bases with a beam.
#[derive(Debug, Clone, Copy, Default)]
pub struct TurnerFolding;

impl Folding for TurnerFolding {
    fn mfe(&self, rna: &str) -> Result<Folded, String> {
        let rna = Rna::parse(rna).map_err(|error| error.to_string())?;
        let settings = FoldSettings::default();
        let fold = if rna.len() > LONG { beam(&rna, settings, BEAM) } else { mfe(&rna, settings) };
        Ok(Folded { structure: fold.structure.to_string(), energy: f64::from(fold.energy) / 100.0 })
    }

    fn unpaired(&self, rna: &str) -> Result<Vec<f64>, String> {
        let rna = Rna::parse(rna).map_err(|error| error.to_string())?;
        let ensemble = partition(&rna, FoldSettings::default());
        Ok(ensemble.map_err(|error| error.to_string())?.unpaired)
    }
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
