//! The prompt of `vaxloom sql`, on a terminal of its own.

use std::fs;
use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crate::harness::{path, sample_lake};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_mins(2);

/// A person at a terminal, which `script` (of util-linux) makes.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    shown: Arc<Mutex<String>>,
    /// How much of what is shown has been read.
    read: usize,
}

impl Terminal {
    fn open(command: &str, state: &str) -> Option<Self> {
        let child = Command::new("script")
            .args(["-qefc", command, "/dev/null"])
            .env("TERM", "xterm")
            .env("PAGER", "cat")
            .env("XDG_STATE_HOME", state)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = match child {
            Ok(child) => child,
            Err(error) => {
                eprintln!("skipped: script: {error}");
                return None;
            }
        };
        let keys = child.stdin.take().unwrap();
        let mut output = child.stdout.take().unwrap();
        let shown = Arc::new(Mutex::new(String::new()));
        let screen = Arc::clone(&shown);
        thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = output.read(&mut buffer) {
                screen.lock().unwrap().push_str(&String::from_utf8_lossy(&buffer[..n]));
            }
        });
        Some(Self { child, keys, shown, read: 0 })
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// What is shown until these words are, and with them.
    fn shows(&mut self, words: &str) -> String {
        let started = Instant::now();
        loop {
            let shown = self.shown.lock().unwrap()[self.read..].to_owned();
            if let Some(at) = shown.find(words) {
                let end = at + words.len();
                self.read += end;
                return shown[..end].to_owned();
            }
            assert!(started.elapsed() < PATIENCE, "no {words:?}: {shown}");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

#[test]
fn a_prompt_answers_completes_and_remembers() {
    let home = tempfile::tempdir().unwrap();
    let vaxloom = env!("CARGO_BIN_EXE_vaxloom");
    let lake = path(sample_lake());
    let command = format!("'{vaxloom}' sql --lake '{lake}'");
    let prompt = format!("{lake}> ");
    let Some(mut terminal) = Terminal::open(&command, path(home.path())) else { return };
    terminal.shows(&prompt);
    // Two lines are one query, and the tabulator writes what a name must be.
    terminal.press("SELECT count(*) AS found\rFROM neoanti\t;\r");
    terminal.shows("FROM neoantigen");
    terminal.shows("| found |");
    terminal.shows("1 rows in ");
    terminal.shows(&prompt);
    for (keys, shown) in [
        // A mistake is told and ends nothing.
        ("SELECT patent_id FROM patient;\r", "did you mean patient_id?"),
        ("DROP TABLE patient;\r", "queries only read"),
        ("\\d\r", "top_neoantigens"),
        ("\\d construct\r", "poly"),
        ("\\df foreignness\r", "foreignness("),
        ("\\format csv\r", ""),
        ("\\timing\r", ""),
    ] {
        terminal.press(keys);
        terminal.shows(shown);
        terminal.shows(&prompt);
    }
    terminal.press("SELECT 1 AS one, 2 AS two;\r");
    terminal.shows("one,two\r\n1,2\r\n");
    assert!(!terminal.shows(&prompt).contains("rows in"), "timing is off");
    // Ctrl-C leaves a line, Ctrl-D the prompt.
    terminal.press("SELECT nonsense\x03");
    terminal.shows(&prompt);
    terminal.press("\x04");
    assert!(terminal.child.wait().unwrap().success());
    let history = fs::read_to_string(home.path().join("vaxloom/history")).unwrap();
    assert!(history.contains("FROM neoantigen;"), "{history}");
    let Some(mut again) = Terminal::open(&command, path(home.path())) else { return };
    again.shows(&prompt);
    // The key for the line before.
    again.press("\x1b[A\r");
    again.shows("| 1   | 2   |");
    again.press("\x04");
    assert!(again.child.wait().unwrap().success());
}
