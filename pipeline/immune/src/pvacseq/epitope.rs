//! A row of scored epitopes: one peptide of one transcript, with its scores for one allele.

mod columns;

use std::sync::Arc;

pub(super) use columns::{Columns, Whole};

use super::rules::Metric;
use super::table::{is_unknown, number};

/// Text that many rows share.
pub(super) type Text = Arc<str>;

/// `True`, `False`, or `Not Run`, which passes wherever it is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flag {
    Yes,
    No,
    NotRun,
}

impl Flag {
    pub(super) fn parse(cell: &[u8]) -> Option<Self> {
        Some(match cell {
            b"True" => Self::Yes,
            b"False" => Self::No,
            b"Not Run" => Self::NotRun,
            _ => return None,
        })
    }

    pub(super) fn passes(self) -> bool {
        self != Self::No
    }

    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Yes => "True",
            Self::No => "False",
            Self::NotRun => "Not Run",
        }
    }
}

/// Transcript support level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tsl {
    Level(u8),
    /// The annotation has no levels.
    NotSupported,
    Unknown,
}

impl Tsl {
    pub(super) fn parse(cell: &[u8]) -> Option<Self> {
        match cell {
            b"Not Supported" => Some(Self::NotSupported),
            cell if is_unknown(cell) => Some(Self::Unknown),
            cell => number(cell)
                .filter(|level| level.fract() == 0.0 && (0.0..=9.0).contains(level))
                .map(|level| Self::Level(level as u8)),
        }
    }

    /// The place among others when sorted.
    pub(super) fn rank(self) -> u8 {
        if let Self::Level(level) = self { level } else { 6 }
    }

    pub(super) fn text(self) -> String {
        match self {
            Self::Level(level) => level.to_string(),
            Self::NotSupported => "Not Supported".to_owned(),
            Self::Unknown => "NA".to_owned(),
        }
    }
}

/// Where a variant is: the order of a table of variants before it is sorted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Variant {
    pub(super) chromosome: Text,
    pub(super) start: i64,
    pub(super) stop: i64,
    pub(super) reference: Text,
    pub(super) alternative: Text,
}

/// One row. Unknown numbers are NaN.
#[derive(Debug, Clone)]
pub(super) struct Epitope {
    pub(super) index: Text,
    pub(super) transcript: Text,
    pub(super) tsl: Tsl,
    pub(super) transcript_length: u32,
    pub(super) canonical: Flag,
    pub(super) mane_select: Flag,
    pub(super) protein_coding: bool,
    pub(super) complete_cds: bool,
    pub(super) frameshift: bool,
    pub(super) mutation: Text,
    pub(super) protein_position: Text,
    pub(super) gene: Text,
    pub(super) allele: Text,
    /// Changed residues, such as `7, 8`.
    pub(super) positions: Option<Text>,
    pub(super) problematic: Option<Text>,
    pub(super) peptide: Text,
    /// In the order of [`Metric`].
    pub(super) mutant: [f64; Metric::COUNT],
    pub(super) wild_type: [f64; Metric::COUNT],
    pub(super) gene_expression: f64,
    pub(super) transcript_expression: f64,
    pub(super) rna_vaf: f64,
    pub(super) rna_depth: f64,
    pub(super) dna_vaf: f64,
}
