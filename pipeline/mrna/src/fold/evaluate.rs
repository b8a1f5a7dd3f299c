//! The energy of a given structure, loop by loop.

use crate::energy::{
    Dangles, Dcal, LETTERS, MULTI_CLOSING, SHORTEST_HAIRPIN, Turner2004, pair, turned, turner_2004,
};

use super::{Rna, Structure, StructureError};

/// Energy of `rna` in `structure`, hundredths of kcal/mol. Interior loops may be of any size.
pub fn evaluate(
    rna: &Rna,
    structure: &Structure,
    dangles: Dangles,
) -> Result<Dcal, StructureError> {
    let evaluation = Evaluation { rna, structure, dangles, model: turner_2004() };
    evaluation.check()?;
    let inner = structure.pairs().map(|(i, j)| evaluation.closed_by(i, j));
    Ok(evaluation.exterior() + inner.sum::<Dcal>())
}

struct Evaluation<'a> {
    rna: &'a Rna,
    structure: &'a Structure,
    dangles: Dangles,
    model: &'static Turner2004,
}

impl Evaluation<'_> {
    fn check(&self) -> Result<(), StructureError> {
        let (structure, sequence) = (self.structure.len(), self.rna.len());
        if structure != sequence {
            return Err(StructureError::Length { structure, sequence });
        }
        let bases = self.rna.bases();
        let odd =
            |&(i, j): &(usize, usize)| pair(bases[i], bases[j]) == 0 || j - i <= SHORTEST_HAIRPIN;
        match self.structure.pairs().find(odd) {
            None => Ok(()),
            Some((i, j)) => {
                let letters =
                    [bases[i], bases[j]].map(|base| char::from(LETTERS[usize::from(base)]));
                Err(StructureError::Pair {
                    five: i + 1,
                    three: j + 1,
                    bases: letters.iter().collect(),
                })
            }
        }
    }

    /// The pairs that the stretch `from..to` holds at its own level.
    fn stems(&self, from: usize, to: usize) -> Vec<(usize, usize)> {
        let mut stems = Vec::new();
        let mut at = from;
        while at < to {
            match self.structure.partner(at) {
                Some(other) => {
                    stems.push((at, other));
                    at = other + 1;
                }
                None => at += 1,
            }
        }
        stems
    }

    fn exterior(&self) -> Dcal {
        let bases = self.rna.bases();
        let stem = |(i, j): (usize, usize)| {
            let (five, three) = (i.checked_sub(1).map(|at| bases[at]), bases.get(j + 1).copied());
            self.model.exterior_stem(self.dangles, pair(bases[i], bases[j]), five, three)
        };
        self.stems(0, bases.len()).into_iter().map(stem).sum()
    }

    fn closed_by(&self, i: usize, j: usize) -> Dcal {
        let bases = self.rna.bases();
        match self.stems(i + 1, j).as_slice() {
            [] => self.model.hairpin(&bases[i..=j]),
            [(p, q)] => self.model.interior(&bases[i..=*p], &bases[*q..=j]),
            stems => {
                let inner = stems.iter().map(|&(p, q)| self.multi_stem(p, q));
                let closing = turned(pair(bases[i], bases[j]));
                let closing = self.model.multi_stem(
                    self.dangles,
                    closing,
                    Some(bases[j - 1]),
                    Some(bases[i + 1]),
                );
                MULTI_CLOSING + closing + inner.sum::<Dcal>()
            }
        }
    }

    fn multi_stem(&self, p: usize, q: usize) -> Dcal {
        let bases = self.rna.bases();
        self.model.multi_stem(
            self.dangles,
            pair(bases[p], bases[q]),
            Some(bases[p - 1]),
            Some(bases[q + 1]),
        )
    }
}
