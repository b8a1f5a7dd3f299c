//! Makes the mutant protein of one annotation, and refuses an annotation that contradicts itself.

use super::Unusable;
use super::change::{self, Change, Mutant};
use crate::csq::{CsqFormat, Entry, Field};
use crate::hgvs;

/// A mutant protein with what the row says about it.
pub(crate) struct Mutated {
    pub(crate) mutant: Mutant,
    pub(crate) class: &'static str,
    pub(crate) position: i32,
    pub(crate) hgvs: Option<String>,
}

/// Applies Amino_acids to the wild type.
pub(crate) fn exchanged(entry: &Entry<'_>, wildtype: &str) -> Result<Mutated, Unusable> {
    check_protein(entry, wildtype)?;
    let change = Change::parse(entry.get(Field::AminoAcids), entry.get(Field::ProteinPosition));
    let change = change.filter(|change| change.alternative.is_ascii()).ok_or_else(|| {
        unusable(
            entry,
            "csq.no-change",
            "the annotation says that the protein changes, but Amino_acids or Protein_position do not say how",
        )
    })?;
    let mutant = change.apply(wildtype).ok_or_else(|| mismatch(entry))?;
    let trimmed = change.trimmed();
    Ok(Mutated {
        class: exchange_class(entry, &trimmed),
        position: if trimmed.reference.is_empty() {
            trimmed.start.max(1)
        } else {
            trimmed.start + 1
        } as i32,
        hgvs: hgvs::exchange(
            wildtype,
            trimmed.start,
            trimmed.reference,
            trimmed.alternative,
            trimmed.stop,
        ),
        mutant,
    })
}

fn exchange_class(entry: &Entry<'_>, trimmed: &Change<'_>) -> &'static str {
    let terms = entry.get(Field::Consequence);
    let (reference, alternative) = (trimmed.reference.len(), trimmed.alternative.len());
    if terms.contains("inframe_insertion") {
        "inframe_insertion"
    } else if terms.contains("inframe_deletion") {
        "inframe_deletion"
    } else if terms.contains("missense") || reference == alternative {
        if alternative > 1 { "mnv" } else { "missense" }
    } else if alternative > reference {
        "inframe_insertion"
    } else {
        "inframe_deletion"
    }
}

/// `None` where VEP could not follow the shifted frame (the variant reaches into an intron): the consequence is
/// known, its protein is not.
pub(crate) fn shifted(
    format: &CsqFormat,
    entry: &Entry<'_>,
    wildtype: &str,
) -> Result<Option<Mutated>, Unusable> {
    if !format.has_frameshift_sequence() {
        return Err(Unusable {
            remedy: "run Ensembl VEP with `--plugin Frameshift` of pVACtools as well",
            ..unusable(
                entry,
                "csq.no-frameshift-sequence",
                "the annotation has no FrameshiftSequence for a frameshift",
            )
        });
    }
    let sequence = entry.get(Field::FrameshiftSequence);
    if sequence.is_empty() {
        return Ok(None);
    }
    check_protein(entry, wildtype)?;
    let position = change::first_position(entry.get(Field::ProteinPosition)).unwrap_or(1);
    let mutant =
        change::frameshift(wildtype, sequence, position).filter(|mutant| mutant.protein.is_ascii());
    let mutant = mutant.ok_or_else(|| mismatch(entry))?;
    let first = change::shared_prefix(wildtype, &mutant.protein);
    let hgvs = hgvs::frameshift(wildtype, &mutant.protein, first);
    Ok(Some(Mutated { mutant, class: "frameshift", position: first as i32 + 1, hgvs }))
}

/// A wild type must be there, in one-letter codes, and without a stop inside.
fn check_protein(entry: &Entry<'_>, wildtype: &str) -> Result<(), Unusable> {
    if wildtype.is_empty() || !wildtype.is_ascii() {
        return Err(unusable(
            entry,
            "csq.no-wildtype",
            "the annotation has no WildtypeProtein for a changed protein",
        ));
    }
    if wildtype.contains('*') {
        return Err(unusable(
            entry,
            "csq.stop-in-wildtype",
            "WildtypeProtein has a stop before its end",
        ));
    }
    Ok(())
}

fn mismatch(entry: &Entry<'_>) -> Unusable {
    unusable(
        entry,
        "csq.protein-mismatch",
        "the wild-type protein does not hold the residues of Amino_acids at Protein_position",
    )
}

fn unusable(entry: &Entry<'_>, rule: &'static str, message: &'static str) -> Unusable {
    Unusable {
        transcript: entry.get(Field::Feature).to_owned(),
        rule,
        message,
        remedy: "annotate again with VEP, its plugins and cache of one Ensembl release; look at the transcript in Ensembl",
    }
}
