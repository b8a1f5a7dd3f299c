//! LOHHLA's table `*.HLAlossPrediction_CI.xls` (tab-separated; McGranahan et al. 2017, Cell 171:1259-1271): which of a
//! gene's two HLA alleles is lost.

use serde::Serialize;

use super::formats::EXPECTED;
use super::{Loss, NONE_LEFT, PresentationGene, number};
use crate::table::{Header, Refusal, TableError, present};

/// LOHHLA's threshold of the allelic imbalance's p-value.
const SIGNIFICANT: f64 = 0.01;

const fn bad(path: &'static str, message: &'static str) -> Refusal {
    Refusal {
        path,
        rule: "copy-number.lohhla",
        message,
        remedy: "write the table again with LOHHLA",
    }
}

const ALLELES: Refusal = bad(
    "LossAllele",
    "expected two alleles of one of HLA-A, HLA-B and HLA-C, as hla_a_01_01_01_01",
);
const NUMBER: Refusal =
    bad("PVal_unique", "expected a p-value of 0 to 1 and numbers of copies, or nothing");

/// The two alleles of a gene, and what LOHHLA says of them.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AlleleLoss {
    /// HLA-A, HLA-B or HLA-C.
    pub gene: PresentationGene,
    /// The allele with fewer copies, `HLA-A*01:01:01:01`.
    pub lost: String,
    /// The other.
    pub kept: String,
    /// Copies of `lost` in a tumour cell; fractions, and estimates a little below 0.
    pub copies: Option<f64>,
    /// P-value of the imbalance between the alleles (paired, every read once).
    pub p_value: Option<f64>,
    /// Lost with fewer than 0.5 copies and a p-value below 0.01; unknown without these numbers.
    pub state: Loss,
    /// 1-based line of the file.
    pub source_line: i64,
}

/// Where the columns are.
pub(super) struct Columns {
    alleles: [usize; 2],
    copies: [usize; 2],
    lost: usize,
    kept: usize,
    p_value: usize,
}

impl Columns {
    /// `None` where the header is not of LOHHLA. The columns of all genes are named by HLA-A.
    pub(super) fn of(header: &Header<'_>) -> Result<Option<Self>, TableError> {
        if !header.has("LossAllele") {
            return Ok(None);
        }
        let require = |name| header.require(&[name], EXPECTED);
        Ok(Some(Self {
            alleles: [require("HLA_A_type1")?, require("HLA_A_type2")?],
            copies: [
                require("HLA_type1copyNum_withBAFBin")?,
                require("HLA_type2copyNum_withBAFBin")?,
            ],
            lost: require("LossAllele")?,
            kept: require("KeptAllele")?,
            p_value: require("PVal_unique")?,
        }))
    }

    pub(super) fn loss(&self, cells: &[&str], line: i64) -> Result<AlleleLoss, Refusal> {
        let (lost, kept) = (cells[self.lost], cells[self.kept]);
        let side = self.alleles.iter().position(|&at| cells[at] == lost).ok_or(ALLELES)?;
        let (gene, lost) = allele(lost).ok_or(ALLELES)?;
        let (other, kept) = allele(kept).ok_or(ALLELES)?;
        if gene != other {
            return Err(ALLELES);
        }
        let copies = number(cells[self.copies[side]], NUMBER)?;
        let p_value = number(cells[self.p_value], NUMBER)?;
        if p_value.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
            return Err(NUMBER);
        }
        let state = match copies.zip(p_value) {
            None => Loss::Unknown,
            Some((copies, p)) if copies < NONE_LEFT && p < SIGNIFICANT => {
                Loss::LossOfHeterozygosity
            }
            Some(_) => Loss::Kept,
        };
        Ok(AlleleLoss { gene, lost, kept, copies, p_value, state, source_line: line })
    }
}

/// `hla_a_01_01_01_02n` is HLA-A*01:01:01:02N.
fn allele(name: &str) -> Option<(PresentationGene, String)> {
    let name = present(name)?.to_ascii_uppercase();
    let (gene, fields) = name.strip_prefix("HLA_")?.split_once('_')?;
    let known = match gene {
        "A" => PresentationGene::HlaA,
        "B" => PresentationGene::HlaB,
        "C" => PresentationGene::HlaC,
        _ => return None,
    };
    let fields: Vec<&str> = fields.split('_').collect();
    let is_field = |field: &&str| field.starts_with(|c: char| c.is_ascii_digit());
    fields.iter().all(is_field).then(|| (known, format!("HLA-{gene}*{}", fields.join(":"))))
}
