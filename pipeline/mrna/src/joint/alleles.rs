//! Junctional peptides under a patient's alleles of both classes, by a predictor of (peptide, allele) pairs.

use std::cell::RefCell;
use std::collections::HashMap;

use super::{CLASS_1_LENGTHS, CLASS_2_LENGTHS, JunctionScorer};

/// Predicts binding for a batch of (peptide, allele) pairs: percentile ranks, 0 to 100, lower is stronger. Any closure of
/// this form is one.
pub trait BindingScorer {
    /// One percentile rank a pair, in the order of the pairs.
    fn ranks(&self, pairs: &[(&str, &str)]) -> Result<Vec<f32>, String>;
}

impl<F: Fn(&[(&str, &str)]) -> Result<Vec<f32>, String>> BindingScorer for F {
    fn ranks(&self, pairs: &[(&str, &str)]) -> Result<Vec<f32>, String> {
        self(pairs)
    }
}

/// A patient's alleles with a predictor: peptides of class I lengths go to the class I alleles, those of class II lengths
/// to the class II alleles. A peptide's score is that of the allele that binds it best.
pub struct Alleles<'a> {
    class_1: Vec<String>,
    class_2: Vec<String>,
    predictor: &'a dyn BindingScorer,
    best: RefCell<HashMap<String, (f32, String)>>,
}

impl<'a> Alleles<'a> {
    /// Repeated alleles are taken once. With no allele of a class, no peptide of its lengths counts.
    pub fn new(class_1: &[String], class_2: &[String], predictor: &'a dyn BindingScorer) -> Self {
        let once = |alleles: &[String]| {
            let mut alleles = alleles.to_vec();
            alleles.sort_unstable();
            alleles.dedup();
            alleles
        };
        Self { class_1: once(class_1), class_2: once(class_2), predictor, best: RefCell::default() }
    }

    fn of(&self, peptide: &str) -> &[String] {
        if CLASS_2_LENGTHS.contains(&peptide.len()) { &self.class_2 } else { &self.class_1 }
    }
}

impl JunctionScorer for Alleles<'_> {
    fn score(&self, peptides: &[String]) -> Result<Vec<f32>, String> {
        let of = |peptide| self.of(peptide).iter().map(move |allele| (peptide, allele.as_str()));
        let pairs: Vec<(&str, &str)> = peptides.iter().flat_map(|peptide| of(peptide)).collect();
        let ranks = self.predictor.ranks(&pairs)?;
        if ranks.len() != pairs.len() {
            return Err(format!("{} ranks for {} pairs", ranks.len(), pairs.len()));
        }
        if let Some((_, rank)) = pairs.iter().zip(&ranks).find(|(_, rank)| rank.is_nan()) {
            return Err(format!("a rank of {rank}"));
        }
        let mut best: HashMap<&str, (f32, &str)> = HashMap::new();
        for (&(peptide, allele), &rank) in pairs.iter().zip(&ranks) {
            let known = best.entry(peptide).or_insert((rank, allele));
            if rank < known.0 {
                *known = (rank, allele);
            }
        }
        let mut kept = self.best.borrow_mut();
        for (&peptide, &(rank, allele)) in &best {
            kept.insert(peptide.to_owned(), (rank, allele.to_owned()));
        }
        // A length without alleles binds nothing.
        Ok(peptides.iter().map(|p| best.get(p.as_str()).map_or(100.0, |(rank, _)| *rank)).collect())
    }

    fn lengths(&self) -> Vec<usize> {
        let class_1 = CLASS_1_LENGTHS.filter(|_| !self.class_1.is_empty());
        let class_2 = CLASS_2_LENGTHS.filter(|_| !self.class_2.is_empty());
        class_1.chain(class_2).collect()
    }

    fn allele(&self, peptide: &str) -> Option<String> {
        self.best.borrow().get(peptide).map(|(_, allele)| allele.clone())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;

    fn owned(alleles: &[&str]) -> Vec<String> {
        alleles.iter().map(|&allele| allele.to_owned()).collect()
    }

    #[test]
    fn each_length_goes_to_its_class() {
        let predictor = |pairs: &[(&str, &str)]| {
            let rank = |&(peptide, allele): &(&str, &str)| match (peptide.len(), allele) {
                (9, "A") => 3.0,
                (9, "B") => 0.4,
                (15, "DR") => 1.0,
                (length, allele) => panic!("{length} {allele}"),
            };
            Ok(pairs.iter().map(rank).collect())
        };
        let alleles = Alleles::new(&owned(&["B", "A", "B"]), &owned(&["DR"]), &predictor);
        let asked = vec!["ACDEFGHIK".to_owned(), "ACDEFGHIKLMNPQR".to_owned()];
        assert_eq!(alleles.score(&asked), Ok(vec![0.4, 1.0]));
        assert_eq!(alleles.allele(&asked[0]).as_deref(), Some("B"));
        assert_eq!(alleles.lengths(), [8, 9, 10, 11, 15]);
        let one = Alleles::new(&owned(&["A"]), &[], &predictor);
        assert_eq!(one.lengths(), [8, 9, 10, 11]);
        assert_eq!(one.score(&asked), Ok(vec![3.0, 100.0]));
    }

    #[test]
    fn a_predictor_that_answers_wrongly_is_an_error() {
        let short = |_: &[(&str, &str)]| Ok(vec![1.0]);
        let asked = vec!["ACDEFGHIK".to_owned()];
        let alleles = Alleles::new(&owned(&["A", "B"]), &[], &short);
        assert_eq!(alleles.score(&asked), Err("1 ranks for 2 pairs".to_owned()));
        let odd = |_: &[(&str, &str)]| Ok(vec![f32::NAN]);
        assert!(Alleles::new(&owned(&["A"]), &[], &odd).score(&asked).is_err());
    }
}
