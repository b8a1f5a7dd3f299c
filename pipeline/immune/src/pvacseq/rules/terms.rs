//! The words that rules are written in.

use serde::Deserialize;

/// What is predicted of a peptide and an allele.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Metric {
    /// IC50 in nM.
    Ic50,
    /// Percentile rank over all predictors that have one.
    CombinedPercentile,
    /// Percentile rank of binding.
    BindingPercentile,
    /// Percentile rank of immunogenicity.
    ImmunogenicityPercentile,
    /// Percentile rank of presentation.
    PresentationPercentile,
}

impl Metric {
    /// How many there are.
    pub const COUNT: usize = 5;
    /// All, in the order of an aggregated table.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Ic50,
        Self::CombinedPercentile,
        Self::BindingPercentile,
        Self::ImmunogenicityPercentile,
        Self::PresentationPercentile,
    ];

    /// Its name in rules.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ic50 => "ic50",
            Self::CombinedPercentile => "combined_percentile",
            Self::BindingPercentile => "binding_percentile",
            Self::ImmunogenicityPercentile => "immunogenicity_percentile",
            Self::PresentationPercentile => "presentation_percentile",
        }
    }

    /// Its name in the columns of a table of scored epitopes, after `Median MT`.
    pub(in crate::pvacseq) fn epitope_column(self) -> &'static str {
        match self {
            Self::Ic50 => "IC50 Score",
            Self::CombinedPercentile => "Percentile",
            Self::BindingPercentile => "IC50 Percentile",
            Self::ImmunogenicityPercentile => "Immunogenicity Percentile",
            Self::PresentationPercentile => "Presentation Percentile",
        }
    }

    /// Its name in the columns of an aggregated table, before `MT` and `WT`.
    pub(in crate::pvacseq) fn aggregated_column(self) -> &'static str {
        match self {
            Self::Ic50 => "IC50",
            Self::CombinedPercentile => "%ile",
            Self::BindingPercentile => "IC50 %ile",
            Self::ImmunogenicityPercentile => "IM %ile",
            Self::PresentationPercentile => "Pres %ile",
        }
    }
}

/// Which of the predictors' values stands for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Summary {
    /// Their median, of mutant and wild type each.
    Median,
    /// The mutant's lowest, and the wild type's of the same predictor.
    Lowest,
}

impl Summary {
    /// First word of its columns: of the mutant, of the wild type.
    pub(in crate::pvacseq) fn columns(self) -> (&'static str, &'static str) {
        match self {
            Self::Median => ("Median", "Median"),
            Self::Lowest => ("Best", "Corresponding"),
        }
    }
}

/// How many known metrics of a check must pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// All: pVACseq's "conservative".
    All,
    /// Any: pVACseq's "exploratory".
    Any,
}

/// What can make a transcript pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TranscriptFlag {
    /// The Ensembl canonical transcript of its gene.
    Canonical,
    /// The MANE Select transcript of its gene.
    ManeSelect,
    /// A transcript support level up to the limit; "Not Supported" (by the annotation) passes, NA does not.
    Tsl,
}

/// Metrics that pass or fail together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Name that tiers use.
    pub name: String,
    /// At least one.
    pub metrics: Vec<Metric>,
}

/// What tiers and preferences ask of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The check at this place of the rules' list.
    Metrics(usize),
    /// The coding sequence is complete.
    CompleteCds,
    /// The transcript's biotype is protein_coding.
    ProteinCoding,
    /// The transcript passes.
    Transcript,
    /// The change is not one of anchors alone, or the wild type does not bind.
    Anchor,
    /// Not subclonal.
    Clonal,
    /// The mutant allele is expressed above the limit.
    Expressed,
    /// It is expressed at all, or its gene is silent though RNA reads show it.
    LowExpression,
    /// Gene expression or RNA VAF is 0.
    NoExpression,
    /// The reference proteome does not have it.
    NoReferenceMatch,
    /// No residue is hard to make.
    NoProblematicPosition,
}

impl Condition {
    /// Those that are not checks of metrics, by name.
    pub(super) const NAMED: [(&str, Self); 10] = [
        ("complete_cds", Self::CompleteCds),
        ("protein_coding", Self::ProteinCoding),
        ("transcript", Self::Transcript),
        ("anchor", Self::Anchor),
        ("clonal", Self::Clonal),
        ("expressed", Self::Expressed),
        ("low_expression", Self::LowExpression),
        ("no_expression", Self::NoExpression),
        ("no_reference_match", Self::NoReferenceMatch),
        ("no_problematic_position", Self::NoProblematicPosition),
    ];

    /// Its name; checks of metrics have their own.
    pub(in crate::pvacseq) fn name(self) -> &'static str {
        let named = Self::NAMED.into_iter().find(|(_, condition)| *condition == self);
        named.map_or("metrics", |(name, _)| name)
    }

    /// Whether it can be asked of a row of scored epitopes.
    pub(super) fn is_of_epitope(self) -> bool {
        matches!(
            self,
            Self::CompleteCds
                | Self::ProteinCoding
                | Self::Transcript
                | Self::Anchor
                | Self::NoProblematicPosition
        )
    }

    /// Whether it can be asked of a row of an aggregated table.
    pub(super) fn is_of_variant(self) -> bool {
        !matches!(self, Self::CompleteCds | Self::ProteinCoding)
    }
}

/// What rows are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// The value.
    pub by: KeyValue,
    /// Highest first.
    pub descending: bool,
}

/// The value of a [`Key`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyValue {
    /// A metric of the mutant.
    Metric(Metric),
    /// A condition: rows that pass come first.
    Condition(Condition),
    /// MANE Select first.
    ManeSelect,
    /// Canonical first.
    Canonical,
    /// Support level; unknown and unsupported ones are 6.
    Tsl,
    /// Residues of the transcript's protein.
    TranscriptLength,
    /// Expression of the transcript, TPM.
    TranscriptExpression,
    /// Expression of the mutant allele, TPM.
    AlleleExpression,
    /// Gene symbol.
    Gene,
    /// Change of the protein.
    AaChange,
}

impl KeyValue {
    /// Those that are neither metrics nor conditions, by name.
    pub(super) const NAMED: [(&str, Self); 8] = [
        ("mane_select", Self::ManeSelect),
        ("canonical", Self::Canonical),
        ("tsl", Self::Tsl),
        ("transcript_length", Self::TranscriptLength),
        ("transcript_expression", Self::TranscriptExpression),
        ("allele_expression", Self::AlleleExpression),
        ("gene", Self::Gene),
        ("aa_change", Self::AaChange),
    ];

    /// Whether a row of scored epitopes has it.
    pub(super) fn is_of_epitope(self) -> bool {
        match self {
            Self::Condition(condition) => condition.is_of_epitope(),
            Self::AlleleExpression | Self::Gene | Self::AaChange => false,
            _ => true,
        }
    }

    /// Whether a row of an aggregated table has it.
    pub(super) fn is_of_variant(self) -> bool {
        matches!(self, Self::Metric(_) | Self::AlleleExpression | Self::Gene | Self::AaChange)
    }

    /// Whether it is text.
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Gene | Self::AaChange)
    }
}
