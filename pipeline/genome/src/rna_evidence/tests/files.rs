//! Files, their indexes and references, and variants that do not fit them.

use std::io::{Read, Write as _};

use noodles::bgzf;

use super::*;

#[test]
fn variants_that_cannot_be_counted_have_a_reason() {
    let alignments = Alignments::new(&["a 0 8 60 6M ."]);
    let variants = [
        "3 11 C T",
        "Two 1 A C",
        SNV,
        "chr1 11 C T",
        "1 62 A C",
        "1 61 AA A",
        "1 0 A C",
        "1 11 C <DEL>",
        "1 11 C C",
        "1 11 C *",
        "1 11 G T",
    ];
    let known = sequences();
    // Names that differ in their letters' case alone are one name to this caller.
    let resolve = |name: &str| without_chr(name).map(|name| name.to_lowercase());
    let keys: Vec<_> = variants.iter().map(|text| variant(text)).collect();
    let bam = alignments.bam(true);
    let options = EvidenceOptions::default();
    let table = rna_evidence(&bam, None, &keys, options, Some(&known), &resolve).unwrap();
    let spelled: Vec<_> = table
        .rows
        .iter()
        .map(|row| match row {
            Ok(row) => spelled(row),
            Err(reason) => reason.to_string().split([';', ',']).next().unwrap().to_owned(),
        })
        .collect();
    let outside = "the variant is not within its contig";
    let alleles = "the alleles are not two different sequences of A";
    assert_eq!(
        spelled,
        [
            "contig 3 is not in the header of the alignments",
            "contig Two is the name of several contigs in the header of the alignments",
            "1 0 0 | 1 0 0",
            "1 0 0 | 1 0 0",
            outside,
            outside,
            outside,
            alleles,
            alleles,
            alleles,
            "REF is not what the reference sequence has there",
        ]
    );
}

#[test]
fn order_and_threads_do_not_matter() {
    let reads: Vec<String> = (1..=50)
        .map(|at| {
            format!(
                "r{} {} {at} 60 {} .",
                at % 20,
                if at % 3 == 0 { 16 } else { 0 },
                if at % 2 == 0 { "8M" } else { "3M2D5M" }
            )
        })
        .collect();
    let reads: Vec<&str> = reads.iter().map(String::as_str).collect();
    let mut alignments = Alignments::new(&reads);
    let variants =
        ["1 40 G C", "1 20 CA C", SNV, "1 5 TGCA T", "chr1 40 G C", "1 9 T G", "1 7 CAT C"];
    let count = |path: &Path, threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let known = sequences();
        pool.install(|| {
            run(path, None, &variants, EvidenceOptions::default(), Some(&known)).unwrap()
        })
    };
    let bam = alignments.bam(true);
    let one = count(&bam, 1);
    assert!(
        one.warnings.is_empty() && one.rows.iter().all(|row| row.as_ref().unwrap().fragments > 0)
    );
    assert_eq!(one.rows[0], one.rows[4]);
    assert_eq!(count(&bam, 4), one);
    std::fs::rename(bam.with_added_extension("bai"), bam.with_extension("bai")).unwrap();
    assert_eq!(count(&bam, 2), one);
    // A contig too long for a .bai is indexed by a .csi.
    std::fs::remove_file(bam.with_extension("bai")).unwrap();
    alignments.text = alignments.text.replace("chr2\tLN:60\n", "chr2\tLN:600000000\n");
    let bam = alignments.bam(true);
    assert!(bam.with_added_extension("csi").exists());
    assert_eq!(count(&bam, 2), one);
    let mut lines: Vec<&str> = alignments.text.split_inclusive('\n').collect();
    let header = lines.iter().filter(|line| line.starts_with('@')).count();
    lines[header..].reverse();
    alignments.text = lines.concat().replace("SO:coordinate", "SO:unsorted");
    for threads in [1, 4] {
        let unsorted = count(&alignments.bam(false), threads);
        assert_eq!(unsorted.rows, one.rows);
        assert!(unsorted.warnings[0].contains("samtools index"), "{:?}", unsorted.warnings);
    }
}

#[test]
fn bad_files_say_what_is_wrong() {
    let alignments = Alignments::new(&["a 0 8 60 6M .", "b 0 8 60 6M ATGTCT"]);
    let folder = alignments.folder.path().to_owned();
    let check = |path: &Path, reference: Option<&Path>, words: &str| {
        let options = EvidenceOptions::default();
        let error = run(path, reference, &[SNV], options, None).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    check(Path::new("/nowhere/x.bam"), None, "x.bam: there is no such file");
    check(&write("x.sam", alignments.text.as_bytes()), None, "not a BAM or CRAM");
    check(&write("empty.bam", b""), None, "not a BAM or CRAM");
    let bam = std::fs::read(alignments.bam(false)).unwrap();
    check(&write("cut.bam", &bam[..bam.len() - 28]), None, "cut.bam: the file is truncated");
    check(&write("short.bam", &bam[..40]), None, "the file is truncated");
    let end = &bam[bam.len() - 28..];
    check(&write("other.bam", end), None, "truncated");
    write("bad.bam.bai", b"BAI");
    check(&write("bad.bam", &bam), None, "bad.bam: the index cannot be read");
    let (cram, reference) = alignments.cram(true);
    check(&cram, None, "can only be read with the reference");
    check(&cram, Some(Path::new("/nowhere/r.fa")), "r.fa: there is no such file");
    let text = std::fs::read_to_string(&reference).unwrap();
    let other = "is not the one this CRAM was written with";
    check(&cram, Some(&write("bases.fa", text.replace("GCCTAG", "GAATAG").as_bytes())), other);
    check(&cram, Some(&write("lengths.fa", text.replace("GCCTAG", "GCTAG").as_bytes())), other);
    check(&cram, Some(&write("names.fa", text.replace(">chr1", ">chr5").as_bytes())), other);
    check(
        &cram,
        Some(&write("not.fa", b"no FASTA")),
        "not.fa: the FASTA or its index cannot be read",
    );
    let whole = std::fs::read(&cram).unwrap();
    check(&write("cut.cram", &whole[..whole.len() - 38]), Some(&reference), "truncated");
}

#[test]
fn damaged_records_are_errors_at_worst() {
    let reads = ["p 99 8 60 2S3M1I4M2N5M . =9 RX:Z:AC", "p 147 9 60 6M TGTCTA =8 RX:Z:AC"];
    let alignments = Alignments::new(&reads);
    let mut blocks = bgzf::io::Reader::new(File::open(alignments.bam(false)).unwrap());
    let mut whole = Vec::new();
    blocks.read_to_end(&mut whole).unwrap();
    // The first record: its length in four bytes, 32 bytes of fixed fields, its name.
    let first = whole.windows(2).position(|pair| pair == b"p\0").unwrap() - 32;
    let length = u32::from_le_bytes(whole[first - 4..first].try_into().unwrap()) as usize;
    let path = alignments.folder.path().join("damaged.bam");
    let options = EvidenceOptions { umi_tag: Some(*b"RX"), ..EvidenceOptions::default() };
    let mut refused = 0;
    for at in first..first + length {
        for value in [0, 1, 0x7f, 0xff] {
            let mut bytes = whole.clone();
            bytes[at] = value;
            let mut writer = bgzf::io::Writer::new(File::create(&path).unwrap());
            writer.write_all(&bytes).unwrap();
            writer.finish().unwrap();
            match run(&path, None, &[SNV, "1 20 CA C", "1 11 C CG"], options, Some(&sequences())) {
                Ok(table) => assert_eq!(table.rows.len(), 3),
                Err(error) => {
                    refused += 1;
                    assert!(error.to_string().starts_with("damaged.bam: "), "{error}");
                }
            }
        }
    }
    assert!(refused > 0);
}
