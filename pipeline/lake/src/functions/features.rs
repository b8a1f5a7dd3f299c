//! Features of a mutation that its own numbers tell.

use std::sync::Arc;

use arrow::array::{ArrayRef, AsArray, BooleanArray, Float64Array};
use arrow::datatypes::{DataType, Field, Fields, Int64Type};
use datafusion::common::Result;
use datafusion::logical_expr::ScalarUDF;
use vaxloom_immune::features::rna::{Share, rna_vaf};
use vaxloom_immune::features::{is_hotspot, manufacturability};

use super::documented::{Doc, documented};
use super::{function, structs, text};

const SHARE_LOWER: Doc = Doc {
    description: "The lower end of the 95 % interval of a share (Wilson's score interval): variant reads or fragments among all. NULL without a read.",
    syntax: "share_lower(variant, depth)",
};

const SHARE_UPPER: Doc = Doc {
    description: "The upper end of the 95 % interval of a share (Wilson's score interval): variant reads or fragments among all. NULL without a read.",
    syntax: "share_upper(variant, depth)",
};

const HOTSPOT: Doc = Doc {
    description: "Whether many tumours change this residue: a single-residue change (p.G12D) of a gene at a known hot spot, numbered on the MANE Select protein.",
    syntax: "hotspot(gene, protein_change)",
};

const MANUFACTURABILITY: Doc = Doc {
    description: "How hard a peptide is to synthesise: the eight measures that vaxrank and pVACseq report, as a struct. NULL below seven residues.",
    syntax: "manufacturability(peptide)",
};

/// `share_lower`, `share_upper`, `hotspot`, `manufacturability`.
pub(super) fn functions() -> Vec<ScalarUDF> {
    vec![
        documented(share("share_lower", |share| share.lower), &SHARE_LOWER),
        documented(share("share_upper", |share| share.upper), &SHARE_UPPER),
        documented(hotspot(), &HOTSPOT),
        documented(measures(), &MANUFACTURABILITY),
    ]
}

fn share(name: &str, pick: fn(Share) -> f64) -> ScalarUDF {
    let types = vec![DataType::Int64, DataType::Int64];
    function(name, types, DataType::Float64, move |arguments| {
        let counts = arguments[0].as_primitive::<Int64Type>().iter();
        let counts = counts.zip(arguments[1].as_primitive::<Int64Type>());
        let end = |(variant, depth): (Option<i64>, Option<i64>)| {
            let count = |number: Option<i64>| u32::try_from(number?).ok();
            rna_vaf(count(variant)?, count(depth)?).map(pick)
        };
        Ok(Arc::new(counts.map(end).collect::<Float64Array>()))
    })
}

fn hotspot() -> ScalarUDF {
    let types = vec![DataType::Utf8, DataType::Utf8];
    function("hotspot", types, DataType::Boolean, |arguments: &[ArrayRef]| -> Result<ArrayRef> {
        let rows = text(arguments, 0).iter().zip(text(arguments, 1));
        let known = |(gene, change): (Option<&str>, Option<&str>)| {
            let (residue, position) = changed(change?).unwrap_or_default();
            Some(is_hotspot(gene?, residue, position))
        };
        Ok(Arc::new(rows.map(known).collect::<BooleanArray>()))
    })
}

fn measures() -> ScalarUDF {
    let field = |(name, of): (&str, DataType)| Field::new(name, of, true);
    let columns = [
        ("cterm_7mer_gravy_score", DataType::Float64),
        ("max_7mer_gravy_score", DataType::Float64),
        ("difficult_n_terminal_residue", DataType::Boolean),
        ("c_terminal_cysteine", DataType::Boolean),
        ("c_terminal_proline", DataType::Boolean),
        ("cysteine_count", DataType::Int32),
        ("n_terminal_asparagine", DataType::Boolean),
        ("asparagine_proline_bond_count", DataType::Int32),
    ];
    let fields: Fields = columns.into_iter().map(field).collect();
    let returns = DataType::Struct(fields.clone());
    function("manufacturability", vec![DataType::Utf8], returns, move |arguments| {
        let rows = text(arguments, 0).iter().map(|peptide| manufacturability(peptide?));
        structs(&fields, rows.collect())
    })
}

/// The wild type's residue and its place in `p.G12D`; nothing for changes of another kind.
fn changed(change: &str) -> Option<(char, u32)> {
    let mut letters = change.strip_prefix("p.")?.chars();
    let (residue, mutant) = (letters.next()?, letters.next_back()?);
    let position = letters.as_str().parse().ok()?;
    (residue.is_ascii_uppercase() && mutant.is_ascii_uppercase()).then_some((residue, position))
}

#[cfg(test)]
mod tests {
    use super::changed;

    #[test]
    fn only_single_residues_have_a_place() {
        for (change, expected) in [
            ("p.G12D", Some(('G', 12))),
            ("p.V600E", Some(('V', 600))),
            ("p.R132*", None),
            ("p.E746_A750del", None),
            ("p.K2fs", None),
            ("G12D", None),
            ("p.", None),
        ] {
            assert_eq!(changed(change), expected, "{change}");
        }
    }
}
