//! `vaxloom serve` with a real client: the ADBC driver for Flight SQL, in Python.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{command, path, repository, run_samples, sample_lake, vaxloom};

/// Longest wait for a server to start or to end.
const PATIENCE: Duration = Duration::from_mins(2);

/// A server, killed when it is dropped.
struct Server {
    child: Child,
    port: u16,
    http: u16,
    folder: tempfile::TempDir,
    tokens: Vec<String>,
}

const USERS: [(&str, &str, &str); 3] = [
    ("anna", "analyst", "2099-01-01T00:00:00Z"),
    ("rosalind", "researcher", "2099-01-01T00:00:00Z"),
    ("former", "analyst", "2020-01-01T00:00:00Z"),
];

impl Server {
    /// Starts a server of a lake with more arguments, and more users.
    fn start(lake: &Path, more: &[&str], others: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (tokens, auth) = users(folder.path(), others);
        let (port, http) = (free_port(), free_port());
        let state = folder.path().join("state");
        let [listen, figures] = [port, http].map(|port| format!("127.0.0.1:{port}"));
        let mut server = command();
        server.args(["serve", "--lake", path(lake), "--auth", path(&auth)]);
        server.args(["--listen", &listen, "--http", &figures, "--state", path(&state)]).args(more);
        let child = server.stderr(Stdio::null()).spawn().unwrap();
        let server = Self { child, port, http, folder, tokens };
        let began = Instant::now();
        while TcpStream::connect(("127.0.0.1", server.http)).is_err() {
            assert!(began.elapsed() < PATIENCE, "the server does not start");
            std::thread::sleep(Duration::from_millis(100));
        }
        server
    }

    fn uri(&self) -> String {
        format!("grpc+tcp://127.0.0.1:{}", self.port)
    }

    /// Answer of an address of health and figures.
    fn get(&self, page: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.http)).unwrap();
        write!(stream, "GET {page} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    fn trail(&self) -> PathBuf {
        self.folder.path().join("state/audit.jsonl")
    }

    /// Whether the trail has a line with all of these.
    fn audited(&self, words: &[&str]) -> bool {
        let lines = BufReader::new(fs::File::open(self.trail()).unwrap()).lines();
        lines.map(Result::unwrap).any(|line| words.iter().all(|word| line.contains(word)))
    }

    /// Tells the server to stop, and waits until it has.
    fn stop(&mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(began.elapsed() < PATIENCE, "the server does not stop");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The file of users, with tokens as the program makes them.
fn users(folder: &Path, others: &str) -> (Vec<String>, PathBuf) {
    let (mut text, mut tokens) = (others.to_owned(), Vec::new());
    for (name, role, expires) in USERS {
        let made = vaxloom(["serve", "token"]).ended_with(0).stdout;
        let mut lines = made.lines();
        tokens.push(lines.next().unwrap().rsplit(' ').next().unwrap().to_owned());
        let hash = lines.next().unwrap().split_once("token =").unwrap().1;
        let user = format!("name = \"{name}\"\nrole = \"{role}\"\ntoken ={hash}\n");
        text.extend(["[[user]]\n", &user, "expires = \"", expires, "\"\n"]);
    }
    let auth = folder.join("users.toml");
    fs::write(&auth, text).unwrap();
    (tokens, auth)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A Python that has the driver: `VAXLOOM_FLIGHT_PYTHON`, or that of the system.
fn python() -> Option<String> {
    let python = std::env::var("VAXLOOM_FLIGHT_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let has = Command::new(&python)
        .args(["-c", "import adbc_driver_flightsql.dbapi"])
        .stderr(Stdio::null())
        .status();
    if has.is_ok_and(|status| status.success()) {
        return Some(python);
    }
    eprintln!(
        "skipped: no Python with adbc-driver-flightsql and pyarrow; name one in VAXLOOM_FLIGHT_PYTHON"
    );
    None
}

/// Runs the client's parts, each named, against a server.
fn speak(python: &str, server: &Server, uri: &str, parts: &str, certificates: &[&Path]) {
    let (ca, own) = certificates.split_first().map_or(("-", &[][..]), |(ca, own)| (path(ca), own));
    let script = repository("tests/serve/client.py");
    let output = Command::new(python)
        .args([path(&script), uri, parts, ca])
        .args(&server.tokens)
        .args(own.iter().map(|file| path(file)))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", words(&output));
}

fn words(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!("{}{}", text(&output.stdout), text(&output.stderr))
}

#[test]
fn a_notebook_is_served_and_strangers_are_not() {
    let Some(python) = python() else { return };
    let mut server = Server::start(sample_lake(), &[], "");
    speak(
        &python,
        &server,
        &server.uri(),
        "analyst,researcher,mistakes,descriptions,strangers",
        &[],
    );
    assert!(server.get("/health").starts_with("HTTP/1.1 200"));
    let figures = server.get("/metrics");
    for figure in
        ["outcome=\"answered\"", "reason=\"gate\"", "reason=\"access\"", "reason=\"read_only\""]
    {
        assert!(figures.contains(figure), "{figures}");
    }
    for words in [
        ["\"event\":\"asked\"", "\"user\":\"anna\"", "\"tables\":[\"neoantigen\"]"],
        ["\"event\":\"answered\"", "\"role\":\"researcher\"", "\"rows\":1"],
        ["\"event\":\"refused\"", "unknown token", "\"peer\":\"127.0.0.1"],
        ["\"event\":\"refused\"", "former has expired", ""],
        ["\"event\":\"refused\"", "privacy gate", "\"user\":\"rosalind\""],
    ] {
        assert!(server.audited(&words), "{words:?}");
    }
    assert!(!server.audited(&[&server.tokens[0]]), "no token stands in the trail");
    assert_eq!(server.stop(), Some(0));
    let checked = vaxloom(["audit", "verify", path(&server.trail())]).ended_with(0).stdout;
    let lines = fs::read_to_string(server.trail()).unwrap().lines().count();
    assert!(checked.starts_with(&format!("{lines}:")), "{checked}");
}

#[test]
fn a_newer_run_is_seen_and_a_patient_who_withdraws_is_not() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    run_samples(&lake, &[]).ended_with(0);
    let server = Server::start(&lake, &[], "");
    let ask = |sql: &str| {
        // A run that has finished is seen after a second.
        std::thread::sleep(Duration::from_millis(1100));
        let script = repository("tests/serve/client.py");
        let output = Command::new(&python)
            .args([path(&script), &server.uri(), sql, "-"])
            .args(&server.tokens)
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", words(&output));
        String::from_utf8(output.stdout).unwrap()
    };
    let patients = "SELECT count(*) FROM patient";
    assert_eq!(ask(patients), "8\n");
    assert_eq!(ask("SELECT count(*) FROM run"), "1\n");
    vaxloom(["lake", "forget", "--lake", path(&lake), "VX-0008"]).ended_with(0);
    assert_eq!(ask(patients), "7\n");
    assert_eq!(ask("SELECT count(*) FROM neoantigen WHERE patient_id = 'VX-0008'"), "0\n");
    vaxloom(["rank", "--lake", path(&lake), "--policy", "evidence"]).ended_with(0);
    assert_eq!(ask("SELECT count(*) FROM run WHERE run_id IS NOT NULL"), "3\n");
}

#[test]
fn a_statement_that_does_not_give_way_keeps_no_one_waiting() {
    let Some(python) = python() else { return };
    let mut server = Server::start(sample_lake(), &["--timeout", "2", "--grace", "1"], "");
    speak(&python, &server, &server.uri(), "endless", &[]);
    assert!(server.get("/metrics").contains("vaxloom_serve_statements_abandoned 1"));
    assert!(server.audited(&["\"failed\"", "out of time"]));
    assert_eq!(server.stop(), Some(0), "while it is still at it");
}

#[test]
fn certificates_are_asked_for_and_plain_text_is_not_spoken() {
    let Some(python) = python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let Some((files, hash)) = certificates(folder.path()) else { return };
    let [ca, own, key, client, client_key, other, other_key] = &files;
    let by_certificate = format!(
        "[[user]]\nname = \"grace\"\nrole = \"analyst\"\ncertificate = \"sha256:{hash}\"\n"
    );
    let tls = ["--tls-cert", path(own), "--tls-key", path(key)];
    let both = [&tls[..], &["--client-ca", path(ca)]].concat();
    let server = Server::start(sample_lake(), &both, &by_certificate);
    let uri = format!("grpc+tls://localhost:{}", server.port);
    let parts = "analyst,researcher,strangers,certificate";
    speak(&python, &server, &uri, parts, &[ca, client, client_key]);
    assert!(
        server.audited(&["asked", "\"user\":\"grace\""]),
        "a certificate in the place of a token"
    );
    for words in [["refused", "plain text where TLS is asked for"], ["refused", "TLS: "]] {
        assert!(server.audited(&words), "{words:?}");
    }
    Command::new("openssl")
        .args(["s_client", "-connect", &format!("127.0.0.1:{}", server.port)])
        .args(["-cert", path(other), "-key", path(other_key), "-alpn", "h2"])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(server.audited(&["refused", "UnknownIssuer"]), "a certificate of another authority");
    assert!(server.get("/metrics").contains("reason=\"plain_text\""));
    // Without an authority of clients, the server's certificate alone.
    let server = Server::start(sample_lake(), &tls, "");
    let uri = format!("grpc+tls://localhost:{}", server.port);
    speak(&python, &server, &uri, "analyst,strangers", &[ca]);
}

/// An authority, the server's certificate and key, a client's, and those of a client of another authority; and the hash of the
/// client's certificate.
fn certificates(folder: &Path) -> Option<([PathBuf; 7], String)> {
    let script = "set -e
        for ca in ca other-ca; do
          openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=$ca -keyout $ca.key -out $ca.pem
        done
        for name in localhost client other; do
          ca=ca; [ $name = other ] && ca=other-ca
          openssl req -newkey rsa:2048 -nodes -subj /CN=$name -keyout $name.key -out $name.csr
          printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' > $name.ext
          openssl x509 -req -in $name.csr -CA $ca.pem -CAkey $ca.key -CAcreateserial -days 2 -extfile $name.ext -out $name.pem
        done
        openssl x509 -in client.pem -outform der | sha256sum > client.hash";
    let made =
        Command::new("sh").args(["-c", script]).current_dir(folder).stderr(Stdio::null()).status();
    if !made.is_ok_and(|status| status.success()) {
        eprintln!("skipped: openssl is not there");
        return None;
    }
    let hash = fs::read_to_string(folder.join("client.hash")).unwrap();
    let names = [
        "ca.pem",
        "localhost.pem",
        "localhost.key",
        "client.pem",
        "client.key",
        "other.pem",
        "other.key",
    ];
    Some((names.map(|name| folder.join(name)), hash.split(' ').next().unwrap().to_owned()))
}

#[test]
fn what_is_wrong_with_the_settings_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (_, auth) = users(folder.path(), "");
    let bad = folder.path().join("bad.toml");
    let state = folder.path().join("state");
    let serve = |auth: &Path, more: &[&str]| {
        let all = ["serve", "--lake", path(sample_lake()), "--state", path(&state), "--auth"];
        vaxloom(all.iter().chain(&[path(auth)]).chain(more)).ended_with(1).stderr
    };
    let open = serve(&auth, &["--listen", "0.0.0.0:0"]);
    assert!(open.contains("--tls-cert"), "{open}");
    let key = serve(&auth, &["--tls-cert", path(&auth), "--tls-key", path(&auth)]);
    assert!(key.contains("users.toml") && key.contains("PEM"), "{key}");
    let one = "[[user]]\nname = \"a\"\nrole = \"analyst\"\n";
    let token = format!("token = \"sha256:{}\"\n", "0".repeat(64));
    for (text, expected) in [
        (one.to_owned(), "neither token nor certificate"),
        (format!("{one}token = \"sha256:00\"\n"), "64 hexadecimal digits"),
        (format!("{}{token}", one.replace("analyst", "king")), "of which the file says nothing"),
        (format!("{}{token}", one.replace("role", "roll")), "roll"),
        (format!("{one}{token}expires = \"soon\"\n"), "expected a time like"),
        (format!("{one}{token}{}{token}", one.replace("\"a\"", "\"b\"")), "users a and b"),
        (format!("{one}{token}[role.analyst]\ncohorts = [\"x\"]\n"), "names no cohorts"),
        (format!("cohorts = \"none.csv\"\n{one}{token}"), "none.csv"),
    ] {
        fs::write(&bad, text).unwrap();
        let told = serve(&bad, &[]);
        assert!(told.contains("bad.toml") || told.contains("none.csv"), "{told}");
        assert!(told.contains(expected), "{told}");
    }
    vaxloom(["serve", "--lake", path(sample_lake())]).ended_with(2);
}

#[test]
fn two_servers_do_not_write_one_trail() {
    let server = Server::start(sample_lake(), &[], "");
    let (state, auth) =
        (server.folder.path().join("state"), server.folder.path().join("users.toml"));
    let second = vaxloom([
        "serve",
        "--lake",
        path(sample_lake()),
        "--auth",
        path(&auth),
        "--state",
        path(&state),
        "--listen",
        "127.0.0.1:0",
    ]);
    assert!(second.ended_with(1).stderr.contains("another program is writing this audit trail"));
}
