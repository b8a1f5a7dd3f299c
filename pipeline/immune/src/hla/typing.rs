//! Rows of table `hla_typing`.

use serde::Serialize;

use super::{HlaAllele, HlaError, Suffix, split_gl_string};

/// One allele of a patient. A homozygous gene that was reported twice gives two equal rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HlaTyping {
    /// Two-field normal form (`HLA-A*02:01`).
    pub allele: String,
    /// Gene (`A`, `DRB1`).
    pub locus: String,
    /// `I` or `II`.
    pub hla_class: String,
    /// The allele as it was reported.
    pub reported: String,
    /// Whether the allele reaches the cell surface; one that does not presents nothing.
    pub expressed: bool,
    /// What was lost or assumed in normalising.
    pub note: Option<String>,
}

/// The rows of one reported text, an allele or a GL String; an error for each part that cannot be used.
pub fn normalize(reported: &str) -> Vec<Result<HlaTyping, HlaError>> {
    let parts = split_gl_string(reported);
    if parts.is_empty() {
        return vec![Err(HlaError::Empty)];
    }
    parts.iter().map(|part| HlaAllele::parse(part).map(|allele| row(part, &allele))).collect()
}

fn row(reported: &str, allele: &HlaAllele) -> HlaTyping {
    let class_one = allele.is_class_one();
    HlaTyping {
        allele: allele.two_field(),
        locus: allele.locus().to_owned(),
        hla_class: if class_one { "I" } else { "II" }.to_owned(),
        reported: reported.to_owned(),
        expressed: allele.is_expressed(),
        note: note(reported, allele),
    }
}

fn note(reported: &str, allele: &HlaAllele) -> Option<String> {
    let repaired = !reported.contains('*') && reported.contains([':', '_']);
    let notes = [
        allele.suffix().map(suffix_note),
        reported
            .contains('/')
            .then_some("alleles that agree in two fields: the first expressed one is taken"),
        repaired.then_some("'*' after the gene was missing"),
    ];
    let notes: Vec<&str> = notes.into_iter().flatten().collect();
    (!notes.is_empty()).then(|| notes.join("; "))
}

fn suffix_note(suffix: Suffix) -> &'static str {
    match suffix {
        Suffix::Null => "null allele (N): no protein, presents nothing",
        Suffix::Secreted => "secreted (S): not on the cell surface, presents nothing",
        Suffix::Cytoplasm => "cytoplasmic (C): not on the cell surface, presents nothing",
        Suffix::Low => "low expression (L): counted as expressed",
        Suffix::Aberrant => "aberrant expression (A): counted as expressed",
        Suffix::Questionable => "questionable expression (Q): counted as expressed",
        Suffix::GroupG => "G group: the allele that names the group is taken",
        Suffix::GroupP => "P group: the allele that names the group is taken",
    }
}
