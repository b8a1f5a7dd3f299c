//! Which antigens can always stand in for which.
//!
//! One dominates another when it counts wherever the other does, is at least as probable, no longer, no less a helper, and
//! there is always room for it in its gene and its allele once the other is out. Room there is when they share the group, or
//! when of its own group fewer than the limit can be in without it: those that it dominates itself are not. So dominance
//! found in one round makes room for more in the next.
//!
//! Why a best set may be sought among those closed under dominance: of all best sets take the one whose antigens come
//! earliest in the order. If it held an antigen without one that dominates it, exchanging the two would give a set at least as
//! good, within the rules, and earlier.

use super::model::Model;

const ROUNDS: usize = 4;

/// For each antigen those that it dominates, all later in `order`. `order`: by falling expected responses.
pub(super) fn dominated(model: &Model<'_>, order: &[usize]) -> Vec<Vec<usize>> {
    let n = model.antigens().len();
    let (gene, allele) = (&model.gene, &model.allele);
    let rules = &model.question.rules;
    let mut below = vec![Vec::new(); n];
    for _ in 0..ROUNDS {
        let mut next = vec![Vec::new(); n];
        for (at, &one) in order.iter().enumerate() {
            let in_gene = has_room(model, order, &below, gene, rules.per_gene, one);
            let in_allele = has_room(model, order, &below, allele, rules.per_allele, one);
            let fits = |other: usize| {
                (in_gene || gene[one] == gene[other]) && (in_allele || allele[one] == allele[other])
            };
            let later = order[at + 1..].iter().copied();
            next[one] = later.filter(|&other| fits(other) && at_least(model, one, other)).collect();
        }
        let same = next == below;
        below = next;
        if same {
            break;
        }
    }
    below
}

/// Whether an antigen can help with a rule for the fewest helpers.
pub(super) fn helps(model: &Model<'_>, antigen: usize) -> bool {
    model.question.rules.class_2 > 0 && model.antigens()[antigen].class_2
}

/// Whether its group always has room for `one` while it is out: fewer of the others than the limit can be in.
fn has_room(
    model: &Model<'_>,
    order: &[usize],
    below: &[Vec<usize>],
    group: &[usize],
    limit: Option<usize>,
    one: usize,
) -> bool {
    let rival = |&&other: &&usize| {
        other != one && group[other] == group[one] && !below[one].contains(&other)
    };
    let rivals = || order.iter().chain(&model.required).filter(rival).count();
    limit.is_none_or(|limit| rivals() < limit)
}

/// Whether `one` is in everything at least what `other` is.
fn at_least(model: &Model<'_>, one: usize, other: usize) -> bool {
    let (a, b) = (&model.antigens()[one], &model.antigens()[other]);
    a.probability >= b.probability
        && (model.question.rules.residues.is_none() || a.residues <= b.residues)
        && (helps(model, one) || !helps(model, other))
        && model.cells.iter().all(|cell| cell.counts[one] || !cell.counts[other])
}
