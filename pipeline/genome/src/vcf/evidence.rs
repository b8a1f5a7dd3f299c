//! Depth, alternative reads and allele fraction of one allele in one sample.
//!
//! As pVACseq reads them: DP; AF, or else AD / DP. Callers that write neither are read by their own documents:
//! Strelka2's tier-1 counts (<https://github.com/Illumina/strelka>, user guide, "Somatic variant allele
//! frequencies"): AU, CU, GU, TU for substitutions, TAR and TIR for indels.

/// One sample's FORMAT keys with their values; those dropped at the end of the values are absent.
#[derive(Clone, Debug)]
pub(crate) struct Sample<'a> {
    fields: Vec<(&'a str, &'a str)>,
    /// Whether there is a key GT.
    has_genotype: bool,
}

/// Which FORMAT fields hold the evidence.
pub(crate) struct Tags {
    depth: &'static str,
    reads: &'static str,
    fraction: &'static str,
    /// Whether Strelka2's counts are these tags' where the caller writes none of them.
    strelka: bool,
}

/// Of DNA.
pub(crate) const DNA: Tags = Tags { depth: "DP", reads: "AD", fraction: "AF", strelka: true };
/// Of RNA, as VAtools' vcf-readcount-annotator writes it.
pub(crate) const RNA: Tags = Tags { depth: "RDP", reads: "RAD", fraction: "RAF", strelka: false };

/// The allele that is asked about: `number` counts ALT from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allele<'a> {
    pub(crate) reference: &'a str,
    pub(crate) alternative: &'a str,
    pub(crate) number: usize,
    /// Number of ALT alleles of the record.
    pub(crate) count: usize,
}

/// What a sample shows of an allele.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Evidence {
    pub(crate) depth: Option<i32>,
    pub(crate) reads: Option<i32>,
    pub(crate) fraction: Option<f64>,
    /// AF was above 1 and was not used.
    pub(crate) above_one: bool,
}

impl<'a> Sample<'a> {
    /// Of the columns FORMAT and the sample's.
    pub(crate) fn new(keys: &'a str, values: &'a str) -> Self {
        let fields = keys.split(':').zip(values.split(':')).collect();
        Self { fields, has_genotype: keys.split(':').any(|key| key == "GT") }
    }

    /// The value of a field; `None` where it is absent, dropped at the end, or `.`.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        let (_, value) = self.fields.iter().find(|(other, _)| *other == key)?;
        Some(*value).filter(|value| !matches!(*value, "." | ""))
    }

    fn number<T: std::str::FromStr>(&self, key: &str, at: usize) -> Option<T> {
        self.get(key)?.split(',').nth(at)?.parse().ok()
    }

    fn length(&self, key: &str) -> usize {
        self.get(key).map_or(0, |value| value.split(',').count())
    }

    /// Whether the genotype has the allele; a sample without GT is taken to have it.
    pub(crate) fn carries(&self, allele: usize) -> bool {
        if !self.has_genotype {
            return true;
        }
        let genotype = self.get("GT").unwrap_or_default();
        genotype.split(['/', '|']).any(|part| part.parse() == Ok(allele))
    }

    pub(crate) fn evidence(&self, tags: &Tags, allele: &Allele<'_>) -> Evidence {
        let of_allele = |key| match self.length(key) {
            length if length == allele.count => Some(allele.number - 1),
            length if length == allele.count + 1 => Some(allele.number),
            _ => None,
        };
        let reads = of_allele(tags.reads).and_then(|at| self.number(tags.reads, at));
        let depth = self.number(tags.depth, 0).or_else(|| self.sum_of_reads(tags, allele));
        let stated: Option<f64> =
            of_allele(tags.fraction).and_then(|at| self.number(tags.fraction, at));
        let usable = stated.filter(|fraction| (0.0..=1.0).contains(fraction));
        let counted = || Some(f64::from(reads?) / f64::from(depth.filter(|&depth| depth > 0)?));
        let found = Evidence {
            depth,
            reads,
            fraction: usable.or_else(counted),
            above_one: stated.is_some_and(|f| f > 1.0),
        };
        if tags.strelka && found.reads.is_none() && found.fraction.is_none() {
            self.strelka(allele, found)
        } else {
            found
        }
    }

    /// AD with the reference's reads adds up to the depth.
    fn sum_of_reads(&self, tags: &Tags, allele: &Allele<'_>) -> Option<i32> {
        let reads = self.get(tags.reads).filter(|_| self.length(tags.reads) == allele.count + 1)?;
        reads.split(',').map(|count| count.parse::<i32>().ok()).sum()
    }

    fn strelka(&self, allele: &Allele<'_>, found: Evidence) -> Evidence {
        let base = |base: &str| {
            let key = match base {
                "A" => "AU",
                "C" => "CU",
                "G" => "GU",
                "T" => "TU",
                _ => return None,
            };
            self.number::<i32>(key, 0)
        };
        let counts = match (allele.reference.len(), allele.alternative.len()) {
            (1, 1) => base(allele.reference).zip(base(allele.alternative)),
            _ => self.number("TAR", 0).zip(self.number("TIR", 0)),
        };
        let Some((reference, alternative)) = counts else {
            return found;
        };
        let total = reference + alternative;
        let fraction = (total > 0).then(|| f64::from(alternative) / f64::from(total));
        Evidence { reads: Some(alternative), fraction, ..found }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(
        keys: &str,
        values: &str,
        number: usize,
        expected: (Option<i32>, Option<i32>, Option<f64>),
    ) {
        let allele =
            Allele { reference: "C", alternative: ["T", "G"][number - 1], number, count: 2 };
        let allele = if number == 1 && !values.contains(",,") {
            Allele { count: 1, ..allele }
        } else {
            allele
        };
        let found = Sample::new(keys, &values.replace(",,", ",")).evidence(&DNA, &allele);
        assert_eq!((found.depth, found.reads, found.fraction), expected, "{keys} {values}");
    }

    #[test]
    fn depths_and_fractions() {
        check("GT:AD:AF:DP", "0/1:30,10:0.26:41", 1, (Some(41), Some(10), Some(0.26)));
        check("GT:AD:DP", "0/1:30,10:40", 1, (Some(40), Some(10), Some(0.25)));
        check("GT:AD:AF:DP", "0/1:30,10:.:40", 1, (Some(40), Some(10), Some(0.25)));
        check("GT:AD", "0/1:30,10", 1, (Some(40), Some(10), Some(0.25)));
        // VarScan: AD is of the allele alone, the fraction a percentage.
        check("GT:RD:AD:DP", "0/1:30:10:40", 1, (Some(40), Some(10), Some(0.25)));
        check("GT:AD:AF:DP", "0/1:30,10:25.0:40", 1, (Some(40), Some(10), Some(0.25)));
        check("GT:AF:DP", "0/1:0.2:.", 1, (None, None, Some(0.2)));
        check("GT:AD:AF:DP", "0/1", 1, (None, None, None));
        check("GT:AD:DP", "0/1:0,0:0", 1, (Some(0), Some(0), None));
        check("GT:AD:AF:DP", "1/2:30,,10,20:0.2,0.3:60", 2, (Some(60), Some(20), Some(0.3)));
        check("GT:AD:AF:DP", "1/2:30,,10,20:0.2,0.3:60", 1, (Some(60), Some(10), Some(0.2)));
        // Strelka2.
        check("DP:AU:CU:GU:TU", "20:0,0:15,16:0,0:5,5", 1, (Some(20), Some(5), Some(0.25)));
    }

    #[test]
    fn counts_of_dna_are_not_those_of_rna() {
        let allele = Allele { reference: "C", alternative: "T", number: 1, count: 1 };
        let sample = Sample::new("DP:AU:CU:GU:TU", "20:0,0:15,16:0,0:5,5");
        assert_eq!(sample.evidence(&RNA, &allele), Evidence::default());
    }

    #[test]
    fn strelka_indels() {
        let allele = Allele { reference: "CA", alternative: "C", number: 1, count: 1 };
        let found = Sample::new("DP:TAR:TIR", "42:30,31:10,11").evidence(&DNA, &allele);
        assert_eq!((found.reads, found.fraction), (Some(10), Some(0.25)));
    }

    #[test]
    fn genotypes() {
        for (genotype, allele, expected) in [
            ("0/1", 1, true),
            ("0|1", 1, true),
            ("1", 1, true),
            ("./1", 1, true),
            ("0/0", 1, false),
            ("./.", 1, false),
            (".", 1, false),
            ("0/2", 1, false),
            ("1/2", 2, true),
        ] {
            assert_eq!(
                Sample::new("GT:DP", genotype).carries(allele),
                expected,
                "{genotype} {allele}"
            );
        }
        assert!(Sample::new("DP", "12").carries(1));
    }
}
