//! What RNA reads say of a mutation: its share of the transcripts with an interval, and the expression of the mutant allele.

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// From 0 to 1.
    pub share: f64,
    /// Lower end.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
}

/// Normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

/// Share of reads (or better fragments: two mates of one are one observation) that carry the variant, with Wilson's score interval
/// (Wilson 1927, J Am Stat Assoc 22:209), which holds for few reads and for shares of 0 and 1. `None` without a read, or
/// with more variant reads than reads.
pub fn rna_vaf(variant: u32, depth: u32) -> Option<Share> {
    if depth == 0 || variant > depth {
        return None;
    }
    let (n, share) = (f64::from(depth), f64::from(variant) / f64::from(depth));
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    let (lower, upper) = ((middle - half).clamp(0.0, share), (middle + half).clamp(share, 1.0));
    Some(Share { share, lower, upper })
}

/// Expression of the mutant allele in TPM: the gene's times the share, with the share's interval. `None` where either is unknown.
pub fn allele_expression(gene_tpm: Option<f64>, vaf: Option<Share>) -> Option<Share> {
    let tpm = gene_tpm.filter(|tpm| tpm.is_finite() && *tpm >= 0.0)?;
    vaf.map(|vaf| Share { share: tpm * vaf.share, lower: tpm * vaf.lower, upper: tpm * vaf.upper })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Intervals of R's `binom::binom.wilson` and of Wilson's formula by hand.
    #[test]
    fn intervals_are_those_of_wilson() {
        for (variant, depth, share, lower, upper) in [
            (0, 10, 0.0, 0.0, 0.277_533),
            (10, 10, 1.0, 0.722_467, 1.0),
            (5, 10, 0.5, 0.236_593, 0.763_407),
            (1, 1, 1.0, 0.206_549, 1.0),
            (50, 1000, 0.05, 0.038_130, 0.065_313),
        ] {
            let found = rna_vaf(variant, depth).unwrap();
            for (found, expected) in
                [(found.share, share), (found.lower, lower), (found.upper, upper)]
            {
                assert!(
                    (found - expected).abs() < 5e-6,
                    "{variant}/{depth}: {found}, not {expected}"
                );
            }
        }
    }

    #[test]
    fn without_reads_or_expression_nothing_is_known() {
        assert_eq!(rna_vaf(0, 0), None);
        assert_eq!(rna_vaf(3, 2), None);
        let vaf = rna_vaf(5, 10);
        assert_eq!(allele_expression(None, vaf), None);
        assert_eq!(allele_expression(Some(20.0), None), None);
        assert_eq!(allele_expression(Some(f64::NAN), vaf), None);
        let found = allele_expression(Some(20.0), vaf).unwrap();
        assert!((found.share - 10.0).abs() < 1e-12 && found.lower < 5.0 && found.upper > 15.0);
    }
}
