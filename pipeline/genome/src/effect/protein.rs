//! What changes that are read together do to the whole protein.

use std::sync::Arc;

use super::chain::Chain;
use super::group::Group;
use super::model::Model;
use super::product::{Product, product, product_without};
use super::terms::Terms;
use super::transcript::Reading;

/// The change of a protein.
#[derive(Clone, Debug)]
pub struct ProteinEffect {
    /// 1-based residue of the wild type where `reference` begins.
    pub position: i64,
    /// Residues of the touched codons, `*` for a stop.
    pub reference: String,
    /// What they become; equal to `reference` where they stay.
    pub alternative: String,
    /// The touched codons before and after, changed bases upper case; `None` for a shifted frame.
    pub codons: Option<(String, String)>,
    /// The reading frame is shifted and not restored by the changes read together.
    pub frameshift: bool,
    /// The protein without the changes, but with those of the background.
    pub wildtype: Arc<Product>,
    /// The protein with these changes alone.
    pub alone: Arc<Product>,
    /// The protein with all changes of the haplotype, where these changes make something new of it.
    pub mutant: Option<Mutant>,
}

/// A mutant protein.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The protein.
    pub product: Arc<Product>,
    /// First and last changed residue, 1-based; of a pure deletion the two that became neighbours; `None` where nothing
    /// in it is new (a truncation).
    pub changed: Option<(i32, i32)>,
}

/// The effect of `group`; `is_background` tells of a node of the chain whether it belongs to the background.
pub(crate) fn protein_effect(
    model: &Model<'_>,
    reading: &Reading,
    group: &Group,
    terms: Terms,
    is_background: impl Fn(usize) -> bool,
) -> ProteinEffect {
    let chain = &reading.chain;
    let of_group = |node: usize| group.nodes.contains(&node);
    let silent = group.terms.any(Terms::SYNONYMOUS) || group.terms.any(Terms::STOP_RETAINED);
    let on_background = (0..chain.nodes.len()).any(&is_background);
    let wildtype = if on_background {
        Arc::new(product_without(model, chain, |node| !is_background(node)))
    } else {
        model.wildtype()
    };
    let (alone, mutant) = if silent {
        (Arc::clone(&wildtype), None)
    } else {
        let by_residues = (!on_background).then(|| exchanged(&wildtype, chain, group)).flatten();
        let alone = Arc::new(by_residues.unwrap_or_else(|| {
            product_without(model, chain, |node| !is_background(node) && !of_group(node))
        }));
        (Arc::clone(&alone), mutant(model, reading, group, terms, &is_background, &wildtype, alone))
    };
    ProteinEffect {
        position: group.reference_at,
        reference: group.reference.clone(),
        alternative: group.alternative.clone(),
        codons: group.codons.clone(),
        frameshift: group.growth % 3 != 0,
        wildtype,
        alone,
        mutant,
    }
}

/// The wild type with the residues that a group exchanges, which spares the translation of the whole; `None` where more
/// than an exchange comes of it.
fn exchanged(wildtype: &Product, chain: &Chain, group: &Group) -> Option<Product> {
    let start = usize::try_from(group.reference_at).ok()?.checked_sub(1)?;
    let (before, after) = wildtype.residues.split_at_checked(start)?;
    let after = after.strip_prefix(group.reference.as_str())?;
    if chain.nodes[group.nodes.clone()].iter().any(|node| node.growth != 0) {
        return None;
    }
    match group.alternative.strip_suffix('*') {
        Some(new) => Some(Product { residues: [before, new].concat(), stop: true }),
        None if group.alternative.len() == group.reference.len() => Some(Product {
            residues: [before, &group.alternative, after].concat(),
            stop: wildtype.stop,
        }),
        None => None,
    }
}

/// No protein is made up where the start codon is lost or splicing is broken, and none is made behind a stop.
fn mutant(
    model: &Model<'_>,
    reading: &Reading,
    group: &Group,
    terms: Terms,
    is_background: &impl Fn(usize) -> bool,
    wildtype: &Arc<Product>,
    alone: Arc<Product>,
) -> Option<Mutant> {
    if terms.any(Terms::START_LOST | Terms::SPLICE_SITE) || group.terms.any(Terms::UPSTREAM_STOP) {
        return None;
    }
    let chain = &reading.chain;
    let others =
        (0..chain.nodes.len()).any(|node| !group.nodes.contains(&node) && !is_background(node));
    let (whole, before) = if others {
        let all: Vec<_> = chain.nodes.iter().collect();
        let of_group = |node: usize| group.nodes.contains(&node) && !is_background(node);
        (Arc::new(product(model, &all)), Arc::new(product_without(model, chain, of_group)))
    } else {
        (alone, Arc::clone(wildtype))
    };
    if whole.residues == before.residues {
        return None;
    }
    let open = group.growth % 3 != 0
        || terms.any(Terms::STOP_LOST)
        || whole.residues.len() < before.residues.len() && terms.any(Terms::STOP_GAINED);
    let changed = changed(&before.residues, &whole.residues, open);
    Some(Mutant { product: whole, changed })
}

/// First and last residue of `after` that `before` has not, 1-based. `open`: what follows the first change is new to the
/// end.
fn changed(before: &str, after: &str, open: bool) -> Option<(i32, i32)> {
    let (before, after) = (before.as_bytes(), after.as_bytes());
    let head = before.iter().zip(after).take_while(|(a, b)| a == b).count();
    if open {
        return (head < after.len()).then_some((head as i32 + 1, after.len() as i32));
    }
    let (rest_before, rest_after) = (&before[head..], &after[head..]);
    let tail =
        rest_before.iter().rev().zip(rest_after.iter().rev()).take_while(|(a, b)| a == b).count();
    let new = rest_after.len() - tail;
    if new > 0 {
        return Some((head as i32 + 1, (head + new) as i32));
    }
    (head > 0 && head < after.len()).then_some((head as i32, head as i32 + 1))
}
