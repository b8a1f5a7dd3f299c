//! Checks of the folded molecule.

use super::Check;
use crate::construct::Construct;
use crate::layout::{Kind, layout};
use crate::profile::Profile;
use crate::shape::Shape;

/// Checks the shape of a construct's mRNA against the limits of its profile.
pub fn verify_shape(construct: &Construct, profile: &Profile, shape: &Shape) -> Vec<Check> {
    vec![
        pairing(construct, shape),
        helices(profile, shape),
        start(construct, profile, shape),
        stability(construct, shape),
    ]
}

/// Every pair is one that RNA makes, and the structure is that of this molecule.
fn pairing(construct: &Construct, shape: &Shape) -> Check {
    const NAME: &str = "structure";
    let rna = construct.mrna.as_bytes();
    let mut open = Vec::new();
    let mut odd = Vec::new();
    for (at, letter) in shape.structure.bytes().enumerate() {
        match letter {
            b'(' => open.push(at),
            b')' => {
                let pair = open.pop().and_then(|five| Some([*rna.get(five)?, *rna.get(at)?]));
                let known = [b"AU", b"UA", b"GC", b"CG", b"GU", b"UG"];
                if !pair.is_some_and(|pair| known.contains(&&pair)) {
                    odd.push((at + 1).to_string());
                }
            }
            _ => {}
        }
    }
    let passed = odd.is_empty() && open.is_empty() && shape.structure.len() == rna.len();
    let detail = if passed {
        let pairs = shape.structure.bytes().filter(|&letter| letter == b'(').count();
        format!("{pairs} pairs, {:.1} kcal/mol with dangles 2", shape.energy)
    } else if odd.is_empty() {
        "not a structure of this molecule".to_owned()
    } else {
        format!("no pair of RNA ends at base {}", odd.join(", "))
    };
    Check::new(NAME, passed, detail)
}

fn helices(profile: &Profile, shape: &Shape) -> Check {
    let (pairs, first) = shape.longest_helix();
    let most = profile.limits.longest_helix;
    let detail =
        format!("the longest has {pairs} of at most {most} pairs, from base {}", first + 1);
    Check::new("long helices", pairs <= most, detail)
}

/// How open the start codon is.
fn start(construct: &Construct, profile: &Profile, shape: &Shape) -> Check {
    let segments = layout(construct, profile);
    let head = segments.iter().find(|segment| segment.kind == Kind::Head);
    let at = head.map_or(0, |head| head.range.start).saturating_sub(profile.untranscribed());
    let codon = shape.mean_unpaired(at..at + 3);
    let (first, last) = (at.saturating_sub(15), (at + 30).min(shape.unpaired.len()));
    let around = shape.mean_unpaired(first..last);
    let least = profile.limits.start_unpaired;
    let detail = format!(
        "unpaired with probability {codon:.2} (at least {least:.2}), {around:.2} over bases -15 to +30"
    );
    Check::new("start codon", codon >= least, detail)
}

fn stability(construct: &Construct, shape: &Shape) -> Check {
    let all = shape.mean_unpaired(0..construct.mrna.len());
    let detail = format!(
        "note: DegScore {:.3} a base (Leppek 2022, fitted to uridine), {:.1} % of bases unpaired",
        shape.degradation,
        100.0 * all
    );
    Check::new("stability", true, detail)
}
