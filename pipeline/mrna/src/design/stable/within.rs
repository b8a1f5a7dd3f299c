//! Stable codons within the limits of the finished molecule.
//!
//! The lattice knows neither windows nor the length of helices, so both are kept by solving again: where a window of the coding
//! sequence holds too much G and C (or too little), they (or A and T) become dearer there; where a helix is too long, codons are
//! put out of use that let a pair near its middle form ([`super::helix`]). Helices are those of the lattice's own structure and
//! then those of the whole molecule as its checks will fold it, untranslated regions and dangling ends included. What comes out
//! is near the least cost possible, not proved to be it.

use super::super::build::CodingRequest;
use super::helix::{helices, pairs_out_of_use};
use crate::coding::outside;
use crate::energy::Base;
use crate::fold::Rna;
use crate::lattice::{CodingDesign, CodingTask, Dearer, LatticeError, optimize};
use crate::sequence::transcribe;
use crate::shape::{Folding, TurnerFolding, pairs};

/// Solutions looked at.
const ROUNDS: usize = 12;

/// What a base of the kind that is too many costs more after the first round, kcal/mol; later rounds add twice as much, thrice ...
const STEP: f64 = 0.4;

/// A solution and what keeping to the limits did to it.
pub(super) struct Within {
    pub(super) design: CodingDesign,
    /// The objective without limits, kcal/mol.
    free: f64,
    /// Solutions looked at.
    rounds: usize,
    /// Whether the limits are kept.
    kept: bool,
}

impl Within {
    /// DNA, without stop.
    pub(super) fn coding(&self) -> String {
        self.design.rna[self.design.coding_start..self.design.coding_end].replace('U', "T")
    }

    /// What to say behind its name.
    pub(super) fn note(&self) -> String {
        let lost = self.design.objective - self.free;
        match (self.kept, self.rounds) {
            (true, 1) => String::new(),
            (true, rounds) => {
                format!(", limits kept at {lost:.1} kcal/mol of the objective in {rounds} rounds")
            }
            (false, rounds) => format!(", limits not reached in {rounds} rounds"),
        }
    }
}

/// The solution of `task`, which is `request`'s, within its limits; where none was found, the one without.
pub(super) fn solve_within(
    task: &CodingTask<'_>,
    request: &CodingRequest<'_>,
) -> Result<Within, LatticeError> {
    let first = optimize(task)?;
    let free = first.objective;
    let mut prices = Prices::new(task);
    let mut design = first.clone();
    for rounds in 1..=ROUNDS {
        let known = prices.count();
        if !prices.raise(&design, request, rounds)? {
            return Ok(Within { design, free, rounds, kept: true });
        }
        if rounds == ROUNDS || prices.count() == known {
            return Ok(Within { design: first, free, rounds, kept: false });
        }
        design = optimize(&CodingTask { dearer: &prices.list(), ..task.clone() })?;
    }
    Ok(Within { design: first, free, rounds: ROUNDS, kept: false })
}

/// What codons cost more.
struct Prices<'a> {
    task: &'a CodingTask<'a>,
    /// For each residue, of each G or C, and of each A or T.
    bases: Vec<(f64, f64)>,
    /// Put out of use.
    out: Vec<Dearer>,
    /// Times that a window has raised prices.
    raised: usize,
}

impl<'a> Prices<'a> {
    fn new(task: &'a CodingTask<'a>) -> Self {
        Self { task, bases: vec![(0.0, 0.0); task.protein.len()], out: Vec::new(), raised: 0 }
    }

    /// Changes so far.
    fn count(&self) -> usize {
        self.out.len() + self.raised
    }

    /// Raises the prices of what offends; whether anything does.
    fn raise(
        &mut self,
        design: &CodingDesign,
        request: &CodingRequest<'_>,
        round: usize,
    ) -> Result<bool, LatticeError> {
        let coding = &design.rna[design.coding_start..design.coding_end];
        let checked = format!("{coding}{}", transcribe(stops(request.right)));
        let marks = outside(&checked, self.bases.len(), request.limits.gc_window);
        for (price, &(rich, poor)) in self.bases.iter_mut().zip(&marks) {
            price.0 += if rich { STEP * round as f64 } else { 0.0 };
            price.1 += if poor { STEP * round as f64 } else { 0.0 };
        }
        let windows = marks.iter().any(|&(rich, poor)| rich || poor);
        self.raised += usize::from(windows);
        let broken = self.break_helices(&design.structure, design.coding_start, coding, request);
        if windows || broken {
            return Ok(true);
        }
        let left = transcribe(&request.left[request.untranscribed..]);
        let whole = format!("{left}{coding}{}", transcribe(request.right));
        let folded = TurnerFolding.mfe(&whole).map_err(|error| LatticeError::Inconsistent {
            name: self.task.name.to_owned(),
            what: format!("does not fold: {error}"),
        })?;
        Ok(self.break_helices(&folded.structure, left.len(), coding, request))
    }

    /// Puts out of use what lets a pair in the middle of each helix that is too long form; whether there is any.
    fn break_helices(
        &mut self,
        structure: &str,
        coding_start: usize,
        coding: &str,
        request: &CodingRequest<'_>,
    ) -> bool {
        let bases = Rna::parse(coding).map(|rna| rna.bases().to_vec()).unwrap_or_default();
        let partner = pairs(structure).unwrap_or_default();
        let most = request.limits.longest_helix;
        let long = helices(&partner).into_iter().filter(|helix| helix.len() > most);
        let long: Vec<_> = long.collect();
        for helix in &long {
            let inside = |at: usize| at.checked_sub(coding_start).filter(|at| *at < bases.len());
            let helix: Vec<_> =
                helix.iter().map(|&(five, three)| (inside(five), inside(three))).collect();
            self.out.extend(pairs_out_of_use(self.task, &bases, &helix, most));
        }
        !long.is_empty()
    }

    fn list(&self) -> Vec<Dearer> {
        let mut list = self.out.clone();
        for (residue, (letter, price)) in self.task.protein.chars().zip(&self.bases).enumerate() {
            if *price != (0.0, 0.0) {
                let codons = self.task.table.codons(letter.to_ascii_uppercase());
                list.extend(codons.iter().map(|usage| {
                    let strong = |base: &&Base| **base == 2 || **base == 3;
                    let strong = usage.bases.iter().filter(strong).count() as f64;
                    let cost = strong * price.0 + (3.0 - strong) * price.1;
                    Dearer { residue, codon: usage.bases, cost }
                }));
            }
        }
        list
    }
}

/// The stop codons that the fixed bases behind begin with: windows of G and C reach into them.
fn stops(right: &str) -> &str {
    let stop = |codon: &&[u8]| [b"TAA", b"TAG", b"TGA"].iter().any(|stop| stop == codon);
    let codons = right.as_bytes().chunks(3).take_while(stop).count();
    &right[..3 * codons]
}
