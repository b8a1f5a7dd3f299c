//! HCC1395's best peptides beside pVACseq's: how many are the same, or share seven residues where they stand in the mutant
//! protein, and a list of the rest with both sides' scores.
//!
//! Our predictor is put in the place of pVACseq's (`best_peptides.sql`): its lengths (8 and 9), its preferred transcripts and
//! its anchor rule. The order is the combined percentile, the mean over presentation and affinity, so that both of our heads count;
//! pVACseq's is the median IC50, since version 7 together with the combined percentile. The product's own `best_peptide`
//! answers another question (8 to 11 residues, one transcript, presentation alone); its share is measured too.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::io::Read;
use std::path::Path;

use crate::harness::{repository, rows, shared};
use crate::hcc1395;

const LIST: &str = "tests/hcc1395-best-peptides.tsv";
const SAME_PLACE: usize = 7;

/// Our best peptide of each variant by pVACseq's rules.
const IN_PVACSEQS_PLACE: &str = include_str!("best_peptides.sql");

/// The product's own.
const OF_THE_PRODUCT: &str =
    "SELECT n.variant_id, p.peptide, n.best_allele, p.start, c.mutant_protein
    FROM neoantigen AS n
    JOIN peptide AS p ON n.variant_id = p.variant_id AND n.best_peptide = p.peptide
    JOIN consequence AS c ON n.variant_id = c.variant_id AND c.chosen";

const V6: &str = "acceptance/variants/hcc1395/expected.classI.aggregated.tsv";
const V7: &str = "acceptance/variants/tiers-pvacseq-7.1.5/HCC1395_TUMOR_DNA.MHC_I.all_epitopes.aggregated.tsv.gz";
const EPITOPES: &str =
    "acceptance/variants/tiers-pvacseq-7.1.5/HCC1395_TUMOR_DNA.MHC_I.all_epitopes.tsv.gz";

#[test]
fn four_in_five_best_peptides_are_pvacseqs() {
    for table in [V6, V7] {
        check(table, IN_PVACSEQS_PLACE, 0.80);
    }
}

#[test]
fn most_of_the_products_best_peptides_are_pvacseqs() {
    for table in [V6, V7] {
        check(table, OF_THE_PRODUCT, 0.72);
    }
}

fn check(table: &str, choice: &str, at_least: f64) {
    let (Some(lake), Some(table)) = (hcc1395::lake(), shared(table)) else {
        return;
    };
    let ours = ours(lake, choice);
    let theirs = theirs(&table);
    assert_eq!(theirs.len(), 358);
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for their in &theirs {
        *counts.entry(agreement(ours.get(&their.variant), &their.peptide).word()).or_default() += 1;
    }
    eprintln!("{}: {counts:?}", table.display());
    let agreed = counts["same"] + counts["overlap"];
    assert!(agreed as f64 >= at_least * theirs.len() as f64, "{agreed} of {}", theirs.len());
}

/// The list is what the program and pVACseq's tables say today; scores may differ by 2 %.
#[test]
fn the_rest_is_listed() {
    let (Some(lake), Some(table), Some(epitopes)) = (hcc1395::lake(), shared(V6), shared(EPITOPES))
    else {
        return;
    };
    let now = list(lake, &theirs(&table), &epitopes);
    let kept = fs::read_to_string(repository(LIST)).unwrap_or_default();
    if !alike(&kept, &now) {
        let new = Path::new(env!("CARGO_TARGET_TMPDIR")).join("hcc1395-best-peptides.tsv");
        fs::write(&new, now).unwrap();
        panic!("{LIST} is out of date; what it should be is in {}", new.display());
    }
}

/// A best peptide of ours, with the protein that it is cut from.
struct Ours {
    peptide: String,
    allele: String,
    start: usize,
    protein: String,
}

/// By variant.
fn ours(lake: &Path, choice: &str) -> BTreeMap<String, Ours> {
    rows(lake, choice)
        .iter()
        .map(|row| {
            let [variant, peptide, allele, start, protein] = cells(row);
            let start = start.parse::<usize>().unwrap() - 1;
            (variant, Ours { peptide, allele, start, protein })
        })
        .collect()
}

/// A row of pVACseq's aggregated table.
struct Theirs {
    variant: String,
    gene: String,
    change: String,
    peptide: String,
    allele: String,
}

fn theirs(table: &Path) -> Vec<Theirs> {
    read(table, ["ID", "Gene", "AA Change", "Best Peptide", "Allele"])
        .into_iter()
        .map(|[id, gene, change, peptide, allele]| Theirs {
            variant: variant(&id),
            gene,
            change,
            peptide,
            allele,
        })
        .collect()
}

/// `chr7-55-56-G-T`, where a substitution starts 0-based and an indel at its anchor base, as `chr7:56:G:T`.
fn variant(id: &str) -> String {
    let parts: Vec<&str> = id.rsplitn(5, '-').collect();
    let [alternative, reference, _, start, chromosome] = parts[..] else { panic!("{id}") };
    let substitution = usize::from(reference.len() == alternative.len());
    let position = start.parse::<usize>().unwrap() + substitution;
    format!("{chromosome}:{position}:{reference}:{alternative}")
}

enum Agreement {
    Same,
    /// Residues of the mutant protein that both peptides cover.
    Shared(usize),
    /// Their peptide is not in the protein of ours.
    OtherProtein,
    /// All windows of ours occur in the wild-type protein too.
    NothingNew,
}

impl Agreement {
    fn word(&self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Shared(SAME_PLACE..) => "overlap",
            Self::Shared(_) => "other",
            Self::OtherProtein => "other protein",
            Self::NothingNew => "nothing new",
        }
    }
}

fn agreement(ours: Option<&Ours>, their: &str) -> Agreement {
    let Some(ours) = ours else { return Agreement::NothingNew };
    if ours.peptide == their {
        return Agreement::Same;
    }
    let end = ours.start + ours.peptide.len();
    (0..ours.protein.len())
        .filter(|&at| ours.protein[at..].starts_with(their))
        .map(|at| end.min(at + their.len()).saturating_sub(at.max(ours.start)))
        .max()
        .map_or(Agreement::OtherProtein, Agreement::Shared)
}

/// Of a peptide with an allele: our percentiles of presentation and of affinity and our affinity in nM, and pVACseq's median
/// IC50 in nM and median percentile (version 7.1.5). Nothing where there is no peptide.
const SCORES: [&str; 7] = [
    "peptide",
    "allele",
    "presentation_percentile",
    "affinity_percentile",
    "affinity_nm",
    "pvacseq_ic50_nm",
    "pvacseq_percentile",
];

/// The rows that neither have the same peptide nor one that overlaps.
fn list(lake: &Path, theirs: &[Theirs], epitopes: &Path) -> String {
    let ours = ours(lake, IN_PVACSEQS_PLACE);
    let mut differing = Vec::new();
    for their in theirs {
        let our = ours.get(&their.variant);
        let shared = match agreement(our, &their.peptide) {
            Agreement::Same | Agreement::Shared(SAME_PLACE..) => continue,
            Agreement::Shared(residues) => residues.to_string(),
            other => other.word().to_owned(),
        };
        let our = our.map(|our| (our.peptide.clone(), our.allele.clone())).unwrap_or_default();
        differing.push((their, shared, [our, (their.peptide.clone(), their.allele.clone())]));
    }
    let asked =
        differing.iter().flat_map(|(.., pairs)| pairs).filter(|(peptide, _)| !peptide.is_empty());
    let our_scores = our_scores(lake, asked);
    let their_scores = their_scores(epitopes);
    let mut text = format!(
        "gene\tchange\tvariant\tshared_residues\tour_{}\ttheir_{}\n",
        SCORES.join("\tour_"),
        SCORES.join("\ttheir_")
    );
    for (their, shared, pairs) in differing {
        let _ = write!(text, "{}\t{}\t{}\t{shared}", their.gene, their.change, their.variant);
        for pair in pairs {
            let ours = our_scores.get(&pair).cloned().unwrap_or_default();
            let theirs = their_scores.get(&pair).cloned().unwrap_or_default();
            let _ = write!(
                text,
                "\t{}\t{}\t{}\t{}",
                pair.0,
                pair.1,
                ours.join("\t"),
                theirs.join("\t")
            );
        }
        text.push('\n');
    }
    text
}

type Pair = (String, String);

fn our_scores<'a>(
    lake: &Path,
    pairs: impl Iterator<Item = &'a Pair>,
) -> BTreeMap<Pair, [String; 3]> {
    let pairs: BTreeSet<_> = pairs.map(|(p, allele)| format!("('{p}', '{allele}')")).collect();
    let query = format!(
        "SELECT peptide, allele, s['percentile'], s['affinity_percentile'], s['affinity_nm'] FROM (
            SELECT peptide, allele, mhc1_presentation_of(peptide, allele) AS s
            FROM (VALUES {}) AS pair(peptide, allele))",
        Vec::from_iter(pairs).join(", ")
    );
    rows(lake, &query)
        .iter()
        .map(|row| {
            let [peptide, allele, scores @ ..]: [String; 5] = cells(row);
            ((peptide, allele), scores)
        })
        .collect()
}

fn their_scores(epitopes: &Path) -> BTreeMap<Pair, [String; 2]> {
    let columns = ["MT Epitope Seq", "HLA Allele", "Median MT IC50 Score", "Median MT Percentile"];
    read(epitopes, columns)
        .into_iter()
        .map(|[peptide, allele, scores @ ..]| ((peptide, allele), scores))
        .collect()
}

/// These columns of a table, which may be gzip-compressed.
fn read<const N: usize>(table: &Path, columns: [&str; N]) -> Vec<[String; N]> {
    let mut bytes = fs::read(table).unwrap();
    if table.extension().is_some_and(|extension| extension == "gz") {
        let mut plain = Vec::new();
        flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut plain).unwrap();
        bytes = plain;
    }
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').from_reader(&bytes[..]);
    let header = reader.headers().unwrap().clone();
    let places = columns.map(|name| header.iter().position(|h| h == name).unwrap());
    reader
        .records()
        .map(|record| record.unwrap())
        .map(|r| places.map(|p| r[p].to_owned()))
        .collect()
}

fn cells<const N: usize>(row: &str) -> [String; N] {
    let cells: Vec<_> = row.split(',').map(str::to_owned).collect();
    cells.try_into().unwrap_or_else(|_| panic!("{row}"))
}

/// The same words in the same places, and numbers within 2 %.
fn alike(a: &str, b: &str) -> bool {
    let near = |(a, b): (&str, &str)| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => (a - b).abs() <= 0.02 * a.abs().max(b.abs()),
        _ => a == b,
    };
    let cells = |text: &str| text.matches(['\t', '\n']).count();
    cells(a) == cells(b) && a.split(['\t', '\n']).zip(b.split(['\t', '\n'])).all(near)
}
