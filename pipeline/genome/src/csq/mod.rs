//! The layout of Ensembl VEP's CSQ annotation, and the entries written in it.
//!
//! CSQ is one INFO field: entries joined by `,`, one for each allele and feature; an entry's fields are
//! joined by `|`. The header's Description ends in `Format: Allele|Consequence|...`, which names them
//! (<https://www.ensembl.org/info/docs/tools/vep/vep_formats.html#vcfout>).

mod allele;

pub(crate) use allele::{AlleleMatch, match_alleles};

use memchr::memchr_iter;
use thiserror::Error;

/// A field of CSQ that is used here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Allele,
    Consequence,
    Symbol,
    Gene,
    FeatureType,
    Feature,
    Biotype,
    HgvsC,
    HgvsP,
    ProteinPosition,
    AminoAcids,
    Codons,
    Flags,
    Canonical,
    ManeSelect,
    Tsl,
    AlleleNumber,
    FrameshiftSequence,
    WildtypeProtein,
}

/// Names of the fields in VEP's header, in the order of [`Field`].
const NAMES: [&str; 19] = [
    "Allele",
    "Consequence",
    "SYMBOL",
    "Gene",
    "Feature_type",
    "Feature",
    "BIOTYPE",
    "HGVSc",
    "HGVSp",
    "Protein_position",
    "Amino_acids",
    "Codons",
    "FLAGS",
    "CANONICAL",
    "MANE_SELECT",
    "TSL",
    "ALLELE_NUM",
    "FrameshiftSequence",
    "WildtypeProtein",
];

/// Without these an annotation says nothing about a protein.
const REQUIRED: [Field; 5] =
    [Field::Allele, Field::Consequence, Field::Feature, Field::ProteinPosition, Field::AminoAcids];

/// The header's description of CSQ has no usable format.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CsqFormatError {
    /// The text has no `|`-separated list of names.
    #[error(
        "the CSQ description holds no list of fields; expected `Format: Allele|Consequence|...` as Ensembl VEP writes it"
    )]
    NoList,
    /// Fields that every use needs are not in the list.
    #[error(
        "the CSQ format lacks {missing}; run Ensembl VEP with `--vcf --symbol --terms SO` and without removing these with `--fields`"
    )]
    Missing {
        /// Names of the missing fields, comma-separated.
        missing: String,
    },
}

/// The fields of a CSQ entry, in order, as the header's Description lists them. The default has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CsqFormat {
    text: String,
    columns: Vec<Option<Field>>,
}

impl CsqFormat {
    /// Reads `A|B|...`, with or without the words up to `Format: ` before it.
    pub fn parse(description: &str) -> Result<Self, CsqFormatError> {
        let list = description.rsplit_once("Format: ").map_or(description, |(_, list)| list);
        let text = list.trim_matches(|c: char| c == '"' || c.is_whitespace()).to_owned();
        if !text.contains('|') {
            return Err(CsqFormatError::NoList);
        }
        let columns = text.split('|').map(|name| field_named(name.trim())).collect();
        let format = Self { text, columns };
        let missing = REQUIRED
            .into_iter()
            .filter(|&field| !format.has(field))
            .map(|field| NAMES[field as usize]);
        let missing = missing.collect::<Vec<_>>().join(", ");
        if missing.is_empty() { Ok(format) } else { Err(CsqFormatError::Missing { missing }) }
    }

    /// The list of fields, `A|B|...`; [`Self::parse`] reads it back.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether entries carry the wild-type protein (VEP plugin Wildtype).
    pub fn has_wildtype_protein(&self) -> bool {
        self.has(Field::WildtypeProtein)
    }

    /// Whether entries carry the protein of a frameshift (VEP plugin Frameshift).
    pub fn has_frameshift_sequence(&self) -> bool {
        self.has(Field::FrameshiftSequence)
    }

    fn has(&self, field: Field) -> bool {
        self.columns.contains(&Some(field))
    }

    /// The entry's fields, or `None` when their number is not the format's.
    pub(crate) fn entry<'a>(&self, text: &'a str) -> Option<Entry<'a>> {
        let mut values = [""; NAMES.len()];
        let mut columns = self.columns.iter();
        let mut start = 0;
        for end in memchr_iter(b'|', text.as_bytes()).chain([text.len()]) {
            if let Some(field) = columns.next()? {
                values[*field as usize] = &text[start..end];
            }
            start = end + 1;
        }
        columns.next().is_none().then_some(Entry { text, values })
    }
}

fn field_named(name: &str) -> Option<Field> {
    use Field as F;
    const FIELDS: [Field; NAMES.len()] = [
        F::Allele,
        F::Consequence,
        F::Symbol,
        F::Gene,
        F::FeatureType,
        F::Feature,
        F::Biotype,
        F::HgvsC,
        F::HgvsP,
        F::ProteinPosition,
        F::AminoAcids,
        F::Codons,
        F::Flags,
        F::Canonical,
        F::ManeSelect,
        F::Tsl,
        F::AlleleNumber,
        F::FrameshiftSequence,
        F::WildtypeProtein,
    ];
    NAMES.iter().position(|&known| known == name).map(|at| FIELDS[at])
}

/// One CSQ entry: its text, and the fields used here (empty where the entry or the format has none).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry<'a> {
    pub(crate) text: &'a str,
    values: [&'a str; NAMES.len()],
}

impl<'a> Entry<'a> {
    pub(crate) fn get(&self, field: Field) -> &'a str {
        self.values[field as usize]
    }

    /// Whether the entry is about a transcript, not a regulatory feature or the space between genes.
    pub(crate) fn is_transcript(&self) -> bool {
        match self.get(Field::FeatureType) {
            "" => !self.get(Field::Feature).is_empty(),
            kind => kind == "Transcript",
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn formats() {
        let list = "Allele|Consequence|Feature|Protein_position|Amino_acids|WildtypeProtein";
        for text in
            [list.to_owned(), format!("Consequence annotations from Ensembl VEP. Format: {list}")]
        {
            let format = CsqFormat::parse(&text).unwrap();
            assert_eq!(format.as_str(), list);
            assert_eq!(CsqFormat::parse(format.as_str()).unwrap(), format);
            assert!(format.has_wildtype_protein() && !format.has_frameshift_sequence());
        }
        // Whatever stands around the list, what was kept of it reads back as itself.
        for around in [format!("Format: x|Format: {list}"), format!(" \" {list} \" ")] {
            assert_eq!(CsqFormat::parse(&around).unwrap().as_str(), list);
        }
        assert_eq!(CsqFormat::parse("Variant consequences"), Err(CsqFormatError::NoList));
        let missing = "Feature, Protein_position, Amino_acids".to_owned();
        assert_eq!(
            CsqFormat::parse("Allele|Consequence"),
            Err(CsqFormatError::Missing { missing })
        );
    }

    #[test]
    fn names_and_fields_are_in_one_order() {
        for (at, name) in NAMES.iter().enumerate() {
            assert_eq!(field_named(name).unwrap() as usize, at, "{name}");
        }
    }

    #[test]
    fn entries_have_as_many_fields_as_the_format() {
        let format =
            CsqFormat::parse("Allele|Consequence|Feature|Protein_position|Amino_acids").unwrap();
        assert_eq!(
            format.entry("T|missense_variant|ENST1|12|G/D").unwrap().get(Field::AminoAcids),
            "G/D"
        );
        assert!(format.entry("T|missense_variant|ENST1|12").is_none());
        assert!(format.entry("T|missense_variant|ENST1|12|G/D|").is_none());
    }
}
