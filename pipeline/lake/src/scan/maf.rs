//! `maf_scan(path)`: a row for each somatic call of a MAF (GDC, TCGA, cBioPortal).

use arrow::datatypes::Int64Type;
use vaxloom_genome::maf::VariantType;
use vaxloom_genome::{MafCall, read_maf};

use super::{Column, Format, Request, Sink, Stop};

pub(super) struct Maf;

impl Format for Maf {
    const NAME: &'static str = "maf";
    const OPTIONS: &'static [&'static str] = &[];
    const REFUSES: bool = true;
    type Row = MafCall;

    fn columns() -> Vec<Column<MafCall>> {
        vec![
            Column::text("sample", |c: &MafCall| Some(c.sample.as_deref()?.into())),
            Column::text("build", |c: &MafCall| Some(c.build.as_deref()?.into())),
            Column::text("chrom", |c: &MafCall| Some((&c.chrom).into())).always(),
            Column::number::<Int64Type>("start", |c: &MafCall| Some(c.start.into())).always(),
            Column::number::<Int64Type>("end", |c: &MafCall| Some(c.end.into())).always(),
            Column::text("ref", |c: &MafCall| Some((&c.ref_allele).into())).always(),
            Column::text("alt", |c: &MafCall| Some((&c.alt_allele).into())).always(),
            Column::text("variant_type", |c: &MafCall| Some(variant_type(c.variant_type).into()))
                .always(),
            Column::text("gene", |c: &MafCall| Some(c.gene.as_deref()?.into())),
            Column::number::<Int64Type>("entrez_gene_id", |c: &MafCall| {
                Some(c.entrez_gene_id?.into())
            }),
            Column::text("classification", |c: &MafCall| Some(c.classification.as_deref()?.into())),
            Column::text("consequence", |c: &MafCall| Some(c.consequence.as_deref()?.into())),
            Column::text("transcript_id", |c: &MafCall| Some(c.transcript_id.as_deref()?.into())),
            Column::text("hgvsc", |c: &MafCall| Some(c.hgvsc.as_deref()?.into())),
            Column::text("hgvsp", |c: &MafCall| Some(c.hgvsp.as_deref()?.into())),
            Column::text("hgvsp_short", |c: &MafCall| Some(c.hgvsp_short.as_deref()?.into())),
            Column::text("protein_position", |c: &MafCall| {
                Some(c.protein_position.as_deref()?.into())
            }),
            Column::text("codons", |c: &MafCall| Some(c.codons.as_deref()?.into())),
            Column::text("dbsnp", |c: &MafCall| Some(c.dbsnp.as_deref()?.into())),
            Column::text("filter", |c: &MafCall| Some(c.filter.as_deref()?.into())),
            Column::text("mutation_status", |c: &MafCall| {
                Some(c.mutation_status.as_deref()?.into())
            }),
            Column::number::<Int64Type>("tumor_depth", |c: &MafCall| Some(c.tumor_depth?.into())),
            Column::number::<Int64Type>("tumor_ref_reads", |c: &MafCall| {
                Some(c.tumor_ref_reads?.into())
            }),
            Column::number::<Int64Type>("tumor_alt_reads", |c: &MafCall| {
                Some(c.tumor_alt_reads?.into())
            }),
            Column::number::<Int64Type>("normal_depth", |c: &MafCall| Some(c.normal_depth?.into())),
            Column::number::<Int64Type>("normal_alt_reads", |c: &MafCall| {
                Some(c.normal_alt_reads?.into())
            }),
            Column::number::<Int64Type>("line", |c: &MafCall| Some(c.source_line)).always(),
        ]
    }

    fn read(request: &Request, sink: &mut Sink<MafCall>) -> Result<(), Stop> {
        let content = read_maf(&request.path, &request.name)?;
        for (count, words) in [
            (content.germline, "rows are germline variants (Mutation_Status) and gave no row"),
            (
                content.third_alleles,
                "calls have a third allele in Tumor_Seq_Allele1, which is not used",
            ),
        ] {
            if count > 0 {
                sink.warn(&request.name, &format!("{count} {words}"));
            }
        }
        sink.refuse(&content.quarantined)?;
        sink.add(&content.calls)
    }
}

/// As `Variant_Type` is written in MAFs; `DELINS` is vaxloom's word.
fn variant_type(variant_type: VariantType) -> &'static str {
    match variant_type {
        VariantType::Snp => "SNP",
        VariantType::Dnp => "DNP",
        VariantType::Tnp => "TNP",
        VariantType::Onp => "ONP",
        VariantType::Ins => "INS",
        VariantType::Del => "DEL",
        VariantType::Delins => "DELINS",
    }
}
