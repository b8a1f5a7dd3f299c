//! VCFs: as they come, or as records that fit a small reference. Both readers, and consequences from the reference.
#![no_main]

use std::collections::BTreeSet;
use std::path::Path;

use libfuzzer_sys::arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use vaxloom_fuzz::{
    Calls, Slot, check_consequence, check_mutant, check_names, one_thread, reference, written,
};
use vaxloom_genome::annotate::{AnnotateError, Options, Phasing, RegionRows, Totals, annotate};
use vaxloom_genome::vcf::Allele;
use vaxloom_genome::{RawVcf, SampleNames, Samples, read_vcf};

fuzz_target!(init: one_thread(), |data: &[u8]| {
    let names = SampleNames::default();
    if let [b'#' | 0x1f, ..] = data {
        let path = written(Slot::First, data);
        check_records(&path, Samples::All);
        check_records(&path, Samples::Tumor(&names));
        check_annotated(&path);
        // The file beside itself, as one of phased calls.
        let options = Options { phased_vcf: Some(&path), ..Options::default() };
        check_consequences(&path, &options);
        check_consequences(&path, &Options::default());
        return;
    }
    let mut bytes = Unstructured::new(data);
    let Ok(shape) = bytes.arbitrary::<u8>() else { return };
    let phased = (shape & 3 == 3).then(|| {
        let calls = Calls { samples: true, most: 8 };
        written(Slot::Second, calls.vcf(&mut bytes).as_bytes())
    });
    let calls = Calls { samples: shape & 4 == 0, most: 20 };
    let path = written(Slot::First, calls.vcf(&mut bytes).as_bytes());
    check_records(&path, Samples::Tumor(&names));
    let phasing = if shape & 8 == 0 { Phasing::Genotypes } else { Phasing::Alone };
    let options = Options { samples: names.clone(), phasing, phased_vcf: phased.as_deref() };
    check_consequences(&path, &options);
});

/// Every line gives a record or a row of the quarantine, every allele that is refused a row.
fn check_records(path: &Path, samples: Samples<'_>) {
    let Ok(mut vcf) = RawVcf::open(path, "t.vcf", samples) else { return };
    let (mut records, mut alleles, mut refused_alleles, mut quarantined) = (0, 0, 0, 0);
    let mut failed = false;
    while let Some(batch) = vcf.next() {
        let Ok(batch) = batch else {
            failed = true;
            break;
        };
        records += batch.records.len() as u64;
        quarantined += batch.quarantined.len() as u64;
        for record in &batch.records {
            alleles += record.alternatives.len() as u64;
            let refused = record.alternatives.iter().filter(|one| **one == Allele::Refused);
            refused_alleles += refused.count() as u64;
            assert_eq!(record.genotypes.len(), vcf.header().samples.len());
        }
    }
    assert!(!failed || vcf.next().is_none());
    let totals = vcf.totals();
    assert_eq!(totals.lines, totals.records + totals.refused);
    assert_eq!(totals.refused + totals.refused_alleles, quarantined);
    let found = (totals.records, totals.alleles, totals.refused_alleles);
    assert_eq!(found, (records, alleles, refused_alleles));
}

/// Every allele is a variant, in quarantine (alone or with its record), or not in the tumour.
fn check_annotated(path: &Path) {
    let Ok(content) = read_vcf(path, "t.vcf", &SampleNames::default()) else { return };
    let placed = content.variants.len() + content.quarantined.len() + content.not_in_tumor;
    assert_eq!(placed, content.alleles);
    let rows = content.quarantined.iter().map(|row| row.source_line);
    assert!(rows.chain(content.variants.iter().map(|one| one.source_line)).all(|line| line > 0));
    for variant in &content.variants {
        let format = &content.csq_format;
        let key = vaxloom_genome::VariantKey {
            chrom: &variant.chrom,
            pos: variant.pos,
            ref_allele: &variant.ref_allele,
            alt_allele: &variant.alt_allele,
        };
        for row in vaxloom_genome::consequences(format, key, &variant.annotation).iter().flatten() {
            check_consequence(row);
        }
    }
}

/// Every allele gives rows, is in quarantine, absent or none; and what holds of a computed consequence.
fn check_consequences(path: &Path, options: &Options<'_>) {
    let (mut rows, mut quarantined, mut last, mut told) = (0, 0, 0, 0);
    let totals = annotate(path, "t.vcf", reference(), options, check_rows, |lines, refused| {
        assert!(lines.iter().all(|(line, _)| *line >= last), "rows are in the order of the file");
        last = lines.last().map_or(last, |(line, _)| *line);
        rows += lines.len() as u64;
        told += lines.into_iter().collect::<BTreeSet<_>>().len() as u64;
        quarantined += refused.len() as u64;
        Ok(())
    });
    match totals {
        Ok(totals) => {
            // Not equal: an allele without sequence can be in a record twice, of two lengths.
            assert!(told <= totals.told, "{told} {totals:?}");
            check_totals(&totals, rows, quarantined);
        }
        Err(AnnotateError::Sequence { .. } | AnnotateError::Sink(_)) => {
            panic!("the sequence is in memory, and all rows are taken")
        }
        Err(_) => {}
    }
}

/// Checks the rows of a region; line and allele of each.
fn check_rows(region: &mut RegionRows<'_>) -> Vec<(i64, String)> {
    let mut rows = Vec::new();
    region.for_each(|row| {
        rows.push((row.line, row.alt.to_string()));
        check_consequence(&row.consequence);
        check_names(&row.consequence);
        check_mutant(&row.consequence);
        for protein in [&row.consequence.mutant_protein, &row.consequence.wildtype_protein] {
            assert!(protein.as_ref().is_none_or(|protein| !protein.contains('*')));
        }
    });
    assert!(rows.is_sorted_by_key(|(line, _)| *line), "rows are in the order of the file");
    rows
}

fn check_totals(totals: &Totals, rows: u64, quarantined: u64) {
    assert_eq!(totals.rows, rows);
    let placed = totals.told + totals.quarantined_alleles + totals.absent + totals.without_allele;
    assert_eq!(totals.alleles, placed, "{totals:?}");
    assert!(totals.refused <= quarantined && totals.refused <= totals.records, "{totals:?}");
}
