//! `vaxloom consequence`: protein consequences of one annotated VCF.

use std::fmt::Write;
use std::fs;
use std::io::BufWriter;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use vaxloom_genome::{Consequence, SampleNames, SomaticVariant, VariantKey};
use vaxloom_lake::query::{self, Answer, Format};

use crate::args::ConsequenceArgs;
use crate::exit::Exit;

/// A row of the output: the variant, its effect on one transcript, and the haplotype it stands for.
#[derive(Debug, serde::Serialize)]
struct Row<'a> {
    chrom: &'a str,
    pos: i64,
    #[serde(rename = "ref")]
    ref_allele: &'a str,
    alt: &'a str,
    #[serde(flatten)]
    consequence: Consequence,
}

/// Reads the VCF and writes its protein-changing consequences, in the order of the file.
pub(crate) fn consequence(args: &ConsequenceArgs) -> anyhow::Result<Exit> {
    let names = SampleNames { tumor: args.sample.clone(), normal: None };
    let name = args.vcf.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let content = vaxloom_genome::read_vcf(&args.vcf, &name, &names)?;
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
    let mut rows = Vec::new();
    for variant in &content.variants {
        for answer in
            vaxloom_genome::consequences(&content.csq_format, key(variant), &variant.annotation)
        {
            match answer {
                Ok(consequence) if consequence.mutant_protein.is_some() => {
                    rows.push(row(variant, consequence));
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
    write(&rows, args)?;
    tracing::info!(
        "{} records, {} calls of the tumour, {} protein-changing consequences, {refused} refused",
        content.records,
        content.variants.len(),
        rows.len()
    );
    Ok(if refused > 0 { Exit::Quarantined } else { Exit::Done })
}

fn key(variant: &SomaticVariant) -> VariantKey<'_> {
    VariantKey {
        chrom: &variant.chrom,
        pos: variant.pos,
        ref_allele: &variant.ref_allele,
        alt_allele: &variant.alt_allele,
    }
}

fn row(variant: &SomaticVariant, consequence: Consequence) -> Row<'_> {
    Row {
        chrom: &variant.chrom,
        pos: variant.pos,
        ref_allele: &variant.ref_allele,
        alt: &variant.alt_allele,
        consequence,
    }
}

fn write(rows: &[Row], args: &ConsequenceArgs) -> anyhow::Result<()> {
    let path = &args.output;
    let format = match path.extension().and_then(|e| e.to_str()) {
        Some("tsv") => Format::Tsv,
        Some("parquet") => Format::Parquet,
        Some("fasta" | "fa") => return fasta(rows, path, args.flank),
        _ => bail!("{}: expected a name that ends in .tsv, .parquet or .fasta", path.display()),
    };
    let batch = vaxloom_tables::batch(&schema()?, rows)?;
    let answer = Answer { schema: batch.schema(), batches: vec![batch] };
    let file =
        fs::File::create(path).with_context(|| format!("{}: cannot be written", path.display()))?;
    Ok(query::write(&answer, format, BufWriter::new(file))?)
}

/// The variant, then the columns of table `consequence`.
fn schema() -> anyhow::Result<SchemaRef> {
    let table = vaxloom_tables::table("consequence").context("no schema for table consequence")?;
    let elsewhere = ["patient_id", "sample_id", "variant_id", "chosen", "run_id"];
    let text = |name: &str| Field::new(name, DataType::Utf8, false);
    let mut fields =
        vec![text("chrom"), Field::new("pos", DataType::Int64, false), text("ref"), text("alt")];
    let columns = table.schema.fields().iter().filter(|f| !elsewhere.contains(&f.name().as_str()));
    fields.extend(columns.map(|f| f.as_ref().clone()));
    Ok(Arc::new(Schema::new(fields)))
}

/// Windows of wild type and mutant, a pair each, named as pVACseq's users know them.
fn fasta(rows: &[Row], path: &Path, flank: usize) -> anyhow::Result<()> {
    let mut text = String::new();
    for (place, row) in rows.iter().enumerate() {
        let c = &row.consequence;
        if let Some((wildtype, mutant)) = c.flank_windows(flank) {
            let name = format!(
                "{}.{}.{}.{}.{}",
                place + 1,
                c.gene,
                c.transcript,
                c.variant_class,
                c.protein_change.as_deref().unwrap_or("")
            );
            let _ = write!(text, ">WT.{name}\n{wildtype}\n>MT.{name}\n{mutant}\n");
        }
    }
    fs::write(path, text).with_context(|| format!("{}: cannot be written", path.display()))
}
