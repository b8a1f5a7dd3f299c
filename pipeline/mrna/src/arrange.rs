//! Which antigens, in what order, with which linkers: the ways of composing a molecule.
//!
//! Every way fixes a linker policy; the order under it is exact ([`mod@crate::order`]). Ways that come to the same protein
//! are one arrangement under several names.

use crate::joint::{Joint, JointTable, Parts, Tally};
use crate::order::{Proof, order};

/// An ordered set of antigens with the joints between them.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Arrangement {
    /// The ways that led here.
    pub(crate) strategies: Vec<String>,
    /// Indices into the antigens offered, in the order of the molecule.
    pub(crate) sequence: Vec<usize>,
    /// One more than the antigens: before each, and behind the last.
    pub(crate) joints: Vec<Joint>,
    /// What is known about the other orders under the same linker policy.
    pub(crate) proof: Proof,
    /// Whether every joint was free to take the linker that spares most binders.
    free: bool,
}

impl Arrangement {
    /// Whether it is proved that every order of its antigens has a strong junctional binder, with linkers where they help.
    pub(crate) fn unavoidable(&self) -> bool {
        self.free && self.proof.bound.strong > 0
    }

    /// The antigens in the order of the molecule.
    pub(crate) fn peptides<'a>(&self, parts: &Parts<'a>) -> Vec<&'a str> {
        self.sequence.iter().map(|&index| parts.peptides[index]).collect()
    }

    pub(crate) fn protein(&self, parts: &Parts<'_>, linkers: &[&str]) -> String {
        let mut protein = parts.head.to_owned();
        for (joint, &index) in self.joints.iter().zip(&self.sequence) {
            protein += linkers[joint.linker];
            protein += parts.peptides[index];
        }
        let last = self.joints.last().map_or("", |joint| linkers[joint.linker]);
        protein + last + parts.tail
    }

    pub(crate) fn tally(&self) -> Tally {
        let mut total = Tally::default();
        for Joint { tally, .. } in &self.joints {
            total.strong += tally.strong;
            total.weak += tally.weak;
            total.worst = match (total.worst, tally.worst) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        total
    }

    /// The less valuable neighbour of the joint with the most binders, the later one among equals; antigens are
    /// numbered from the most valuable.
    fn beside_worst_joint(&self) -> Option<usize> {
        let badness = |at: &usize| {
            let cost = self.joints[*at].cost();
            (cost.strong, cost.weak, cost.worst)
        };
        let worst = (0..self.joints.len()).max_by_key(badness)?;
        let neighbours =
            &self.sequence[worst.saturating_sub(1)..self.sequence.len().min(worst + 1)];
        neighbours.iter().max().copied()
    }
}

/// Everything that arranging needs.
pub(crate) struct Composer<'a> {
    pub(crate) parts: Parts<'a>,
    /// Of the antigens, for people.
    pub(crate) names: Vec<&'a str>,
    pub(crate) linkers: Vec<&'a str>,
    pub(crate) linker_names: Vec<&'a str>,
    pub(crate) table: JointTable,
}

/// The least number of different molecules, where the profile and the antigens allow that many.
pub(crate) const FEWEST: usize = 3;

/// Which linker a joint gets.
#[derive(Debug, Clone, Copy)]
enum Policy {
    /// None anywhere.
    Bare,
    /// None, but where a linker lowers the count of strong, then weak binders: then the shortest such.
    WhereNeeded,
    /// This one between antigens, none at the two ends.
    Between(usize),
    /// This one at every joint.
    Throughout(usize),
    /// This one before the first antigen, none elsewhere.
    AfterHead(usize),
}

impl Composer<'_> {
    /// The arrangements, different from each other: no linker; linker where needed; the profile's first linker between
    /// all antigens; the better half of the antigens. When these come to fewer than [`FEWEST`], variants follow until
    /// there are as many: without the antigen beside the worst joint, linkers at the ends too, the other linkers,
    /// and without each antigen in turn, the least valuable first.
    pub(crate) fn arrangements(&self) -> Vec<Arrangement> {
        let mut found = Vec::new();
        for way in self.main_ways() {
            let new = self.arrange(way);
            match self.same_protein(&mut found, &new) {
                Some(known) => {
                    known.strategies.extend(new.strategies);
                    if new.free {
                        (known.proof, known.free) = (new.proof, true);
                    }
                }
                None => found.push(new),
            }
        }
        if let Some(index) = found.first().and_then(Arrangement::beside_worst_joint) {
            self.include_variant(&mut found, self.without(index, " beside the worst joint"));
        }
        for way in self.linker_variants().into_iter().chain(self.leave_one_out()) {
            self.include_variant(&mut found, way);
        }
        found
    }

    fn all(&self) -> Vec<usize> {
        (0..self.parts.peptides.len()).collect()
    }

    fn main_ways(&self) -> Vec<Way> {
        let all = self.all();
        let mut ways = vec![
            ("no linker".to_owned(), all.clone(), Policy::Bare),
            ("linker where needed".to_owned(), all.clone(), Policy::WhereNeeded),
        ];
        if all.len() > 1 {
            if let Some(name) = self.linker_names.get(1) {
                let name = format!("{name} between all antigens");
                ways.push((name, all.clone(), Policy::Between(1)));
            }
            let best = all.len().div_ceil(2);
            let name = format!("the {best} most valuable antigens, linker where needed");
            ways.push((name, all[..best].to_vec(), Policy::WhereNeeded));
        }
        ways
    }

    fn linker_variants(&self) -> Vec<Way> {
        let mut ways = Vec::new();
        for (linker, name) in self.linker_names.iter().enumerate().skip(1) {
            ways.push((format!("{name} at every joint"), self.all(), Policy::Throughout(linker)));
            ways.push((
                format!("{name} before the first antigen"),
                self.all(),
                Policy::AfterHead(linker),
            ));
        }
        ways
    }

    fn leave_one_out(&self) -> Vec<Way> {
        self.all().into_iter().rev().map(|index| self.without(index, "")).collect()
    }

    fn without(&self, index: usize, why: &str) -> Way {
        let members = self.all().into_iter().filter(|&other| other != index).collect();
        let name = format!("without {}{why}, linker where needed", self.names[index]);
        (name, members, Policy::WhereNeeded)
    }

    fn include_variant(&self, found: &mut Vec<Arrangement>, way: Way) {
        if found.len() < FEWEST && !way.1.is_empty() {
            let new = self.arrange(way);
            if self.same_protein(found, &new).is_none() {
                found.push(new);
            }
        }
    }

    fn same_protein<'a>(
        &self,
        found: &'a mut [Arrangement],
        new: &Arrangement,
    ) -> Option<&'a mut Arrangement> {
        let protein = new.protein(&self.parts, &self.linkers);
        found.iter_mut().find(|known| known.protein(&self.parts, &self.linkers) == protein)
    }

    fn arrange(&self, (name, mut members, policy): Way) -> Arrangement {
        // Ties in the order fall to the first by its text, however the antigens were numbered.
        members.sort_by_key(|&index| self.parts.peptides[index]);
        let choose = |left: Option<usize>, right: Option<usize>| self.choose(policy, left, right);
        let outer = |index: Option<usize>| index.map(|index| members[index]);
        let best = order(members.len(), |left, right| choose(outer(left), outer(right)).cost());
        let sequence: Vec<usize> = best.sequence.into_iter().map(|index| members[index]).collect();
        let nodes = sequence.iter().copied().map(Some);
        let lefts = std::iter::once(None).chain(nodes.clone());
        let rights = nodes.chain(std::iter::once(None));
        let joints = lefts.zip(rights).map(|(left, right)| choose(left, right)).collect();
        let free = matches!(policy, Policy::WhereNeeded);
        Arrangement { strategies: vec![name], sequence, joints, proof: best.proof, free }
    }

    fn choose(&self, policy: Policy, left: Option<usize>, right: Option<usize>) -> Joint {
        let options = self.table.options(left, right);
        let wanted = match policy {
            Policy::WhereNeeded => least_needed(options),
            Policy::Between(linker) if left.is_some() && right.is_some() => linker,
            Policy::AfterHead(linker) if left.is_none() => linker,
            Policy::Bare | Policy::Between(_) | Policy::AfterHead(_) => 0,
            Policy::Throughout(linker) => linker,
        };
        // A joint that takes no linker has the one option.
        options[wanted.min(options.len() - 1)]
    }
}

/// A name, the antigens taken, and the linker policy.
type Way = (String, Vec<usize>, Policy);

fn least_needed(options: &[Joint]) -> usize {
    let need = |at: &usize| {
        let cost = options[*at].cost();
        (cost.strong, cost.weak, cost.linker_length, cost.worst)
    };
    (0..options.len()).min_by_key(need).unwrap_or(0)
}
