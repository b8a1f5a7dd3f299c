//! Folding of the finished molecules, and the checks of their shape.

use rayon::prelude::*;

use super::rank::better;
use super::{Design, DesignError, Tools};
use crate::profile::Profile;
use crate::shape::Shape;
use crate::verify::verify_shape;

/// What is said of a molecule that was not folded.
const NOT_FOLDED: &str = "folding: passed (note: not folded; long helices, start codon and stability were not looked at)";

/// Folds the best of the molecules, several at a time, and goes on until one passes.
pub(super) fn fold(
    designs: &mut [Design],
    profile: &Profile,
    tools: &Tools<'_>,
) -> Result<(), DesignError> {
    let Some(folding) = tools.folding else { return Ok(()) };
    designs.sort_by(better);
    let (mut done, mut most) = (0, tools.most_folded.clamp(1, designs.len().max(1)));
    while done < designs.len() {
        let shapes: Vec<Result<Shape, String>> = designs[done..most]
            .par_iter()
            .map(|design| Shape::of(&design.construct.mrna, folding))
            .collect();
        for (design, shape) in designs[done..most].iter_mut().zip(shapes) {
            look_at(design, profile, shape.map_err(DesignError::Folding)?);
        }
        done = most;
        if designs[..done].iter().any(|design| design.construct.checks_passed) {
            break;
        }
        most = (most + 1).min(designs.len());
    }
    for design in &mut designs[done..] {
        design.construct.checks.push(NOT_FOLDED.to_owned());
    }
    Ok(())
}

fn look_at(design: &mut Design, profile: &Profile, shape: Shape) {
    let construct = &mut design.construct;
    let checks = verify_shape(construct, profile, &shape);
    construct.checks_passed &= checks.iter().all(|check| check.passed);
    construct.checks.extend(checks.iter().map(ToString::to_string));
    design.shape = Some(shape);
}
