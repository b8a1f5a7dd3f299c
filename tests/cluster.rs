//! A scheduler and executors, as processes of their own, and runs that use them.

mod faults;
mod members;

use std::fs;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::harness::{path, run_samples, same, sample_lake, vaxloom};

use members::{Members, Process, run_of};

#[test]
fn a_cluster_gives_the_same_rows_and_files() {
    let home = tempfile::tempdir().unwrap();
    let cluster = Members::start(&home, &[], &[&[], &["--threads", "2"]]);
    let lake = home.path().join("lake");
    run_samples(&lake, &["--cluster", &cluster.url]).ended_with(0);
    same(&lake, sample_lake());
    let work = lake.join(".cluster");
    assert!(!work.exists(), "nothing of the patients stays in {}", work.display());
    let jobs = cluster.get("/api/jobs");
    for stage in ["peptide", "presentation", "neoantigen", "construct"] {
        assert!(jobs.contains(&format!(" {stage}\"")), "{stage} is not among {jobs}");
    }
    assert!(!jobs.contains("Failed"), "{jobs}");
    assert!(cluster.get("/api/metrics").contains("job_exec_time_seconds"));
    // With nothing to do, nobody is asked.
    drop(cluster);
    let again = run_samples(&lake, &["--cluster", "http://127.0.0.1:1"]).ended_with(0);
    assert!(again.stdout.contains(" 0 run, "), "{}", again.stdout);
}

#[test]
fn a_terminal_shows_how_far_the_cluster_is() {
    let home = tempfile::tempdir().unwrap();
    let cluster = Members::start(&home, &[], &[&[]]);
    let lake = home.path().join("lake");
    let run = run_of(&lake, &["--cluster", &cluster.url, "--design", "full"]);
    // `script` (of util-linux) makes a terminal.
    let words = std::iter::once(run.get_program()).chain(run.get_args());
    let words: Vec<String> = words.map(|word| format!("'{}'", word.display())).collect();
    let script = Command::new("script")
        .args(["-qefc", &words.join(" "), "/dev/null"])
        .env("TERM", "xterm")
        .stdin(Stdio::null())
        .output();
    let shown = match script {
        Ok(script) => String::from_utf8(script.stdout).unwrap(),
        Err(error) => return eprintln!("skipped: script: {error}"),
    };
    let counts = shown.split(" tasks ").filter_map(|before| before.rsplit(' ').next());
    let done: Vec<&str> = counts.filter_map(|count| Some(count.split_once('/')?.0)).collect();
    assert!(done.contains(&"0"), "{shown}");
    // Said by the scheduler alone.
    assert!(done.iter().any(|done| done.parse().is_ok_and(|done: u32| done > 0)), "{shown}");
}

#[test]
fn peptides_are_scored_where_accelerators_are() {
    let home = tempfile::tempdir().unwrap();
    let mut cluster = Members::start(&home, &[], &[&[], &[], &["--accelerated"]]);
    let lake = home.path().join("lake");
    run_samples(&lake, &["--cluster", &cluster.url]).ended_with(0);
    same(&lake, sample_lake());
    let executors = cluster.get("/api/executors");
    assert_eq!(executors.matches("\"accelerated-").count(), 1, "{executors}");
    let answer = cluster.get("/api/jobs");
    let (_, jobs) = answer.split_once("\r\n\r\n").unwrap();
    let jobs: Vec<serde_json::Value> = serde_json::from_str(jobs).unwrap();
    let scoring: Vec<&str> = jobs
        .iter()
        .filter(|job| job["job_name"].as_str().unwrap().ends_with(" presentation"))
        .map(|job| job["job_id"].as_str().unwrap())
        .collect();
    assert!(!scoring.is_empty(), "{answer}");
    let logs: Vec<String> = cluster.executors.iter_mut().map(|it| it.terminate().stderr).collect();
    for job in scoring {
        let given: Vec<bool> = logs.iter().map(|log| log.contains(job)).collect();
        assert_eq!(given, [false, false, true], "{job}: {logs:?}");
    }
}

#[test]
fn an_executor_that_is_killed_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let mut cluster = Members::start(&home, &["--executor-timeout", "10"], &[&[], &[]]);
    let (lake, alone) = (home.path().join("lake"), home.path().join("alone"));
    let run = Process::run(&lake, &["--cluster", &cluster.url, "--design", "full"]);
    cluster.wait_for_job(" construct");
    cluster.executors.remove(0).kill();
    run.answer().ended_with(0);
    run_samples(&alone, &["--design", "full"]).ended_with(0);
    same(&lake, &alone);
}

#[test]
fn an_executor_that_is_told_to_stop_ends_its_tasks_first() {
    let home = tempfile::tempdir().unwrap();
    let mut cluster = Members::start(&home, &[], &[&[], &[]]);
    let lake = home.path().join("lake");
    let run = Process::run(&lake, &["--cluster", &cluster.url]);
    cluster.wait_for_job("");
    let stopped = cluster.executors.remove(0).terminate();
    assert_eq!(stopped.code, 0, "{}", stopped.stderr);
    run.answer().ended_with(0);
    same(&lake, sample_lake());
    let jobs = cluster.get("/api/jobs");
    assert!(!jobs.contains("Failed"), "{jobs}");
    let scheduler = cluster.scheduler.terminate();
    assert_eq!(scheduler.code, 0, "{}", scheduler.stderr);
}

#[test]
fn without_a_scheduler_a_run_fails_and_the_lake_stays() {
    let home = tempfile::tempdir().unwrap();
    let lake = home.path().join("lake");
    let fails = |url: &str, told: &str| {
        let failed = run_samples(&lake, &["--cluster", url]).ended_with(1);
        assert!(failed.stderr.contains(told), "{}", failed.stderr);
        let read = vaxloom(["sql", "--lake", path(&lake), "SELECT 1"]).ended_with(1);
        assert!(read.stderr.contains("no lake here"), "{}", read.stderr);
    };
    fails("http://127.0.0.1:1", "http://127.0.0.1:1: the scheduler cannot be reached");
    fails("ftp://127.0.0.1", "no address of a scheduler");
    let mut cluster = Members::start(&home, &[], &[]);
    fails(&cluster.url, "no executor has joined the scheduler");
    cluster.join(&home, &[]);
    let run = Process::run(&lake, &["--cluster", &cluster.url, "--cluster-wait", "2"]);
    cluster.wait_for_job("");
    let url = cluster.url.clone();
    drop(cluster);
    let failed = run.answer().ended_with(1);
    assert!(failed.stderr.contains(&format!("cluster {url}, ")), "{}", failed.stderr);
    assert!(failed.stderr.contains("the lake is as it was"), "{}", failed.stderr);
    let read = vaxloom(["sql", "--lake", path(&lake), "SELECT 1"]).ended_with(1);
    assert!(read.stderr.contains("no lake here"), "{}", read.stderr);
    // Nothing is in the way of the next run.
    run_samples(&lake, &[]).ended_with(0);
    same(&lake, sample_lake());
}

#[test]
fn who_would_compute_otherwise_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let epitopes = home.path().join("epitopes.txt");
    fs::write(&epitopes, "NLVPMVATV\nGILGFVFTL\n").unwrap();
    let with = ["--epitopes", path(&epitopes)];
    let cluster = Members::start(&home, &[], &[&with]);
    let lake = home.path().join("lake");
    let refused = run_samples(&lake, &["--cluster", &cluster.url]).ended_with(1);
    let told = "the cluster would answer otherwise: epitopes: none here, ";
    assert!(refused.stderr.contains(told), "{}", refused.stderr);
    let other = vaxloom(["executor", "--scheduler", &cluster.url]).ended_with(1);
    assert!(other.stderr.contains("is not taken in: epitopes: none there, "), "{}", other.stderr);
    let more = ["--cluster", &cluster.url, with[0], with[1]];
    run_samples(&lake, &more).ended_with(0);
}

#[test]
fn members_know_each_other_by_token_and_certificate() {
    let home = tempfile::tempdir().unwrap();
    let open = vaxloom(["scheduler", "--bind", "0.0.0.0:0"]).ended_with(1);
    assert!(open.stderr.contains("give --cluster-token"), "{}", open.stderr);
    let Some(ours) = credentials(&home, "ours") else { return };
    let ours: Vec<&str> = ours.iter().map(String::as_str).collect();
    let cluster = Members::start(&home, &ours, &[&ours]);
    let lake = home.path().join("lake");
    let asked = |more: &[&str]| run_samples(&lake, &[&["--cluster", &cluster.url], more].concat());
    let nobody = asked(&[]).ended_with(1);
    assert!(nobody.stderr.contains("the scheduler cannot be reached"), "{}", nobody.stderr);
    let theirs = credentials(&home, "theirs").unwrap();
    let theirs: Vec<&str> = theirs.iter().map(String::as_str).collect();
    let stranger = asked(&[&ours[..2], &theirs[2..]].concat()).ended_with(1);
    assert!(stranger.stderr.contains("the scheduler cannot be reached"), "{}", stranger.stderr);
    let guessed = asked(&[&theirs[..2], &ours[2..]].concat()).ended_with(1);
    assert!(guessed.stderr.contains("not the token of this cluster"), "{}", guessed.stderr);
    asked(&ours).ended_with(0);
    same(&lake, sample_lake());
}

/// Options of a member with a token, and a certificate for 127.0.0.1 that an authority of that name has signed; none, with a word,
/// where there is no openssl to make them.
fn credentials(home: &TempDir, name: &str) -> Option<Vec<String>> {
    let file = |what: &str| path(&home.path().join(format!("{name}.{what}"))).to_owned();
    let [token, ca, ca_key, cert, key, request, names] =
        ["token", "ca", "ca-key", "cert", "key", "request", "names"].map(file);
    fs::write(&token, format!("the token of {name}, which nobody guesses\n").replace(' ', "-"))
        .unwrap();
    fs::write(&names, "subjectAltName=IP:127.0.0.1\n").unwrap();
    let subject = format!("/CN={name}");
    let new = [
        "req",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        &subject,
    ];
    let steps: [Vec<&str>; 3] = [
        [&new[..], &["-x509", "-days", "2", "-keyout", &ca_key, "-out", &ca]].concat(),
        [&new[..], &["-keyout", &key, "-out", &request]].concat(),
        vec![
            "x509",
            "-req",
            "-in",
            &request,
            "-CA",
            &ca,
            "-CAkey",
            &ca_key,
            "-CAcreateserial",
            "-days",
            "2",
            "-extfile",
            &names,
            "-out",
            &cert,
        ],
    ];
    for step in steps {
        match Command::new("openssl").args(&step).output() {
            Ok(made) => assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr)),
            Err(error) => {
                eprintln!("skipped: openssl: {error}");
                return None;
            }
        }
    }
    let options = [
        "--cluster-token",
        &token,
        "--cluster-cert",
        &cert,
        "--cluster-key",
        &key,
        "--cluster-ca",
        &ca,
    ];
    Some(options.map(str::to_owned).to_vec())
}
