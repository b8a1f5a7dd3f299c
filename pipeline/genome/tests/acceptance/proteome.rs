//! pVACtools' search of a small proteome (calculate_reference_proteome_similarity, by peptide FASTA): its matches are
//! windows of a peptide with at least eight residues in common with a protein.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use vaxloom_genome::Proteome;

use crate::shared;

/// Residues of a match.
const LENGTH: usize = 8;

/// Protein, peptide and 1-based position.
type Match = (String, String, u32);

/// Rows of a table of `refsim`, as cells by column.
fn rows(table: &str) -> Vec<BTreeMap<String, String>> {
    let path = shared("manufacturability/refsim").unwrap().join(table);
    let text = fs::read_to_string(path).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned));
    let columns: Vec<String> = lines.next().unwrap().collect();
    lines.map(|cells| columns.iter().cloned().zip(cells).collect()).collect()
}

fn cell<'a>(row: &'a BTreeMap<String, String>, names: &[&str]) -> &'a str {
    names.iter().find_map(|&name| row.get(name)).unwrap()
}

fn parts(peptide: &str) -> impl Iterator<Item = &str> {
    (LENGTH..=peptide.len()).map(|end| &peptide[end - LENGTH..end])
}

fn found(proteome: &Proteome, peptide: &str) -> BTreeSet<Match> {
    parts(peptide)
        .flat_map(|part| {
            proteome.occurrences(part).map(|at| (at.protein.to_owned(), part.to_owned(), at.start))
        })
        .collect()
}

/// Checks every match of `table`, and every peptide without one; `whole` where pVACtools looked at whole peptides, not
/// only at what holds the mutation. Returns the number of matches.
fn check(proteome: &Proteome, table: &str, whole: bool) -> usize {
    let mut expected: BTreeMap<String, BTreeSet<Match>> = BTreeMap::new();
    let matches = rows(&format!("{table}.reference_matches"));
    for row in &matches {
        let (protein, window) = (cell(row, &["Hit ID"]), cell(row, &["Match Window"]));
        let start: u32 = cell(row, &["Match Start"]).parse().unwrap();
        let definition = cell(row, &["Hit Definition"]);
        let gene = definition.split("gene_symbol:").nth(1).and_then(|rest| rest.split(' ').next());
        assert!(
            proteome
                .occurrences(window)
                .any(|at| (at.protein, at.gene, at.start) == (protein, gene, start)),
            "{table}: {window} at {start} of {protein}"
        );
        let all = expected.entry(cell(row, &["Peptide"]).to_owned()).or_default();
        all.extend(
            (start..)
                .zip(parts(window))
                .map(|(at, part)| (protein.to_owned(), part.to_owned(), at)),
        );
    }
    for (peptide, expected) in &expected {
        let found = found(proteome, peptide);
        assert!(
            found.is_superset(expected) && (!whole || found == *expected),
            "{table}: {peptide}"
        );
    }
    for row in
        rows(table).iter().filter(|row| cell(row, &["Reference Match", "Ref Match"]) == "False")
    {
        let epitope = cell(row, &["MT Epitope Seq", "Epitope Seq", "Best Peptide"]);
        assert!(found(proteome, epitope).is_empty(), "{table}: {epitope}");
    }
    matches.len()
}

#[test]
fn matches_of_pvactools() {
    let Some(folder) = shared("manufacturability") else { return };
    let name = "Homo_sapiens.GRCh38.pep.short.fa.gz";
    let (proteome, report) = Proteome::read_fasta(&folder.join(name), name).unwrap();
    assert_eq!([report.records, report.new, report.merged, report.repeated], [1662, 1135, 526, 1]);
    assert!(report.ambiguous.is_empty() && report.quarantined.is_empty());
    let tables = [
        ("output.pvacbind.all_epitopes.tsv", true, 223),
        ("output.peptide_fasta.tsv", false, 6),
        ("output.aggregated.peptide_fasta.tsv", false, 10),
        ("output.missing_sequence.aggregated.tsv", false, 10),
        ("output.peptide_fasta.pvacsplice.tsv", false, 0),
        ("output.pvacsplice.aggregated.peptide_fasta.tsv", false, 0),
    ];
    for (table, whole, matches) in tables {
        assert_eq!(check(&proteome, table, whole), matches, "{table}");
    }
}
