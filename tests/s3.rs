//! A server that speaks like S3, moto's, and the program over it.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Answer, answer, command, path, python};

/// The key that objects are encrypted with at rest.
pub(crate) const KEY: &str = "arn:aws:kms:us-east-1:123456789012:key/lake";

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

/// A server with an empty bucket, `bucket`, until it is dropped.
pub(crate) struct S3 {
    python: PathBuf,
    server: Child,
    port: u16,
}

impl S3 {
    /// None, with a word, where no Python has moto.
    pub(crate) fn start() -> Option<Self> {
        Self::with(&["-m", "moto.server", "-H", "127.0.0.1", "-p"])
    }

    /// One that answers 503 for some seconds, from the first write under that name on.
    pub(crate) fn faulty(name: &str, seconds: u64) -> Option<Self> {
        Self::with(&["-c", FAULTY, name, &seconds.to_string()])
    }

    /// Python with these arguments and a port.
    fn with(arguments: &[&str]) -> Option<Self> {
        let python = python("moto.server, boto3")?;
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Command::new(&python)
            .args(arguments)
            .arg(port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let s3 = Self { python, server, port };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_mins(1), "moto does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
        s3.client("s3.create_bucket(Bucket='bucket')");
        Some(s3)
    }

    /// What a Python script with a client `s3` prints.
    pub(crate) fn client(&self, script: &str) -> String {
        let script = format!(
            "import boto3, os, sys\ns3 = boto3.client('s3', endpoint_url='http://127.0.0.1:{}', region_name='us-east-1', \
             aws_access_key_id='test', aws_secret_access_key='test')\n\
             def objects(prefix):\n    \
             for page in s3.get_paginator('list_objects_v2').paginate(Bucket='bucket', Prefix=prefix):\n        \
             yield from page.get('Contents', [])\n{script}",
            self.port
        );
        let output = Command::new(&self.python).args(["-c", &script]).output().unwrap();
        answer(&output).ended_with(0).stdout
    }

    /// Key, hash and time of every object of a lake.
    pub(crate) fn objects(&self, lake: &str) -> Vec<String> {
        let told = self.client(&format!(
            "for o in objects('{lake}/'): print(o['Key'], o['ETag'], o['LastModified'])"
        ));
        told.lines().map(str::to_owned).collect()
    }

    /// Copies a folder into the bucket.
    pub(crate) fn upload(&self, folder: &Path, lake: &str) {
        self.client(&format!(
            "for folder, _, files in os.walk({folder:?}):\n    for name in files:\n        \
             path = os.path.join(folder, name)\n        \
             s3.upload_file(path, 'bucket', '{lake}/' + os.path.relpath(path, {folder:?}))",
            folder = path(folder)
        ));
    }

    /// Copies a lake of the bucket into a folder.
    pub(crate) fn download(&self, lake: &str, folder: &Path) {
        self.client(&format!(
            "for o in objects('{lake}/'):\n    \
             path = os.path.join({folder:?}, o['Key'][len('{lake}/'):])\n    \
             os.makedirs(os.path.dirname(path), exist_ok=True)\n    \
             s3.download_file('bucket', o['Key'], path)",
            folder = path(folder)
        ));
    }

    /// The program, told where the store is.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command();
        command
            .args(arguments)
            .env("AWS_ENDPOINT", format!("http://127.0.0.1:{}", self.port))
            .env("AWS_ALLOW_HTTP", "true")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_SERVER_SIDE_ENCRYPTION", "aws:kms")
            .env("AWS_SSE_KMS_KEY_ID", KEY);
        command
    }

    /// Runs the program.
    pub(crate) fn vaxloom(&self, arguments: &[&str]) -> Answer {
        answer(&self.command(arguments).output().unwrap())
    }

    /// Starts the program, to go on while the test does.
    pub(crate) fn begun(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// One query, as CSV lines without the header.
    pub(crate) fn rows(&self, lake: &str, query: &str) -> Vec<String> {
        let lake = format!("s3://bucket/{lake}");
        let answer = self.vaxloom(&["sql", "--lake", &lake, "--format", "csv", query]);
        answer.ended_with(0).stdout.lines().skip(1).map(str::to_owned).collect()
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.server.kill().ok();
        self.server.wait().ok();
    }
}
