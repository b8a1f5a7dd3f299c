//! Why a record or an allele goes to quarantine.

use crate::Quarantined;

/// A rule with its words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Refusal {
    rule: &'static str,
    message: &'static str,
    remedy: &'static str,
}

pub(crate) const AMBIGUOUS: Refusal = Refusal {
    rule: "csq.allele",
    message: "CSQ has entries for two spellings of this allele, which may be two alleles",
    remedy: "split multi-allelic records (`bcftools norm -m -any`) before VEP, or run VEP with `--allele_number`",
};
pub(crate) const UNMATCHED: Refusal = Refusal {
    rule: "csq.allele",
    message: "CSQ has entries for this record, but none for this allele",
    remedy: "normalise and split records (`bcftools norm -m -any`) before VEP, not after, or run VEP with `--allele_number`",
};
pub(crate) const FIELDS: Refusal = Refusal {
    rule: "csq.fields",
    message: "a CSQ entry of this record has another number of fields than the header's Format",
    remedy: "annotate again with one VEP run, or restore the header that belongs to these records",
};
pub(crate) const DUPLICATE: Refusal = Refusal {
    rule: "vcf.duplicate",
    message: "this variant is in the file before; the first record is used",
    remedy: "merge the callers' records of a variant into one, e.g. by `bcftools norm -d exact`",
};
pub(crate) const REPEATED: Refusal = Refusal {
    rule: "vcf.duplicate",
    message: "the record has this ALT allele before; the first one is used",
    remedy: "write each ALT allele once, and count the genotypes' numbers anew",
};

const MEND: &str =
    "write the file again with the caller, or mend the line by the VCF specification";

pub(crate) const NOT_TEXT: Refusal = record("the line is not UTF-8 text");
pub(crate) const EMPTY_ALLELE: Refusal = record("an ALT allele is empty");
pub(crate) const NO_BASE: Refusal = Refusal {
    rule: "vcf.allele",
    message: "the allele has other letters than bases",
    remedy: MEND,
};
pub(crate) const AMBIGUOUS_BASE: Refusal = Refusal {
    rule: "vcf.ambiguous-base",
    message: "the allele has an ambiguity code of IUPAC; a VCF holds A, C, G, T and N only",
    remedy: "write the bases that are meant, each as an allele, or N",
};
pub(crate) const POSITION: Refusal = Refusal {
    rule: "vcf.position",
    message: "the record's bases lie before the first base of the contig, or after its last by the header",
    remedy: "take the header of the assembly that the variants were called on",
};
pub(crate) const GENOTYPE: Refusal = Refusal {
    rule: "vcf.genotype",
    message: "GT or PGT is not a genotype, or has an allele that ALT lacks",
    remedy: MEND,
};

/// A line that is not a VCF record.
pub(crate) const fn record(message: &'static str) -> Refusal {
    Refusal { rule: "vcf.record", message, remedy: MEND }
}

/// Only sequences have a consequence here.
pub(crate) fn usable(alternative: &str) -> Result<(), Refusal> {
    let (rule, message, remedy) = if is_sequence(alternative) {
        return Ok(());
    } else if alternative == "*" {
        (
            "vcf.spanning-deletion",
            "the allele `*` stands for a deletion that another record describes",
            "none; look at the other record",
        )
    } else if alternative.contains(['[', ']'])
        || alternative.starts_with('.')
        || alternative.ends_with('.')
    {
        (
            "vcf.breakend",
            "the allele is a breakend of a rearrangement",
            "give rearrangements as fusions",
        )
    } else if alternative.starts_with('<') {
        (
            "vcf.symbolic",
            "the allele is symbolic, without its sequence",
            "call it with its sequence, or give rearrangements as fusions",
        )
    } else {
        return Err(NO_BASE);
    };
    Err(Refusal { rule, message, remedy })
}

/// Bases, with the ambiguity codes of IUPAC.
pub(crate) fn is_sequence(allele: &str) -> bool {
    allele.bytes().all(|base| b"ACGTNRYSWKMBDHV".contains(&base))
}

impl Refusal {
    /// The row for `path` within `line` of the file.
    pub(crate) fn of(self, file: &str, line: i64, path: &str) -> Quarantined {
        Quarantined {
            stage: "variants".to_owned(),
            patient_id: None,
            source_file: file.to_owned(),
            source_line: line,
            path: path.to_owned(),
            rule: self.rule.to_owned(),
            message: self.message.to_owned(),
            remedy: self.remedy.to_owned(),
        }
    }
}
