//! Genotypes and their phase: GT and PS (VCF 4.3, section 1.6.2), PGT and PID (GATK's physical phasing).

/// The alleles of one sample at one place, one of each copy of the chromosome.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Genotype {
    /// As many as the ploidy; empty where the record has no GT for the sample.
    pub alleles: Box<[Called]>,
    /// With which other records the genotype is in phase. None where no allele is phased, and where nothing names a set:
    /// by the specification, all phased genotypes of a contig without a set are in phase.
    pub phase_set: Option<PhaseSet>,
}

/// One allele of a genotype.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Called {
    /// 0 is REF, `n` the `n`th of ALT; none where it was not called (`.`).
    pub allele: Option<u16>,
    /// Whether the allele is phased: `|` before it. Of the first allele, where nothing is before it: whether all others
    /// are (VCF 4.4, section 1.6.2).
    pub phased: bool,
}

/// The name of a group of genotypes that are in phase with each other; it says something within one sample and contig.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PhaseSet {
    /// PS, by the specification the position of the set's first record.
    Number(i64),
    /// GATK's PID, `pos_ref_alt`, or a PS that is not a number.
    Name(Box<str>),
}

impl Genotype {
    /// Number of copies, 0 where there is no genotype.
    pub fn ploidy(&self) -> usize {
        self.alleles.len()
    }

    /// Whether every allele is phased.
    pub fn is_phased(&self) -> bool {
        !self.alleles.is_empty() && self.alleles.iter().all(|called| called.phased)
    }

    /// Whether a copy has the allele.
    pub fn carries(&self, allele: u16) -> bool {
        self.alleles.iter().any(|called| called.allele == Some(allele))
    }

    /// From the values of the fields; `None` where GT or PGT is no genotype of `alternatives` ALT alleles.
    pub(super) fn parse(fields: &PhaseFields<'_>, alternatives: usize) -> Option<Self> {
        let mut alleles = match fields.gt {
            Some(gt) => called(gt, alternatives)?,
            None => Box::default(),
        };
        let mut set = fields
            .ps
            .map(|ps| ps.parse().map_or_else(|_| PhaseSet::Name(ps.into()), PhaseSet::Number));
        // GATK phases beside GT: the same alleles in the order of the haplotypes.
        if let Some(pgt) = fields.pgt.filter(|_| fields.pid.is_some() || set.is_some()) {
            let phased = called(pgt, alternatives)?;
            if same_alleles(&alleles, &phased) {
                alleles = phased;
            }
            set = set.or(fields.pid.map(|pid| PhaseSet::Name(pid.into())));
        }
        let phase_set = set.filter(|_| alleles.len() > 1 && alleles.iter().any(|a| a.phased));
        Some(Self { alleles, phase_set })
    }
}

/// The values of one sample; those that are absent or `.` are none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct PhaseFields<'a> {
    pub(super) gt: Option<&'a str>,
    pub(super) ps: Option<&'a str>,
    pub(super) pgt: Option<&'a str>,
    pub(super) pid: Option<&'a str>,
}

fn called(text: &str, alternatives: usize) -> Option<Box<[Called]>> {
    let allele = |text: &str| match text {
        "." => Some(None),
        number => number.parse().ok().filter(|&n: &u16| usize::from(n) <= alternatives).map(Some),
    };
    // The common case, without a look at each letter.
    if let [first @ b'0'..=b'9', separator @ (b'/' | b'|'), second @ b'0'..=b'9'] = text.as_bytes()
    {
        let phased = *separator == b'|';
        let [first, second] = [first, second].map(|digit| u16::from(digit - b'0'));
        let usable = usize::from(first.max(second)) <= alternatives;
        let call = |allele| Called { allele: Some(allele), phased };
        return usable.then(|| Box::from([call(first), call(second)]));
    }
    let (prefix, rest) = match text.as_bytes().first()? {
        b'/' => (Some(false), &text[1..]),
        b'|' => (Some(true), &text[1..]),
        _ => (None, text),
    };
    let first_phased = prefix.unwrap_or(!rest.contains('/'));
    let separators = rest.bytes().filter(|byte| matches!(byte, b'/' | b'|'));
    let phased = std::iter::once(first_phased).chain(separators.map(|byte| byte == b'|'));
    let alleles = rest.split(['/', '|']).map(allele);
    alleles.zip(phased).map(|(allele, phased)| Some(Called { allele: allele?, phased })).collect()
}

fn same_alleles(one: &[Called], other: &[Called]) -> bool {
    let sorted = |alleles: &[Called]| {
        let mut alleles: Vec<_> = alleles.iter().map(|called| called.allele).collect();
        alleles.sort_unstable();
        alleles
    };
    sorted(one) == sorted(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// GT PS PGT PID, `-` for absent; alleles as BCF writes them, a separator before each, and the phase set.
    fn check(fields: &str, alternatives: usize, expected: &str) {
        let values: Vec<_> = fields.split(' ').map(|v| Some(v).filter(|v| *v != "-")).collect();
        let fields = PhaseFields { gt: values[0], ps: values[1], pgt: values[2], pid: values[3] };
        let found = Genotype::parse(&fields, alternatives).map_or("none".to_owned(), |genotype| {
            let spell = |called: &Called| {
                let allele = called.allele.map_or(".".to_owned(), |allele| allele.to_string());
                format!("{}{allele}", if called.phased { '|' } else { '/' })
            };
            let alleles: String = genotype.alleles.iter().map(spell).collect();
            match genotype.phase_set {
                None => alleles,
                Some(PhaseSet::Number(number)) => format!("{alleles} {number}"),
                Some(PhaseSet::Name(name)) => format!("{alleles} {name}"),
            }
        });
        assert_eq!(found, expected, "{fields:?}");
    }

    #[test]
    fn genotypes_and_phase() {
        check("0/1 - - -", 1, "/0/1");
        check("0|1 - - -", 1, "|0|1");
        check("1|0 77 - -", 1, "|1|0 77");
        check("1|0 block_3 - -", 1, "|1|0 block_3");
        check("1 - - -", 1, "|1");
        check("1 5 - -", 1, "|1");
        check("0/1/1 - - -", 1, "/0/1/1");
        check("0/1|2 5 - -", 2, "/0/1|2 5");
        check("/0|1 5 - -", 1, "/0|1 5");
        check("|0/1 - - -", 1, "|0/1");
        check("./1 - - -", 1, "/./1");
        check(".|. 5 - -", 1, "|.|. 5");
        check(". - - -", 1, "|.");
        check("- 5 0|1 5_A_T", 1, "");
        check("0/1/2/3 - - -", 3, "/0/1/2/3");
        check("0/12 - - -", 12, "/0/12");
        // A phase set says nothing of an unphased genotype.
        check("0/1 5 - -", 1, "/0/1");
    }

    #[test]
    fn physical_phase_of_gatk() {
        check("0/1 - 0|1 100_A_T", 1, "|0|1 100_A_T");
        check("0/1 - 1|0 100_A_T", 1, "|1|0 100_A_T");
        check("0|1 100 0|1 100_A_T", 1, "|0|1 100");
        check("0|1 - 0|1 100_A_T", 1, "|0|1 100_A_T");
        check("0/1 100 0|1 -", 1, "|0|1 100");
        // PGT without a set, and one whose alleles are not those of GT, say nothing.
        check("0/1 - 0|1 -", 1, "/0/1");
        check("1/1 - 0|1 100_A_T", 1, "/1/1");
        check("0/2 - 0|1 100_A_T", 2, "/0/2");
    }

    #[test]
    fn what_is_no_genotype() {
        for fields in [
            "0/2 - - -",
            "2 - - -",
            "a/b - - -",
            "0/ - - -",
            "0//1 - - -",
            "/ - - -",
            "0/-1 - - -",
            "0/1 - x 100_A_T",
        ] {
            check(fields, 1, "none");
        }
        check("65536/1 - - -", 70_000, "none");
    }
}
