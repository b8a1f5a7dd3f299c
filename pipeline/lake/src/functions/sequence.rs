//! From bases to residues, to the other strand, and to peptides.

use std::sync::Arc;

use arrow::array::{Array, AsArray, StringArray};
use arrow::datatypes::{DataType, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use vaxloom_genome::PeptideWindow;
use vaxloom_genome::reference::{self, GeneticCode};

use super::documented::{Doc, documented, overloaded};
use super::{answer_fields, external, function, lists, text, text_at};

const TRANSLATE: Doc = Doc {
    description: "The residues of a coding sequence, codon by codon from its first base: * for a stop, which does not end it, X for a codon with an unknown base; bases of an unfinished codon are left out. The code is 'standard' (NCBI table 1) or 'mitochondrial' (table 2, of vertebrates). With three arguments it is the translate of PostgreSQL, which exchanges characters.",
    syntax: "translate(dna [, code])",
};

const REVERSE_COMPLEMENT: Doc = Doc {
    description: "The other strand in its own direction. IUPAC's codes for several bases become those of the complements, case is kept, and what is no base stays.",
    syntax: "reverse_complement(dna)",
};

const PEPTIDES: Doc = Doc {
    description: "The peptides of min_length to max_length residues that hold a changed residue of a mutant protein (mutant_start to mutant_end, 1-based) and that the wild-type protein does not have, each with its place and, where residues are only exchanged, its wild-type partner. Without a mutant protein or a change there is none.",
    syntax: "peptides(wildtype_protein, mutant_protein, mutant_start, mutant_end, frameshift, min_length, max_length)",
};

/// `translate`, `reverse_complement`, `peptides`.
pub(super) fn functions() -> Vec<ScalarUDF> {
    vec![translate(), reverse_complement(), peptides()]
}

#[derive(Debug, thiserror::Error)]
enum SequenceError {
    #[error(
        "there is no genetic code {found:?}; expected 'standard' (NCBI table 1) or 'mitochondrial' (table 2)"
    )]
    Code { found: String },
    #[error("reverse_complement: the text has other letters than those of ASCII; expected bases")]
    Letters,
}

fn translate() -> ScalarUDF {
    let standard = function("translate", vec![DataType::Utf8], DataType::Utf8, |arguments| {
        let residues = |dna: &str| reference::translate(dna.as_bytes(), GeneticCode::Standard);
        let values = text(arguments, 0).iter().map(|dna| dna.map(residues));
        Ok(Arc::new(values.collect::<StringArray>()))
    });
    let by_code = function("translate", vec![DataType::Utf8; 2], DataType::Utf8, |arguments| {
        let pairs = text(arguments, 0).iter().zip(text(arguments, 1));
        let residues = |(dna, code): (Option<&str>, Option<&str>)| {
            let (Some(dna), Some(code)) = (dna, code) else { return Ok(None) };
            Ok(Some(reference::translate(dna.as_bytes(), genetic_code(code)?)))
        };
        Ok(Arc::new(pairs.map(residues).collect::<Result<StringArray>>()?))
    });
    let of_characters = datafusion::functions::unicode::translate();
    overloaded(vec![Arc::new(standard), Arc::new(by_code), of_characters], &TRANSLATE)
}

fn genetic_code(name: &str) -> Result<GeneticCode> {
    match name {
        "standard" => Ok(GeneticCode::Standard),
        "mitochondrial" => Ok(GeneticCode::VertebrateMitochondrial),
        other => Err(external(SequenceError::Code { found: other.to_owned() })),
    }
}

fn reverse_complement() -> ScalarUDF {
    let strand = |dna: &str| {
        String::from_utf8(reference::reverse_complement(dna.as_bytes()))
            .map_err(|_| external(SequenceError::Letters))
    };
    let types = vec![DataType::Utf8];
    let turned = function("reverse_complement", types, DataType::Utf8, move |arguments| {
        let values = text(arguments, 0).iter().map(|dna| dna.map(strand).transpose());
        Ok(Arc::new(values.collect::<Result<StringArray>>()?))
    });
    documented(turned, &REVERSE_COMPLEMENT)
}

fn peptides() -> ScalarUDF {
    let elsewhere = ["patient_id", "sample_id", "variant_id", "transcript", "gene", "run_id"];
    let fields = answer_fields("peptide", &elsewhere, false);
    let returns = vaxloom_tables::struct_type(&fields);
    let (protein, number) = (DataType::Utf8, DataType::Int64);
    let mut types = vec![protein.clone(), protein, number.clone(), number.clone()];
    types.extend([DataType::Boolean, number.clone(), number]);
    let cut = function("peptides", types, returns, move |arguments| {
        let number = |place: usize, row| {
            let numbers = arguments[place].as_primitive::<Int64Type>();
            numbers.is_valid(row).then(|| numbers.value(row))
        };
        let windows = |row| -> Option<Vec<PeptideWindow>> {
            let wildtype = text_at(text(arguments, 0), row).unwrap_or_default();
            let mutant = text_at(text(arguments, 1), row)?;
            let [start, end] = [number(2, row)?, number(3, row)?].map(|n| i32::try_from(n).ok());
            let frameshifts = arguments[4].as_boolean();
            let frameshift = frameshifts.is_valid(row) && frameshifts.value(row);
            let shortest = number(5, row)?.max(1) as usize;
            let longest = (number(6, row)?.max(0) as usize).min(mutant.len());
            let lengths = shortest..=longest;
            Some(vaxloom_genome::windows(mutant, wildtype, start?, end?, frameshift, lengths))
        };
        let rows: Vec<_> =
            (0..arguments[0].len()).map(|row| windows(row).unwrap_or_default()).collect();
        lists(&fields, &rows)
    });
    documented(cut, &PEPTIDES)
}
