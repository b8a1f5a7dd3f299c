//! What a read shows at a variant.

use super::*;

#[test]
fn substitutions() {
    check(SNV, &["a 0 8 60 6M .", "b 0 8 60 6M ATGTCT", "c 16 8 60 6M ATGGCT"], "1 1 1 | 1 1 1");
    // An aligned base at the place is enough; a base before or after it alone is not.
    check(
        SNV,
        &["a 0 8 60 4M .", "b 0 11 60 4M .", "c 0 7 60 4M .", "d 0 12 60 4M ."],
        "2 0 0 | 2 0 0, 2 not spanning",
    );
    check(
        SNV,
        &["a 0 8 60 6M ATGNCT", "b 0 8 60 3M1D3M .", "c 0 8 60 4M1I3M ."],
        "0 0 2 | 0 0 2, 1 unknown",
    );
    // Two neighbouring bases; one of them alone is another allele. REF and ALT may share bases around them.
    for place in ["1 11 CC TT", "1 10 GCCT GTTT"] {
        check(
            place,
            &["a 0 8 60 6M .", "b 0 8 60 6M ATGTTT", "c 0 8 60 6M ATGTCT", "d 0 8 60 4M ."],
            "1 1 1 | 1 1 1, 1 not spanning",
        );
    }
    // One base more: an insertion within or after the locus belongs to it, one before it does not.
    check("1 11 CC TTA", &["a 0 8 60 4M1I2M ATGTTAT", "b 0 8 60 5M1I1M ATGTTAT"], "0 2 0 | 0 2 0");
    check("1 11 CC TTA", &["a 0 8 60 6M .", "b 0 8 60 3M1I3M ATGTTAT"], "1 0 1 | 1 0 1");
}

#[test]
fn deletions() {
    let reads = [
        "reference 0 17 60 17M .",
        "left 0 17 60 4M1D12M .",
        "right 0 17 60 13M1D3M .",
        "middle 0 17 60 9M1D7M .",
        "longer 0 17 60 4M2D11M .",
        "ends 0 8 60 13M .",
    ];
    // However the call and the reads are placed in the run of A, the read's allele is one base less.
    for place in ["1 20 CA C", "1 29 AA A", "1 24 AAA AA"] {
        check(place, &reads, "1 3 0 | 1 3 0, 2 not spanning");
    }
    check_as_aligned("1 20 CA C", &reads, "3 1 0 | 3 1 0, 2 not spanning");
    // A deletion that stops within the locus is another allele; a splice over it is none.
    let reads = ["a 0 9 60 8M .", "b 0 9 60 2M2D6M .", "c 0 9 60 2M1D6M .", "d 0 9 60 2M2N6M ."];
    check("1 10 GCC G", &reads, "1 1 1 | 1 1 1, 1 spliced");
}

#[test]
fn insertions() {
    let reads = [
        "reference 0 17 60 17M .",
        "left 0 17 60 4M1I13M ATCCAAAAAAAAAAAGTC",
        "right 0 17 60 14M1I3M ATCCAAAAAAAAAAAGTC",
        "other 0 17 60 4M1I13M .",
        "unknown 0 17 60 4M1I13M ATCCNAAAAAAAAAAGTC",
        "beside 0 17 60 6M ATCNAA",
        "ends 0 17 60 4M .",
        "clipped 0 17 60 4M4S ATCCAAAA",
        "begins 0 21 60 5M .",
    ];
    let rest = ", 3 not spanning, 2 unknown";
    for place in ["1 20 C CA", "1 30 A AA", "1 24 AA AAA"] {
        check(place, &reads, &format!("1 2 1 | 1 2 1{rest}"));
    }
    check_as_aligned("1 20 C CA", &reads, &format!("2 1 1 | 2 1 1{rest}"));
    // A splice that touches the place says nothing of it.
    let reads = ["a 0 8 60 4M10N3M .", "b 0 8 60 2M3N7M .", "c 0 12 60 3M ."];
    check("1 11 C CG", &reads, "0 0 0 | 0 0 0, 2 spliced, 1 not spanning");
}

#[test]
fn clipped_and_spliced_reads() {
    let reads = [
        "a 0 12 60 4S4M ATGTCTAG",
        "b 0 8 60 3M5S ATGTCTAG",
        "c 0 8 60 3M10N5M .",
        "d 0 8 60 4M10N3M .",
    ];
    check(SNV, &reads, "1 0 0 | 1 0 0, 1 spliced, 2 not spanning");
}

#[test]
fn reads_that_do_not_count() {
    let reads = [
        "a 0 8 255 6M .",
        "b 4 11 0 * ATGTCT",
        "c 1536 8 60 6M .",
        "d 1024 8 60 6M .",
        "e 256 8 60 6M .",
        "f 2048 8 60 6M .",
        "g 0 8 0 6M .",
        "h 0 30 60 6M .",
        "i 0 8 1 6M .",
    ];
    check(
        SNV,
        &reads,
        "4 0 0 | 4 0 0, 1 unmapped, 1 quality check, 1 duplicate, 1 mapping quality",
    );
    let strict = EvidenceOptions {
        min_mapping_quality: 20,
        keep_secondary: false,
        keep_supplementary: false,
        ..EvidenceOptions::default()
    };
    let expected = "1 0 0 | 1 0 0, 1 unmapped, 1 quality check, 1 duplicate, 1 secondary, 1 supplementary, 2 mapping quality";
    check_with(strict, true, SNV, &reads, expected);
    let every = EvidenceOptions {
        min_mapping_quality: 0,
        keep_duplicates: true,
        ..EvidenceOptions::default()
    };
    check_with(every, true, SNV, &reads, "6 0 0 | 6 0 0, 1 unmapped, 1 quality check");
    check(SNV, &["a 0 8 60 6M *"], "0 0 0 | 0 0 0, 1 no sequence");
    check(SNV, &["* 0 8 60 6M .", "* 0 8 60 6M ."], "0 0 0 | 0 0 0, 2 no name");
}
