//! Processes of a cluster.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use tempfile::{NamedTempFile, TempDir};

use crate::harness::{Answer, command, path, repository};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(5);

/// `vaxloom run` on the sample cohort.
pub(super) fn run_of(lake: &Path, more: &[&str]) -> Command {
    let sheet = repository("data-samples/samples.csv");
    let records = repository("data-samples/records");
    let mut run = command();
    run.args(["run", "--samples", path(&sheet), "--records", path(&records), "--lake", path(lake)]);
    run.args(more);
    run
}

/// A program that runs beside the test, and ends with it.
pub(super) struct Process {
    child: Child,
    stdout: NamedTempFile,
    stderr: NamedTempFile,
}

impl Process {
    fn start(command: &mut Command) -> Self {
        let [stdout, stderr] = [(); 2].map(|()| NamedTempFile::new().unwrap());
        let to = |file: &NamedTempFile| Stdio::from(file.reopen().unwrap());
        let child = command.stdout(to(&stdout)).stderr(to(&stderr)).stdin(Stdio::null());
        Self { child: child.spawn().unwrap(), stdout, stderr }
    }

    /// `vaxloom run` on the sample cohort.
    pub(super) fn run(lake: &Path, more: &[&str]) -> Self {
        Self::start(&mut run_of(lake, more))
    }

    /// What stands between these words and the end of the line that has them, as soon as it does.
    fn told(&mut self, words: &str) -> String {
        let started = Instant::now();
        loop {
            let text = fs::read_to_string(self.stderr.path()).unwrap();
            let line = text
                .split_inclusive('\n')
                .find(|line| line.contains(words) && line.ends_with('\n'));
            if let Some((_, rest)) = line.and_then(|line| line.split_once(words)) {
                return rest.trim().to_owned();
            }
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none() && started.elapsed() < PATIENCE, "{ended:?}: {text}");
            sleep(Duration::from_millis(20));
        }
    }

    /// Ends it as a power cut does.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends it a signal.
    pub(super) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Tells it to stop, and waits until it has.
    pub(super) fn terminate(&mut self) -> Answer {
        self.signal("TERM");
        self.waited()
    }

    /// Waits for its end.
    pub(super) fn answer(mut self) -> Answer {
        self.waited()
    }

    fn waited(&mut self) -> Answer {
        let started = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(started.elapsed() < PATIENCE, "it does not end");
            sleep(Duration::from_millis(20));
        };
        let [stdout, stderr] =
            [&self.stdout, &self.stderr].map(|file| fs::read_to_string(file.path()).unwrap());
        Answer { code: status.code().unwrap_or(-1), stdout, stderr }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A scheduler and its executors.
pub(super) struct Members {
    pub(super) scheduler: Process,
    pub(super) executors: Vec<Process>,
    pub(super) url: String,
}

impl Members {
    /// Starts a scheduler with these options, and an executor with each of those.
    pub(super) fn start(home: &TempDir, scheduler: &[&str], executors: &[&[&str]]) -> Self {
        let (scheduler, address) = scheduler_on("127.0.0.1:0", scheduler);
        let url = format!("http://{address}");
        let mut members = Self { scheduler, executors: vec![], url };
        for more in executors {
            members.join(home, more);
        }
        members
    }

    /// Ends the scheduler as a power cut does, and starts another under its address.
    pub(super) fn restart_scheduler(&mut self) {
        let address = self.url.trim_start_matches("http://");
        self.scheduler.child.kill().unwrap();
        self.scheduler.child.wait().unwrap();
        self.scheduler = scheduler_on(address, &[]).0;
    }

    /// Starts one more executor.
    pub(super) fn join(&mut self, home: &TempDir, more: &[&str]) {
        let work = home.path().join(format!("executor-{}", self.executors.len()));
        let mut arguments = vec!["executor", "--scheduler", &self.url, "--work-dir", path(&work)];
        if !more.contains(&"--threads") {
            arguments.extend(["--threads", "1"]);
        }
        // Which tasks it is given is told as well.
        let mut executor = command();
        executor.env("RUST_LOG", "warn,vaxloom=info,ballista_executor=info");
        let mut executor = Process::start(executor.args(arguments).args(more));
        executor.told(" has joined ");
        self.executors.push(executor);
    }

    /// What the scheduler answers to a browser.
    pub(super) fn get(&self, page: &str) -> String {
        let host = self.url.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET {page} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 200"), "{page}: {text}");
        text
    }

    /// Waits until a job of that name runs.
    pub(super) fn wait_for_job(&self, name: &str) {
        let started = Instant::now();
        loop {
            let jobs = self.get("/api/jobs");
            let running =
                |job: &&str| job.contains(&format!("{name}\"")) && job.contains("Running");
            if jobs.split("},{").any(|job| running(&job)) {
                return;
            }
            assert!(started.elapsed() < PATIENCE, "no job runs: {jobs}");
            sleep(Duration::from_millis(5));
        }
    }
}

/// A scheduler on an address, and the address with its port.
fn scheduler_on(address: &str, more: &[&str]) -> (Process, String) {
    let mut scheduler = Process::start(command().args(["scheduler", "--bind", address]).args(more));
    let address = scheduler.told("scheduler on ");
    (scheduler, address)
}
