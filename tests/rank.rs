//! `vaxloom rank` on pVACseq's own tables.

use std::fs;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::harness::{path, repository, shared, vaxloom};

#[test]
fn pvacseqs_table_comes_out_cell_for_cell() {
    let Some(folder) = shared("acceptance/variants/tiers-pvacseq-7.1.5") else { return };
    let out = tempfile::tempdir().unwrap();
    let table =
        |name: &str| folder.join(format!("HCC1395_TUMOR_DNA.MHC_I.all_epitopes{name}.tsv.gz"));
    let mut expected = String::new();
    let compressed = fs::File::open(table(".aggregated")).unwrap();
    MultiGzDecoder::new(compressed).read_to_string(&mut expected).unwrap();
    let scores = table("");
    let file = out.path().join("aggregated.tsv");
    let words = ["rank", "--policy", "pvac-7", "--scores", path(&scores), "-o", path(&file)];
    vaxloom(words).ended_with(0);
    assert!(fs::read_to_string(&file).unwrap() == expected);
    // Tiers of a table that is aggregated already.
    let again = vaxloom(["rank", "--scores", path(&file)]).ended_with(0);
    assert!(again.stdout == expected);
}

#[test]
fn a_policy_is_a_file_and_its_mistakes_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = vaxloom(["rank", "--show", "pvac-7"]).ended_with(0).stdout;
    let built_in = repository("pipeline/immune/policies/pvac-7.toml");
    assert_eq!(text, fs::read_to_string(built_in).unwrap());
    let scores = folder.path().join("scores.tsv");
    fs::write(&scores, "a\tb\n1\t2\n").unwrap();
    let error = |policy: &str, scores: &str| {
        vaxloom(["rank", "--policy", policy, "--scores", scores]).ended_with(1).stderr
    };
    assert!(error("pvac-9", path(&scores)).contains("expected pvac-7, "));
    assert!(error("pvac-7", "/nowhere.tsv").contains("/nowhere.tsv: cannot be read"));
    assert!(error("pvac-7", path(&scores)).contains("scores.tsv"));
    let broken = folder.path().join("broken.toml");
    fs::write(&broken, text.replace("[limits]", "[limits]\nno_such_limit = 1")).unwrap();
    let stderr = error(path(&broken), path(&scores));
    assert!(stderr.contains("broken.toml") && stderr.contains("no_such_limit"), "{stderr}");
}
