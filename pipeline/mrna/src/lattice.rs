//! The coding sequence of least joint cost: stability and codon usage together, over all synonymous sequences.
//!
//! Minimised is the objective of LinearDesign (Zhang et al., Nature 621:396, 2023),
//! `energy - lambda * sum of ln w` over the codons, in kcal/mol, which equals `energy - lambda * L * ln CAI`, plus what [`Costs`] asks for.
//! `energy` is the minimum free energy of the whole molecule with [`crate::fold::FoldSettings`]' dangles off; `w` is a codon's share over
//! its best synonym's. A stop codon, where the protein ends in `*`, is chosen and counted like any other codon.
//!
//! [`optimize`] is exact unless a beam is asked for: time O(n³) with a small constant, memory about 60 bytes for each pair of
//! positions. Before a design is returned its energy is worked out anew by [`crate::fold::evaluate()`], its protein is read back and its
//! motifs are looked for; [`LatticeError::Inconsistent`] says if anything disagrees.

mod automaton;
mod beam;
pub mod codon_table;
mod column;
mod error;
mod graph;
mod loops;
mod near;
mod pareto;
mod repeats;
mod sites;
mod solver;
pub mod text;
mod trace;
mod wide;

pub use codon_table::{CodonTable, CodonTableError};
pub use error::LatticeError;
pub use pareto::pareto;

use serde::Serialize;

use crate::energy::{Base, Dangles, LONGEST_INTERIOR};
use crate::fold::{Rna, Structure, evaluate};
use crate::motif::Motif;

use self::graph::Lattice;
use self::sites::Molecule;
use self::solver::Solver;

/// A protein to be written, and how.
#[derive(Debug, Clone)]
pub struct CodingTask<'a> {
    /// Name of the protein, handed through.
    pub name: &'a str,
    /// One-letter residues; a last `*` asks for a stop codon.
    pub protein: &'a str,
    /// Which codons are good.
    pub table: &'a CodonTable,
    /// Weight of codon usage, kcal/mol for each unit of -ln w; 0 for stability alone.
    pub lambda: f64,
    /// The most unpaired bases of an interior loop or bulge; 30 at most.
    pub max_interior_loop: usize,
    /// For each last position how many stretches stay; nothing for the exact optimum.
    pub beam: Option<usize>,
    /// Fixed bases before the coding sequence (RNA or DNA letters, may be empty). They fold along.
    pub before: &'a str,
    /// Fixed bases behind it.
    pub behind: &'a str,
    /// Sequences that must not occur where they touch the coding sequence.
    pub forbidden: &'a [Motif],
    /// What else is to be paid for.
    pub costs: Costs,
    /// The longest stretch, in bases, that the coding sequence may hold twice; nothing for any.
    pub longest_repeat: Option<usize>,
    /// Codons that cost more in one place: what was wrong with an earlier design. Not counted in the objective.
    pub dearer: &'a [Dearer],
}

/// A codon that costs more in one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Dearer {
    /// Of the protein, 0-based.
    pub residue: usize,
    /// The codon.
    pub codon: [Base; 3],
    /// kcal/mol, not below 0.
    pub cost: f64,
}

/// Costs beside energy and codon usage, kcal/mol each, none below 0. They count in the coding sequence only.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Costs {
    /// Of each uridine.
    pub uridine: f64,
    /// Of each C followed by G.
    pub cpg: f64,
    /// Of each U followed by A.
    pub upa: f64,
    /// Of each paired base among the first `accessible` bases of the coding sequence.
    pub paired_start: f64,
    /// How many bases these are.
    pub accessible: usize,
}

/// A designed molecule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CodingDesign {
    /// Name of the protein.
    pub name: String,
    /// The whole molecule, fixed bases included, in RNA letters.
    pub rna: String,
    /// Its structure in dot-bracket notation.
    pub structure: String,
    /// Free energy of that structure, dangles off, kcal/mol.
    pub energy: f64,
    /// Codon adaptation index, with the table asked for; a stop codon counts.
    pub cai: f64,
    /// As asked for.
    pub lambda: f64,
    /// `energy - lambda * L * ln CAI` and the [`Costs`], kcal/mol.
    pub objective: f64,
    /// The part of the objective that comes of [`Costs`], kcal/mol.
    pub costs: f64,
    /// Where the coding sequence begins in `rna`, 0-based.
    pub coding_start: usize,
    /// One past its last base.
    pub coding_end: usize,
}

impl<'a> CodingTask<'a> {
    /// Stability alone, exact, nothing around and nothing forbidden.
    pub fn new(name: &'a str, protein: &'a str, table: &'a CodonTable) -> Self {
        Self {
            name,
            protein,
            table,
            lambda: 0.0,
            max_interior_loop: LONGEST_INTERIOR,
            beam: None,
            before: "",
            behind: "",
            forbidden: &[],
            costs: Costs::default(),
            longest_repeat: None,
            dearer: &[],
        }
    }

    fn inconsistent(&self, what: impl Into<String>) -> LatticeError {
        LatticeError::Inconsistent { name: self.name.to_owned(), what: what.into() }
    }
}

/// The best design for `task`; among equals always the same.
pub fn optimize(task: &CodingTask<'_>) -> Result<CodingDesign, LatticeError> {
    let mut molecule = Molecule::new(task)?;
    for dearer in task.dearer {
        molecule.discourage(dearer.residue, &dearer.codon, 100.0 * dearer.cost);
    }
    match task.longest_repeat {
        None => solve(task, &molecule),
        Some(longest) => repeats::solve_apart(task, &mut molecule, longest),
    }
}

/// Solves for the codon costs that `molecule` has now.
fn solve(task: &CodingTask<'_>, molecule: &Molecule) -> Result<CodingDesign, LatticeError> {
    let unit = molecule.unit(task)?;
    let whole = |dcal: f64| (dcal * f64::from(unit)).round() as i32;
    let lattice = Lattice::new(&molecule.sites, &molecule.automaton, whole)
        .map_err(|end| molecule.conflict(task, &end))?;
    let pairing: Vec<i32> = molecule.pairing.iter().map(|&dcal| whole(dcal)).collect();
    // On a thread of the pool: from outside it, every parallel step would wait for one to wake up.
    let tables = || Solver::solve(&lattice, unit, task.max_interior_loop, &pairing, task.beam);
    let (solver, ()) = rayon::join(tables, || ());
    let (bases, structure) = trace::trace(&solver)
        .ok_or_else(|| task.inconsistent("cannot be read back from its tables"))?;
    let least = f64::from(solver.least()) / f64::from(unit) / 100.0;
    let design = checked(task, molecule, &Rna::from_bases(bases), &structure)?;
    // The solver's costs are rounded once a step, and hold what decides ties.
    let rounding = (molecule.sites.len() as f64 + pairing.len() as f64) / f64::from(unit) / 100.0;
    let found = design.objective + molecule.surcharge(&design.rna);
    if (found - least).abs() > rounding + 0.01 {
        return Err(
            task.inconsistent(format!("costs {found} kcal/mol where its tables say {least}"))
        );
    }
    Ok(design)
}

/// A design from its bases and structure, all its numbers worked out anew.
fn checked(
    task: &CodingTask<'_>,
    molecule: &Molecule,
    rna: &Rna,
    structure: &Structure,
) -> Result<CodingDesign, LatticeError> {
    let energy = evaluate(rna, structure, Dangles::None)
        .map_err(|error| task.inconsistent(error.to_string()))?;
    let coding = &rna.bases()[molecule.coding.clone()];
    let codons: Option<Vec<(char, f64)>> =
        coding.chunks(3).map(|codon| task.table.read(codon)).collect();
    let codons = codons.unwrap_or_default();
    if codons.iter().map(|(residue, _)| *residue).ne(task.protein.to_uppercase().chars()) {
        return Err(task.inconsistent("does not write its protein"));
    }
    let text = rna.to_string();
    if let Some(motif) = molecule.forbidden_in(task, &text) {
        return Err(task.inconsistent(format!("holds {motif}")));
    }
    let logs: f64 = codons.iter().map(|(_, weight)| weight.ln()).sum();
    let (energy, costs) = (f64::from(energy) / 100.0, molecule.costs(task, &text, structure));
    Ok(CodingDesign {
        name: task.name.to_owned(),
        structure: structure.to_string(),
        energy,
        cai: (logs / codons.len() as f64).exp(),
        lambda: task.lambda,
        objective: energy - task.lambda * logs + costs,
        costs,
        rna: text,
        coding_start: molecule.coding.start,
        coding_end: molecule.coding.end,
    })
}

#[cfg(test)]
mod tests;
