//! Names of changes in HGVS nomenclature, version 21 (<https://hgvs-nomenclature.org>): made from bases and proteins,
//! read back from texts, and shortened.
//!
//! [`genomic()`] and [`coding()`] describe DNA (`g.`, `c.`, `n.`), [`protein()`] a protein (`p.`, in Ensembl VEP's spelling
//! without the parentheses of a prediction), [`parse_coding`] and [`parse_protein`] read any of them.

mod coding;
mod edit;
mod genomic;
mod names;
mod parse;
mod protein;
mod short;

pub use coding::{Numbering, coding};
pub use genomic::{GenomicChange, genomic};
pub use names::{
    CodingChange, CodingEdit, CodingPosition, Distance, ProteinChange, ProteinEdit, Residue,
};
pub use parse::{HgvsError, parse_coding, parse_protein};
pub use protein::{ProteinEvent, ProteinEventKind, TranslatedSequence, protein};
pub use short::short_form;
pub(crate) use short::{exchange, frameshift, unescape};

#[cfg(test)]
mod tests;
