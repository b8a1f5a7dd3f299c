//! A made-up genome with a gene on each strand of contig 1, one with selenocysteine that fills contig 2, and a
//! mitochondrial one.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use vaxloom_genome::reference::{
    ContigSequence, FastaError, MemorySequences, Reference, read_annotation, read_genome,
};

static SEQUENCES: LazyLock<HashMap<String, Arc<ContigSequence>>> = LazyLock::new(|| {
    let mut contigs = HashMap::new();
    let read = read_genome(&folder().join("genome.fa"), "genome.fa", |name, sequence| {
        contigs.insert(name.to_owned(), Arc::new(sequence));
        Ok::<_, FastaError>(())
    });
    read.expect("genome.fa can be read");
    contigs
});

static REFERENCE: LazyLock<Reference> = LazyLock::new(|| {
    let annotation = read_annotation(&folder().join("genes.gff3"), "genes.gff3");
    let annotation = annotation.expect("genes.gff3 can be read");
    assert!(annotation.refused.is_empty(), "{:?}", annotation.refused);
    let sequences = Box::new(MemorySequences(SEQUENCES.clone()));
    Reference::new(annotation.transcripts, annotation.contigs, sequences)
});

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/reference"))
}

/// The genome with its genes.
pub fn reference() -> &'static Reference {
    &REFERENCE
}

/// The bases of one of its contigs.
pub fn contig(name: &str) -> &'static ContigSequence {
    &SEQUENCES[name]
}
