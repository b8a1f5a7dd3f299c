//! HLA alleles in WHO nomenclature (Marsh et al. 2010, Tissue Antigens 75:291).
//!
//! A name has a gene and up to four fields: `HLA-A*02:01:01:02L`. The first two fix the protein, and so what is
//! presented; `HLA-A*02:01` is the normal form everywhere in the pipeline. What does not fix the protein
//! (serology, one field, a list of different proteins) is refused with a reason.

mod error;
mod gl_string;
mod typing;

use std::fmt;

pub use error::HlaError;
pub use gl_string::split_gl_string;
pub use typing::{HlaTyping, normalize};

/// Genes whose alleles are accepted; the first six are class I.
pub const GENES: [&str; 16] = [
    "A", "B", "C", "E", "F", "G", "DRA", "DRB1", "DRB2", "DRB3", "DRB4", "DRB5", "DQA1", "DQB1",
    "DPA1", "DPB1",
];

const CLASS_ONE: usize = 6;

/// The letter that may end a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Suffix {
    /// `N`: null, no protein.
    Null,
    /// `L`: low expression on the cell surface.
    Low,
    /// `S`: secreted; never on the cell surface.
    Secreted,
    /// `C`: in the cytoplasm; never on the cell surface.
    Cytoplasm,
    /// `A`: aberrant, expression in doubt.
    Aberrant,
    /// `Q`: questionable expression.
    Questionable,
    /// `G`: group of alleles with the same nucleotides over the peptide-binding domain.
    GroupG,
    /// `P`: group of alleles with the same protein over the peptide-binding domain.
    GroupP,
}

impl Suffix {
    const LETTERS: [(char, Suffix); 8] = [
        ('N', Suffix::Null),
        ('L', Suffix::Low),
        ('S', Suffix::Secreted),
        ('C', Suffix::Cytoplasm),
        ('A', Suffix::Aberrant),
        ('Q', Suffix::Questionable),
        ('G', Suffix::GroupG),
        ('P', Suffix::GroupP),
    ];

    fn from_letter(letter: char) -> Option<Self> {
        Self::LETTERS.iter().find(|(l, _)| *l == letter).map(|(_, suffix)| *suffix)
    }

    fn letter(self) -> char {
        Self::LETTERS.iter().find(|(_, suffix)| *suffix == self).map_or(' ', |(letter, _)| *letter)
    }
}

/// One allele, typed at two fields or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HlaAllele {
    gene: &'static str,
    fields: Vec<String>,
    suffix: Option<Suffix>,
}

impl HlaAllele {
    /// Reads `HLA-A*02:01`, with or without prefix and `*`, at two to four fields, with suffix or group code; the old
    /// four, six and eight digits without colons; and a `/`-list whose alleles agree in two fields (the
    /// first that is expressed is taken, else the first).
    pub fn parse(text: &str) -> Result<Self, HlaError> {
        let text = text.trim().to_ascii_uppercase();
        if text.contains('|') {
            let options: Result<Vec<_>, _> =
                text.split(['|', '+', '~', '/']).map(parse_one).collect();
            return options.and(Err(HlaError::Ambiguous { found: text }));
        }
        let alleles = text.split('/').map(parse_one).collect::<Result<Vec<_>, _>>()?;
        let first = &alleles[0];
        if let Some(other) = alleles.iter().find(|other| other.two_field() != first.two_field()) {
            return Err(disagreement(first, other, text));
        }
        let expressed = alleles.iter().find(|allele| allele.is_expressed());
        Ok(expressed.unwrap_or(first).clone())
    }

    /// Normal form: gene and two fields, without suffix (`HLA-A*02:01`).
    pub fn two_field(&self) -> String {
        format!("HLA-{}*{}", self.gene, self.fields[..2].join(":"))
    }

    /// The gene without `HLA-`: `A`, `DRB1`.
    pub fn locus(&self) -> &'static str {
        self.gene
    }

    /// Whether the gene is HLA-A, -B, -C, -E, -F or -G.
    pub fn is_class_one(&self) -> bool {
        GENES[..CLASS_ONE].contains(&self.gene)
    }

    /// Whether the allele reaches the cell surface, where alone it can present. Null (N), secreted (S) and cytoplasmic
    /// (C) alleles do not. Low (L), aberrant (A) and questionable (Q) ones count as expressed: see the note of [`HlaTyping`].
    pub fn is_expressed(&self) -> bool {
        !matches!(self.suffix, Some(Suffix::Null | Suffix::Secreted | Suffix::Cytoplasm))
    }

    /// The letter that ended the name.
    pub fn suffix(&self) -> Option<Suffix> {
        self.suffix
    }
}

impl fmt::Display for HlaAllele {
    /// The full name, as precise as it was reported: `HLA-A*02:01:01:02L`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HLA-{}*{}", self.gene, self.fields.join(":"))?;
        self.suffix.map_or(Ok(()), |suffix| write!(f, "{}", suffix.letter()))
    }
}

/// IEDB writes the two chains of a class II molecule as a `/`-list; everything else is typing ambiguity.
fn disagreement(first: &HlaAllele, other: &HlaAllele, found: String) -> HlaError {
    if first.gene != other.gene && !first.is_class_one() && !other.is_class_one() {
        return HlaError::Pair { found };
    }
    HlaError::Ambiguous { found }
}

fn parse_one(text: &str) -> Result<HlaAllele, HlaError> {
    let name = text.trim();
    let name = name.strip_prefix("HLA-").unwrap_or(name);
    if name.is_empty() {
        return Err(HlaError::Empty);
    }
    if !name.chars().all(|c| c.is_ascii_alphanumeric() || "*:_-".contains(c)) {
        return Err(HlaError::NotAnAllele { length: name.chars().count() });
    }
    let (gene, rest) = split_gene(name)?;
    if is_pair(rest) {
        return Err(HlaError::Pair { found: name.to_owned() });
    }
    let starred = rest.starts_with('*');
    let rest = rest.strip_prefix(['*', ':', '_']).unwrap_or(rest);
    let (digits, suffix) = split_suffix(rest);
    let fields = fields(name, gene, digits, starred)?;
    check_group(name, &fields, suffix)?;
    Ok(HlaAllele { gene, fields, suffix })
}

/// The gene and what follows it, which must begin as the fields of an allele do.
fn split_gene(name: &str) -> Result<(&'static str, &str), HlaError> {
    if ["DR", "DQ", "DP", "BW"]
        .iter()
        .any(|antigen| name.strip_prefix(antigen).is_some_and(is_number))
    {
        return Err(HlaError::Serology { found: name.to_owned() });
    }
    let begins = |rest: &&str| rest.starts_with(|c: char| c.is_ascii_digit() || "*:_".contains(c));
    // `Cw` was the name of HLA-C until 2010.
    let old_name = [("CW", "C")];
    let names = GENES.into_iter().map(|gene| (gene, gene)).chain(old_name);
    let mut found =
        names.filter_map(|(prefix, gene)| Some((gene, name.strip_prefix(prefix).filter(begins)?)));
    found.next().ok_or_else(|| unknown(name))
}

/// A text that is no allele may be anything, a patient's name included: only what stands before a `*` is repeated.
fn unknown(name: &str) -> HlaError {
    match name.split_once('*') {
        Some((gene, _)) if gene.len() <= 6 && gene.chars().all(|c| c.is_ascii_alphanumeric()) => {
            HlaError::Gene { found: gene.to_owned() }
        }
        _ => HlaError::NotAnAllele { length: name.chars().count() },
    }
}

fn is_pair(rest: &str) -> bool {
    rest.split_once('-')
        .is_some_and(|(_, second)| split_gene(second.trim_start_matches("HLA-")).is_ok())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

fn split_suffix(rest: &str) -> (&str, Option<Suffix>) {
    match rest.chars().last().and_then(Suffix::from_letter) {
        Some(suffix) => (&rest[..rest.len() - 1], Some(suffix)),
        None => (rest, None),
    }
}

fn fields(name: &str, gene: &str, digits: &str, starred: bool) -> Result<Vec<String>, HlaError> {
    let found = || name.to_owned();
    let rolled_over =
        [("A", "92"), ("B", "95")].contains(&(gene, digits.get(..2).unwrap_or_default()));
    if rolled_over && (digits.len() == 4 || digits[2..].starts_with(':')) {
        // Two families had run out of two-digit numbers; their alleles got other names in 2010.
        return Err(HlaError::RollOver { found: found() });
    }
    if digits.contains(':') {
        return colon_fields(name, digits);
    }
    if !is_number(digits) {
        return Err(HlaError::Form { found: found(), reason: "its fields are not numbers" });
    }
    match digits.len() {
        1..=3 if !starred && !digits.starts_with('0') => Err(HlaError::Serology { found: found() }),
        1 | 2 => Err(HlaError::OneField { found: found() }),
        4 | 6 | 8 => Ok(digits
            .as_bytes()
            .chunks(2)
            .map(|pair| String::from_utf8_lossy(pair).into_owned())
            .collect()),
        _ => Err(HlaError::Form {
            found: found(),
            reason: "without colons it needs 4, 6 or 8 digits",
        }),
    }
}

fn colon_fields(name: &str, digits: &str) -> Result<Vec<String>, HlaError> {
    let form = |reason| HlaError::Form { found: name.to_owned(), reason };
    let fields: Vec<String> = digits.split(':').map(str::to_owned).collect();
    // Multiple allele codes (`A*02:AB`) stand for a list of alleles.
    if fields.len() == 2
        && is_number(&fields[0])
        && fields[1].chars().all(|c| c.is_ascii_alphabetic())
    {
        return Err(HlaError::Ambiguous { found: name.to_owned() });
    }
    if !fields.iter().all(|field| is_number(field)) {
        return Err(form("its fields are not numbers"));
    }
    if !fields.iter().all(|field| (2..=4).contains(&field.len())) {
        return Err(form("each field has two to four digits"));
    }
    if fields.len() > 4 {
        return Err(form("it has more than four fields"));
    }
    Ok(fields)
}

/// G groups are named by three fields (some laboratories write two), P groups by two.
fn check_group(name: &str, fields: &[String], suffix: Option<Suffix>) -> Result<(), HlaError> {
    let wrong = match suffix {
        Some(Suffix::GroupG) => fields.len() > 3,
        Some(Suffix::GroupP) => fields.len() > 2,
        _ => false,
    };
    if wrong {
        let reason = "a G group has three fields, a P group two";
        return Err(HlaError::Form { found: name.to_owned(), reason });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
