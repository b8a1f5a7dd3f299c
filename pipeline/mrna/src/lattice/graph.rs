//! The lattice: a graph whose paths are the sequences allowed, each with what it costs beside its energy.
//!
//! A codon is a small tree of its synonyms; codons are joined at their ends; the whole is multiplied with the automaton of
//! motifs, and then nodes from which the same goes on at the same cost are made one. So a forbidden motif costs nodes only
//! where the protein could write it, and nothing in time elsewhere.

use std::collections::BTreeMap;

use crate::energy::Base;

use super::automaton::{Automaton, Pattern};

/// A place of the sequence and what may be written there: one fixed base, or the codons of a residue.
#[derive(Debug, Clone)]
pub(super) struct Site {
    /// Words of equal length, each with its cost in hundredths of kcal/mol, in the order of their letters.
    pub(super) words: Vec<(Vec<Base>, f64)>,
    /// Whether there is anything to design here; motifs that lie in fixed bases alone are not looked for.
    pub(super) designed: bool,
}

/// A step from node to node that writes a base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Edge {
    /// The node at its other end.
    pub(super) node: usize,
    pub(super) base: Base,
    /// In the solver's unit.
    pub(super) cost: i32,
}

/// Nodes are numbered along the sequence; the one before the first base is 0, the last one is behind the last base.
#[derive(Debug)]
pub(super) struct Lattice {
    /// For each position, the number of bases before it, its first node; one entry more at the end.
    pub(super) first: Vec<usize>,
    /// The position of each node.
    pub(super) position: Vec<usize>,
    /// Steps out of each node, by base.
    pub(super) out: Vec<Vec<Edge>>,
    /// Steps into each node.
    pub(super) into: Vec<Vec<Edge>>,
}

/// No sequence gets past a position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DeadEnd {
    /// 0-based.
    pub(super) position: usize,
    /// The motifs that stand in the way there, by their place in the list.
    pub(super) motifs: Vec<usize>,
}

/// A node before numbering: the letters of the codon so far, and the state of the automaton.
type Key = (Vec<Base>, usize);

/// Steps of one layer: base, cost, place of the target in the next layer.
type Steps = Vec<(Base, f64, usize)>;

impl Lattice {
    /// `unit` turns hundredths of kcal/mol into the solver's unit.
    pub(super) fn new(
        sites: &[Site],
        automaton: &Automaton,
        unit: impl Fn(f64) -> i32,
    ) -> Result<Self, DeadEnd> {
        let layers = layers(sites, automaton)?;
        Ok(number(&merge(layers), unit))
    }

    pub(super) fn nodes(&self) -> usize {
        self.position.len()
    }

    /// The nodes of a position.
    pub(super) fn at(&self, position: usize) -> std::ops::Range<usize> {
        self.first[position]..self.first[position + 1]
    }

    pub(super) fn length(&self) -> usize {
        self.first.len() - 2
    }
}

/// From the start, every node that a sequence without forbidden motifs reaches.
fn layers(sites: &[Site], automaton: &Automaton) -> Result<Vec<Vec<Steps>>, DeadEnd> {
    let designed = Designed::of(sites);
    let mut layers = Vec::new();
    let mut blocked: Vec<(usize, usize)> = Vec::new();
    let mut frontier: Vec<Key> = vec![(Vec::new(), 0)];
    let mut position = 0;
    for site in sites {
        let length = site.words[0].0.len();
        for depth in 0..length {
            let mut reached: BTreeMap<Key, usize> = BTreeMap::new();
            let mut layer = Vec::new();
            for (prefix, state) in &frontier {
                let mut steps: Steps = Vec::new();
                for (word, cost) in site.words.iter().filter(|(word, _)| word.starts_with(prefix)) {
                    let base = word[depth];
                    if steps.iter().any(|step| step.0 == base) {
                        continue;
                    }
                    let state = automaton.step(*state, base);
                    let forbidden = |pattern: &&Pattern| {
                        pattern.cost.is_none() && designed.touched(position, pattern)
                    };
                    if let Some(pattern) = automaton.ends(state).find(forbidden) {
                        blocked.push((position, pattern.motif));
                        continue;
                    }
                    let last = depth + 1 == length;
                    let paid = automaton.ends(state).filter_map(|pattern| pattern.cost);
                    let paid = if site.designed { paid.sum() } else { 0.0 };
                    let prefix = if last { Vec::new() } else { word[..=depth].to_vec() };
                    let next = reached.len();
                    let target = *reached.entry((prefix, state)).or_insert(next);
                    steps.push((base, paid + if last { *cost } else { 0.0 }, target));
                }
                layer.push(steps);
            }
            if reached.is_empty() {
                return Err(dead_end(position, &blocked));
            }
            layers.push(layer);
            let mut next: Vec<(usize, Key)> =
                reached.into_iter().map(|(key, at)| (at, key)).collect();
            next.sort_unstable();
            frontier = next.into_iter().map(|(_, key)| key).collect();
            position += 1;
        }
    }
    Ok(layers)
}

/// Motifs that stopped sequences at the dead end or shortly before it.
fn dead_end(position: usize, blocked: &[(usize, usize)]) -> DeadEnd {
    const SHORTLY: usize = 12;
    let near = blocked.iter().filter(|(at, _)| at + SHORTLY >= position).map(|&(_, motif)| motif);
    let mut motifs: Vec<usize> = near.collect();
    motifs.sort_unstable();
    motifs.dedup();
    DeadEnd { position, motifs }
}

/// The designed stretches, as positions.
struct Designed(Vec<bool>);

impl Designed {
    fn of(sites: &[Site]) -> Self {
        Self(sites.iter().flat_map(|site| vec![site.designed; site.words[0].0.len()]).collect())
    }

    /// Whether a pattern that ends at `position` holds a designed base.
    fn touched(&self, position: usize, pattern: &Pattern) -> bool {
        let start = (position + 1).saturating_sub(pattern.bases.len());
        self.0[start..=position].contains(&true)
    }
}

/// From the end: takes away nodes that lead nowhere, and makes one of those from which the same goes on.
fn merge(layers: Vec<Vec<Steps>>) -> Vec<Vec<Steps>> {
    let mut merged = Vec::with_capacity(layers.len());
    // Where each node of the layer behind went; nothing where it led nowhere. Behind the last base all nodes are one.
    let mut places: Option<Vec<Option<usize>>> = None;
    for layer in layers.into_iter().rev() {
        let mut kinds: BTreeMap<Vec<(Base, u64, usize)>, usize> = BTreeMap::new();
        let mut kept: Vec<Steps> = Vec::new();
        let mut here = Vec::with_capacity(layer.len());
        for steps in layer {
            let moved = |(base, cost, target): (Base, f64, usize)| {
                let target = places.as_ref().map_or(Some(0), |places| places[target])?;
                Some((base, cost, target))
            };
            let mut steps: Steps = steps.into_iter().filter_map(moved).collect();
            if steps.is_empty() {
                here.push(None);
                continue;
            }
            steps.sort_by_key(|step| step.0);
            let kind =
                steps.iter().map(|&(base, cost, target)| (base, cost.to_bits(), target)).collect();
            let place = *kinds.entry(kind).or_insert(kept.len());
            if place == kept.len() {
                kept.push(steps);
            }
            here.push(Some(place));
        }
        merged.push(kept);
        places = Some(here);
    }
    merged.reverse();
    merged
}

fn number(layers: &[Vec<Steps>], unit: impl Fn(f64) -> i32) -> Lattice {
    let mut first = vec![0];
    for layer in layers {
        first.push(first[first.len() - 1] + layer.len());
    }
    first.push(first[layers.len()] + 1);
    let nodes = first[layers.len() + 1];
    let mut lattice = Lattice {
        position: vec![layers.len(); nodes],
        out: vec![Vec::new(); nodes],
        into: vec![Vec::new(); nodes],
        first,
    };
    for (position, layer) in layers.iter().enumerate() {
        for (at, steps) in layer.iter().enumerate() {
            let from = lattice.first[position] + at;
            lattice.position[from] = position;
            for &(base, cost, target) in steps {
                let (to, cost) = (lattice.first[position + 1] + target, unit(cost));
                lattice.out[from].push(Edge { node: to, base, cost });
                lattice.into[to].push(Edge { node: from, base, cost });
            }
        }
    }
    lattice
}
