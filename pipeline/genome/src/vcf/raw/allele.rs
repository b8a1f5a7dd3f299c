//! The alleles of the ALT column, and what INFO says of those without a sequence (VCF 4.3, sections 1.4 and 3).

use super::super::refusal::{self, Refusal};

/// One allele of the ALT column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Allele {
    /// Bases, upper case: A, C, G, T and N.
    Sequence(Box<[u8]>),
    /// `<DEL>`, `<INS:ME:ALU>`, `<NON_REF>`, `<*>`.
    Symbolic(Box<str>),
    /// One end of a rearrangement: `G]17:198982]`, `.A`, `G.`.
    Breakend(Box<str>),
    /// `*`: the sample lacks this place, by a deletion that another record describes.
    Deleted,
    /// `.`: there is no alternative allele.
    Missing,
    /// In quarantine; it keeps its place, so that genotypes still count.
    Refused,
}

impl Allele {
    /// Reads one of the alleles between the commas of ALT.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        match text.as_bytes() {
            [] => Err(refusal::EMPTY_ALLELE),
            b"." => Ok(Self::Missing),
            b"*" => Ok(Self::Deleted),
            [b'<', .., b'>'] => Ok(Self::Symbolic(text.into())),
            [b'.', ..] | [.., b'.'] => Ok(Self::Breakend(text.into())),
            bytes if bytes.contains(&b'[') || bytes.contains(&b']') => {
                Ok(Self::Breakend(text.into()))
            }
            bytes => bases(bytes).map(Self::Sequence),
        }
    }

    /// Whether the allele can stand at a telomere.
    pub(super) fn has_no_sequence(&self) -> bool {
        matches!(self, Self::Symbolic(_) | Self::Breakend(_))
    }
}

/// The bases in upper case; only A, C, G, T and N are allowed in a VCF (4.3, section 1.6.1).
pub(super) fn bases(text: &[u8]) -> Result<Box<[u8]>, Refusal> {
    let bases: Box<[u8]> = text.to_ascii_uppercase().into();
    if bases.iter().all(|base| matches!(base, b'A' | b'C' | b'G' | b'T' | b'N')) {
        Ok(bases)
    } else if bases.iter().all(|base| b"ACGTNRYSWKMBDHV".contains(base)) {
        Err(refusal::AMBIGUOUS_BASE)
    } else {
        Err(refusal::NO_BASE)
    }
}

/// What INFO says of a record's symbolic alleles and breakends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Structural {
    /// SVTYPE.
    pub kind: Option<Box<str>>,
    /// END: 1-based position of the last base.
    pub end: Option<i64>,
    /// SVLEN, one of each allele: length of the variant, of deletions negative before VCF 4.4.
    pub lengths: Vec<Option<i64>>,
}

impl Structural {
    pub(super) fn parse(info: &str) -> Self {
        let mut found = Self::default();
        for (key, value) in info.split(';').filter_map(|field| field.split_once('=')) {
            match key {
                "SVTYPE" => found.kind = Some(value.into()),
                "END" => found.end = value.parse().ok(),
                "SVLEN" => {
                    found.lengths = value.split(',').map(|length| length.parse().ok()).collect();
                }
                _ => {}
            }
        }
        found
    }
}
