//! The main job with a reference: calls without annotation, fusions, reads of RNA and copy numbers.

use super::Gene;
use crate::harness::{path, rows, run, shared, vaxloom};

/// Codon 5 (GGT, G) becomes GAT; the second record's REF is not the reference's.
const CALLS: &str = "##fileformat=VCFv4.2
#CHROM POS ID REF ALT QUAL FILTER INFO FORMAT T
chr1 44 . G A . PASS . GT:DP:AD 0/1:100:60,40
chr1 47 . T C . PASS . GT:DP:AD 0/1:100:60,40
";

const FUSIONS: &str = "#FusionName JunctionReadCount SpanningFragCount LeftGene LeftBreakpoint RightGene RightBreakpoint CDS_LEFT_ID CDS_LEFT_RANGE CDS_RIGHT_ID CDS_RIGHT_RANGE PROT_FUSION_TYPE FUSION_CDS FUSION_TRANSL
BCR--ABL1 12 3 BCR^ENSG1.2 chr22:100:+ ABL1^ENSG2.3 chr9:200:- T1 1-27 T2 5-9 INFRAME atgaaaaaacgtggtcacgattttctgGGTGGTTGGGGTGGTTGGGGTTAA MKKRGHDFLGGWGGWG*
";

const LOHHLA: &str = "region HLA_A_type1 HLA_A_type2 HLA_type1copyNum_withBAFBin HLA_type2copyNum_withBAFBin LossAllele KeptAllele PVal_unique
x hla_a_02_01_01_01 hla_a_11_01_01 0.1 2.0 hla_a_02_01_01_01 hla_a_11_01_01 0.0001
";

fn world() -> Gene {
    let gene = Gene::new();
    gene.build("reference", &[("--fasta", "genome.fa"), ("--gff", "genes.gff3")]).ended_with(0);
    gene.write("calls.vcf", &CALLS.replace(' ', "\t"));
    gene.write("fusions.tsv", &FUSIONS.replace(' ', "\t"));
    gene.write("loss.tsv", &LOHHLA.replace(' ', "\t"));
    gene.write(
        "sheet.csv",
        "patient,sample,vcf,tumor_sample,fusions,hla,cnv,purity\n\
         P1,S1,calls.vcf,T,fusions.tsv,HLA-A*02:01;HLA-A*11:01,loss.tsv,0.8\n",
    );
    gene
}

#[test]
fn calls_without_annotation_fusions_and_losses() {
    let gene = world();
    let (lake, reference) = (gene.path("lake"), gene.path("reference"));
    let more = ["--reference", path(&reference)];
    run(&gene.path("sheet.csv"), None, &lake, &more).ended_with(3);
    let check =
        |query: &str, expected: &[&str]| assert_eq!(rows(&lake, query), expected, "{query}");
    check(
        "SELECT variant_id, variant_class, protein_change, mutant_protein, haplotype FROM consequence ORDER BY 1",
        &[
            "chr1:44:G:A,missense,p.G5D,MAKRDHDFW,chr1:44:G:A",
            "chr22:100:N:N]chr9:200],fusion_inframe,BCR::ABL1,MKKRGHDFLGGWGGWG,chr22:100:N:N]chr9:200]",
        ],
    );
    check(
        "SELECT source_line, path, rule, message FROM quarantine",
        &["4,record,vcf.reference,REF has T at 47; the reference has A"],
    );
    // On half of the copies of all cells, of which 0.8 are the tumour's: clonal.
    check(
        "SELECT variant_id, purity, ccf, clonality, clonality_note, rna_alt_reads FROM somatic_variant ORDER BY 1",
        &[
            "chr1:44:G:A,0.8,1.0,clonal,copy number assumed to be that of normal cells,",
            "chr1:47:T:C,0.8,1.0,clonal,copy number assumed to be that of normal cells,",
            "chr22:100:N:N]chr9:200],0.8,,,,12",
        ],
    );
    check(
        "SELECT allele, lost, note FROM hla_typing ORDER BY 1",
        &["HLA-A*02:01,true,lost in the tumour (LOHHLA)", "HLA-A*11:01,false,"],
    );
    // What is lost presents nothing; windows across a junction of two partners have residues of both.
    check("SELECT DISTINCT best_allele FROM neoantigen", &["HLA-A*11:01"]);
    check("SELECT gene, rank > 0 FROM neoantigen ORDER BY 1", &["BCR::ABL1,true", "GENE,true"]);
    check(
        "SELECT count(*) FROM peptide WHERE gene = 'BCR::ABL1' AND (start > 9 OR start + length <= 10)",
        &["0"],
    );
    check("SELECT count(*) > 0 FROM peptide WHERE gene = 'BCR::ABL1'", &["true"]);
    // The second time there is nothing to do; another reference is another input.
    let again = run(&gene.path("sheet.csv"), None, &lake, &more).ended_with(3);
    assert!(again.stdout.contains("1 unchanged"), "{}", again.stdout);
    gene.build("other", &[("--fasta", "genome.fa"), ("--gtf", "genes.gtf")]).ended_with(0);
    let other = gene.path("other");
    let again = run(&gene.path("sheet.csv"), None, &lake, &["--reference", path(&other)]);
    assert!(again.ended_with(3).stdout.contains("1 run, 0 unchanged"));
}

#[test]
fn normal_peptides_are_no_neoantigens() {
    let gene = world();
    // The proteome has the mutant's last seven residues and more: only windows that hold what stands before are left.
    gene.write("proteome.fa", ">P1\nMAKRGHDFW\n>P2\nKRDHDFWVVV\n");
    let files = [("--fasta", "genome.fa"), ("--gff", "genes.gff3"), ("--proteome", "proteome.fa")];
    gene.build("with-proteome", &files).ended_with(0);
    gene.write("proteome.fa", ">P2\nMAKRDHDF\n>P3\nAKRDHDFW\n");
    gene.build("with-another", &files).ended_with(0);
    let peptides = |reference: &str| {
        let (lake, reference) = (gene.path(&format!("{reference}-lake")), gene.path(reference));
        run(&gene.path("sheet.csv"), None, &lake, &["--reference", path(&reference)]).ended_with(3);
        rows(&lake, "SELECT peptide FROM peptide WHERE gene = 'GENE' ORDER BY length, start")
    };
    assert_eq!(peptides("with-proteome"), ["MAKRDHDF", "AKRDHDFW", "MAKRDHDFW"]);
    assert_eq!(peptides("with-another"), ["MAKRDHDFW"]);
    // What is left has eight residues with the change that are self.
    let lake = gene.path("with-another-lake");
    let of_self = "SELECT self_match, tier FROM neoantigen WHERE gene = 'GENE'";
    assert_eq!(rows(&lake, of_self), ["true,SelfMatch"]);
    let near = "SELECT s['peptide'], s['mismatches'], dissimilarity('MAKRDHDF') < 0.01, dissimilarity('WWWWWWWW') > 0.99 \
        FROM (SELECT nearest_self('MAKRDHDA') AS s)";
    let reference = gene.path("with-another");
    let answer = vaxloom(["sql", "--reference", path(&reference), "--format", "csv", near]);
    assert_eq!(answer.ended_with(0).stdout.lines().last(), Some("MAKRDHDF,1,true,true"));
}

#[test]
fn inputs_that_cannot_be_used_keep_their_patient_out() {
    let gene = world();
    gene.write("unsorted.vcf", &{
        let mut lines: Vec<&str> = CALLS.lines().collect();
        lines.swap(2, 3);
        lines.join("\n").replace(' ', "\t") + "\n"
    });
    gene.write("odd.tsv", "a\tb\n1\t2\n");
    gene.write(
        "sheet.csv",
        "patient,sample,vcf,tumor_sample,rna_bam,fusions,hla,cnv\n\
         P1,S1,unsorted.vcf,T,,,HLA-A*11:01,\n\
         P2,S1,calls.vcf,T,odd.tsv,,HLA-A*11:01,\n\
         P3,S1,calls.vcf,T,,odd.tsv,HLA-A*11:01,\n\
         P4,S1,calls.vcf,T,,,HLA-A*11:01,odd.tsv\n\
         P5,S1,calls.vcf,T,,,HLA-A*11:01,\n",
    );
    let (lake, reference) = (gene.path("lake"), gene.path("reference"));
    run(&gene.path("sheet.csv"), None, &lake, &["--reference", path(&reference)]).ended_with(3);
    assert_eq!(
        rows(
            &lake,
            "SELECT patient_id, path, rule FROM quarantine WHERE stage = 'inputs' ORDER BY 1"
        ),
        [
            "P1,vcf,vcf.consequences",
            "P2,rna_bam,rna.file",
            "P3,fusions,fusion.file",
            "P4,cnv,copy-number.file",
        ]
    );
    assert_eq!(rows(&lake, "SELECT patient_id FROM patient"), ["P5"]);
}

#[test]
fn reads_of_rna_are_counted() {
    let Some(data) = shared("acceptance/variants/wlos0001-tp53/data") else { return };
    let folder = tempfile::tempdir().unwrap();
    let (lake, reference) = (folder.path().join("lake"), folder.path().join("reference"));
    let file = |name: &str| path(&data.join(name)).to_owned();
    let (gtf, fasta) = (file("tp53-ensembl-98.gtf"), file("canfam3-chr5-tp53-masked.fa.gz"));
    let words = ["reference", "build", "--gtf", &gtf, "--fasta", &fasta, "--out", path(&reference)];
    vaxloom(words).ended_with(0);
    let sheet = folder.path().join("sheet.csv");
    let (vcf, bam) = (file("wlos0001-tp53.vcf"), file("wlos0001-tp53.bam"));
    let text = format!("patient,sample,vcf,rna_bam,hla\nW1,T,{vcf},{bam},HLA-A*02:01\n");
    std::fs::write(&sheet, text).unwrap();
    run(&sheet, None, &lake, &["--reference", path(&reference)]).ended_with(0);
    let found = rows(
        &lake,
        "SELECT gene, n.rna_depth, v.rna_alt_reads, n.rna_alt_fragments, round(n.rna_vaf, 4), \
         contains(long_peptide, 'SGNVLGRNSFEVCVCACPGRDRRTE') \
         FROM neoantigen AS n JOIN somatic_variant AS v USING (patient_id, variant_id)",
    );
    assert_eq!(found, ["TP53,405,297,289,0.7333,true"]);
}
