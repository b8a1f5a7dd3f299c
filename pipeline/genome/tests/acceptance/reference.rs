//! Annotations and sequences of other projects: the slices of bcftools csq, and one canine gene of Ensembl 98.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use vaxloom_genome::reference::{
    Alphabet, Annotation, ContigSequence, FastaError, MemorySequences, SequenceSource,
    check_proteins, coding_bases, lay_cdna, protein, read_annotation, read_fasta, read_genome,
};

use crate::shared;

/// The slices' files with an extension, by path.
fn slices(extension: &str) -> Option<Vec<PathBuf>> {
    let folders = fs::read_dir(shared("bcftools-csq")?).unwrap();
    let files = folders.map(|folder| folder.unwrap().path()).filter(|path| path.is_dir());
    let mut files: Vec<PathBuf> = files
        .flat_map(|folder| fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()))
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    Some(files)
}

fn annotation(path: &Path) -> Annotation {
    read_annotation(path, &path.to_string_lossy()).unwrap()
}

fn genome(path: &Path) -> MemorySequences {
    let mut contigs = HashMap::new();
    read_genome(path, "genome.fa", |name, sequence| {
        contigs.insert(name.to_owned(), Arc::new(sequence));
        Ok::<_, FastaError>(())
    })
    .unwrap();
    MemorySequences(contigs)
}

/// Identifiers of the lines `ID=transcript:`, read by other means, with the gene that their Parent is. (Exons and the like
/// have no such ID; every slice is of this dialect.)
fn expected(text: &str) -> BTreeSet<(String, String)> {
    let value = |line: &str, key: &str| {
        Some(line.split_once(key)?.1.split([';', '\t']).next()?.trim().to_owned())
    };
    let transcript =
        |line: &str| Some((value(line, "ID=transcript:")?, value(line, "Parent=gene:")?));
    text.lines().filter(|line| !line.starts_with('#')).filter_map(transcript).collect()
}

#[test]
fn every_transcript_of_the_slices() {
    let Some(files) = slices("gff") else { return };
    let mut transcripts = 0;
    for path in &files {
        let found = annotation(path);
        assert!(found.refused.is_empty(), "{}: {:?}", path.display(), found.refused);
        let names: BTreeSet<(String, String)> =
            found.transcripts.iter().map(|made| (made.id.clone(), made.gene_id.clone())).collect();
        let text = fs::read_to_string(path).unwrap();
        assert_eq!(names, expected(&text), "{}", path.display());
        for made in &found.transcripts {
            let stated =
                text.lines().find(|line| line.contains(&format!("ID=transcript:{};", made.id)));
            let biotype =
                stated.unwrap().split_once("biotype=").unwrap().1.split([';', '\t']).next();
            assert_eq!(Some(made.biotype.as_str()), biotype, "{}", made.id);
            assert!(!made.exons.is_empty(), "{}", made.id);
        }
        transcripts += found.transcripts.len();
    }
    assert_eq!((files.len(), transcripts), (40, 112));
}

/// The annotations are of slices and so are their sequences: what they call a contig begins with the slice's first base.
#[test]
fn slices_translate() {
    let Some(files) = slices("gff") else { return };
    let (mut whole, mut incomplete) = (0, 0);
    for path in &files {
        let fasta = slices("fa").unwrap().into_iter().find(|fasta| fasta.parent() == path.parent());
        let sequences = genome(&fasta.unwrap());
        for made in annotation(path).transcripts.iter().filter(|made| !made.coding.is_empty()) {
            let contig = sequences.contig(&made.contig).unwrap().unwrap();
            let protein = protein(made, &contig).unwrap();
            let complete = coding_bases(made, &contig).len().is_multiple_of(3)
                && !protein.contains(['*', 'X']);
            whole += usize::from(complete && protein.starts_with('M'));
            incomplete += usize::from(!complete || !protein.starts_with('M'));
            assert!(
                !protein.contains('*') || made.biotype != "protein_coding",
                "{}: {protein}",
                made.id
            );
        }
    }
    // The incomplete ones begin or end within a codon, or without start codon: their annotation is known to be partial.
    assert_eq!((whole, incomplete), (68, 13));
}

#[test]
fn a_gene_with_and_without_genome() {
    let file = |name: &str| shared(&format!("wlos0001-tp53/data/{name}"));
    let Some(gtf) = file("tp53-ensembl-98.gtf") else { return };
    let annotation = annotation(&gtf);
    assert!(annotation.refused.is_empty() && annotation.warnings.is_empty(), "{annotation:?}");
    let records = |name: &str, alphabet| read_fasta(&file(name).unwrap(), name, alphabet).unwrap();
    let proteins = records("tp53-proteins-ensembl-98.fa", Alphabet::Residues);
    let cdna = records("tp53-transcripts-ensembl-98.fa", Alphabet::Bases);
    let laid = lay_cdna(&annotation.transcripts, &annotation.contigs, cdna, "transcripts.fa");
    assert_eq!((laid.on_exons, laid.missing, laid.unknown, laid.conflicts), (3, 0, 0, 0));
    let from_genome = genome(&file("canfam3-chr5-tp53-masked.fa.gz").unwrap());
    let from_cdna: HashMap<String, Arc<ContigSequence>> =
        laid.contigs.into_iter().map(|(name, sequence)| (name, Arc::new(sequence))).collect();
    for sequences in [&from_genome, &MemorySequences(from_cdna)] {
        let check = check_proteins(&annotation.transcripts, sequences, &proteins).unwrap();
        assert_eq!((check.same, check.missing, check.unknown), (3, 0, 0), "{check:?}");
        assert!(check.differing.is_empty(), "{check:?}");
    }
}
