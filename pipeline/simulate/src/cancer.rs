//! Types of cancer: how many mutations their tumours have, and which processes made them.
//!
//! Numbers: `data/cancers.tsv`, whose head names their sources and says which are a choice.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, Gamma, LogNormal};

use crate::SimulateError;
use crate::table::Table;

const TABLE: Table = Table::new("cancers.tsv", include_str!("../data/cancers.tsv"));

/// Coding sequence of an exome, in megabases: what loads a megabase are multiplied by, whatever the reference has.
pub const EXOME: f64 = 30.0;

/// Standard deviation of the logarithm of the load. Follows of median and mean of cohorts for which both are published, as
/// `sqrt(2 ln(mean / median))`: 0.88 (EGFR-mutant lung, 3.8 and 5.6; Hastings et al. 2019, PMID 31086949), 0.94 (triple-negative
/// breast, 2.12 and 3.29) and 0.91 (normal-like breast, 1.28 and 1.93; both TCGA).
pub const SPREAD: f64 = 0.9;

/// How close a tumour's signatures are to its type's (the concentration of a Dirichlet distribution). A choice.
const CONCENTRATION: f64 = 20.0;

/// Mutations where mismatch repair is lost: this part are indels. A choice.
const MISMATCH_REPAIR_INDELS: f64 = 0.25;

/// A type of cancer.
#[derive(Clone, Debug)]
pub struct Cancer {
    /// TCGA's code, `LUAD`.
    pub code: String,
    /// In words.
    pub name: String,
    /// Its part of a mixed cohort, not normalised.
    pub share: f64,
    /// The usual tumour, and rare ones with many more mutations.
    pub kinds: Vec<Kind>,
    /// `female` or `male` where only these have it.
    pub sex: Option<String>,
    /// First and last year of birth.
    pub birth: (u32, u32),
    /// ICD-10-CM.
    pub icd10: String,
}

/// Tumours of one mutational origin.
#[derive(Clone, Debug)]
pub struct Kind {
    /// Part of the type's tumours.
    pub part: f64,
    /// Median mutations a megabase.
    pub load: f64,
    /// Part of the mutations that are insertions and deletions.
    pub indels: f64,
    /// Signatures by name with their weights, not normalised.
    pub signatures: Vec<(String, f64)>,
}

impl Cancer {
    /// Every type of the table.
    pub fn all() -> Result<Vec<Self>, SimulateError> {
        TABLE.rows()?.into_iter().map(|(line, cells)| read(line, &cells)).collect()
    }

    /// The types of this code; all for `mix`.
    pub fn named(code: &str) -> Result<Vec<Self>, SimulateError> {
        let all = Self::all()?;
        if code == "mix" {
            return Ok(all);
        }
        let codes: Vec<&str> = all.iter().map(|cancer| cancer.code.as_str()).collect();
        let expected = format!("mix, {}", codes.join(", "));
        let found = all.into_iter().find(|cancer| cancer.code.eq_ignore_ascii_case(code));
        found.map(|cancer| vec![cancer]).ok_or_else(|| SimulateError::Unknown {
            what: "type of cancer",
            found: code.to_owned(),
            expected,
        })
    }

    /// Which kind a tumour is, by chance.
    pub fn kind(&self, random: &mut impl Rng) -> &Kind {
        let mut left: f64 = random.random();
        for kind in &self.kinds[1..] {
            left -= kind.part;
            if left < 0.0 {
                return kind;
            }
        }
        &self.kinds[0]
    }
}

impl Kind {
    /// Mutations of a tumour: log-normal, `factor` times the published median; one at least.
    pub fn mutations(&self, factor: f64, random: &mut impl Rng) -> usize {
        let median = self.load * EXOME * factor;
        let load = LogNormal::new(median.ln(), SPREAD).map_or(median, |law| law.sample(random));
        (load.round() as usize).max(1)
    }

    /// The weights of a tumour's signatures, in their order; their sum is one.
    pub fn exposures(&self, random: &mut impl Rng) -> Vec<f64> {
        let total: f64 = self.signatures.iter().map(|(_, weight)| weight).sum();
        let mut drawn = |weight: &f64| {
            let shape = CONCENTRATION * weight / total;
            Gamma::new(shape, 1.0).map_or(0.0, |law| law.sample(random))
        };
        let parts: Vec<f64> = self.signatures.iter().map(|(_, weight)| drawn(weight)).collect();
        let sum: f64 = parts.iter().sum();
        parts.into_iter().map(|part| part / sum).collect()
    }
}

fn read(line: usize, cells: &[&str]) -> Result<Cancer, SimulateError> {
    let [code, name, share, load, indels, own, hypermutated, sex, birth, icd10] = cells else {
        return Err(TABLE.wrong(line, "another number of columns"));
    };
    let number = |cell: &str| TABLE.number(line, cell);
    let mut kinds = vec![Kind {
        part: 1.0,
        load: number(load)?,
        indels: number(indels)?,
        signatures: signatures(line, own)?,
    }];
    for rare in hypermutated.split('|').filter(|rare| !rare.is_empty()) {
        let (numbers, own) = rare.split_once('/').ok_or_else(|| TABLE.wrong(line, rare))?;
        let (part, load) = numbers.split_once(':').ok_or_else(|| TABLE.wrong(line, rare))?;
        let signatures = signatures(line, own)?;
        let repair = signatures.iter().any(|(name, _)| matches!(name.as_str(), "SBS6" | "SBS15"));
        let indels = if repair { MISMATCH_REPAIR_INDELS } else { number(indels)? };
        kinds.push(Kind { part: number(part)?, load: number(load)?, indels, signatures });
    }
    kinds[0].part -= kinds[1..].iter().map(|kind| kind.part).sum::<f64>();
    let (first, last) = birth.split_once('-').ok_or_else(|| TABLE.wrong(line, birth))?;
    Ok(Cancer {
        code: (*code).to_owned(),
        name: (*name).to_owned(),
        share: number(share)?,
        kinds,
        sex: (*sex != "any").then(|| (*sex).to_owned()),
        birth: (number(first)? as u32, number(last)? as u32),
        icd10: (*icd10).to_owned(),
    })
}

fn signatures(line: usize, cell: &str) -> Result<Vec<(String, f64)>, SimulateError> {
    cell.split(';')
        .map(|part| {
            let (name, weight) = part.split_once(':').ok_or_else(|| TABLE.wrong(line, part))?;
            Ok((name.to_owned(), TABLE.number(line, weight)?))
        })
        .collect()
}
