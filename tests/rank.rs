//! `vaxloom rank` on pVACseq's own tables.

use std::fs;
use std::io::Read;

use flate2::read::MultiGzDecoder;

use crate::broken::copy;
use crate::harness::{path, repository, rows, run_samples, sample_lake, shared, vaxloom};

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

const DRIVERS: &str = r#"
name = "drivers-first"
description = "Known drivers before all others"

[[tier]]
name = "Driver"
meaning = "The gene is a known driver of cancer"
when = "driver_gene"

[[tier]]
name = "Other"
meaning = "Everything else"
when = "TRUE"

[[sort]]
by = "mt_percentile"
"#;

#[test]
fn a_lake_is_ranked_anew_and_scores_stay() {
    let folder = tempfile::tempdir().unwrap();
    let (lake, policy) = (folder.path().join("lake"), folder.path().join("drivers.toml"));
    copy(sample_lake(), &lake);
    let scores = "SELECT * EXCEPT (tier, tier_index, rank, policy, run_id) FROM neoantigen ORDER BY patient_id, sample_id, variant_id";
    let (before, places) =
        (rows(&lake, scores), rows(&lake, "SELECT count(*) FROM neoantigen WHERE rank = 1"));
    fs::write(&policy, DRIVERS).unwrap();
    let rank = |more: &[&str]| vaxloom(["rank", "--lake", path(&lake)].iter().chain(more));
    let moved = rank(&["--policy", path(&policy)]).ended_with(0).stdout;
    assert!(moved.starts_with("patient_id\tsample_id\tvariant_id\tgene\t"), "{moved}");
    assert!(
        moved.lines().skip(1).all(|line| line.split('\t').count() == 10 && !line.ends_with('\t'))
    );
    assert_eq!(rows(&lake, scores), before);
    assert_eq!(
        rows(&lake, "SELECT DISTINCT policy, tier FROM neoantigen ORDER BY 2"),
        ["drivers-first,Driver", "drivers-first,Other"]
    );
    assert_eq!(rows(&lake, "SELECT count(*) FROM neoantigen WHERE rank = 1"), places);
    let behind = "SELECT count(*) FROM neoantigen AS a JOIN neoantigen AS b ON a.patient_id = b.patient_id \
                  WHERE a.driver_gene AND NOT b.driver_gene AND a.rank > b.rank";
    assert_eq!(rows(&lake, behind), ["0"]);
    // The version before is still there; a second time nothing moves; pages name the new tiers.
    let version = "SELECT count(*) FROM run";
    assert_eq!(rows(&lake, version), ["2"]);
    let again = rank(&["--policy", path(&policy)]).ended_with(0).stdout;
    assert_eq!(again.lines().count(), 1, "{again}");
    let pages = folder.path().join("pages");
    vaxloom(["report", "--lake", path(&lake), "-o", path(&pages)]).ended_with(0);
    let page = fs::read_to_string(pages.join("VX-0001.html")).unwrap();
    assert!(page.contains("The gene is a known driver of cancer"));
    // A run with another policy makes every patient anew.
    let run = run_samples(&lake, &[]).ended_with(0).stdout;
    assert!(run.contains("8 run, 0 unchanged"), "{run}");
    // What names no column is refused with its line.
    fs::write(&policy, DRIVERS.replace("\"driver_gene\"", "\"driver_genes\"")).unwrap();
    let error = rank(&["--policy", path(&policy)]).ended_with(1).stderr;
    assert!(error.contains("drivers.toml") && error.contains("driver_genes"), "{error}");
}
