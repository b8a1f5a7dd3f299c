//! Consequences as VEP annotated them.

use vaxloom_genome::{Consequence, SomaticVariant, VariantKey};

use super::output::{Output, Row};
use super::{file_name, samples, wanted};
use crate::args::{ConsequenceArgs, Rows};
use crate::exit::Exit;

pub(super) fn consequence(args: &ConsequenceArgs) -> anyhow::Result<Exit> {
    let name = file_name(&args.vcf);
    let mut output = Output::create(&args.output, args.flank)?;
    let content = vaxloom_genome::read_vcf(&args.vcf, &name, &samples(args))?;
    let mut refused = content.quarantined.len();
    for row in &content.quarantined {
        tracing::warn!(
            "{}, line {}: {}; {}",
            row.source_file,
            row.source_line,
            row.message,
            row.remedy
        );
    }
    let kind = args.rows.unwrap_or(Rows::Changed);
    let mut found: Vec<(&SomaticVariant, Consequence)> = Vec::new();
    for variant in &content.variants {
        for answer in
            vaxloom_genome::consequences(&content.csq_format, key(variant), &variant.annotation)
        {
            match answer {
                Ok(consequence) if wanted(kind, &consequence) => found.push((variant, consequence)),
                Ok(_) => {}
                Err(why) => {
                    refused += 1;
                    tracing::warn!(
                        "{name}, line {}: {}: {}; {}",
                        variant.source_line,
                        why.transcript,
                        why.message,
                        why.remedy
                    );
                }
            }
        }
    }
    let changed = found.iter().filter(|(_, consequence)| consequence.mutant_protein.is_some());
    tracing::info!(
        "{} records, {} calls of the tumour, {} protein-changing consequences, {refused} refused",
        content.records,
        content.variants.len(),
        changed.count()
    );
    output.write(&found.iter().map(|(variant, made)| row(variant, made)).collect::<Vec<_>>())?;
    output.finish()?;
    Ok(if refused > 0 { Exit::Quarantined } else { Exit::Done })
}

pub(super) fn key(variant: &SomaticVariant) -> VariantKey<'_> {
    VariantKey {
        chrom: &variant.chrom,
        pos: variant.pos,
        ref_allele: &variant.ref_allele,
        alt_allele: &variant.alt_allele,
    }
}

fn row<'a>(variant: &'a SomaticVariant, consequence: &'a Consequence) -> Row<'a> {
    Row {
        chrom: &variant.chrom,
        pos: variant.pos,
        ref_allele: &variant.ref_allele,
        alt: &variant.alt_allele,
        consequence,
    }
}
