//! Class I alleles: their names, their pseudo-sequences, and the nearest relative of one that has
//! none.

use crate::encoding::encode_pseudosequence;
use std::collections::{BTreeMap, HashMap};
use vaxloom_immune::encoding::PSEUDOSEQUENCE;
use vaxloom_immune::{AlleleMatch, Unscorable};

const GENES: [&str; 6] = ["A", "B", "C", "E", "F", "G"];

/// One allele of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allele {
    /// Normal form, `HLA-A*02:01`.
    pub name: String,
    /// Its row among the distinct pseudo-sequences.
    pub pseudosequence: usize,
    /// Ligands of this allele that the model was trained on.
    pub ligands: usize,
}

/// All alleles of a model; many share a pseudo-sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlleleTable {
    alleles: Vec<Allele>,
    pseudosequences: Vec<[u8; PSEUDOSEQUENCE]>,
    by_name: HashMap<String, usize>,
    /// By pseudo-sequence: whether an allele that has it was trained on.
    trained: Vec<bool>,
}

impl AlleleTable {
    /// From names and pseudo-sequences, with how many ligands each allele has in training.
    /// Sequences must be of 34 standard residues, others are left out.
    pub fn from_sequences(
        sequences: &BTreeMap<String, String>,
        ligands: &BTreeMap<String, usize>,
    ) -> Self {
        let mut pseudosequences: Vec<_> =
            sequences.values().filter_map(|s| encode_pseudosequence(s)).collect();
        pseudosequences.sort_unstable();
        pseudosequences.dedup();
        let alleles = sequences
            .iter()
            .filter_map(|(name, sequence)| {
                let encoded = encode_pseudosequence(sequence)?;
                let pseudosequence = pseudosequences.binary_search(&encoded).ok()?;
                let ligands = ligands.get(name).copied().unwrap_or_default();
                Some(Allele { name: name.clone(), pseudosequence, ligands })
            })
            .collect();
        Self::new(alleles, pseudosequences)
    }

    /// From alleles that point into `pseudosequences`.
    pub fn new(alleles: Vec<Allele>, pseudosequences: Vec<[u8; PSEUDOSEQUENCE]>) -> Self {
        let by_name = alleles.iter().enumerate().map(|(i, a)| (a.name.clone(), i)).collect();
        let mut trained = vec![false; pseudosequences.len()];
        alleles.iter().filter(|a| a.ligands > 0).for_each(|a| trained[a.pseudosequence] = true);
        Self { alleles, pseudosequences, by_name, trained }
    }

    /// The alleles, in the order of their names.
    pub fn alleles(&self) -> &[Allele] {
        &self.alleles
    }

    /// The distinct pseudo-sequences, as residue codes.
    pub fn pseudosequences(&self) -> &[[u8; PSEUDOSEQUENCE]] {
        &self.pseudosequences
    }

    /// The allele of this name.
    pub fn get(&self, name: &str) -> Option<&Allele> {
        self.by_name.get(name).map(|&i| &self.alleles[i])
    }

    /// The allele that stands for `name`: itself, or the nearest of its group (same first field):
    /// the lowest-numbered protein with training ligands, else the lowest-numbered.
    pub fn resolve(&self, name: &str) -> Result<(&Allele, AlleleMatch), Unscorable> {
        if let Some(allele) = self.get(name) {
            return Ok((allele, self.matched(allele, true)));
        }
        let unknown = || Unscorable::Allele { allele: name.to_owned() };
        let group = normal_form(name).filter(|n| n == name).ok_or_else(unknown)?;
        let group = group.split_once(':').ok_or_else(unknown)?.0;
        let relative = self
            .alleles
            .iter()
            .filter(|a| a.name.split_once(':').is_some_and(|(g, _)| g == group))
            .min_by_key(|a| (a.ligands == 0, protein_number(&a.name), &a.name))
            .ok_or_else(unknown)?;
        Ok((relative, self.matched(relative, false)))
    }

    fn matched(&self, allele: &Allele, exact: bool) -> AlleleMatch {
        let trained = self.trained[allele.pseudosequence];
        AlleleMatch { scored_as: allele.name.clone(), exact, trained }
    }
}

/// The number of the second field of a name in normal form.
fn protein_number(name: &str) -> u32 {
    let field = name.rsplit(':').next().unwrap_or_default();
    field.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse().unwrap_or(u32::MAX)
}

/// The normal form of a class I allele as the published tables write it: `A0201`, `HLA-A02:01` or
/// `HLA-A*02:01`, with an expression letter where there is one.
pub fn normal_form(text: &str) -> Option<String> {
    let name = text.strip_prefix("HLA-").unwrap_or(text);
    let gene = GENES.into_iter().find(|gene| name.starts_with(gene))?;
    let rest = &name[gene.len()..];
    let rest = rest.strip_prefix('*').unwrap_or(rest);
    let (group, protein) = match rest.split_once(':') {
        Some(fields) => fields,
        // Without a colon the group is two digits.
        None => rest.split_at_checked(2)?,
    };
    let digits = protein.trim_end_matches(['N', 'L', 'S', 'C', 'A', 'Q']);
    let is_number = |s: &str, lengths: std::ops::RangeInclusive<usize>| {
        lengths.contains(&s.len()) && s.bytes().all(|b| b.is_ascii_digit())
    };
    let named =
        is_number(group, 2..=3) && is_number(digits, 2..=4) && protein.len() - digits.len() <= 1;
    named.then(|| format!("HLA-{gene}*{group}:{protein}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn names_as_tables_write_them() {
        for (text, expected) in [
            ("A0201", Some("HLA-A*02:01")),
            ("HLA-A02:01", Some("HLA-A*02:01")),
            ("HLA-B*15:220", Some("HLA-B*15:220")),
            ("HLA-B15:220", Some("HLA-B*15:220")),
            ("HLA-A30:14L", Some("HLA-A*30:14L")),
            ("HLA-G0101", Some("HLA-G*01:01")),
            ("HLA-A*02:01:01", None),
            ("HLA-A*02", None),
            ("HLA-DRB1*01:01", None),
            ("H-2-Kb", None),
            ("A2", None),
            ("", None),
            ("Aé01", None),
        ] {
            assert_eq!(normal_form(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn the_nearest_of_the_group_stands_in() {
        let sequence = "YFAMYQENMAHTDANTLYIIYRDYTWVARVYRGY".to_owned();
        let names = [
            "HLA-A*02:01",
            "HLA-A*02:09",
            "HLA-A*02:11",
            "HLA-A*02:101",
            "HLA-B*07:10",
            "HLA-B*07:100",
        ];
        let sequences = names.iter().map(|n| ((*n).to_owned(), sequence.clone())).collect();
        let ligands = [("HLA-A*02:11".to_owned(), 5), ("HLA-A*02:101".to_owned(), 5)].into();
        let table = AlleleTable::from_sequences(&sequences, &ligands);
        assert_eq!(table.pseudosequences().len(), 1);
        for (asked, expected) in [
            ("HLA-A*02:01", Some(("HLA-A*02:01", true))),
            ("HLA-A*02:77", Some(("HLA-A*02:11", false))),
            ("HLA-B*07:99", Some(("HLA-B*07:10", false))),
            ("HLA-A*99:01", None),
            ("A0277", None),
            ("HLA-DRB1*01:01", None),
        ] {
            let found = table.resolve(asked).map(|(_, m)| (m.scored_as, m.exact)).ok();
            assert_eq!(found, expected.map(|(n, e)| (n.to_owned(), e)), "{asked}");
        }
    }
}
