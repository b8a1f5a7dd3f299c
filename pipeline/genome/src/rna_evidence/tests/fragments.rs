//! How reads become fragments and molecules.

use super::*;

#[test]
fn mates_and_further_alignments() {
    let first = "p 99 8 60 6M . =9";
    check(SNV, &[first, "p 147 9 60 6M . =8"], "2 0 0 | 1 0 0");
    // The higher quality wins; without one, each mate has its own allele, and the fragment both.
    check(SNV, &[first, "p 147 9 60 6M TGTCTA =8 5"], "2 0 0 | 1 0 0");
    check(SNV, &["p 99 8 60 6M . =9 5", "p 147 9 60 6M TGTCTA =8"], "0 2 0 | 0 1 0");
    check(SNV, &[first, "p 147 9 60 6M TGTCTA =8"], "1 1 0 | 1 1 0");
    // A tie elsewhere in the overlap, another path, or no overlap keeps them apart too.
    check(SNV, &["p 99 8 60 2M1I4M . =9", "p 147 9 60 6M TGTCTA =8 5"], "1 1 0 | 1 1 0");
    check(SNV, &[first, "p 147 8 60 3M1D3M . =8 5"], "1 0 1 | 1 0 1");
    check(
        SNV,
        &[first, "p 147 11 60 3M . =8", "q 99 8 60 3M . =11"],
        "2 0 0 | 1 0 0, 1 not spanning",
    );
    check(SNV, &[first, "p 147 9 60 6M TGNCTA =8 5"], "2 0 0 | 1 0 0");
    check(SNV, &[first, "p 147 9 60 6M TGNCTA =8"], "1 0 0 | 1 0 0, 1 unknown");
    // A mate that ends beside an insertion has the allele of the mate it is joined to.
    let insertion = "1 11 C CG";
    check(insertion, &["p 99 8 60 4M . =9", "p 147 9 60 3M1I2M TGCGCT =8"], "0 2 0 | 0 1 0");
    check(insertion, &["p 147 9 60 6M . =8", "p 99 8 60 4M . =9"], "2 0 0 | 1 0 0");
    check(
        insertion,
        &["p 99 8 60 4M . =12", "p 147 12 60 4M . =8"],
        "0 0 0 | 0 0 0, 2 not spanning",
    );
    check(
        insertion,
        &["p 99 8 60 4M . =9", "p 147 9 0 6M . =8"],
        "0 0 0 | 0 0 0, 1 mapping quality, 1 not spanning",
    );
    check(
        insertion,
        &["p 99 8 60 6M ATGNCT =9", "p 147 9 60 6M . =8 5"],
        "0 0 0 | 0 0 0, 2 unknown",
    );
    // A duplicate's mate stands alone.
    check(SNV, &[first, "p 1171 9 60 6M TGTCTA =8"], "1 0 0 | 1 0 0, 1 duplicate");
    // One name in two read groups is two fragments; two alignments of one read are one read.
    check(SNV, &["a 0 8 60 6M . RG:Z:a", "a 0 9 60 6M . RG:Z:b"], "2 0 0 | 2 0 0");
    check(SNV, &["a 0 8 60 6M .", "a 256 9 60 6M ."], "1 0 0 | 1 0 0, 1 repeated");
    check(SNV, &["a 0 8 60 6M .", "a 2048 9 60 6M TGTCTA"], "0 0 1 | 0 0 1, 1 repeated");
}

#[test]
fn molecules() {
    let rx = EvidenceOptions { umi_tag: Some(*b"RX"), ..EvidenceOptions::default() };
    let family = [
        "a 0 8 60 6M . RX:Z:AC",
        "b 0 8 60 6M ATGTCT RX:Z:AC",
        "c 0 8 60 6M ATGTCT RX:Z:AC",
        "untagged 0 8 60 6M .",
    ];
    check_with(rx, true, SNV, &family, "2 2 0 | 0 1 0, 1 without umi");
    check_with(rx, true, SNV, &family[..2], "1 1 0 | 0 0 1");
    // Another identifier, strand or place is another molecule; a clip does not move the read's 5' end.
    let others = [
        "a 0 8 60 6M . RX:Z:AC",
        "b 0 10 60 2S4M TTGCCT RX:Z:AC",
        "c 0 8 60 6M . RX:Z:GG",
        "d 16 8 60 6M . RX:Z:AC",
        "e 0 9 60 6M . RX:Z:AC",
        "f 16 8 60 4M2S . RX:Z:AC",
    ];
    check_with(rx, true, SNV, &others, "6 0 0 | 4 0 0");
    let pairs = [
        "p 99 8 60 6M . =9 RX:Z:AC",
        "p 147 9 60 6M . =8 RX:Z:AC",
        "q 99 8 60 6M . =9 RX:Z:AC",
        "q 147 9 60 6M . =8 RX:Z:AC",
        "r 163 8 60 6M . =9 RX:Z:AC",
        "r 83 9 60 6M . =8 RX:Z:AC",
    ];
    check_with(rx, true, SNV, &pairs, "6 0 0 | 2 0 0");
    // In single cells the place does not tell molecules apart.
    let ub = EvidenceOptions { umi_tag: Some(*b"UB"), ..EvidenceOptions::default() };
    let cells = [
        "a 0 8 60 6M . UB:Z:AC CB:Z:one",
        "b 0 9 60 6M . UB:Z:AC CB:Z:one",
        "c 0 9 60 6M . UB:Z:AC CB:Z:two",
    ];
    check_with(ub, true, SNV, &cells, "3 0 0 | 2 0 0");
}

#[test]
fn fractions() {
    let reads = ["a 0 8 60 6M .", "p 99 8 60 6M ATGTCT =9", "p 147 9 60 6M . =8"];
    let path = Alignments::new(&reads);
    let table = run(&path.bam(true), None, &[SNV, "1 50 G T"], EvidenceOptions::default(), None);
    let rows: Vec<_> = table.unwrap().rows.into_iter().map(Result::unwrap).collect();
    // The fragment whose mates disagree shows both alleles and is one of two.
    assert_eq!((rows[0].read_vaf(), rows[0].fragment_vaf()), (Some(1.0 / 3.0), Some(0.5)));
    assert_eq!((rows[1].read_vaf(), rows[1].fragment_vaf()), (None, None));
}
