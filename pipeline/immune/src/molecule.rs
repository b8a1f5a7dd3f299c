//! Class II molecules: pairs of an alpha and a beta chain, which together hold a peptide.
//!
//! DR, DQ and DP molecules are named after their chains. The alpha chain of DR hardly varies, and not where peptides
//! bind, so that a DR molecule goes by its beta chain: `HLA-DRB1*01:01` is DRA\*01:01 with DRB1\*01:01. Both chains of DQ
//! and DP vary: `HLA-DPA1*01:03-DPB1*04:01`. These are the normal forms.

mod error;

use crate::hla::{HlaAllele, HlaError};
pub use error::MoleculeError;
use std::fmt;
use std::str::FromStr;

/// The alpha chain of DR where none is named.
const DR_ALPHA: &str = "DRA*01:01";

/// Genes of alpha and beta chains that form a molecule. DRB2 is a pseudogene.
const ISOTYPES: [(&str, &str, &[&str]); 3] = [
    ("DR", "DRA", &["DRB1", "DRB3", "DRB4", "DRB5"]),
    ("DQ", "DQA1", &["DQB1"]),
    ("DP", "DPA1", &["DPB1"]),
];

/// A pair of chains at two fields. Displayed in normal form: `HLA-DRB1*01:01`, `HLA-DPA1*01:03-DPB1*04:01`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassTwoMolecule {
    alpha: String,
    beta: String,
}

impl ClassTwoMolecule {
    /// Reads the names in use: one DR beta chain, or two chains joined by `-`, `/` or `__`, in either order. Each chain is
    /// written as [`HlaAllele::parse`] reads it (`DPA10103`, `HLA-DPA1*01:03:01`, `DRB1_0101`) or with `_` between fields
    /// (`DPA1_01_03`). A beta chain of DQ or DP alone is refused as [`MoleculeError::BetaAlone`].
    pub fn parse(text: &str) -> Result<Self, MoleculeError> {
        Self::parse_with_alpha(text, |_| None)
    }

    /// As [`ClassTwoMolecule::parse`], but where a text names a DQ or DP beta chain alone, `alpha_of` may give the alpha
    /// chain that was there, as for tables of cell lines whose alpha chain is known.
    pub fn parse_with_alpha(
        text: &str,
        alpha_of: impl FnOnce(&HlaAllele) -> Option<HlaAllele>,
    ) -> Result<Self, MoleculeError> {
        let chains = chains(text)?;
        let (alphas, betas): (Vec<_>, Vec<_>) = chains.into_iter().partition(is_alpha);
        match (one("alpha", &alphas)?, one("beta", &betas)?) {
            (Some(alpha), Some(beta)) => Self::of_chains(&alpha, &beta),
            (None, Some(beta)) if beta.locus().starts_with("DR") => Self::of_dr_beta(&beta),
            (None, Some(beta)) => match alpha_of(&beta) {
                Some(alpha) => Self::of_chains(&alpha, &beta),
                None => Err(MoleculeError::BetaAlone { beta: beta.two_field() }),
            },
            (Some(alpha), None) => Err(MoleculeError::AlphaAlone { alpha: alpha.two_field() }),
            (None, None) => Err(HlaError::Empty.into()),
        }
    }

    /// The molecule of two chains, both expressed and of one isotype.
    pub fn of_chains(alpha: &HlaAllele, beta: &HlaAllele) -> Result<Self, MoleculeError> {
        check(alpha)?;
        check(beta)?;
        let fits =
            |(_, a, b): &(_, &str, &[&str])| *a == alpha.locus() && b.contains(&beta.locus());
        if !ISOTYPES.iter().any(fits) {
            let (alpha, beta) = (alpha.two_field(), beta.two_field());
            return Err(MoleculeError::Unpaired { alpha, beta });
        }
        Ok(Self { alpha: chain_name(alpha), beta: chain_name(beta) })
    }

    fn of_dr_beta(beta: &HlaAllele) -> Result<Self, MoleculeError> {
        check(beta)?;
        Ok(Self { alpha: DR_ALPHA.to_owned(), beta: chain_name(beta) })
    }

    /// The molecules that a person with these alleles has, each once: every DR beta chain (DRB1, 3, 4 and 5), then every
    /// DQA1 with every DQB1 and every DPA1 with every DPB1, in cis and in trans, in the order of the alleles.
    ///
    /// Alleles of class I and those that are not expressed are passed over. Not every pair in trans is stable (DQA1\*01
    /// with DQB1\*02, 03 or 04 and the other way round; Kwok et al. 1993, J Immunol 150:2263); all are listed.
    pub fn of_genotype(alleles: &[HlaAllele]) -> Vec<Self> {
        let mut molecules: Vec<Self> = Vec::new();
        for (_, alpha_gene, beta_genes) in ISOTYPES {
            let of = |genes: &[&str]| {
                let found =
                    alleles.iter().filter(|a| genes.contains(&a.locus()) && a.is_expressed());
                found.map(chain_name).collect::<Vec<_>>()
            };
            let alphas =
                if alpha_gene == "DRA" { vec![DR_ALPHA.to_owned()] } else { of(&[alpha_gene]) };
            let betas = of(beta_genes);
            for (alpha, beta) in alphas.iter().flat_map(|a| betas.iter().map(move |b| (a, b))) {
                let molecule = Self { alpha: alpha.clone(), beta: beta.clone() };
                if !molecules.contains(&molecule) {
                    molecules.push(molecule);
                }
            }
        }
        molecules
    }

    /// The alpha chain: `DRA*01:01`, `DPA1*01:03`.
    pub fn alpha(&self) -> &str {
        &self.alpha
    }

    /// The beta chain: `DRB1*01:01`, `DPB1*04:01`.
    pub fn beta(&self) -> &str {
        &self.beta
    }

    /// `DR`, `DQ` or `DP`.
    pub fn isotype(&self) -> &'static str {
        let own = ISOTYPES.iter().find(|(isotype, ..)| self.beta.starts_with(isotype));
        own.map_or("", |(isotype, ..)| isotype)
    }
}

impl fmt::Display for ClassTwoMolecule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.alpha == DR_ALPHA {
            return write!(f, "HLA-{}", self.beta);
        }
        write!(f, "HLA-{}-{}", self.alpha, self.beta)
    }
}

impl FromStr for ClassTwoMolecule {
    type Err = MoleculeError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

/// Normal form of a chain within the name of a molecule: without `HLA-`.
fn chain_name(allele: &HlaAllele) -> String {
    allele.two_field().trim_start_matches("HLA-").to_owned()
}

fn chains(text: &str) -> Result<Vec<HlaAllele>, MoleculeError> {
    let text = text.trim().to_ascii_uppercase().replace("__", "/");
    let parts = text.split(['-', '/']).map(str::trim).filter(|part| *part != "HLA");
    let alleles: Vec<HlaAllele> = parts.map(chain).collect::<Result<_, _>>()?;
    match alleles.iter().find(|allele| allele.is_class_one()) {
        Some(allele) => Err(MoleculeError::ClassOne { found: allele.two_field() }),
        None => Ok(alleles),
    }
}

fn chain(part: &str) -> Result<HlaAllele, HlaError> {
    // DRA1 is how some tables write DRA, by analogy with the alpha genes of DQ and DP.
    let dra = part.strip_prefix("DRA1").filter(|rest| rest.starts_with(['*', '_', '0']));
    let part = dra.map_or(part.to_owned(), |rest| format!("DRA{rest}"));
    if part.matches('_').count() > 1 {
        return HlaAllele::parse(&part.replacen('_', "*", 1).replace('_', ":"));
    }
    HlaAllele::parse(&part)
}

fn is_alpha(allele: &HlaAllele) -> bool {
    ISOTYPES.iter().any(|(_, alpha, _)| *alpha == allele.locus())
}

/// The one chain among names that agree in two fields, expressed if one of them is.
fn one(kind: &'static str, chains: &[HlaAllele]) -> Result<Option<HlaAllele>, MoleculeError> {
    let Some(first) = chains.first() else {
        return Ok(None);
    };
    let name = first.two_field();
    if let Some(other) = chains.iter().find(|chain| chain.two_field() != name) {
        return Err(MoleculeError::Several { kind, first: name, second: other.two_field() });
    }
    let expressed = chains.iter().find(|chain| chain.is_expressed());
    Ok(Some(expressed.unwrap_or(first).clone()))
}

fn check(allele: &HlaAllele) -> Result<(), MoleculeError> {
    if allele.is_class_one() {
        return Err(MoleculeError::ClassOne { found: allele.two_field() });
    }
    if !allele.is_expressed() || allele.locus() == "DRB2" {
        return Err(MoleculeError::NotExpressed { found: allele.to_string() });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
