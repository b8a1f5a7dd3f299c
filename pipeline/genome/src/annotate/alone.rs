//! One allele by itself, without a file.

use std::convert::Infallible;
use std::sync::Arc;

use thiserror::Error;

use super::RegionRows;
use super::placement::{self, Misplaced};

use super::regions::{Alternative, Call, Region, left_aligned};
use crate::Consequence;
use crate::effect::Copies;
use crate::reference::Reference;

/// Why an allele cannot be annotated.
#[derive(Debug, Error)]
pub enum AloneError {
    /// It does not lie on the reference.
    #[error("{chrom}:{pos}: {message}; {remedy}")]
    Misplaced {
        /// Contig.
        chrom: String,
        /// Position.
        pos: i64,
        /// What was found and what was expected.
        message: String,
        /// What to do about it.
        remedy: &'static str,
    },
    /// An allele is no sequence of bases.
    #[error(
        "{chrom}:{pos}: an allele has other letters than A, C, G, T and N; give both as in a VCF, indels with the base before them"
    )]
    Alleles {
        /// Contig.
        chrom: String,
        /// Position.
        pos: i64,
    },
    /// The reference's sequence cannot be read.
    #[error(
        "the reference's sequence of contig {chrom} cannot be read: {source}; build the reference again"
    )]
    Sequence {
        /// Contig.
        chrom: String,
        /// What went wrong.
        source: std::io::Error,
    },
}

/// What every transcript makes of one allele, written as in a VCF; one row that says `intergenic_variant` where there is
/// none.
pub fn alone(
    reference: &Reference,
    chrom: &str,
    pos: i64,
    reference_allele: &str,
    alternative: &str,
) -> Result<Vec<Consequence<'static>>, AloneError> {
    let misplaced = |why: Misplaced| AloneError::Misplaced {
        chrom: chrom.to_owned(),
        pos,
        message: why.message,
        remedy: why.remedy,
    };
    let (Some(old), Some(new)) = (bases(reference_allele), bases(alternative)) else {
        return Err(AloneError::Alleles { chrom: chrom.to_owned(), pos });
    };
    let contig = reference
        .contig(chrom)
        .map_err(|source| AloneError::Sequence { chrom: chrom.to_owned(), source })?;
    let place = u32::try_from(pos).ok().filter(|&pos| pos > 0).unwrap_or(u32::MAX);
    placement::check(contig.as_ref(), chrom, place, &old).map_err(misplaced)?;
    let call = Call {
        line: 1,
        pos: place,
        aligned: contig.as_ref().and_then(|contig| left_aligned(contig, place, &old, &new)),
        reference: old,
        alternative: Alternative::Bases(new),
        copies: Copies::Unknown,
        background: false,
    };
    let region = Region::of(Arc::from(chrom), contig, call);
    let mut told = Vec::new();
    let own = |rows: &mut RegionRows<'_>| {
        let mut found = Vec::new();
        rows.for_each(|row| found.push(row.consequence.clone().into_owned()));
        found
    };
    let Ok(_) = region.rendered(&own, &mut |found: Vec<_>, _| {
        told.extend(found);
        Ok::<(), Infallible>(())
    });
    Ok(told)
}

fn bases(allele: &str) -> Option<Box<[u8]>> {
    let bases = allele.to_ascii_uppercase().into_bytes();
    let known = bases.iter().all(|base| b"ACGTN".contains(base));
    (known && !bases.is_empty()).then(|| bases.into())
}
