#![allow(clippy::unwrap_used)]
use std::fs;
use std::io::Write;

use flate2::write::GzEncoder;
use tempfile::TempDir;

use super::*;

const COLUMNS: &str = "#CHROM POS ID REF ALT QUAL FILTER INFO";
const CONTIG: &str = "##contig=<ID=1,length=1000>\n";

/// All batches of a file in one.
fn read_bytes(
    bytes: &[u8],
    samples: Samples<'_>,
) -> Result<(RawHeader, RawBatch, RawTotals), VcfError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("t.vcf");
    fs::write(&path, bytes).unwrap();
    let mut vcf = RawVcf::open(&path, "t.vcf", samples)?;
    let mut all = RawBatch::default();
    for batch in vcf.by_ref() {
        let batch = batch?;
        all.records.extend(batch.records);
        all.quarantined.extend(batch.quarantined);
    }
    let totals = vcf.totals();
    assert_eq!(totals.lines, totals.records + totals.refused);
    assert_eq!(totals.records, all.records.len() as u64);
    assert_eq!(totals.refused + totals.refused_alleles, all.quarantined.len() as u64);
    Ok((vcf.header().clone(), all, totals))
}

/// A VCF; blanks of `columns` and `records` stand for tabs.
fn vcf(meta: &str, columns: &str, records: &str) -> String {
    format!(
        "##fileformat=VCFv4.2\n{meta}{}\n{}",
        columns.replace(' ', "\t"),
        records.replace(' ', "\t")
    )
}

fn read(text: &str) -> (RawHeader, RawBatch, RawTotals) {
    read_bytes(text.as_bytes(), Samples::All).unwrap()
}

fn allele(allele: &Allele) -> String {
    match allele {
        Allele::Sequence(bases) => String::from_utf8(bases.to_vec()).unwrap(),
        Allele::Symbolic(text) => format!("symbolic {text}"),
        Allele::Breakend(text) => format!("breakend {text}"),
        other => format!("{other:?}"),
    }
}

fn spelled(record: &RawRecord) -> String {
    let alleles: Vec<_> = record.alternatives.iter().map(allele).collect();
    let reference = String::from_utf8(record.reference.to_vec()).unwrap();
    format!("{} {}:{} {reference} {}", record.line, record.contig, record.pos, alleles.join(", "))
}

#[test]
fn alleles_of_every_kind() {
    let check = |alleles: &str, expected: &str, rules: &[&str]| {
        let (_, batch, _) = read(&vcf(
            CONTIG,
            COLUMNS,
            &format!("1 9 . {alleles} . PASS SVTYPE=DEL;END=20;SVLEN=-11,.\n"),
        ));
        let found: Vec<_> = batch.records.iter().map(spelled).collect();
        assert_eq!(found.concat(), expected, "{alleles}");
        let found: Vec<_> =
            batch.quarantined.iter().map(|q| format!("{} {}", q.path, q.rule)).collect();
        assert_eq!(found, rules, "{alleles}");
        let structural = batch.records.first().and_then(|record| record.structural.as_deref());
        assert_eq!(
            structural.is_some(),
            expected.contains("symbolic") || expected.contains("breakend")
        );
        if let Some(found) = structural {
            let lengths = vec![Some(-11), None];
            let expected = Structural { kind: Some("DEL".into()), end: Some(20), lengths };
            assert_eq!(*found, expected);
        }
    };
    check("A T", "4 1:9 A T", &[]);
    check("acgn t,Gg", "4 1:9 ACGN T, GG", &[]);
    check(
        "A <DEL>,<INS:ME:ALU>,<*>",
        "4 1:9 A symbolic <DEL>, symbolic <INS:ME:ALU>, symbolic <*>",
        &[],
    );
    check(
        "G G]17:198982],]13:1]G,.A,G.",
        "4 1:9 G breakend G]17:198982], breakend ]13:1]G, breakend .A, breakend G.",
        &[],
    );
    check("A .", "4 1:9 A Missing", &[]);
    check("AC A,*", "4 1:9 AC A, Deleted", &[]);
    check("A R,T", "4 1:9 A Refused, T", &["ALT[1] vcf.ambiguous-base"]);
    check("A T,", "4 1:9 A T, Refused", &["ALT[2] vcf.record"]);
    check("A T,1", "4 1:9 A T, Refused", &["ALT[2] vcf.allele"]);
    check("A T,T", "4 1:9 A T, Refused", &["ALT[2] vcf.duplicate"]);
    check("R T", "", &["REF vcf.ambiguous-base"]);
    check("7 R", "", &["REF vcf.allele"]);
}

#[test]
fn places_on_a_contig() {
    let check = |contig: &str, pos: i64, alleles: &str, usable: bool| {
        let (_, batch, _) =
            read(&vcf(CONTIG, COLUMNS, &format!("{contig} {pos} . {alleles} . . .\n")));
        assert_eq!(batch.records.len(), usize::from(usable), "{contig} {pos} {alleles}");
        let rule = if (0..1 << 32).contains(&pos) { "vcf.position" } else { "vcf.record" };
        assert!(usable || batch.quarantined[0].rule == rule);
    };
    check("1", 1000, "A T", true);
    check("1", 999, "AC A", true);
    check("1", 1000, "AC A", false);
    check("1", 1001, "A T", false);
    check("1", 0, "A T", false);
    check("1", 0, "N <DEL>", true);
    check("1", 0, "N .[13:123457[", true);
    check("1", 1001, "N <DEL>", true);
    check("1", 1002, "N <DEL>", false);
    check("2", 5000, "A T", true);
    check("2", 4_294_967_295, "A T", true);
    check("2", 4_294_967_296, "A T", false);
    check("2", -1, "A T", false);
}

#[test]
fn lines_that_are_no_records() {
    let columns = format!("{COLUMNS} FORMAT A B");
    let (_, batch, totals) = read(&vcf(
        "",
        &columns,
        "1 1 . A T . . . GT 0/1 0/0\n\
         \n\
         1 2 . A T . . . GT 0/1\n\
         1 3 . A T . . . GT 0/1 0/0 x\n\
         1 4 . A T . . . GT 0/1 0/2\n\
         1 5 . A R . . . GT 0/1 a\n\
         1 six . A T . . . GT 0/1 0/0\n\
         . 7 . . T . . . GT 0/1 0/0\n\
          8 . A T . . . GT 0/1 0/0\n\
         1 9 . A T . . . GT 0/1 0/0  \n",
    ));
    assert_eq!(batch.records.iter().map(|r| r.line).collect::<Vec<_>>(), [3, 12]);
    let rules: Vec<_> = batch
        .quarantined
        .iter()
        .map(|q| format!("{} {} {}", q.source_line, q.path, q.rule))
        .collect();
    let expected = [
        "5 record vcf.record",
        "6 record vcf.record",
        "7 FORMAT/GT vcf.genotype",
        "8 FORMAT/GT vcf.genotype",
        "9 record vcf.record",
        "10 REF vcf.allele",
        "11 record vcf.record",
    ];
    assert_eq!(rules, expected);
    assert_eq!((totals.lines, totals.records, totals.refused), (9, 2, 7));
    assert!(batch.quarantined.iter().all(|q| !q.message.is_empty() && !q.remedy.is_empty()));
    let latin = [vcf("", COLUMNS, "").as_bytes(), b"1\t2\t\xe9\tA\tT\t.\tPASS\t.\n"].concat();
    let (_, batch, _) = read_bytes(&latin, Samples::All).unwrap();
    assert_eq!(batch.quarantined[0].rule, "vcf.record");
}

#[test]
fn order_and_duplicates() {
    let check = |records: &str, out_of_order: u64, quarantined: &[&str]| {
        let (_, batch, totals) = read(&vcf("", COLUMNS, records));
        assert_eq!(totals.out_of_order, out_of_order, "{records}");
        assert_eq!(totals.sorted(), out_of_order == 0);
        let found: Vec<_> = batch
            .quarantined
            .iter()
            .map(|q| format!("{} {} {}", q.source_line, q.path, q.rule))
            .collect();
        assert_eq!(found, quarantined, "{records}");
    };
    check("1 1 . A T . . .\n1 1 . A C . . .\n2 1 . A T . . .\n", 0, &[]);
    check("2 9 . A T . . .\n1 5 . A C . . .\n1 4 . A T . . .\n2 10 . A T . . .\n", 2, &[]);
    check(
        "1 1 . A T . . .\n1 1 . a t . . .\n1 1 . A T,C . . .\n1 1 . A C . . .\n",
        0,
        &["4 record vcf.duplicate", "5 ALT[1] vcf.duplicate", "6 record vcf.duplicate"],
    );
    // Within a record too, where symbolic alleles may differ in what INFO says of them.
    check(
        "1 1 . A T,C,t,T . . .\n1 1 . A C,G,G . . .\n1 2 . A <DEL>,<DEL> . . .\n",
        0,
        &[
            "3 ALT[3] vcf.duplicate",
            "3 ALT[4] vcf.duplicate",
            "4 ALT[3] vcf.duplicate",
            "4 ALT[1] vcf.duplicate",
        ],
    );
    check("1 1 . A <DEL> . . .\n1 1 . A <DEL> . . .\n1 1 . AC A . . .\n1 2 . A T . . .\n", 0, &[]);
}

#[test]
fn genotypes_and_evidence_of_the_asked_samples() {
    let text = vcf(
        "##tumor_sample=B\n",
        &format!("{COLUMNS} FORMAT A B C"),
        "1 1 . A T,G . . . GT:AD:AF:DP:PS:RAD:RDP 0/0:30,0,1:0,0.03:31 1|2:10,20,30:0.3,0.5:61:7:4,6,0:10 ./.\n\
         1 2 . A T . . . DP 1 2 3\n",
    );
    let ploidies =
        |record: &RawRecord| record.genotypes.iter().map(Genotype::ploidy).collect::<Vec<_>>();
    let (header, batch, _) = read(&text);
    assert_eq!(header.samples, ["A", "B", "C"]);
    assert_eq!(batch.records.iter().map(ploidies).collect::<Vec<_>>(), [[2, 2, 2], [0, 0, 0]]);
    assert!(batch.records.iter().all(|record| record.evidence.is_empty()));

    let names = SampleNames { tumor: None, normal: Some("A".to_owned()) };
    let (header, batch, _) = read_bytes(text.as_bytes(), Samples::Tumor(&names)).unwrap();
    assert_eq!(header.samples, ["B", "A"]);
    let first = &batch.records[0];
    assert!(first.genotypes[0].is_phased() && first.genotypes[0].carries(2));
    assert!(!first.genotypes[1].carries(1));
    assert_eq!(first.genotypes[0].phase_set, Some(PhaseSet::Number(7)));
    let reads = |depth, alt, vaf| Reads { depth: Some(depth), alt: Some(alt), vaf: Some(vaf) };
    let expected = [
        RawEvidence {
            tumor: reads(61, 20, 0.3),
            normal: reads(31, 0, 0.0),
            rna: reads(10, 6, 0.6),
        },
        RawEvidence {
            tumor: reads(61, 30, 0.5),
            normal: reads(31, 1, 0.03),
            rna: reads(10, 0, 0.0),
        },
    ];
    assert_eq!(first.evidence, expected);
    assert_eq!(batch.records[1].evidence[0].tumor.depth, Some(2));

    let unknown = SampleNames { tumor: Some("X".to_owned()), normal: None };
    let error = read_bytes(text.as_bytes(), Samples::Tumor(&unknown)).unwrap_err();
    assert!(error.to_string().contains("the tumour sample X is not in the VCF; it has A, B, C"));
}

#[test]
fn headers() {
    let record = "1 1 . A T . . . GT 0/1 1|1\n".replace(' ', "\t");
    let columns = format!("{COLUMNS} FORMAT A B b\n").replace(' ', "\t").replace("\tb", " b");
    let check = |text: String, samples: &[&str], warnings: usize| {
        let (header, batch, _) = read(&text);
        assert_eq!(header.samples, samples, "{text}");
        assert_eq!(header.warnings.len(), warnings, "{:?}", header.warnings);
        assert_eq!((batch.records.len(), batch.quarantined.len()), (1, 0), "{text}");
        assert_eq!(batch.records[0].genotypes.len(), samples.len());
        header
    };
    let header = check(
        format!(
            "##fileformat=VCFv4.3\r\n##assembly=GRCh38\r\n##reference=file:///hg38.fa\r\n##contig=<ID=1,species=\"a, b\",length=9,assembly=B36>\r\n##contig=<ID=2>\r\n{}\r\n{record}",
            columns.trim_end()
        ),
        &["A", "B b"],
        0,
    );
    assert_eq!(
        (header.version.as_deref(), header.reference.as_deref()),
        (Some("VCFv4.3"), Some("file:///hg38.fa"))
    );
    let contigs: Vec<_> =
        header.contigs.iter().map(|c| (&*c.name, c.length, c.assembly.as_deref())).collect();
    assert_eq!(contigs, [("1", Some(9), Some("B36")), ("2", None, None)]);
    check(format!("##fileformat=VCFv4.0\n{columns}{record}"), &["A", "B b"], 1);
    check(format!("##source=x\n{columns}{record}"), &["A", "B b"], 1);
    check(format!("{columns}{record}"), &["A", "B b"], 1);
    check(record.clone(), &["1", "2"], 2);
    check(format!("##fileformat=VCFv4.2\n{record}"), &["1", "2"], 1);
    let sites = "1\t1\t.\tA\tT\t.\t.\t.\n";
    let names = COLUMNS.replace(' ', "\t");
    check(format!("##fileformat=VCFv4.2\n{names}\n{sites}"), &[], 0);
    check(format!("##fileformat=VCFv4.2\n{names}\t\t\n{sites}"), &[], 0);
    check(format!("##fileformat=VCFv4.2\n{names}\t\n{}\t\n", sites.trim_end()), &[], 0);
    check(sites.to_owned(), &[], 2);
}

#[test]
fn unusable_files_say_why() {
    let check = |bytes: &[u8], words: &str| {
        let error = read_bytes(bytes, Samples::All).unwrap_err().to_string();
        assert!(error.starts_with("t.vcf") && error.contains(words), "{error}");
    };
    check(b"", "not a VCF");
    check(b"gene,tpm\n", "not a VCF");
    check(
        b"Hugo_Symbol\tEntrez_Gene_Id\tCenter\tNCBI_Build\tChromosome\tStart\tEnd\tStrand\n",
        "not a VCF",
    );
    check(b"##fileformat=VCFv3.3\n", "not a VCF");
    check(b"##fileformat=VCFv4.2\n", "line 2: the line of column names");
    check(b"#CHROM POS ID REF ALT QUAL FILTER INFO\n", "line 1: the line of column names");
    check(b"BCF\x02\x02\x10\0\0\0", "convert it with `bcftools view");
    check(&[0x1f, 0x8b, 8, 0], "truncated");
    let names = SampleNames::default();
    let text = vcf("", &format!("{COLUMNS} FORMAT A B"), "");
    let error = read_bytes(text.as_bytes(), Samples::Tumor(&names)).unwrap_err();
    assert!(error.to_string().contains("which sample is the tumour? The VCF has A, B"));
}

#[test]
fn batches_and_threads_change_nothing() {
    let record = |pos| format!("1 {pos} rs{pos} A T . PASS DP={pos} GT 0/1\n");
    let records = (1..=200_000).map(record).collect::<Vec<_>>().concat();
    let records = records.replace("1 150000 ", "1 149999 rs A T . PASS . GT 0/1\n1 150000 ");
    let text = vcf("", &format!("{COLUMNS} FORMAT A"), &records);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let serial = one.install(|| read(&text));
    let lines: Vec<_> = serial.1.records.iter().map(|record| record.line).collect();
    assert_eq!((lines[0], lines.len(), lines[199_999]), (3, 200_000, 200_003));
    assert_eq!(serial.1.quarantined.len(), 1);
    assert!(serial == read(&text), "threads");
    let mut gzip = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(text.as_bytes()).unwrap();
    let cut = gzip.finish().unwrap();
    assert!(serial == read_bytes(&cut, Samples::All).unwrap(), "gzip");
    let error = read_bytes(&cut[..cut.len() - 9], Samples::All).unwrap_err();
    assert!(matches!(error, VcfError::Truncated { line: 190_000.., .. }), "{error}");
}
