//! Which of the antigens offered the molecules are made of.

use super::DesignError;
use crate::construct::Candidate;
use crate::sequence::odd_residue;

/// The antigens that the molecules are made of, and how many were left out.
pub(super) struct Taken {
    pub(super) antigens: Vec<Candidate>,
    pub(super) offered: usize,
    shortest: usize,
    short: usize,
    odd: usize,
    repeated: usize,
    beyond: usize,
}

impl Taken {
    /// Takes `most` at the most, of at least `shortest` residues each.
    pub(super) fn new(
        offered: &[Candidate],
        most: usize,
        shortest: usize,
    ) -> Result<Self, DesignError> {
        let mut taken = Self {
            antigens: Vec::new(),
            offered: offered.len(),
            shortest,
            short: 0,
            odd: 0,
            repeated: 0,
            beyond: 0,
        };
        for (at, candidate) in offered.iter().enumerate() {
            check(at + 1, candidate)?;
            taken.take(candidate, most);
        }
        if taken.antigens.is_empty() {
            Err(DesignError::NoPeptides { shortest })
        } else {
            Ok(taken)
        }
    }

    fn take(&mut self, candidate: &Candidate, most: usize) {
        let known = self.antigens.iter().position(|known| known.peptide == candidate.peptide);
        match known {
            _ if candidate.peptide.len() < self.shortest => self.short += 1,
            // Selenocysteine, for one, has no codon of its own.
            _ if odd_residue(&candidate.peptide).is_some() => self.odd += 1,
            Some(known) => {
                self.repeated += 1;
                add_gene(&mut self.antigens[known].gene, &candidate.gene);
            }
            None if self.antigens.len() == most => self.beyond += 1,
            None => self.antigens.push(candidate.clone()),
        }
    }

    /// What was left out, in words.
    pub(super) fn left_out(&self) -> String {
        let of =
            |count: usize, what: &str| (count > 0).then(|| format!("; left out: {count} {what}"));
        let notes = [
            of(self.short, &format!("shorter than {} residues", self.shortest)),
            of(self.odd, "with a residue that has no codon of its own"),
            of(self.repeated, "with a peptide that is already there"),
            of(self.beyond, "beyond the most that the profile takes"),
        ];
        notes.into_iter().flatten().collect()
    }
}

/// Two genes that give the same peptide are written `A/B`.
fn add_gene(genes: &mut String, gene: &str) {
    if !genes.split('/').any(|known| known == gene) {
        *genes = format!("{genes}/{gene}");
    }
}

fn check(place: usize, candidate: &Candidate) -> Result<(), DesignError> {
    let found = candidate.weight;
    if found.is_finite() && found >= 0.0 {
        Ok(())
    } else {
        Err(DesignError::Weight { place, found })
    }
}
