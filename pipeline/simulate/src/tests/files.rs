//! Files: the same bytes whatever the threads, and what `vaxloom run` reads.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::{cohort, made_up};
use crate::{Cohort, SimulateError, write};

fn contents(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(dir).unwrap().to_string_lossy().into_owned();
                files.insert(name, fs::read(path).unwrap());
            }
        }
    }
    files
}

fn written(cohort: &Cohort, threads: usize) -> BTreeMap<String, Vec<u8>> {
    let dir = tempfile::tempdir().unwrap();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    let counts = pool.install(|| write(cohort, &made_up().2, dir.path(), || ())).unwrap();
    assert_eq!(counts.patients, cohort.patients);
    contents(dir.path())
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let small = Cohort { load: 0.05, ..cohort(1010, "mix") };
    let (one, two) = (written(&small, 1), written(&small, 2));
    assert_eq!(one.keys().collect::<Vec<_>>(), two.keys().collect::<Vec<_>>());
    assert!(one == two, "the files differ");
    let other = written(&Cohort { seed: 8, patients: 10, ..small.clone() }, 2);
    assert_ne!(one["vcf/000/SIM-0000001.vcf"], other["vcf/000/SIM-0000001.vcf"]);
    // A patient does not depend on how many others there are.
    let fewer = written(&Cohort { patients: 3, ..small }, 2);
    assert_eq!(one["vcf/000/SIM-0000003.vcf"], fewer["vcf/000/SIM-0000003.vcf"]);
    let names = ["samples.csv", "vcf/001/SIM-0001001.vcf", "records/Patient.001.ndjson"];
    for name in names.iter().chain(&["truth/mutations.001.tsv", "truth/patients.tsv"]) {
        assert!(one.contains_key(*name), "{name} of {:?}", one.keys().take(20).collect::<Vec<_>>());
    }
}

#[test]
fn files_are_those_that_the_readers_know() {
    let files = written(&Cohort { load: 0.3, ..cohort(40, "mix") }, 2);
    let dir = tempfile::tempdir().unwrap();
    let sheet = String::from_utf8(files["samples.csv"].clone()).unwrap();
    let truth = String::from_utf8(files["truth/mutations.000.tsv"].clone()).unwrap();
    let (mut calls, mut tables) = (0, 0);
    for (name, bytes) in &files {
        let path = dir.path().join(name.replace('/', "-"));
        fs::write(&path, bytes).unwrap();
        if name.starts_with("vcf/") {
            let names = vaxloom_genome::SampleNames::default();
            let content = vaxloom_genome::read_calls(&path, name, &names).unwrap();
            assert!(content.quarantined.is_empty(), "{:?}", content.quarantined);
            assert_eq!(content.alleles, content.variants.len());
            assert!(content.warnings.is_empty(), "{:?}", content.warnings);
            calls += content.variants.len();
        } else if name.starts_with("cnv/") {
            let content = vaxloom_genome::read_copy_number(&path, name).unwrap();
            assert!(content.quarantined.is_empty(), "{name}");
            assert!(content.segments.len() + content.allele_losses.len() > 0, "{name}");
            tables += 1;
        }
    }
    assert_eq!(calls + 1, truth.lines().count());
    assert_eq!(sheet.lines().filter(|line| line.contains(",cnv/")).count(), tables);
    assert!(tables > 5, "{tables}");
}

#[test]
fn names_that_there_are_not_are_told() {
    let genes = &made_up().2;
    let check = |cohort: Cohort, words: &str| {
        let error = cohort.world(genes).err().map(|error: SimulateError| error.to_string());
        assert!(error.as_deref().is_some_and(|error| error.contains(words)), "{error:?}");
    };
    check(cohort(1, "XYZ"), "type of cancer \"XYZ\": expected one of mix, BLCA, BRCA");
    let atlantis = Cohort { population: "atlantis".to_owned(), ..cohort(1, "mix") };
    check(atlantis, "population \"atlantis\": expected one of mix, african");
}
