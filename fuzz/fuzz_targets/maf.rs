//! MAF: every row is a call, in quarantine or germline.
#![no_main]

use std::collections::BTreeSet;

use libfuzzer_sys::fuzz_target;
use vaxloom_fuzz::{Slot, contig, one_thread, written};
use vaxloom_genome::maf::VariantType;
use vaxloom_genome::{MafCall, read_maf};

/// A usual header, for inputs that begin with a blank: their rows are then read.
const HEADER: &[u8] = b"Hugo_Symbol\tEntrez_Gene_Id\tNCBI_Build\tChromosome\tStart_Position\tEnd_Position\tStrand\tVariant_Type\tReference_Allele\tTumor_Seq_Allele1\tTumor_Seq_Allele2\tTumor_Sample_Barcode\tMutation_Status\tt_depth\tt_ref_count\tt_alt_count\n";

fuzz_target!(init: one_thread(), |data: &[u8]| {
    let path = match data {
        [b' ', rows @ ..] => written(Slot::First, &[HEADER, rows].concat()),
        _ => written(Slot::First, data),
    };
    let Ok(content) = read_maf(&path, "t.maf") else { return };
    let used = content.calls.len() + content.quarantined.len() + content.germline;
    assert_eq!(content.rows, used);
    assert!(content.duplicates <= content.quarantined.len());
    assert!(content.third_alleles <= content.calls.len());
    let builds: BTreeSet<String> = content.calls.iter().filter_map(|c| c.build.clone()).collect();
    assert_eq!(content.builds, builds);
    content.calls.iter().for_each(check);
});

fn check(call: &MafCall) {
    assert!(1 <= call.start && call.start <= call.end);
    assert_ne!(call.ref_allele, call.alt_allele);
    let span = call.end - call.start + 1;
    match call.variant_type {
        VariantType::Ins => assert_eq!((span, call.ref_allele.len()), (2, 0)),
        _ => assert_eq!(span as usize, call.ref_allele.len()),
    }
    let (position, reference, alternative) = call.anchored(|_, at| contig("1").base(at));
    assert!(position >= 1 && !reference.is_empty() && !alternative.is_empty());
    let growth = |new: &str, old: &str| new.len().wrapping_sub(old.len());
    assert_eq!(growth(&alternative, &reference), growth(&call.alt_allele, &call.ref_allele));
}
