//! Everything about a patient's candidate molecules as JSON, with the SHA-256 of each sequence.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::design::{Design, OBJECTIVE_LAMBDA};
use crate::element::elements;
use crate::order::{JointCost, Proof};
use crate::profile::{Part, Profile};
use crate::shape::Shape;
use crate::verify::Binder;

/// The manifest of `designs`, all of `profile`. Ends with a line break; the same designs give the same bytes.
pub fn manifest(designs: &[Design], profile: &Profile) -> String {
    let document = json!({
        "notice": "Research use. Not a medical device. A person decides what is made.",
        "profile": parts(profile),
        "ranked_by": format!(
            "checks passed; expected value / (1 + 0.02 strong + 0.005 weak + 0.0002 linker residues); strong and weak \
             junctional binders; energy - {OBJECTIVE_LAMBDA} x codons x ln(codon adaptation); length; text"
        ),
        "front_of": ["expected value", "strong binders", "weak binders", "linker residues",
                     "codon adaptation", "energy per nt"],
        "constructs": designs.iter().map(|design| construct(design, profile)).collect::<Vec<_>>(),
    });
    format!("{document:#}\n")
}

fn construct(design: &Design, profile: &Profile) -> Value {
    let construct = &design.construct;
    json!({
        "construct_id": construct.construct_id,
        "rank": construct.rank,
        "usable": construct.checks_passed,
        "on_front": design.on_front,
        "score": construct.score,
        "reason": construct.reason,
        "beside_rank_1": design.traded,
        "strategy": construct.strategy,
        "codons": design.codons,
        "order": proof(&design.proof),
        "strong_binder_in_every_order": design.unavoidable,
        "antigens": construct.genes.iter().zip(&construct.peptides)
            .map(|(name, peptide)| json!({ "name": name, "peptide": peptide })).collect::<Vec<_>>(),
        "linkers": construct.linkers,
        "expected_value": construct.expected_value,
        "junction_strong": construct.junction_strong,
        "junction_weak": construct.junction_weak,
        "worst_junction_percentile": construct.worst_junction_percentile,
        "junctional_binders": design.binders.iter().map(binder).collect::<Vec<_>>(),
        "length_nt": construct.length_nt,
        "codon_adaptation_index": construct.cai,
        "gc_percent": construct.gc_percent,
        "uridine_percent": construct.uridine_percent,
        "shape": design.shape.as_ref().map(shape),
        "protein": construct.protein,
        "coding_sequence": construct.coding_sequence,
        "mrna": construct.mrna,
        "template": construct.template,
        "sha256": {
            "mrna": sha256(&construct.mrna),
            "template": construct.template.as_deref().map(sha256),
        },
        "elements": elements(construct, profile),
        "checks": construct.checks,
    })
}

fn proof(proof: &Proof) -> Value {
    json!({
        "optimal": proof.optimal,
        "method": proof.method.to_string(),
        "steps": proof.steps,
        "no_order_below": cost(&proof.bound),
    })
}

fn cost(cost: &JointCost) -> Value {
    json!({
        "strong": cost.strong,
        "weak": cost.weak,
        "worst_percentile": crate::joint::percentile_of(cost.worst),
        "linker_residues": cost.linker_length,
        "sum": cost.sum,
    })
}

fn binder(binder: &Binder) -> Value {
    json!({
        "peptide": binder.peptide,
        "first_residue": binder.start,
        "percentile": binder.percentile,
        "allele": binder.allele,
    })
}

fn shape(shape: &Shape) -> Value {
    json!({
        "structure": shape.structure,
        "energy_kcal_mol": shape.energy,
        "mean_unpaired": shape.mean_unpaired(0..shape.unpaired.len()),
        "longest_helix": shape.longest_helix().0,
        "degscore_per_base": shape.degradation,
    })
}

fn parts(profile: &Profile) -> Value {
    let part = |part: &Part| {
        json!({
            "name": part.name,
            "sequence": part.sequence,
            "source": part.source,
            "certainty": part.certainty,
        })
    };
    let right = [&profile.stop, &profile.utr3, &profile.poly_a].map(part);
    json!({
        "name": profile.name,
        "cap": profile.cap,
        "nucleoside": profile.nucleoside,
        "utr3_copies": profile.utr3_copies,
        "left": profile.left_parts().into_iter().map(part).collect::<Vec<_>>(),
        "signal": profile.signal.as_ref().map(part),
        "linkers": profile.linkers.iter().map(part).collect::<Vec<_>>(),
        "trafficking": profile.trafficking.as_ref().map(part),
        "right": right,
        "tolerated": profile.notes(),
    })
}

fn sha256(text: &str) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or('0');
    let digits = |byte: &u8| [digit(byte >> 4), digit(byte & 15)];
    Sha256::digest(text.as_bytes()).iter().flat_map(digits).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::design::tests::{antigens, designed_with};
    use crate::joint::tests::ByText;
    use crate::shape::tests::Pairing;

    #[test]
    fn a_manifest_reads_back() {
        let profile = Profile::built_in("inest").unwrap();
        let designs = designed_with(antigens(5), &profile, &ByText, Some(&Pairing)).unwrap();
        let text = manifest(&designs, &profile);
        assert_eq!(text, manifest(&designs, &profile));
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["constructs"].as_array().unwrap().len(), designs.len());
        for (row, design) in read["constructs"].as_array().unwrap().iter().zip(&designs) {
            assert_eq!(row["mrna"], design.construct.mrna);
            assert_eq!(
                row["shape"]["structure"].as_str().unwrap().len(),
                design.construct.mrna.len()
            );
            assert_eq!(row["order"]["optimal"], true);
            let binders = row["junctional_binders"].as_array().unwrap().len();
            let counted = design.construct.junction_strong + design.construct.junction_weak;
            assert_eq!(binders, counted as usize);
        }
        assert_eq!(sha256("").get(..16), Some("e3b0c44298fc1c14"));
    }
}
