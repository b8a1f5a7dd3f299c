//! Base pairs and loops of a dot-bracket structure.

/// Where a base stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loop {
    /// In a loop closed by one pair.
    Hairpin,
    /// Outside every pair.
    Exterior,
    /// Between two pairs, with unpaired bases on both sides.
    Interior,
    /// In a loop of three pairs or more.
    Multi,
    /// Between two pairs, with unpaired bases on this side only.
    Bulge,
    /// Paired.
    Stem,
}

/// The partner of each base; `None` where `structure` is not of `(`, `)` and `.`, or not balanced.
pub fn pairs(structure: &str) -> Option<Vec<Option<usize>>> {
    let mut partner = vec![None; structure.len()];
    let mut open = Vec::new();
    for (at, letter) in structure.bytes().enumerate() {
        match letter {
            b'(' => open.push(at),
            b')' => {
                let five = open.pop()?;
                (partner[five], partner[at]) = (Some(at), Some(five));
            }
            b'.' => {}
            _ => return None,
        }
    }
    open.is_empty().then_some(partner)
}

/// Where each base stands; `None` for what is no structure.
pub fn loops(structure: &str) -> Option<Vec<Loop>> {
    let partner = pairs(structure)?;
    let kind = |pair: &Option<usize>| pair.map_or(Loop::Exterior, |_| Loop::Stem);
    let mut kinds: Vec<Loop> = partner.iter().map(kind).collect();
    for (five, three) in partner.iter().enumerate().filter_map(|(i, j)| Some((i, (*j)?))) {
        if five < three {
            close(five, three, &partner, &mut kinds);
        }
    }
    Some(kinds)
}

/// The unpaired bases of the loop that a pair closes.
fn close(five: usize, three: usize, partner: &[Option<usize>], kinds: &mut [Loop]) {
    let (mut bases, mut inner) = (Vec::new(), Vec::new());
    let mut at = five + 1;
    while at < three {
        if let Some(end) = partner[at] {
            inner.push((at, end));
            at = end + 1;
        } else {
            bases.push(at);
            at += 1;
        }
    }
    let kind = match inner[..] {
        [] => Loop::Hairpin,
        [(start, end)] if start > five + 1 && end + 1 < three => Loop::Interior,
        [_] => Loop::Bulge,
        _ => Loop::Multi,
    };
    for base in bases {
        kinds[base] = kind;
    }
}
