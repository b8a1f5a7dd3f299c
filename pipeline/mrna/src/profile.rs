//! A profile: everything of a construct that does not depend on the patient, read from TOML and checked.
//!
//! Every sequence is a fact with a name, a source and how certain it is. Loading checks alphabets and lengths, and scans
//! the fixed parts as they will stand next to each other: a forbidden motif inside one is an error unless the motif
//! lists the part under `allowed_in`.

mod check;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::motif::Motif;

/// A named sequence with its origin.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Short name, unique in a profile.
    pub name: String,
    /// DNA (`ACGT`) or protein (one-letter) text, upper-case.
    pub sequence: String,
    /// Where the sequence was first published or deposited.
    pub source: String,
    /// How certain the sequence is.
    pub certainty: String,
}

/// The fixed side of a construct. Field names are those of the TOML file.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Name of the profile.
    pub name: String,
    /// Uridine or what takes its place in transcription.
    pub nucleoside: String,
    /// The cap.
    pub cap: String,
    /// The most antigens of one molecule, at most [`crate::order::MOST_PEPTIDES`].
    pub max_peptides: usize,
    /// Molecules of a patient, 1 or 2.
    #[serde(default = "one")]
    pub molecules: usize,
    /// The longest mRNA allowed, poly(A) included, nt.
    pub max_length_nt: usize,
    /// How many bases at the promoter's end are transcribed.
    pub promoter_transcribed: usize,
    /// Copies of the 3' UTR, head to tail.
    pub utr3_copies: usize,
    /// Promoter, transcribed start included.
    pub promoter: Part,
    /// 5' untranslated region.
    pub utr5: Part,
    /// Bases between `utr5` and the start codon, where they are a part of their own.
    pub kozak: Option<Part>,
    /// Signal peptide (protein, begins with M); without one the protein begins with a bare M.
    pub signal: Option<Part>,
    /// Linkers allowed between antigens (protein), the first of them none.
    pub linkers: Vec<Part>,
    /// Trafficking domain at the protein's end.
    pub trafficking: Option<Part>,
    /// One stop codon or several.
    pub stop: Part,
    /// 3' untranslated region, one copy.
    pub utr3: Part,
    /// Poly(A), linker included where it is segmented.
    pub poly_a: Part,
    /// Sequences kept out of the template.
    pub forbidden: Vec<Motif>,
    /// The longest run allowed of each base (`A`, `C`, `G`, `T`) outside the poly(A).
    pub longest_run: BTreeMap<char, usize>,
    /// Limits of the final molecule.
    #[serde(default)]
    pub limits: Limits,
}

/// Limits that the checks of the final molecule hold it to: engineering defaults, each with its reason.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Share of G and C in windows of the coding sequence.
    pub gc_window: GcWindow,
    /// The longest helix without a break, base pairs: longer double strands wake innate sensors (VaxPress counts from 27 on).
    pub longest_helix: usize,
    /// Start codons before the start codon.
    pub upstream_aug: usize,
    /// The least mean probability that a base of the start codon is unpaired, 0 to 1; 0: looked at, never a fault.
    pub start_unpaired: f64,
}

impl Default for Limits {
    fn default() -> Self {
        let gc_window = GcWindow::default();
        Self { gc_window, longest_helix: 26, upstream_aug: 0, start_unpaired: 0.0 }
    }
}

/// Limits on the share of G and C in windows, percent, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GcWindow {
    /// Bases of a window.
    pub length: usize,
    /// The least share.
    pub low: usize,
    /// The most.
    pub high: usize,
}

impl Default for GcWindow {
    /// 20 to 80 % of 50 bases: what synthesis copes with.
    fn default() -> Self {
        Self { length: 50, low: 20, high: 80 }
    }
}

fn one() -> usize {
    1
}

/// Why a profile cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// Not TOML, or not these fields.
    #[error("{file}: {message}")]
    Toml {
        /// The file.
        file: String,
        /// What the reader found, with line and column.
        message: String,
    },
    /// A value that cannot be.
    #[error("{file}: {place}: found {found}, expected {expected}")]
    Value {
        /// The file.
        file: String,
        /// The key, or the part's name.
        place: String,
        /// What is there.
        found: String,
        /// What should be.
        expected: String,
    },
    /// A forbidden motif in the fixed sequence.
    #[error(
        "{file}: {motif} lies in {part}, bases {first} to {last} of it; take another part, or list the part in the motif's allowed_in"
    )]
    MotifInPart {
        /// The file.
        file: String,
        /// The motif's name.
        motif: String,
        /// The part, or the parts on whose border it lies.
        part: String,
        /// 1-based, counted from the first base of the first of these parts.
        first: usize,
        /// Last base.
        last: usize,
    },
    /// No built-in profile of that name.
    #[error("no built-in profile '{0}'; there are inest and cov, or give a TOML file")]
    Unknown(String),
}

impl Profile {
    /// Reads and checks a profile; `file_name` is for messages.
    pub fn parse(file_name: &str, text: &str) -> Result<Self, ProfileError> {
        let profile: Self = toml::from_str(text).map_err(|error| ProfileError::Toml {
            file: file_name.to_owned(),
            message: error.to_string(),
        })?;
        check::check(file_name, &profile)?;
        Ok(profile)
    }

    /// A profile that comes with the program: `inest` or `cov`.
    pub fn built_in(name: &str) -> Result<Self, ProfileError> {
        match name {
            "inest" => Self::parse("profiles/inest.toml", include_str!("../profiles/inest.toml")),
            "cov" => Self::parse("profiles/cov.toml", include_str!("../profiles/cov.toml")),
            _ => Err(ProfileError::Unknown(name.to_owned())),
        }
    }

    /// The first residues of every protein: the signal peptide, or a bare M.
    pub fn head(&self) -> &str {
        self.signal.as_ref().map_or("M", |part| &part.sequence)
    }

    /// The last residues of every protein: the trafficking domain, or nothing.
    pub fn tail(&self) -> &str {
        self.trafficking.as_ref().map_or("", |part| &part.sequence)
    }

    /// Fixed DNA before the start codon, in order.
    pub fn left_parts(&self) -> Vec<&Part> {
        let parts = [Some(&self.promoter), Some(&self.utr5), self.kozak.as_ref()];
        parts.into_iter().flatten().collect()
    }

    /// Fixed DNA behind the last residue's codon, in order: stop, 3' UTR copies, poly(A).
    pub fn right_parts(&self) -> Vec<&Part> {
        let mut parts = vec![&self.stop];
        parts.extend(vec![&self.utr3; self.utr3_copies]);
        parts.push(&self.poly_a);
        parts
    }

    /// Bases of the template before the first transcribed one.
    pub fn untranscribed(&self) -> usize {
        self.promoter.sequence.len() - self.promoter_transcribed
    }

    /// Runs one longer than allowed, as motifs.
    pub fn runs(&self) -> Vec<Motif> {
        let run = |(base, longest): (&char, &usize)| Motif {
            name: format!("run of more than {longest} {base}"),
            sequence: base.to_string().repeat(longest + 1),
            both_strands: false,
            reason: "long runs slip in synthesis and transcription".to_owned(),
            allowed_in: Vec::new(),
        };
        self.longest_run.iter().map(run).collect()
    }

    /// Everything that the design of a coding sequence keeps out: the forbidden motifs and the runs.
    pub fn motifs(&self) -> Vec<Motif> {
        [self.forbidden.clone(), self.runs()].concat()
    }

    /// A line for each place where a fixed part holds a motif that is tolerated there.
    pub fn notes(&self) -> Vec<String> {
        check::tolerated(self)
    }
}

/// The sequences of `parts` joined.
pub(crate) fn joined(parts: &[&Part]) -> String {
    parts.iter().map(|part| part.sequence.as_str()).collect()
}
