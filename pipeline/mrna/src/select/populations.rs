//! Populations of a tumour from the cancer cell fractions of its mutations.

use super::Population;

/// Populations nested in one another: every cell that carries a mutation also carries those of higher fraction. That is the
/// one tree that fractions alone always allow; where phylogeny is known, give its populations instead. `fractions`: of each
/// mutation, 0 to 1, higher ones taken as 1; those that differ by less than 0.05 from the highest of a level are of one level.
/// Returns the populations, their fractions summing to the highest level, and for each mutation the populations that carry
/// it.
pub fn nested_populations(fractions: &[f64]) -> (Vec<Population>, Vec<Vec<usize>>) {
    const ALIKE: f64 = 0.05;
    let mut sorted: Vec<f64> = fractions.iter().map(|fraction| fraction.clamp(0.0, 1.0)).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let mut levels: Vec<f64> = Vec::new();
    for fraction in sorted {
        if levels.last().is_none_or(|level| level - fraction >= ALIKE) {
            levels.push(fraction);
        }
    }
    let population = |(at, level): (usize, &f64)| Population {
        name: format!("P{}", at + 1),
        fraction: level - levels.get(at + 1).copied().unwrap_or(0.0),
    };
    let populations = levels.iter().enumerate().map(population).collect();
    // The innermost population carries everything; one further out what its own level and the levels above have.
    let level = |fraction: &f64| {
        let fraction = fraction.clamp(0.0, 1.0);
        levels.iter().position(|level| level - fraction < ALIKE).unwrap_or(levels.len())
    };
    let carriers = fractions.iter().map(|fraction| (level(fraction)..levels.len()).collect());
    (populations, carriers.collect())
}
