//! A predictor without weights, for tests and for trying the pipeline: no basis for a choice of peptides.
//!
//! An allele asks for the residues at position 2 and at the C terminus that its supertype's B and F pockets take
//! (Sidney et al. 2008, BMC Immunology 9:1: classes of residues for each supertype; which letters make a class is set
//! here). Length and the hydropathy of the rest add small differences. Deterministic, in plain arithmetic.

use crate::encoding::{AMINO_ACIDS, encode_peptide};
use crate::features::gravy;
use crate::percentile::{PercentileError, PercentileTable};
use crate::predictor::{AlleleMatch, PredictError, Predictor, Presentation, Unscorable};

const LONGEST: usize = 11;
/// Random peptides behind the percentile ranks of each supertype.
const BACKGROUND: usize = 10_000;

struct Supertype {
    /// Residues of position 2.
    b_pocket: &'static str,
    /// Residues of the C terminus.
    f_pocket: &'static str,
    /// In normal form, without `HLA-`.
    alleles: &'static str,
}

const fn supertype(
    b_pocket: &'static str,
    f_pocket: &'static str,
    alleles: &'static str,
) -> Supertype {
    Supertype { b_pocket, f_pocket, alleles }
}

/// A01, A01 A24, A02, A03, A24; B07, B27, B44, B58.
const SUPERTYPES: [Supertype; 9] = [
    supertype("AGILMSTV", "FILMWY", "A*01:01 A*26:01 A*30:02 A*32:01"),
    supertype("AFGILMSTVWY", "FILMWY", "A*29:02"),
    supertype("AGILMSTV", "AILMTV", "A*02:01 A*02:03 A*02:06 A*68:02"),
    supertype("AGILMSTV", "KR", "A*03:01 A*11:01 A*31:01 A*33:01 A*68:01"),
    supertype("FILMVWY", "FILMVWY", "A*23:01 A*24:02"),
    supertype("P", "AFILMVWY", "B*07:02 B*35:01 B*51:01 B*53:01 B*54:01"),
    supertype("HKR", "AFIKLMRVWY", "B*27:05 B*38:01 B*39:01"),
    supertype("DE", "AFILMVWY", "B*18:01 B*40:01 B*44:02 B*44:03 B*45:01"),
    supertype("AGST", "FILMVWY", "B*57:01 B*58:01"),
];

impl Supertype {
    fn alleles(&self) -> impl Iterator<Item = String> {
        self.alleles.split(' ').map(|name| format!("HLA-{name}"))
    }
}

/// Anchor motifs of nine supertypes; knows only the alleles of its table.
#[derive(Debug)]
pub struct MotifPredictor {
    /// One for each supertype.
    tables: Vec<PercentileTable>,
}

impl MotifPredictor {
    /// Ranks random peptides for each supertype.
    pub fn new() -> Result<Self, PercentileError> {
        let background = background();
        let table = |supertype| {
            PercentileTable::from_background(
                background.iter().map(|peptide| score(supertype, peptide)).collect(),
            )
        };
        Ok(Self { tables: SUPERTYPES.iter().map(table).collect::<Result<_, _>>()? })
    }

    /// The alleles that it knows, in normal form.
    pub fn alleles() -> impl Iterator<Item = String> {
        SUPERTYPES.iter().flat_map(Supertype::alleles)
    }

    fn presentation(&self, peptide: &str, allele: &str) -> Result<Presentation, Unscorable> {
        let place = find(allele)?;
        encode_peptide(peptide, &mut [0; LONGEST])?;
        let score = score(&SUPERTYPES[place], peptide);
        let percentile = self.tables[place].percentile(score);
        Ok(Presentation { score, percentile, spread: None, affinity: None, core: None })
    }
}

impl Predictor for MotifPredictor {
    fn model(&self) -> &'static str {
        "mhc1-motif/supertypes"
    }

    fn version(&self) -> &'static str {
        "1"
    }

    fn resolve(&self, allele: &str) -> Result<AlleleMatch, Unscorable> {
        find(allele).map(|_| AlleleMatch {
            scored_as: allele.to_owned(),
            exact: true,
            trained: true,
        })
    }

    fn predict(
        &self,
        pairs: &[(&str, &str)],
    ) -> Result<Vec<Result<Presentation, Unscorable>>, PredictError> {
        Ok(pairs.iter().map(|(peptide, allele)| self.presentation(peptide, allele)).collect())
    }
}

fn find(allele: &str) -> Result<usize, Unscorable> {
    let known = |supertype: &Supertype| supertype.alleles().any(|name| name == allele);
    SUPERTYPES
        .iter()
        .position(known)
        .ok_or_else(|| Unscorable::Allele { allele: allele.to_owned() })
}

/// From 0 to 1: nine tenths for anchors and length, one for the hydropathy of the whole.
fn score(supertype: &Supertype, peptide: &str) -> f32 {
    let fit = |pocket: &str, residue: Option<char>| {
        if residue.is_some_and(|r| pocket.contains(r)) { 1.0 } else { 0.1 }
    };
    let anchors = fit(supertype.b_pocket, peptide.chars().nth(1))
        * fit(supertype.f_pocket, peptide.chars().last());
    let length = match peptide.len() {
        9 => 1.0,
        10 => 0.8,
        _ => 0.6,
    };
    let hydropathy = (gravy(peptide) + 4.5) / 9.0;
    (0.9 * anchors * length + 0.1 * hydropathy) as f32
}

/// Random peptides of 8 to 11 residues, always the same ones (Knuth's linear congruential generator, MMIX).
fn background() -> Vec<String> {
    let mut state = 1_u64;
    let mut next = |below: u64| {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % below) as usize
    };
    (0..BACKGROUND)
        .map(|_| {
            let length = 8 + next(4);
            (0..length).map(|_| char::from(AMINO_ACIDS[next(20)])).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use super::*;
    use crate::hla::HlaAllele;

    fn percentile(peptide: &str, allele: &str) -> f32 {
        let predictor = MotifPredictor::new().unwrap();
        predictor.predict(&[(peptide, allele)]).unwrap()[0].as_ref().unwrap().percentile
    }

    /// Epitopes of influenza, Epstein-Barr virus and HIV with their published restriction, each with an anchor taken away.
    #[test]
    fn known_epitopes_rank_above_their_broken_anchors() {
        for (epitope, broken, allele) in [
            ("GILGFVFTL", "GDLGFVFTD", "HLA-A*02:01"),
            ("ILRGSVAHK", "IDRGSVAHD", "HLA-A*03:01"),
            ("RPPIFIRRL", "RDPIFIRRD", "HLA-B*07:02"),
            ("KRWIILGLNK", "KDWIILGLND", "HLA-B*27:05"),
        ] {
            let (intact, broken) = (percentile(epitope, allele), percentile(broken, allele));
            assert!(
                intact < 10.0 && intact < broken,
                "{epitope}: {intact}, without anchors {broken}"
            );
        }
    }

    #[test]
    fn the_table_is_in_normal_form_and_each_allele_is_there_once() {
        let mut alleles: Vec<String> = MotifPredictor::alleles().collect();
        assert!(
            alleles.iter().all(|allele| HlaAllele::parse(allele).unwrap().two_field() == *allele)
        );
        let listed = alleles.len();
        alleles.sort_unstable();
        alleles.dedup();
        assert_eq!(alleles.len(), listed);
    }

    #[test]
    fn what_cannot_be_scored_leaves_the_others() {
        let predictor = MotifPredictor::new().unwrap();
        let pairs = [
            ("GILGFVFTL", "HLA-A*02:01"),
            ("GILGFVFTX", "HLA-A*02:01"),
            ("GIL", "HLA-A*02:01"),
            ("GILGFVFTL", "HLA-C*07:02"),
        ];
        let answers = predictor.predict(&pairs).unwrap();
        let alone = predictor.predict(&pairs[..1]).unwrap();
        assert_eq!(answers[0], alone[0]);
        assert_eq!(answers[1], Err(Unscorable::Residue { residue: 'X', position: 9 }));
        assert_eq!(answers[2], Err(Unscorable::Length { found: 3, min: 8, max: 11 }));
        assert_eq!(answers[3], Err(Unscorable::Allele { allele: "HLA-C*07:02".to_owned() }));
        assert!(predictor.resolve("HLA-C*07:02").is_err());
        assert_eq!((predictor.model(), predictor.version()), ("mhc1-motif/supertypes", "1"));
    }

    #[test]
    fn percentiles_fall_as_scores_rise_and_spread_over_the_range() {
        let predictor = MotifPredictor::new().unwrap();
        let background = background();
        let pairs: Vec<(&str, &str)> =
            background.iter().map(|p| (p.as_str(), "HLA-B*44:02")).collect();
        let mut answers: Vec<Presentation> =
            predictor.predict(&pairs).unwrap().into_iter().map(Result::unwrap).collect();
        answers.sort_by(|a, b| a.score.total_cmp(&b.score));
        assert!(answers.windows(2).all(|pair| pair[1].percentile <= pair[0].percentile));
        assert!(
            answers
                .iter()
                .all(|a| (0.0..=1.0).contains(&a.score) && (0.0..=100.0).contains(&a.percentile))
        );
        let under_two = answers.iter().filter(|a| a.percentile <= 2.0).count();
        assert!((BACKGROUND / 100..=BACKGROUND / 50).contains(&under_two), "{under_two}");
    }
}
