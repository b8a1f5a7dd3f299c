//! MHC molecules: their names, their pseudo-sequences, and the nearest relative of one that has none.
//!
//! A molecule is a class I allele (`HLA-A*02:01`), or the two chains of class II (`HLA-DPA1*01:03-DPB1*04:01`; of DR the
//! beta chain alone is named, since all alpha chains are the same in the groove).

use crate::encoding::{Class, encode_pseudosequence};
use std::collections::{BTreeMap, HashMap};
use vaxloom_immune::encoding::PSEUDOSEQUENCE;
use vaxloom_immune::molecule::ClassTwoMolecule;
use vaxloom_immune::{AlleleMatch, Unscorable};

const GENES: [&str; 6] = ["A", "B", "C", "E", "F", "G"];

/// One molecule of the model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Molecule {
    /// Normal form.
    pub name: String,
    /// Its row among the distinct pseudo-sequences.
    pub pseudosequence: usize,
    /// Ligands of this molecule that the model was trained on; of a genotype's ligands those that it presents best.
    pub ligands: usize,
    /// Affinities to this molecule that the model was trained on.
    pub affinities: usize,
}

/// Rows of training by molecule.
pub type Counts = BTreeMap<String, usize>;

/// All molecules of a model; many share a pseudo-sequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MoleculeTable {
    molecules: Vec<Molecule>,
    pseudosequences: Vec<[u8; PSEUDOSEQUENCE]>,
    by_name: HashMap<String, usize>,
    /// By pseudo-sequence: whether a molecule that has it was trained on.
    trained: Vec<bool>,
}

impl MoleculeTable {
    /// From names and pseudo-sequences, with how many rows of training each molecule has.
    /// Sequences must be of 34 standard residues, others are left out.
    pub fn from_sequences(
        sequences: &BTreeMap<String, String>,
        ligands: &Counts,
        affinities: &Counts,
    ) -> Self {
        let mut pseudosequences: Vec<_> =
            sequences.values().filter_map(|s| encode_pseudosequence(s)).collect();
        pseudosequences.sort_unstable();
        pseudosequences.dedup();
        let count = |counts: &Counts, name| counts.get(name).copied().unwrap_or_default();
        let molecules = sequences
            .iter()
            .filter_map(|(name, sequence)| {
                let encoded = encode_pseudosequence(sequence)?;
                Some(Molecule {
                    name: name.clone(),
                    pseudosequence: pseudosequences.binary_search(&encoded).ok()?,
                    ligands: count(ligands, name),
                    affinities: count(affinities, name),
                })
            })
            .collect();
        Self::new(molecules, pseudosequences)
    }

    /// From molecules that point into `pseudosequences`.
    pub fn new(molecules: Vec<Molecule>, pseudosequences: Vec<[u8; PSEUDOSEQUENCE]>) -> Self {
        let by_name = molecules.iter().enumerate().map(|(i, m)| (m.name.clone(), i)).collect();
        let has_ligands = molecules.iter().any(|m| m.ligands > 0);
        let mut trained = vec![false; pseudosequences.len()];
        for molecule in &molecules {
            let rows = if has_ligands { molecule.ligands } else { molecule.affinities };
            trained[molecule.pseudosequence] |= rows > 0;
        }
        Self { molecules, pseudosequences, by_name, trained }
    }

    /// The molecules, in the order of their names.
    pub fn molecules(&self) -> &[Molecule] {
        &self.molecules
    }

    /// The distinct pseudo-sequences, as residue codes.
    pub fn pseudosequences(&self) -> &[[u8; PSEUDOSEQUENCE]] {
        &self.pseudosequences
    }

    /// The molecule of this name.
    pub fn get(&self, name: &str) -> Option<&Molecule> {
        self.by_name.get(name).map(|&i| &self.molecules[i])
    }

    /// The molecule that stands for `name`: itself, or the nearest of its group (same first field of the allele, of
    /// class II the beta chain): the lowest-numbered protein that was trained on, else the lowest-numbered.
    pub fn resolve(&self, name: &str) -> Result<(&Molecule, AlleleMatch), Unscorable> {
        if let Some(molecule) = self.get(name) {
            return Ok((molecule, self.matched(molecule, true)));
        }
        let unknown = || Unscorable::Allele { allele: name.to_owned() };
        let (group, protein) = name.rsplit_once(':').ok_or_else(unknown)?;
        protein_number(protein).ok_or_else(unknown)?;
        let relative = self
            .molecules
            .iter()
            .filter_map(|m| Some((m, m.name.rsplit_once(':').filter(|(g, _)| *g == group)?.1)))
            .min_by_key(|(m, protein)| {
                (!self.trained[m.pseudosequence], protein_number(protein), &m.name)
            })
            .ok_or_else(unknown)?;
        Ok((relative.0, self.matched(relative.0, false)))
    }

    fn matched(&self, molecule: &Molecule, exact: bool) -> AlleleMatch {
        let trained = self.trained[molecule.pseudosequence];
        AlleleMatch { scored_as: molecule.name.clone(), exact, trained }
    }
}

/// The number of a second field, such as `01` or `14L`.
fn protein_number(field: &str) -> Option<u32> {
    field.trim_end_matches(|c: char| c.is_ascii_alphabetic()).parse().ok()
}

/// The normal form of a molecule as the published tables write it; `alpha` is the alpha chain of one that the table names
/// by its beta chain alone.
pub fn normal_form(text: &str, class: Class, alpha: Option<&str>) -> Option<String> {
    match class {
        Class::One => class_one(text),
        Class::Two => class_two(text, alpha),
    }
}

/// A pair of chains, or a DR beta chain.
fn class_two(text: &str, alpha: Option<&str>) -> Option<String> {
    let molecule = match alpha {
        Some(alpha) => {
            ClassTwoMolecule::parse(&format!("{alpha}-{}", text.trim_start_matches("HLA-")))
        }
        None => ClassTwoMolecule::parse(text),
    };
    molecule.ok().map(|molecule| molecule.to_string())
}

/// `A0201`, `HLA-A02:01` or `HLA-A*02:01`, with an expression letter where there is one.
fn class_one(text: &str) -> Option<String> {
    let name = text.strip_prefix("HLA-").unwrap_or(text);
    let gene = GENES.into_iter().find(|gene| name.starts_with(gene))?;
    let rest = &name[gene.len()..];
    let rest = rest.strip_prefix(['*', '-']).unwrap_or(rest);
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
            assert_eq!(normal_form(text, Class::One, None).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn names_of_class_two_are_pairs_of_chains() {
        let (dr, dp) = ("HLA-DRB1*01:01", "HLA-DPA1*01:03-DPB1*04:01");
        for (text, alpha, expected) in [
            ("DRB1*01:01", None, Some(dr)),
            ("HLA-DRB1*01:01", None, Some(dr)),
            ("DRB1_0101", None, Some(dr)),
            ("DPA1*01:03-DPB1*04:01", None, Some(dp)),
            ("HLA-DPA10103-DPB10401", None, Some(dp)),
            ("HLA-DPB1*04:01", Some("DPA1*01:03"), Some(dp)),
            ("HLA-DPB1*04:01", None, None),
            ("HLA-DPB1*04:01", Some("DQA1*01:02"), None),
            ("HLA-A*02:01", None, None),
            ("", None, None),
        ] {
            assert_eq!(
                normal_form(text, Class::Two, alpha).as_deref(),
                expected,
                "{text} {alpha:?}"
            );
        }
    }

    /// Rows of affinity count only where there is no ligand at all, and count for all of the same groove.
    #[test]
    fn what_was_trained_on_is_known() {
        let [first, second] =
            ["YFAMYQENMAHTDANTLYIIYRDYTWVARVYRGY", "YFAMYQENMAHTDANTLYIIYRDYTWVARVYRGA"];
        let names = [("HLA-A*02:01", first), ("HLA-A*02:09", first), ("HLA-B*07:02", second)];
        let sequences = names.map(|(name, sequence)| (name.to_owned(), sequence.to_owned())).into();
        let counts = |name: &str| Counts::from([(name.to_owned(), 3)]);
        for (ligands, affinities, expected) in [
            (counts("HLA-A*02:09"), counts("HLA-B*07:02"), [true, true, false]),
            (Counts::new(), counts("HLA-B*07:02"), [false, false, true]),
            (Counts::new(), Counts::new(), [false; 3]),
        ] {
            let table = MoleculeTable::from_sequences(&sequences, &ligands, &affinities);
            let trained = names.map(|(name, _)| table.resolve(name).unwrap().1.trained);
            assert_eq!(trained, expected, "{ligands:?} {affinities:?}");
        }
    }

    #[test]
    fn the_nearest_of_class_two_has_the_same_alpha_chain() {
        let sequence = "YFAMYQENMAHTDANTLYIIYRDYTWVARVYRGY".to_owned();
        let names = [
            "HLA-DRB1*04:01",
            "HLA-DRB1*04:05",
            "HLA-DPA1*01:03-DPB1*04:01",
            "HLA-DPA1*01:03-DPB1*04:02",
        ];
        let sequences = names.map(|name| (name.to_owned(), sequence.clone())).into();
        let table = MoleculeTable::from_sequences(&sequences, &Counts::new(), &Counts::new());
        for (asked, expected) in [
            ("HLA-DRB1*04:99", Some(names[0])),
            ("HLA-DPA1*01:03-DPB1*04:99", Some(names[2])),
            ("HLA-DPA1*02:01-DPB1*04:01", None),
            ("HLA-DRB1*15:01", None),
        ] {
            let found = table.resolve(asked).map(|(_, m)| m.scored_as).ok();
            assert_eq!(found.as_deref(), expected, "{asked}");
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
        let table = MoleculeTable::from_sequences(&sequences, &ligands, &Counts::new());
        assert_eq!(table.pseudosequences().len(), 1);
        for (asked, expected) in [
            ("HLA-A*02:01", Some(("HLA-A*02:01", true))),
            // The groove of 02:01 is that of 02:11, which was trained on.
            ("HLA-A*02:77", Some(("HLA-A*02:01", false))),
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
