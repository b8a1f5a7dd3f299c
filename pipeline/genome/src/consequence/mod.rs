//! From a VEP annotation to what each transcript makes of a variant: wild-type and mutant protein.
//!
//! The wild type is VEP's WildtypeProtein. A mutant is made by applying Amino_acids at Protein_position, after
//! checking that the wild type holds there what VEP says; a frameshift's is VEP's FrameshiftSequence. Both
//! plugins belong to pVACtools (<https://github.com/griffithlab/pVACtools>).

mod change;
mod class;
mod compare;
mod mutated;

use std::borrow::Cow;

use serde::Serialize;

use crate::csq::{CsqFormat, Entry, Field};
use crate::windows::{self, Cut};
use crate::{Quarantined, hgvs};
use change::Change;
use class::Class;
pub use compare::{Comparison, Disagreement, What, compare};

/// What a variant does to one transcript. Text is borrowed from the reference where it can be.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Consequence<'a> {
    /// Symbol, or the gene's identifier where it has none.
    pub gene: Cow<'a, str>,
    /// Identifier of the gene (Ensembl).
    pub gene_id: Cow<'a, str>,
    /// Identifier of the transcript, with the version that VEP gave.
    pub transcript: Cow<'a, str>,
    /// Ensembl biotype; only `protein_coding` is expected to be translated in full.
    pub biotype: Cow<'a, str>,
    /// Whether this is the gene's canonical transcript (Ensembl).
    pub canonical: bool,
    /// Whether this is the MANE Select transcript.
    pub mane_select: bool,
    /// Transcript support level, 1 (best) to 5.
    pub tsl: Option<i32>,
    /// `cds_start_NF`, `cds_end_NF`: ends of the coding sequence that were not found.
    pub cds_flags: Option<Cow<'a, str>>,
    /// Sequence Ontology terms, joined by `&`.
    pub consequence: Cow<'a, str>,
    /// `missense`, `mnv`, `inframe_insertion`, `inframe_deletion`, `frameshift`: these can have a mutant protein;
    /// `stop_gained`, `stop_lost`, `start_lost`, `synonymous`, `splice`, `noncoding`, `other`: these have none.
    pub variant_class: Cow<'a, str>,
    /// HGVS at the genome; computed from the reference only.
    pub hgvs_g: Option<Cow<'a, str>>,
    /// HGVS at the transcript, escapes undone.
    pub hgvs_c: Option<Cow<'a, str>>,
    /// HGVS at the protein, escapes undone.
    pub hgvs_p: Option<Cow<'a, str>>,
    /// The protein change in short form, e.g. `p.G12D`.
    pub protein_change: Option<Cow<'a, str>>,
    /// First residue of the wild type that changes, 1-based; for an insertion the residue before it.
    pub protein_position: Option<i32>,
    /// VEP's Amino_acids, e.g. `G/D`.
    pub amino_acids: Option<Cow<'a, str>>,
    /// VEP's Codons, e.g. `gGt/gAt`.
    pub codons: Option<Cow<'a, str>>,
    /// The protein without the variant.
    pub wildtype_protein: Option<Cow<'a, str>>,
    /// The protein with it, up to its first stop.
    pub mutant_protein: Option<Cow<'a, str>>,
    /// First changed residue of the mutant protein, 1-based; `None` where nothing in it is new.
    pub mutant_start: Option<i32>,
    /// Last changed residue, inclusive. Of a pure deletion, start and end are the residues that became neighbours.
    pub mutant_end: Option<i32>,
    /// The variants that made `mutant_protein` together, `chrom:pos:ref:alt`, joined by `+`.
    pub haplotype: Option<Cow<'a, str>>,
    /// Other calls within 30 bases of which it is not known whether they lie on the same copy of the chromosome.
    pub unphased_neighbours: Option<i32>,
    /// The consequence in the words of `bcftools csq`, entries joined by `,`; computed from the reference only.
    pub bcsq: Option<Cow<'a, str>>,
    /// What VEP's annotation says otherwise, where the caller has compared them: [`compare()`].
    pub disagreement: Option<Cow<'a, str>>,
    /// What the user should know of the row.
    pub note: Option<Cow<'a, str>>,
    /// The first residue whose codon the variant touches, 1-based, as VEP's Protein_position says it; it can lie
    /// before `protein_position`. For [`Self::flank_windows`]; not a column.
    #[serde(skip)]
    pub annotated_position: Option<i32>,
}

/// A variant's place and alleles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VariantKey<'a> {
    /// Sequence name as in the VCF.
    pub chrom: &'a str,
    /// 1-based position of the first base of `ref_allele`.
    pub pos: i64,
    /// REF.
    pub ref_allele: &'a str,
    /// The one ALT allele.
    pub alt_allele: &'a str,
}

/// An annotation that must not be used: a mutant protein made from it would be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unusable {
    /// Transcript of the entry; empty where it could not be read.
    pub transcript: String,
    /// Stable name of the rule, e.g. `csq.protein-mismatch`.
    pub rule: &'static str,
    /// What was found and what was expected.
    pub message: &'static str,
    /// What to do about it.
    pub remedy: &'static str,
}

impl Unusable {
    /// The row for the quarantine; `source_line` is the variant's.
    pub fn quarantined(&self, source_file: &str, source_line: i64) -> Quarantined {
        Quarantined {
            stage: "variants".to_owned(),
            patient_id: None,
            source_file: source_file.to_owned(),
            source_line,
            path: format!("INFO/CSQ/{}", self.transcript),
            rule: self.rule.to_owned(),
            message: self.message.to_owned(),
            remedy: self.remedy.to_owned(),
        }
    }
}

/// One consequence for each entry of `annotation`, the CSQ entries of one allele joined by `,`, in their order.
pub fn consequences(
    format: &CsqFormat,
    variant_key: VariantKey<'_>,
    annotation: &str,
) -> Vec<Result<Consequence<'static>, Unusable>> {
    let entries = annotation.split(',').filter(|entry| !entry.is_empty());
    entries.map(|text| one_consequence(format, variant_key, text)).collect()
}

impl Consequence<'_> {
    /// The row with text of its own.
    pub fn into_owned(self) -> Consequence<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        let own_some = |text: Option<Cow<'_, str>>| text.map(own);
        Consequence {
            gene: own(self.gene),
            gene_id: own(self.gene_id),
            transcript: own(self.transcript),
            biotype: own(self.biotype),
            cds_flags: own_some(self.cds_flags),
            consequence: own(self.consequence),
            variant_class: own(self.variant_class),
            hgvs_g: own_some(self.hgvs_g),
            hgvs_c: own_some(self.hgvs_c),
            hgvs_p: own_some(self.hgvs_p),
            protein_change: own_some(self.protein_change),
            amino_acids: own_some(self.amino_acids),
            codons: own_some(self.codons),
            wildtype_protein: own_some(self.wildtype_protein),
            mutant_protein: own_some(self.mutant_protein),
            haplotype: own_some(self.haplotype),
            bcsq: own_some(self.bcsq),
            disagreement: own_some(self.disagreement),
            note: own_some(self.note),
            canonical: self.canonical,
            mane_select: self.mane_select,
            tsl: self.tsl,
            protein_position: self.protein_position,
            mutant_start: self.mutant_start,
            mutant_end: self.mutant_end,
            unphased_neighbours: self.unphased_neighbours,
            annotated_position: self.annotated_position,
        }
    }

    /// The wild-type and mutant windows that `pvacseq generate_protein_fasta` writes with `flank` residues at each
    /// side: counted from VEP's own span of the change, with up to 1,000 residues of a frameshift.
    /// `None` where there is nothing new, or a residue that predictors do not know.
    pub fn flank_windows(&self, flank: usize) -> Option<(String, String)> {
        let (wildtype, mutant) =
            (self.wildtype_protein.as_deref()?, self.mutant_protein.as_deref()?);
        let position = usize::try_from(self.annotated_position?).ok()?;
        let frameshift = self.variant_class == "frameshift";
        if frameshift {
            return windows::cut_frameshift(wildtype, mutant, position.checked_sub(1)?, flank);
        }
        let change = Change::parse(self.amino_acids.as_deref()?, &position.to_string())?;
        let cut = Cut {
            start: change.start,
            reference: change.reference.len(),
            alternative: change.alternative,
            stop: change.stop,
            span: if self.variant_class == "inframe_insertion" {
                change.alternative.len()
            } else {
                change.reference.len()
            },
        };
        windows::cut_exchange(wildtype, &cut, flank)
    }
}

/// What the annotation states, one row for each entry that can be read: where it must not be used, or lacks what a mutant
/// protein is made of, the row has none.
pub fn stated(
    format: &CsqFormat,
    key: VariantKey<'_>,
    annotation: &str,
) -> Vec<Consequence<'static>> {
    let entries = annotation.split(',').filter_map(|text| Some((text, format.entry(text)?)));
    entries
        .map(|(text, entry)| {
            let class = Class::of(entry.get(Field::Consequence), key);
            one_consequence(format, key, text).unwrap_or_else(|_| described(&entry, class))
        })
        .collect()
}

fn one_consequence(
    format: &CsqFormat,
    key: VariantKey<'_>,
    text: &str,
) -> Result<Consequence<'static>, Unusable> {
    let entry = format.entry(text).ok_or(Unusable {
        transcript: String::new(),
        rule: "csq.fields",
        message: "the CSQ entry has another number of fields than the header's Format",
        remedy: "annotate again with one VEP run, or restore the header that belongs to these records",
    })?;
    let class = Class::of(entry.get(Field::Consequence), key);
    let wildtype = entry.get(Field::WildtypeProtein);
    let mut row = described(&entry, class);
    let mutated = match class {
        Class::Other(_) => None,
        Class::Frameshift => mutated::shifted(format, &entry, wildtype)?,
        _ => Some(mutated::exchanged(&entry, wildtype)?),
    };
    if let Some(mutated) = mutated {
        row.protein_position = Some(mutated.position);
        row.protein_change = row.protein_change.or(mutated.hgvs.map(Cow::Owned));
        row.variant_class = Cow::Borrowed(mutated.class);
        row.mutant_start = mutated.mutant.changed.map(|(start, _)| start);
        row.mutant_end = mutated.mutant.changed.map(|(_, end)| end);
        row.mutant_protein = Some(Cow::Owned(mutated.mutant.protein));
        row.haplotype = Some(Cow::Owned(format!(
            "{}:{}:{}:{}",
            key.chrom, key.pos, key.ref_allele, key.alt_allele
        )));
    }
    Ok(row)
}

/// The row as VEP has it, without a mutant protein.
fn described(entry: &Entry<'_>, class: Class) -> Consequence<'static> {
    let text = |field| {
        let value = Some(entry.get(field)).filter(|value| !value.is_empty());
        value.map(|value| Cow::Owned(value.to_owned()))
    };
    let owned = |field| Cow::Owned(entry.get(field).to_owned());
    let unescaped = |field| {
        let value = Some(entry.get(field)).filter(|value| !value.is_empty());
        value.map(|value| Cow::Owned(hgvs::unescape(value)))
    };
    let position =
        change::first_position(entry.get(Field::ProteinPosition)).map(|position| position as i32);
    let hgvs_p: Option<Cow<'static, str>> = unescaped(Field::HgvsP);
    let gene_id: Cow<'static, str> = owned(Field::Gene);
    Consequence {
        gene: text(Field::Symbol).unwrap_or_else(|| gene_id.clone()),
        gene_id,
        transcript: owned(Field::Feature),
        biotype: owned(Field::Biotype),
        canonical: entry.get(Field::Canonical) == "YES",
        mane_select: !entry.get(Field::ManeSelect).is_empty(),
        tsl: support_level(entry.get(Field::Tsl)),
        cds_flags: text(Field::Flags),
        consequence: owned(Field::Consequence),
        variant_class: Cow::Borrowed(class_name(class)),
        hgvs_g: None,
        hgvs_c: unescaped(Field::HgvsC),
        protein_change: hgvs_p
            .as_deref()
            .and_then(hgvs::short_form)
            .or_else(|| unmutated_change(entry, class))
            .map(Cow::Owned),
        hgvs_p,
        protein_position: position,
        amino_acids: text(Field::AminoAcids),
        codons: text(Field::Codons),
        wildtype_protein: text(Field::WildtypeProtein),
        mutant_protein: None,
        mutant_start: None,
        mutant_end: None,
        haplotype: None,
        unphased_neighbours: None,
        bcsq: None,
        disagreement: None,
        note: None,
        annotated_position: position,
    }
}

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Substitution => "missense",
        Class::InframeInsertion => "inframe_insertion",
        Class::InframeDeletion => "inframe_deletion",
        Class::Frameshift => "frameshift",
        Class::Other(name) => name,
    }
}

/// `1`, or `1 (assigned to previous version 4)`.
fn support_level(tsl: &str) -> Option<i32> {
    tsl.split(' ').next()?.parse().ok()
}

/// The short form of changes that have no mutant protein, where VEP ran without `--hgvs`.
fn unmutated_change(entry: &Entry<'_>, class: Class) -> Option<String> {
    let position = change::first_position(entry.get(Field::ProteinPosition))?;
    let amino_acids = entry.get(Field::AminoAcids);
    let reference = amino_acids.chars().next().filter(char::is_ascii_uppercase)?;
    match class {
        Class::Other("stop_gained") if amino_acids.ends_with("/*") && amino_acids.len() == 3 => {
            Some(format!("p.{reference}{position}*"))
        }
        Class::Other("synonymous") if amino_acids.len() == 1 => {
            Some(format!("p.{reference}{position}="))
        }
        Class::Other("start_lost") => Some(format!("p.{reference}{position}?")),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
