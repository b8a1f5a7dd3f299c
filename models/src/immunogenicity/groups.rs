//! Groups of close peptides, so that none is judged by a model that was fitted to a near copy of it.
//!
//! Two peptides are close when they share a stretch of residues, or have the same length and differ at one or two
//! positions. A group holds all that are linked, directly or through others.

use std::collections::HashMap;

/// Union-find with path halving; the lowest place stands for a group.
#[derive(Debug)]
struct Forest(Vec<usize>);

impl Forest {
    fn root(&mut self, mut place: usize) -> usize {
        while self.0[place] != place {
            self.0[place] = self.0[self.0[place]];
            place = self.0[place];
        }
        place
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

/// The group of each peptide: equal numbers, 0 upwards in the order of the input, are one group.
pub fn groups(peptides: &[&str], shared: usize) -> Vec<usize> {
    let mut forest = Forest((0..peptides.len()).collect());
    let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
    for (place, peptide) in peptides.iter().enumerate() {
        for key in keys(peptide.as_bytes(), shared) {
            let first = *seen.entry(key).or_insert(place);
            forest.join(first, place);
        }
    }
    let mut numbers = HashMap::new();
    (0..peptides.len())
        .map(|place| {
            let next = numbers.len();
            *numbers.entry(forest.root(place)).or_insert(next)
        })
        .collect()
}

/// Whatever two close peptides have in common: stretches, and the whole with one or two positions hidden.
fn keys(peptide: &[u8], shared: usize) -> Vec<Vec<u8>> {
    let mut keys: Vec<Vec<u8>> = peptide.windows(shared).map(<[u8]>::to_vec).collect();
    for first in 0..peptide.len() {
        // With `second == first`, only one position is hidden.
        for second in first..peptide.len() {
            let mut hidden = peptide.to_vec();
            hidden[first] = b'*';
            hidden[second] = b'*';
            keys.push(hidden);
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn close_peptides_share_a_group() {
        for (a, b, close) in [
            ("GILGFVFTL", "GILGFVFTL", true),
            ("GILGFVFTL", "GILGFVFTLA", true),
            ("GILGFVFTL", "AILGFVFTV", true),
            ("GILGFVFTL", "AALGFVFTV", false),
            ("GILGFVFTL", "LGFVFTLAA", false),
            ("ILGFVFTL", "AAILGFVFTL", true),
            ("GILGFVFTL", "NLVPMVATV", false),
        ] {
            let groups = groups(&[a, "WWWWWWWWW", b], 8);
            assert_eq!(groups[0] == groups[2], close, "{a} {b}");
            assert_eq!(groups[..2], [0, 1]);
        }
    }

    #[test]
    fn links_reach_through_others_in_any_order() {
        let chain = ["AAAAAAAAA", "CCAAAAAAA", "CCCCAAAAA"];
        for order in [[0, 1, 2], [0, 2, 1], [2, 0, 1]] {
            let peptides: Vec<&str> = order.iter().map(|&place| chain[place]).collect();
            assert_eq!(groups(&peptides, 8), [0, 0, 0]);
        }
    }
}
