//! The rank of each molecule, the front of those that no other beats, and what each gives and takes.
//!
//! Rank: molecules that passed their checks first; then folded before not folded; then the higher [`score`]; then fewer strong, fewer weak junctional
//! binders; then the lower joint objective of energy and codons ([`OBJECTIVE_LAMBDA`]), where the molecules are folded;
//! then the shorter; then by their text.
//!
//! Front (Pareto): a molecule is on it when it passed its checks and no other that did is at least as good in every one of
//! these and better in one: expected value, strong binders, weak binders, linker residues, codon adaptation, energy per nt.

use std::cmp::Ordering;

use super::Design;
use crate::construct::{Construct, OPENNESS_BASES};
use crate::order::Proof;

/// kcal/mol that a unit of -ln(codon weight) is worth against folding energy where molecules of equal score are ranked: an
/// engineering default, the joint objective being that of LinearDesign (Zhang et al., Nature 621:396, 2023).
pub const OBJECTIVE_LAMBDA: f64 = 4.0;

/// Expected value / (1 + 0.02 strong + 0.005 weak + 0.0002 linker residues).
///
/// The discounts are engineering defaults, not measurements. Of twenty equal antigens one is worth 5 %: three strong
/// junctional binders, or ten weak ones, weigh about as much as an antigen, and linkers (nineteen of ten residues: 4 %;
/// translation fell in the longest glycine-serine cassettes of Gurung et al., Nature Biotechnology 2024) nearly one.
pub fn score(expected_value: f64, strong: u32, weak: u32, linker_residues: usize) -> f64 {
    let burden =
        0.02 * f64::from(strong) + 0.005 * f64::from(weak) + 0.0002 * linker_residues as f64;
    expected_value / (1.0 + burden)
}

/// Sorts, names and explains the molecules of a patient.
pub(super) fn rank(designs: &mut [Design], patient_id: &str, offered: usize, left_out: &str) {
    designs.sort_by(better);
    mark_front(designs);
    let several = designs.iter().any(|design| design.codons != designs[0].codons);
    let total = designs.len();
    let first = designs.first().cloned();
    for (at, design) in designs.iter_mut().enumerate() {
        design.traded = first.iter().map(|first| traded(design, first)).collect();
        let codons = design.codons.clone();
        let construct = &mut design.construct;
        construct.rank = at as i32 + 1;
        construct.construct_id = format!("{patient_id}-C{}", construct.rank);
        if several {
            construct.strategy = format!("{}; codons: {codons}", construct.strategy);
        }
        let mut reason = reason(construct, total, offered, left_out);
        if design.unavoidable {
            reason += "; every order of these antigens has a strong junctional binder";
        }
        if at > 0 {
            reason = format!("{reason}; beside rank 1: {}", design.traded);
        }
        design.construct.reason = reason;
        complete(design);
    }
}

/// Puts what is known about the molecule into its row.
fn complete(design: &mut Design) {
    let shape = design.shape.as_ref();
    let construct = &mut design.construct;
    construct.codons = Some(design.codons.clone());
    construct.structure = shape.map(|shape| shape.structure.clone());
    construct.mfe = shape.map(|shape| shape.energy);
    construct.openness = shape.map(|shape| shape.openness(OPENNESS_BASES));
    construct.mean_unpaired = shape.map(|shape| shape.mean_unpaired(0..shape.unpaired.len()));
    construct.degradation = shape.map(|shape| shape.degradation);
    construct.order_optimal = Some(design.proof.optimal);
    construct.order_gap = Some(gap(construct, &design.proof));
    construct.strong_in_every_order = Some(design.unavoidable);
    construct.on_front = Some(design.on_front);
    construct.traded = Some(design.traded.clone());
}

/// The bound says nothing about weak binders where strong ones differ.
fn gap(construct: &Construct, proof: &Proof) -> i64 {
    let strong = i64::from(construct.junction_strong) - i64::from(proof.bound.strong);
    let weak = i64::from(construct.junction_weak) - i64::from(proof.bound.weak);
    if proof.optimal {
        0
    } else if strong != 0 {
        strong
    } else {
        weak
    }
}

pub(super) fn failures(construct: &Construct) -> String {
    let failed = construct.checks.iter().filter(|line| line.contains(": FAILED"));
    failed.cloned().collect::<Vec<_>>().join("; ")
}

pub(super) fn better(one: &Design, other: &Design) -> Ordering {
    let (a, b) = (&one.construct, &other.construct);
    (b.checks_passed.cmp(&a.checks_passed))
        .then(other.shape.is_some().cmp(&one.shape.is_some()))
        .then(b.score.total_cmp(&a.score))
        .then(a.junction_strong.cmp(&b.junction_strong))
        .then(a.junction_weak.cmp(&b.junction_weak))
        .then(objective(one).total_cmp(&objective(other)))
        .then(a.length_nt.cmp(&b.length_nt))
        .then_with(|| a.protein.cmp(&b.protein))
        .then_with(|| a.mrna.cmp(&b.mrna))
}

/// Energy - lambda x codons x ln(adaptation index), kcal/mol; 0 where the molecule is not folded.
fn objective(design: &Design) -> f64 {
    let codons = design.construct.protein.len() as f64;
    let of_codons = OBJECTIVE_LAMBDA * codons * design.construct.cai.ln();
    design.shape.as_ref().map_or(0.0, |shape| shape.energy - of_codons)
}

/// What the front compares, the higher the better.
fn merits(design: &Design) -> [f64; 6] {
    let construct = &design.construct;
    let energy = design.shape.as_ref().map_or(0.0, |shape| shape.energy);
    [
        construct.expected_value,
        -f64::from(construct.junction_strong),
        -f64::from(construct.junction_weak),
        -(construct.linker_residues() as f64),
        construct.cai,
        -energy / f64::from(construct.length_nt),
    ]
}

fn mark_front(designs: &mut [Design]) {
    // Beside folded molecules, nothing can be said of one that is not.
    let folded = designs.iter().any(|design| design.shape.is_some());
    let known =
        |design: &Design| design.construct.checks_passed && design.shape.is_some() == folded;
    let all: Vec<Option<[f64; 6]>> =
        designs.iter().map(|design| known(design).then(|| merits(design))).collect();
    let beats = |a: &[f64; 6], b: &[f64; 6]| {
        a.iter().zip(b).all(|(a, b)| a >= b) && a.iter().zip(b).any(|(a, b)| a > b)
    };
    for (design, own) in designs.iter_mut().zip(&all) {
        design.on_front =
            own.as_ref().is_some_and(|own| !all.iter().flatten().any(|other| beats(other, own)));
    }
}

fn reason(construct: &Construct, total: usize, offered: usize, left_out: &str) -> String {
    let worst = construct.worst_junction_percentile;
    let worst = worst.map_or(String::new(), |p| format!(", the strongest at percentile {p:.2}"));
    let failed = if construct.checks_passed {
        String::new()
    } else {
        format!("; NOT USABLE, failed: {}", failures(construct))
    };
    format!(
        "rank {} of {total} by score {:.4}: expected value {:.4} from {} of {offered} antigens; {} strong and {} weak \
         junctional binders{worst}; {} linker residues; {} nt{left_out}{failed}",
        construct.rank,
        construct.score,
        construct.expected_value,
        construct.peptide_count,
        construct.junction_strong,
        construct.junction_weak,
        construct.linker_residues(),
        construct.length_nt,
    )
}

/// The differences to the first molecule, in words; nothing where there are none.
fn traded(design: &Design, first: &Design) -> String {
    let (a, b) = (&design.construct, &first.construct);
    let count =
        |new: i32, old: i32, what: &str| (new != old).then(|| format!("{:+} {what}", new - old));
    let energy = |design: &Design| design.shape.as_ref().map(|shape| shape.energy);
    let amount = |new: f64, old: f64, what: &str| {
        let change = new - old;
        (change.abs() >= 0.0005).then(|| format!("{change:+.3} {what}"))
    };
    let energies = energy(design).zip(energy(first));
    let parts = [
        count(a.peptide_count, b.peptide_count, "antigens"),
        amount(a.expected_value, b.expected_value, "expected value"),
        count(a.junction_strong, b.junction_strong, "strong binders"),
        count(a.junction_weak, b.junction_weak, "weak binders"),
        count(a.linker_residues() as i32, b.linker_residues() as i32, "linker residues"),
        count(a.length_nt, b.length_nt, "nt"),
        amount(a.cai, b.cai, "codon adaptation"),
        energies.and_then(|(new, old)| amount(new, old, "kcal/mol")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "the same in all that is compared".to_owned() } else { parts.join(", ") }
}
