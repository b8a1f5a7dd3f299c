//! The alleles of a MAF, which have no base in common, and those of VCF, which begin with one.

use serde::Serialize;

use super::MafCall;

/// What a change does to the bases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum VariantType {
    /// One base for another.
    Snp,
    /// Two bases for two.
    Dnp,
    /// Three bases for three.
    Tnp,
    /// More bases for as many.
    Onp,
    /// Bases between two.
    Ins,
    /// Bases taken away.
    Del,
    /// Bases for another number of bases; MAFs call it INS, DEL or ONP.
    Delins,
}

impl VariantType {
    /// Of alleles without common bases, empty for none.
    pub(super) fn of(reference: &str, alternative: &str) -> Self {
        match (reference.len(), alternative.len()) {
            (0, _) => Self::Ins,
            (_, 0) => Self::Del,
            (1, 1) => Self::Snp,
            (2, 2) => Self::Dnp,
            (3, 3) => Self::Tnp,
            (before, after) if before == after => Self::Onp,
            _ => Self::Delins,
        }
    }

    /// Whether a MAF's `Variant_Type` may call it so. ONP stands for any longer exchange in older files.
    pub(super) fn is_called(self, word: &str) -> bool {
        let names: &[&str] = match self {
            Self::Snp => &["SNP", "SNV"],
            Self::Dnp => &["DNP", "DNV", "MNP", "MNV", "ONP"],
            Self::Tnp => &["TNP", "TNV", "MNP", "MNV", "ONP"],
            Self::Onp => &["ONP", "MNP", "MNV"],
            Self::Ins => &["INS", "INDEL"],
            Self::Del => &["DEL", "INDEL"],
            Self::Delins => &["INS", "DEL", "ONP", "INDEL", "DELINS", "COMPLEX"],
        };
        names.iter().any(|name| name.eq_ignore_ascii_case(word))
    }
}

impl MafCall {
    /// 1-based position, reference and alternative allele as VCF 4.3 (section 1.6.1) has them: an insertion or deletion begins
    /// with the base before it, or ends with the base after it where it begins the contig.
    ///
    /// `base` gives the base of a contig (named as in the file) at a 1-based position.
    pub fn anchored(&self, base: impl Fn(&str, u32) -> u8) -> (u32, String, String) {
        let base = |position| char::from(base(&self.chrom, position).to_ascii_uppercase());
        let (reference, alternative) = (&self.ref_allele, &self.alt_allele);
        match self.variant_type {
            VariantType::Ins => {
                let before = base(self.start);
                (self.start, before.to_string(), format!("{before}{alternative}"))
            }
            VariantType::Del if self.start > 1 => {
                let before = base(self.start - 1);
                (self.start - 1, format!("{before}{reference}"), before.to_string())
            }
            VariantType::Del => {
                let after = base(self.end + 1);
                (self.start, format!("{reference}{after}"), after.to_string())
            }
            _ => (self.start, reference.clone(), alternative.clone()),
        }
    }
}
