//! The files that a design is handed out as: what each is called, and its bytes.

use std::fmt::Write;

use crate::design::Design;
use crate::draw::draw;
use crate::fasta::{coding_fasta, fasta};
use crate::genbank::{GenbankError, genbank};
use crate::manifest::manifest;
use crate::profile::Profile;

/// A file's name and content.
pub type File = (String, Vec<u8>);

/// For `stem`, the designs' patient or job: `STEM.mrna.fasta`, `STEM.cds.fasta`, `STEM.json` (everything, see
/// [`manifest`]), `STEM.candidates.tsv` (a line a molecule), `STEM.junctions.tsv` (a line a junctional binder); and for each
/// construct `CONSTRUCT.gb` and, where it is folded, `CONSTRUCT.svg`.
pub fn files(stem: &str, designs: &[Design], profile: &Profile) -> Result<Vec<File>, GenbankError> {
    let constructs: Vec<_> = designs.iter().map(|design| design.construct.clone()).collect();
    let named = |ending: &str, text: String| (format!("{stem}.{ending}"), text.into_bytes());
    let mut files = vec![
        named("mrna.fasta", fasta(&constructs)),
        named("cds.fasta", coding_fasta(&constructs)),
        named("json", manifest(designs, profile)),
        named("candidates.tsv", candidates(designs)),
        named("junctions.tsv", junctions(designs)),
    ];
    for design in designs {
        let id = &design.construct.construct_id;
        files.push((format!("{id}.gb"), genbank(&design.construct, profile)?));
        files.extend(
            draw(&design.construct, profile).map(|svg| (format!("{id}.svg"), svg.into_bytes())),
        );
    }
    Ok(files)
}

/// A line a molecule, for a spreadsheet.
fn candidates(designs: &[Design]) -> String {
    let mut text = String::from(
        "construct_id\trank\tusable\ton_front\tscore\texpected_value\tantigens\tstrong\tweak\tworst_percentile\t\
         linker_residues\tlength_nt\tcai\tenergy_kcal_mol\tmean_unpaired\tdegscore_per_base\torder_optimal\t\
         strong_in_every_order\tcodons\tstrategy\ttraded\n",
    );
    for design in designs {
        let construct = &design.construct;
        let shape = design.shape.as_ref();
        let number =
            |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.4}"));
        let unpaired = shape.map(|shape| shape.mean_unpaired(0..construct.mrna.len()));
        let cells = [
            construct.construct_id.clone(),
            construct.rank.to_string(),
            construct.checks_passed.to_string(),
            design.on_front.to_string(),
            number(Some(construct.score)),
            number(Some(construct.expected_value)),
            construct.genes.join(","),
            construct.junction_strong.to_string(),
            construct.junction_weak.to_string(),
            number(construct.worst_junction_percentile),
            construct.linker_residues().to_string(),
            construct.length_nt.to_string(),
            number(Some(construct.cai)),
            number(shape.map(|shape| shape.energy)),
            number(unpaired),
            number(shape.map(|shape| shape.degradation)),
            design.proof.optimal.to_string(),
            design.unavoidable.to_string(),
            design.codons.clone(),
            construct.strategy.clone(),
            design.traded.clone(),
        ];
        // Writing to a string cannot fail.
        _ = writeln!(text, "{}", cells.map(|cell| cell.replace(['\t', '\n'], " ")).join("\t"));
    }
    text
}

/// A line a junctional binder.
fn junctions(designs: &[Design]) -> String {
    let mut text = String::from("construct_id\tfirst_residue\tpeptide\tpercentile\tallele\n");
    for design in designs {
        for binder in &design.binders {
            _ = writeln!(
                text,
                "{}\t{}\t{}\t{:.4}\t{}",
                design.construct.construct_id,
                binder.start,
                binder.peptide,
                binder.percentile,
                binder.allele.as_deref().unwrap_or("")
            );
        }
    }
    text
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::*;
    use crate::design::tests::{antigens, designed_with};
    use crate::joint::tests::ByText;
    use crate::shape::tests::Pairing;

    #[test]
    fn every_file_is_there_and_every_line_has_its_cells() {
        let profile = Profile::built_in("inest").unwrap();
        let designs = designed_with(antigens(6), &profile, &ByText, Some(&Pairing)).unwrap();
        let files = files("P1", &designs, &profile).unwrap();
        assert_eq!(files, super::files("P1", &designs, &profile).unwrap());
        assert_eq!(files.len(), 5 + 2 * designs.len());
        let text = |name: &str| {
            let (_, bytes) = files.iter().find(|(file, _)| file == name).unwrap();
            String::from_utf8(bytes.clone()).unwrap()
        };
        for table in ["P1.candidates.tsv", "P1.junctions.tsv"] {
            let table = text(table);
            let cells: Vec<usize> = table.lines().map(|line| line.split('\t').count()).collect();
            assert!(cells.iter().all(|count| *count == cells[0]), "{cells:?}");
        }
        let binders: usize = designs.iter().map(|design| design.binders.len()).sum();
        assert_eq!(text("P1.junctions.tsv").lines().count(), 1 + binders);
        assert_eq!(text("P1.cds.fasta").matches('>').count(), designs.len());
        assert!(text("P1-C1.svg").starts_with("<svg") && text("P1-C1.gb").starts_with("LOCUS"));
    }
}
