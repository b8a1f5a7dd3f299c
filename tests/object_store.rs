//! A lake in an object store, and one in a store that fails.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Answer, answer, command, path, repository, rows, sample_lake};
use crate::lake::python;

/// The key that objects are encrypted with at rest.
const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/lake";

/// moto's server; from the first object on that is written under the name in its first argument, it answers 503 for as many seconds
/// as its second says.
const FAULTY: &str = "
import sys, time
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

moto = DomainDispatcherApplication(create_backend_app)
name, seconds, port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
until = None

def answer(environment, start):
    global until
    if until is None and environment['REQUEST_METHOD'] == 'PUT' and name in environment['PATH_INFO']:
        until = time.monotonic() + seconds
    if until is None or time.monotonic() > until:
        return moto(environment, start)
    environment['wsgi.input'].read(int(environment.get('CONTENT_LENGTH') or 0))
    start('503 Service Unavailable', [('Content-Length', '0')])
    return [b'']

run_simple('127.0.0.1', port, answer, threaded=True)
";

/// A server that speaks like S3, until it is dropped.
struct S3 {
    server: Child,
    port: u16,
}

impl S3 {
    fn start(python: &Path) -> Self {
        Self::with(python, &["-m", "moto.server", "-H", "127.0.0.1", "-p"])
    }

    /// One that answers 503 for some seconds, from the first write under that name on.
    fn faulty(python: &Path, name: &str, seconds: u64) -> Self {
        Self::with(python, &["-c", FAULTY, name, &seconds.to_string()])
    }

    /// Python with these arguments and a port.
    fn with(python: &Path, arguments: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Command::new(python)
            .args(arguments)
            .arg(port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_mins(1), "moto does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
        Self { server, port }
    }

    /// The program, told where the store is.
    fn vaxloom(&self, arguments: &[&str]) -> Answer {
        let output = command()
            .args(arguments)
            .env("AWS_ENDPOINT", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_SERVER_SIDE_ENCRYPTION", "aws:kms")
            .env("AWS_SSE_KMS_KEY_ID", KEY)
            .output()
            .unwrap();
        answer(&output)
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}

#[test]
fn a_lake_lies_in_an_object_store() {
    let Some(python) = python("moto.server, boto3") else { return };
    let s3 = S3::start(&python);
    let client = |script: &str| {
        let script = format!(
            "import boto3\ns3 = boto3.client('s3', endpoint_url='http://127.0.0.1:{}', region_name='us-east-1', \
             aws_access_key_id='test', aws_secret_access_key='test')\n{script}",
            s3.port
        );
        answer(&Command::new(&python).args(["-c", &script]).output().unwrap()).ended_with(0).stdout
    };
    client("s3.create_bucket(Bucket='bucket')");
    client(&format!(
        "import os\nfor folder, _, files in os.walk({lake:?}):\n    for name in files:\n        \
         path = os.path.join(folder, name)\n        \
         s3.upload_file(path, 'bucket', 'lake/' + os.path.relpath(path, {lake:?}))",
        lake = path(sample_lake())
    ));
    let sql = |query: &str| {
        s3.vaxloom(&["sql", "--lake", "s3://bucket/lake", "--format", "csv", query])
            .ended_with(0)
            .stdout
    };
    let ranks = "SELECT patient_id, variant_id, tier, rank, mt_percentile FROM neoantigen ORDER BY 1, 2, 3, 4";
    let local: Vec<String> = rows(sample_lake(), ranks);
    assert_eq!(sql(ranks).lines().skip(1).collect::<Vec<_>>(), local);
    let run_id = sql("SELECT run_id FROM run").lines().nth(1).unwrap().to_owned();
    let restore = ["lake", "restore", "--lake", "s3://bucket/lake", "--run", &run_id];
    s3.vaxloom(&restore).ended_with(0);
    assert_eq!(sql("SELECT count(*) AS n FROM run"), "n\n2\n", "a commit");
    s3.vaxloom(&["lake", "vacuum", "--lake", "s3://bucket/lake", "--keep-days", "0"]).ended_with(0);
    assert_eq!(sql(ranks).lines().skip(1).collect::<Vec<_>>(), local);
    let keys = client(
        "for page in s3.get_paginator('list_objects_v2').paginate(Bucket='bucket'):\n    \
         for o in page['Contents']: print(s3.head_object(Bucket='bucket', Key=o['Key']).get('SSEKMSKeyId'))",
    );
    let encrypted = keys.lines().filter(|key| *key == KEY).count();
    assert!(encrypted >= 2, "what is written is encrypted: {keys}");
    let sheet = repository("data-samples/samples.csv");
    let records = repository("data-samples/records");
    let pages = tempfile::tempdir().unwrap();
    let run = |more: &[&str]| {
        let inputs = ["run", "--samples", path(&sheet), "--records", path(&records)];
        s3.vaxloom(&[&inputs[..], more].concat())
    };
    let homeless = run(&["--lake", "s3://bucket/made"]).ended_with(1);
    assert!(homeless.stderr.contains("needs --reports"), "{}", homeless.stderr);
    let made = ["--lake", "s3://bucket/made", "--reports", path(pages.path())];
    run(&made).ended_with(0);
    let there = ["sql", "--lake", "s3://bucket/made", "--format", "csv", ranks];
    let there = s3.vaxloom(&there).ended_with(0).stdout;
    assert_eq!(there.lines().skip(1).collect::<Vec<_>>(), local, "as in a folder");
    assert!(
        pages.path().join("VX-0001.html").is_file() && pages.path().join(".audit.jsonl").is_file()
    );
    let again = run(&made).ended_with(0);
    assert!(again.stdout.contains(" 0 run, "), "{}", again.stdout);
    let forget = ["lake", "forget", "--lake", "s3://bucket/made", "VX-0001"];
    let forget = s3.vaxloom(&forget).ended_with(1);
    assert!(forget.stderr.contains("in a folder alone"), "{}", forget.stderr);
    let lost = run(&["--lake", "s3://nothing/lake", "--reports", path(pages.path())]).ended_with(1);
    assert!(lost.stderr.contains("s3://nothing/lake"), "{}", lost.stderr);
    let away = s3.vaxloom(&["sql", "--lake", "s3://nothing/lake", "SELECT 1"]).ended_with(1);
    assert!(away.stderr.contains("s3://nothing/lake"), "{}", away.stderr);
    let unknown = s3.vaxloom(&["sql", "--lake", "ftp://bucket/lake", "SELECT 1"]).ended_with(1);
    assert!(
        unknown.stderr.contains("found ftp://, expected a folder or s3://"),
        "{}",
        unknown.stderr
    );
}

#[test]
fn a_store_that_says_no_for_some_seconds_is_asked_again() {
    let Some(python) = python("moto.server, boto3") else { return };
    let seconds = 8;
    let s3 = S3::faulty(&python, "/lake/neoantigen/", seconds);
    let made = Command::new(&python)
        .args([
            "-c",
            "import boto3, sys\nboto3.client('s3', endpoint_url=sys.argv[1], region_name='us-east-1', \
             aws_access_key_id='test', aws_secret_access_key='test').create_bucket(Bucket='bucket')",
            &format!("http://127.0.0.1:{}", s3.port),
        ])
        .output();
    answer(&made.unwrap()).ended_with(0);
    let sheet = repository("data-samples/samples.csv");
    let records = repository("data-samples/records");
    let pages = tempfile::tempdir().unwrap();
    let lake = ["--lake", "s3://bucket/lake", "--reports", path(pages.path())];
    let inputs = ["run", "--samples", path(&sheet), "--records", path(&records)];
    s3.vaxloom(&[&inputs[..], &lake].concat()).ended_with(0);
    let query =
        "SELECT * EXCEPT (run_id) FROM neoantigen ORDER BY patient_id, sample_id, variant_id";
    let there = s3.vaxloom(&["sql", "--lake", "s3://bucket/lake", "--format", "csv", query]);
    let there = there.ended_with(0).stdout;
    let local = rows(sample_lake(), query);
    assert_eq!(there.lines().skip(1).collect::<Vec<_>>(), local);
}
