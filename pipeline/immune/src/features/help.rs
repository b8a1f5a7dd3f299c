//! Help from CD4 T cells: a class II peptide that holds the same change, so that one antigen-presenting cell shows both.

/// Where a peptide is in the mutant protein: 1-based, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First residue.
    pub start: usize,
    /// Last residue.
    pub end: usize,
}

impl Span {
    /// Residues that two spans have in common.
    pub fn overlap(self, other: Self) -> usize {
        (self.end.min(other.end) + 1).saturating_sub(self.start.max(other.start))
    }
}

/// The best class II peptide beside a class I peptide.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Help {
    /// Place of the class II peptide among those given.
    pub peptide: usize,
    /// Its percentile rank; lower is stronger.
    pub percentile: f64,
    /// Residues that both have.
    pub overlap: usize,
}

/// The strongest class II peptide with a percentile rank under `limit` that shares at least one residue of `change` and
/// one residue of the class I peptide; the longer overlap, then the earlier of those given, where ranks are equal.
pub fn class_two_help(
    class_one: Span,
    change: Span,
    class_two: &[(Span, f64)],
    limit: f64,
) -> Option<Help> {
    let candidates = class_two.iter().enumerate().filter_map(|(peptide, (span, percentile))| {
        let overlap = span.overlap(class_one);
        let helps = *percentile < limit && span.overlap(change) > 0 && overlap > 0;
        helps.then_some(Help { peptide, percentile: *percentile, overlap })
    });
    candidates.min_by(|a, b| {
        a.percentile
            .total_cmp(&b.percentile)
            .then(b.overlap.cmp(&a.overlap))
            .then(a.peptide.cmp(&b.peptide))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn span(start: usize, end: usize) -> Span {
        Span { start, end }
    }

    #[test]
    fn overlaps_count_residues() {
        for (a, b, expected) in
            [(span(1, 9), span(5, 20), 5), (span(1, 4), span(5, 9), 0), (span(3, 3), span(1, 9), 1)]
        {
            assert_eq!((a.overlap(b), b.overlap(a)), (expected, expected));
        }
    }

    #[test]
    fn the_strongest_that_holds_the_change_helps() {
        let (class_one, change) = (span(10, 18), span(15, 15));
        let class_two = [
            (span(1, 14), 0.1),
            (span(5, 19), 3.0),
            (span(8, 22), 1.0),
            (span(12, 26), 1.0),
            (span(15, 29), 30.0),
        ];
        let help = class_two_help(class_one, change, &class_two, 5.0).unwrap();
        assert_eq!((help.peptide, help.overlap), (2, 9));
        assert_eq!(class_two_help(class_one, change, &class_two, 0.5), None);
        assert_eq!(class_two_help(class_one, change, &[], 5.0), None);
        assert_eq!(class_two_help(class_one, change, &[(span(8, 22), f64::NAN)], 5.0), None);
    }
}
