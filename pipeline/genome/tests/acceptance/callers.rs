//! What callers and specifications write, read without annotation. Counts of records and alleles are those of the
//! files' lines; refused ones are explained.

use std::path::Path;

use vaxloom_genome::Quarantined;
use vaxloom_genome::vcf::{
    Allele, Genotype, PhaseSet, RawBatch, RawHeader, RawTotals, RawVcf, Reads, SampleNames,
    Samples, VcfError, read_vcf,
};

use crate::shared;

/// All batches of a file in one.
fn read(path: &Path, samples: Samples<'_>) -> Result<(RawHeader, RawBatch, RawTotals), VcfError> {
    let name = path.file_name().unwrap().to_string_lossy();
    let mut vcf = RawVcf::open(path, &name, samples)?;
    let mut all = RawBatch::default();
    for batch in vcf.by_ref() {
        let batch = batch?;
        all.records.extend(batch.records);
        all.quarantined.extend(batch.quarantined);
    }
    Ok((vcf.header().clone(), all, vcf.totals()))
}

fn all(file: &str) -> Option<(RawHeader, RawBatch, RawTotals)> {
    Some(read(&shared(file)?, Samples::All).unwrap())
}

/// File; lines, records and alleles; records out of order; warnings; contigs of the header; reference; samples; rows of
/// the quarantine; why the reader of annotated files refuses it.
///
/// Warnings: no `##fileformat`, no column names, VCF 4.0. Out of order: a contig that comes twice, a position that is
/// before the last.
const FILES: &str = "\
callers/different-samples.1.vcf | 2 2 2 | 0 | 0 | 9 | file:///projects/ngs/resources/gatk/2.3/ucsc.hg19.fasta | metastasis | - | NoCsq
callers/different-samples.2.vcf | 2 2 2 | 0 | 0 | 9 | file:///projects/ngs/resources/gatk/2.3/ucsc.hg19.fasta | normal | - | NoCsq
callers/same-samples.1.vcf | 2 2 2 | 0 | 0 | 9 | file:///projects/ngs/resources/gatk/2.3/ucsc.hg19.fasta | metastasis | - | NoCsq
callers/same-samples.2.vcf | 2 2 2 | 0 | 0 | 9 | file:///projects/ngs/resources/gatk/2.3/ucsc.hg19.fasta | metastasis | - | NoCsq
callers/duplicate-id.1.vcf | 1 1 1 | 0 | 0 | 0 | file:///projects/ngs/resources/gatk/2.3/ucsc.hg19.fasta | - | - | NoCsq
callers/duplicate-id.2.vcf | 1 1 2 | 0 | 0 | 0 | file:///projects/ngs/resources/gatk/2.3/ucsc.hg19.fasta | - | - | NoCsq
callers/duplicates.vcf | 3 1 1 | 0 | 1 | 0 | - | - | 3 record vcf.duplicate, 4 record vcf.duplicate | NotVcf
callers/mouse_vcf_dbsnp_chr1_partial.vcf | 216 216 217 | 0 | 1 | 0 | GCF_000001635.22 | - | - | NoCsq
callers/multiallelic.vcf | 1 1 2 | 0 | 0 | 9 | file:///projects/ngs/resources/gatk/2.3/ucsc.hg19.fasta | metastasis | - | NoCsq
callers/mutect-example-headerless.vcf.gz | 4889 4889 4889 | 0 | 2 | 0 | - | 1, 2 | - | NotVcf
callers/mutect-example.vcf | 4889 4889 4889 | 0 | 0 | 93 | file:///hpc/users/ahujaa01/ksinai-demeter/hg19-reference-genome/hg19.fasta | SomaticSample, NormalSample | - | NoCsq
callers/real_callers/mutect2_example.vcf | 7 7 11 | 0 | 0 | 1 | - | NA12878 | - | NoCsq
callers/real_callers/strelka2_somatic_snvs.vcf | 3 3 3 | 0 | 0 | 2 | file:///hg19.fa | NORMAL, TUMOR | - | NoCsq
callers/real_callers/vep_annotated_csq.vcf | 4 4 5 | 1 | 0 | 2 | file:///GRCh38.fa | - | - | NoWildtypeProtein
callers/simple.1.vcf | 1 1 1 | 0 | 0 | 0 | file:///projects/ngs/resources/gatk/2.3/ucsc.hg19.fasta | - | - | NoCsq
callers/simple.2.vcf | 2 2 2 | 0 | 0 | 0 | file:///projects/ngs/resources/gatk/2.3/ucsc.hg19.fasta | - | - | NoCsq
callers/somatic_hg19_14muts.vcf | 14 14 14 | 0 | 0 | 9 | file:///projects/ngs/resources/gatk/2.3/ucsc.hg19.fasta | metastasis | - | NoCsq
callers/somatic_hg19_14muts.space_in_sample_name.vcf | 14 14 14 | 0 | 0 | 9 | file:///projects/ngs/resources/gatk/2.3/ucsc.hg19.fasta | metastasis foo | - | NoCsq
callers/spec_examples/vcf42_spec_trio.vcf | 5 5 7 | 0 | 0 | 1 | file:///seq/references/1000GenomesPilot-NCBI36.fasta | NA00001, NA00002, NA00003 | - | NoCsq
callers/spec_examples/vcf43_spec_sv.vcf | 3 3 3 | 1 | 0 | 1 | file:///seq/references/GRCh37.fasta | SAMPLE | - | NoCsq
callers/strelka-example.vcf | 20 20 20 | 0 | 0 | 93 | file:///demeter/users/ahujaa01/ksinai-demeter/hg19-reference-genome/hg19.fasta | NORMAL, TUMOR | - | NoCsq
public-somatic/colo829-nygc-v6.vcf.gz | 43192 43192 43192 | 0 | 0 | 3366 | - | COLO-829BL-NovaSeq, COLO-829-NovaSeq | - | Csq
public-somatic/hcc1395-seqc2-indel.vcf.gz | 1922 1922 1922 | 0 | 0 | 0 | GRCh38 | - | - | NoCsq
public-somatic/hcc1395-seqc2-snv.vcf.gz | 39560 39560 39560 | 0 | 0 | 0 | GRCh38 | - | - | NoCsq
";

/// The rows of a table in text, cut into its columns.
pub(crate) fn rows(table: &str) -> impl Iterator<Item = Vec<&str>> {
    table.lines().map(|row| row.split(" | ").collect())
}

/// Joined, `-` where there is nothing.
pub(crate) fn list(values: impl IntoIterator<Item = String>) -> String {
    let values: Vec<_> = values.into_iter().collect();
    if values.is_empty() { "-".to_owned() } else { values.join(", ") }
}

pub(crate) fn rules(quarantined: &[Quarantined]) -> String {
    list(quarantined.iter().map(|q| format!("{} {} {}", q.source_line, q.path, q.rule)))
}

#[test]
fn every_file_is_read() {
    for expected in rows(FILES) {
        let file = expected[0];
        let Some((header, batch, totals)) = all(file) else { return };
        let annotated = read_vcf(&shared(file).unwrap(), file, &SampleNames::default());
        let refusal = format!("{:?}", annotated.unwrap_err());
        let found = [
            file.to_owned(),
            format!("{} {} {}", totals.lines, totals.records, totals.alleles),
            totals.out_of_order.to_string(),
            header.warnings.len().to_string(),
            header.contigs.len().to_string(),
            header.reference.unwrap_or("-".to_owned()),
            list(header.samples.clone()),
            rules(&batch.quarantined),
            refusal.split(' ').next().unwrap().to_owned(),
        ];
        assert_eq!(found.as_slice(), expected);
        let samples = header.samples.len();
        assert!(batch.records.iter().all(|record| record.genotypes.len() == samples), "{file}");
    }
}

#[test]
fn every_slice_of_bcftools_csq_is_read() {
    let Some(folder) = shared("bcftools-csq") else { return };
    let mut files = 0;
    for slice in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let Ok(entries) = std::fs::read_dir(slice) else { continue };
        for path in entries.map(|entry| entry.unwrap().path()) {
            if path.extension().is_none_or(|extension| extension != "vcf") {
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
            let (_, batch, totals) = read(&path, Samples::All).unwrap();
            assert_eq!(totals.lines, lines.count() as u64, "{}", path.display());
            assert_eq!((batch.quarantined.len(), totals.refused), (0, 0), "{}", path.display());
            files += 1;
        }
    }
    assert_eq!(files, 50);
}

#[test]
fn other_files_are_refused() {
    for file in [
        "callers/duplicates.maf",
        "callers/ov.wustle.subset5.maf",
        "callers/tcga_ov.head.maf",
        "callers/tcga_ov.head.xychr.maf",
        "callers/dbnsfp_validation_set.csv",
    ] {
        let Some(path) = shared(file) else { return };
        let error = read(&path, Samples::All).unwrap_err();
        assert!(matches!(error, VcfError::NotVcf { .. }), "{file}: {error}");
    }
}

/// Spelled as in the file: `0|1`, with the phase set behind.
fn spelled(genotype: &Genotype) -> String {
    let allele = |a: Option<u16>| a.map_or(".".to_owned(), |a| a.to_string());
    let mut text = String::new();
    for (at, called) in genotype.alleles.iter().enumerate() {
        if at > 0 {
            text.push(if called.phased { '|' } else { '/' });
        }
        text += &allele(called.allele);
    }
    match &genotype.phase_set {
        None => text,
        Some(PhaseSet::Number(number)) => format!("{text} {number}"),
        Some(PhaseSet::Name(name)) => format!("{text} {name}"),
    }
}

#[test]
fn genotypes_of_the_specifications_trio() {
    let Some((_, batch, _)) = all("callers/spec_examples/vcf42_spec_trio.vcf") else { return };
    let rows: Vec<_> = batch
        .records
        .iter()
        .map(|record| record.genotypes.iter().map(spelled).collect::<Vec<_>>().join(" "))
        .collect();
    let expected = ["0|0 1|0 1/1", "0|0 0|1 0/0", "1|2 2|1 2/2", "0|0 0|0 0/0", "0/1 0/2 1/1"];
    assert_eq!(rows, expected);
    assert_eq!(batch.records[3].alternatives, [Allele::Missing]);
    let sequence = |bases: &[u8]| Allele::Sequence(bases.into());
    assert_eq!(batch.records[4].alternatives, [sequence(b"G"), sequence(b"GTCT")]);
}

#[test]
fn structural_variants_of_the_specification() {
    let Some((_, batch, _)) = all("callers/spec_examples/vcf43_spec_sv.vcf") else { return };
    let rows: Vec<_> = batch
        .records
        .iter()
        .map(|record| {
            let structural = record.structural.as_deref().unwrap();
            let kind = structural.kind.as_deref().unwrap();
            (record.pos, record.alternatives[0].clone(), kind, structural.end, &*structural.lengths)
        })
        .collect();
    let symbolic = |text: &str| Allele::Symbolic(text.into());
    let expected = [
        (321_682, symbolic("<DEL>"), "DEL", Some(321_887), &[Some(-205)][..]),
        (14_477_084, symbolic("<DEL>"), "DEL", Some(14_477_381), &[Some(-297)]),
        (9_425_916, symbolic("<INV>"), "INV", Some(9_425_916), &[Some(0)]),
    ];
    assert_eq!(rows, expected);
}

#[test]
fn ploidies_of_mutect() {
    let Some((_, batch, _)) = all("callers/real_callers/mutect2_example.vcf") else { return };
    let rows: Vec<_> = batch.records.iter().map(|r| spelled(&r.genotypes[0])).collect();
    assert_eq!(rows, ["0/1", "0/1", "0/1", "0/1/2/3", "0/1", "0/1/2/3", "0/1"]);
    let Some((_, batch, _)) = all("callers/mutect-example-headerless.vcf.gz") else { return };
    let first: Vec<_> = batch.records[0].genotypes.iter().map(spelled).collect();
    assert_eq!(first, ["0/1", "0"]);
}

#[test]
fn evidence_of_the_tumour() {
    let check = |file: &str, tumor: Option<&str>, samples: &[&str], first: [Reads; 2]| {
        let Some(path) = shared(file) else { return };
        let names = SampleNames { tumor: tumor.map(str::to_owned), normal: None };
        let (header, batch, _) = read(&path, Samples::Tumor(&names)).unwrap();
        assert_eq!(header.samples, samples, "{file}");
        let found = batch.records[0].evidence[0];
        assert_eq!([found.tumor, found.normal], first, "{file}");
    };
    let reads = |depth, alt, vaf| Reads { depth: Some(depth), alt: Some(alt), vaf: Some(vaf) };
    let none = Reads::default();
    check(
        "callers/mutect-example-headerless.vcf.gz",
        Some("1"),
        &["1", "2"],
        [reads(49, 0, 0.0), reads(5, 0, 0.0)],
    );
    check(
        "callers/real_callers/strelka2_somatic_snvs.vcf",
        Some("TUMOR"),
        &["TUMOR", "NORMAL"],
        [reads(28, 11, 11.0 / 28.0), reads(30, 0, 0.0)],
    );
    check(
        "callers/real_callers/mutect2_example.vcf",
        None,
        &["NA12878"],
        [reads(1559, 1556, 0.998), none],
    );
    check(
        "public-somatic/colo829-nygc-v6.vcf.gz",
        Some("COLO-829-NovaSeq"),
        &["COLO-829-NovaSeq", "COLO-829BL-NovaSeq"],
        [reads(435, 66, 0.1517), reads(241, 0, 0.0)],
    );
}

#[test]
fn a_tumour_with_phased_calls() {
    let Some((header, batch, totals)) = all("hcc1395/annotated.expression.vcf.gz") else { return };
    assert_eq!((totals.records, totals.alleles, header.contigs.len()), (1470, 1470, 3366));
    assert!(totals.sorted());
    let genotypes = batch.records.iter().flat_map(|record| &record.genotypes);
    let phased: Vec<_> = genotypes.filter(|genotype| genotype.is_phased()).collect();
    assert_eq!(phased.len(), 20);
    assert!(phased.iter().all(|genotype| matches!(genotype.phase_set, Some(PhaseSet::Number(_)))));
}
