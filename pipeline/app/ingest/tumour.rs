//! What copy numbers say of a sample: how many of the tumour's cells carry a call, and which HLA alleles are lost.

use vaxloom_genome::clonality::{Clonality, Locus};
use vaxloom_genome::copy_number::{self, AlleleLoss, Loss, PresentationGene, Segment};
use vaxloom_genome::reference::Assembly;
use vaxloom_genome::{SomaticVariant, cancer_cell_fraction, estimate_purity, hla_loss};

/// The fraction of the tumour's cells that carry a variant, and what it rests on.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub(crate) struct CellFraction {
    total_copies: Option<f64>,
    minor_copies: Option<f64>,
    purity: Option<f64>,
    ccf: Option<f64>,
    ccf_lower: Option<f64>,
    ccf_upper: Option<f64>,
    clonality: Option<&'static str>,
    clonality_note: Option<String>,
}

/// One of each call. Without purity, and with too few calls to estimate it, there are none.
pub(super) fn cell_fractions(
    calls: &[SomaticVariant],
    segments: &[Segment],
    given_purity: Option<f64>,
    sex: Option<&str>,
) -> Vec<CellFraction> {
    let loci: Vec<Option<Locus>> = calls.iter().map(|call| locus(call, segments, sex)).collect();
    let sound = calls.iter().zip(&loci).filter(|(call, _)| {
        call.ref_allele.len() == 1
            && call.alt_allele.len() == 1
            && ["PASS", "."].contains(&call.filter.as_str())
    });
    let sound: Vec<Locus> = sound.filter_map(|(_, locus)| *locus).collect();
    let (purity, estimate) = match given_purity {
        Some(purity) => (Some(purity), None),
        None => match estimate_purity(&sound) {
            Ok(found) => (
                Some(found.purity),
                Some(format!("purity estimated from {} calls", found.variants)),
            ),
            Err(error) => (None, Some(error.to_string())),
        },
    };
    loci.iter().map(|locus| fraction(locus.as_ref(), purity, estimate.as_deref())).collect()
}

fn fraction(locus: Option<&Locus>, purity: Option<f64>, estimate: Option<&str>) -> CellFraction {
    let Some(locus) = locus else { return CellFraction { purity, ..CellFraction::default() } };
    let mut row = CellFraction {
        total_copies: locus.total,
        minor_copies: locus.minor,
        purity,
        ..CellFraction::default()
    };
    let mut notes: Vec<String> = estimate.map(str::to_owned).into_iter().collect();
    match purity.map(|purity| cancer_cell_fraction(locus, purity)) {
        Some(Ok(found)) => {
            row.ccf = Some(found.ccf);
            row.ccf_lower = Some(found.lower);
            row.ccf_upper = Some(found.upper);
            row.clonality = Some(match found.clonality {
                Clonality::Clonal => "clonal",
                Clonality::Subclonal => "subclonal",
            });
            if found.assumed_copy_number {
                notes.push("copy number assumed to be that of normal cells".to_owned());
            }
        }
        Some(Err(error)) => notes.push(error.to_string()),
        None => {}
    }
    row.clonality_note = (!notes.is_empty()).then(|| notes.join("; "));
    row
}

fn locus(call: &SomaticVariant, segments: &[Segment], sex: Option<&str>) -> Option<Locus> {
    let count = |reads: Option<i32>| u32::try_from(reads?).ok();
    let segment = copy_number::at(segments, &call.chrom, u32::try_from(call.pos).ok()?);
    let sole = matches!(call.chrom.trim_start_matches("chr"), "X" | "Y") && sex == Some("male");
    Some(Locus {
        alt_reads: count(call.dna_alt_reads)?,
        depth: count(call.dna_depth)?,
        total: segment.and_then(|segment| segment.total),
        minor: segment.and_then(|segment| segment.minor),
        normal: if sole { 1 } else { 2 },
    })
}

/// What a sample's copy numbers say of HLA.
#[derive(Debug, Default)]
pub(crate) struct HlaLosses {
    /// Of LOHHLA: which allele is lost.
    pub(super) alleles: Vec<AlleleLoss>,
    /// Of segments: what is left of the three class I genes; which allele, they do not say.
    pub(super) genes: Vec<(PresentationGene, Loss)>,
}

/// Of the segments nothing can be said where the assembly is not known.
pub(super) fn hla_losses(
    segments: &[Segment],
    alleles: Vec<AlleleLoss>,
    assembly: Option<Assembly>,
) -> HlaLosses {
    let genes = assembly.map(|assembly| hla_loss(segments, assembly)).unwrap_or_default();
    HlaLosses { alleles, genes }
}

impl HlaLosses {
    /// Whether the allele of this two-field name is lost, and in words what is known of it.
    fn of(&self, two_field: &str, locus: &str) -> (bool, Option<&'static str>) {
        let within = |name: &str| name == two_field || name.starts_with(&format!("{two_field}:"));
        let told = self.alleles.iter().find(|row| within(&row.lost) && !within(&row.kept));
        let gene = format!("HLA-{locus}");
        let gene =
            self.genes.iter().find(|(known, _)| known.symbol() == gene).map(|(_, loss)| *loss);
        match (told.map(|row| row.state), gene) {
            (Some(Loss::LossOfHeterozygosity), _) => (true, Some("lost in the tumour (LOHHLA)")),
            (_, Some(Loss::HomozygousDeletion)) => (
                true,
                Some("both copies of the gene are lost in the tumour (copy number segments)"),
            ),
            (None, Some(Loss::LossOfHeterozygosity)) if self.alleles.is_empty() => (
                false,
                Some(
                    "one copy of the gene is lost in the tumour (copy number segments); which allele is not known",
                ),
            ),
            _ => (false, None),
        }
    }

    /// Copies left of each gene of antigen presentation of which the segments say it: 0, 1 where one parent's is gone, or 2.
    pub(crate) fn gene_copies(&self) -> impl Iterator<Item = (&'static str, i32)> {
        self.genes.iter().filter_map(|(gene, loss)| {
            let copies = match loss {
                Loss::HomozygousDeletion => 0,
                Loss::LossOfHeterozygosity => 1,
                Loss::Kept => 2,
                Loss::Unknown => return None,
            };
            Some((gene.symbol(), copies))
        })
    }

    /// An allele is lost if it is so in every sample with copy numbers; `None` without any.
    pub(crate) fn of_all(
        samples: &[&Self],
        two_field: &str,
        locus: &str,
    ) -> (Option<bool>, Option<String>) {
        let told: Vec<_> = samples.iter().map(|sample| sample.of(two_field, locus)).collect();
        let lost = (!told.is_empty()).then(|| told.iter().all(|(lost, _)| *lost));
        let some = told.iter().any(|(lost, _)| *lost) && lost == Some(false);
        let words = told.iter().find_map(|(_, words)| *words);
        let note = words
            .map(|words| if some { format!("in some samples {words}") } else { words.to_owned() });
        (lost, note)
    }
}
