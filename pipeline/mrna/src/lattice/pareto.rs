//! The trade between stability and codon usage, as far as weights can reach it.

use super::{CodingDesign, CodingTask, LatticeError, optimize};

/// Designs that some weight between 0 and `highest` makes best, from the most stable to the one of best codons, `most` at most.
///
/// The ends come first; then, between two neighbours, the weight at which both cost the same is tried: a design that is
/// better there lies between them, and if there is none, no weight between theirs has another. What is found is the
/// convex hull of the front; designs in its hollows are best under no weight.
pub fn pareto(
    task: &CodingTask<'_>,
    highest: f64,
    most: usize,
) -> Result<Vec<CodingDesign>, LatticeError> {
    let at = |lambda: f64| optimize(&CodingTask { lambda, ..task.clone() });
    let mut front = vec![at(0.0)?];
    let last = at(highest)?;
    if differs(&front[0], &last) && most > 1 {
        front.push(last);
    }
    let mut open: Vec<(usize, usize)> = if front.len() == 2 { vec![(0, 1)] } else { Vec::new() };
    while let Some((low, high)) = (front.len() < most).then(|| open.pop()).flatten() {
        let Some(lambda) = balance(&front[low], &front[high]) else { continue };
        let design = at(lambda)?;
        let bound = weighed(&front[low], lambda).min(weighed(&front[high], lambda));
        if weighed(&design, lambda) < bound - 0.005 {
            front.push(design);
            let middle = front.len() - 1;
            open.splice(0..0, [(low, middle), (middle, high)]);
        }
    }
    front.sort_by(|one, other| {
        one.cai.total_cmp(&other.cai).then(one.energy.total_cmp(&other.energy))
    });
    Ok(front)
}

fn differs(one: &CodingDesign, other: &CodingDesign) -> bool {
    one.energy.total_cmp(&other.energy).is_ne() || one.cai.total_cmp(&other.cai).is_ne()
}

/// L times -ln CAI.
fn unusual(design: &CodingDesign) -> f64 {
    let codons = (design.coding_end - design.coding_start) / 3;
    -design.cai.ln() * codons as f64
}

fn weighed(design: &CodingDesign, lambda: f64) -> f64 {
    design.energy + design.costs + lambda * unusual(design)
}

/// The weight at which two designs cost the same.
fn balance(stable: &CodingDesign, usual: &CodingDesign) -> Option<f64> {
    let (less, more) =
        (unusual(stable) - unusual(usual), weighed(usual, 0.0) - weighed(stable, 0.0));
    (less > 1e-9 && more > 1e-9).then(|| more / less)
}
