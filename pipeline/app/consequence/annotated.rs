//! Consequences as VEP annotated them.

use std::borrow::Cow;

use rayon::prelude::*;
use vaxloom_genome::annotate::AnnotatedRow;
use vaxloom_genome::{Consequence, SomaticVariant, VariantKey};

use super::output::Output;
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
    let mut found: Vec<AnnotatedRow<'_>> = Vec::new();
    let answers = content.variants.par_iter().map(|variant| {
        vaxloom_genome::consequences(&content.csq_format, key(variant), &variant.annotation)
    });
    for (variant, answers) in content.variants.iter().zip(answers.collect::<Vec<_>>()) {
        for answer in answers {
            match answer {
                Ok(consequence) if wanted(kind, &consequence) => {
                    found.push(row(variant, consequence));
                }
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
    let changed = found.iter().filter(|row| row.consequence.mutant_protein.is_some());
    tracing::info!(
        "{} records, {} calls of the tumour, {} protein-changing consequences, {refused} refused",
        content.records,
        content.variants.len(),
        changed.count()
    );
    output.write(&found)?;
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

fn row<'a>(variant: &'a SomaticVariant, consequence: Consequence<'a>) -> AnnotatedRow<'a> {
    AnnotatedRow {
        chrom: &variant.chrom,
        pos: variant.pos,
        ref_allele: Cow::Borrowed(&variant.ref_allele),
        alt: Cow::Borrowed(&variant.alt_allele),
        consequence,
        line: variant.source_line,
    }
}
