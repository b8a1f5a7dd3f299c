//! The prompt of `vaxloom sql`: queries over several lines, each with a semicolon at its end, and commands that begin with `\`.

mod complete;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::Context;
use arrow::array::RecordBatch;
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{CompletionType, Config, Editor};
use tokio::runtime::Runtime;
use vaxloom_lake::Session;
use vaxloom_lake::query::{self, Answer, Format};

use self::complete::Helper;
use crate::exit::Exit;
use crate::statements::statements;

const HELP: &str = "\
\\d            tables and views
\\d NAME       columns of a table, and what they mean
\\df [WORD]    functions, or those whose name or description has the word
\\format NAME  table, csv, tsv or json
\\timing       how long queries take: on or off
\\pager        long answers in a pager: on or off
\\q            the end
Queries end with a semicolon. Tab completes names; Ctrl-C ends a query.
";

/// Reads queries and commands until the end.
pub(crate) fn run(
    runtime: &Runtime,
    session: &Session,
    lake: Option<&Path>,
    format: Format,
) -> anyhow::Result<Exit> {
    let config = Config::builder().completion_type(CompletionType::List).auto_add_history(true);
    let mut editor: Editor<Helper, FileHistory> = Editor::with_config(config.build())?;
    editor.set_helper(Some(runtime.block_on(Helper::of(session))));
    let history = history();
    if let Some(history) = &history {
        // There is none the first time.
        editor.load_history(history).ok();
    }
    let name = lake.map_or_else(|| "vaxloom".to_owned(), |lake| lake.display().to_string());
    writeln!(io::stderr(), "vaxloom {}: \\? lists commands", env!("CARGO_PKG_VERSION"))?;
    let mut prompt =
        Prompt { runtime, session, format, timing: true, pager: io::stdout().is_terminal() };
    loop {
        match editor.readline(&format!("{name}> ")) {
            Ok(text) => {
                if !prompt.answer(text.trim())? {
                    break;
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(error).context("the prompt cannot be read"),
        }
    }
    if let Some(history) = &history {
        let kept = editor.save_history(history);
        kept.with_context(|| format!("{}: the history cannot be kept", history.display()))?;
    }
    Ok(Exit::Done)
}

/// `$XDG_STATE_HOME/vaxloom/history`, by default in `~/.local/state`.
fn history() -> Option<PathBuf> {
    let home = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".local/state"));
    let folder = std::env::var_os("XDG_STATE_HOME").map(PathBuf::from).or_else(home)?;
    let folder = folder.join("vaxloom");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

struct Prompt<'a> {
    runtime: &'a Runtime,
    session: &'a Session,
    format: Format,
    timing: bool,
    pager: bool,
}

impl Prompt<'_> {
    /// Does what a text asks for; false where that is the end.
    fn answer(&mut self, text: &str) -> anyhow::Result<bool> {
        if let Some(command) = text.strip_prefix('\\') {
            return self.command(command);
        }
        let (queries, _) = statements(text);
        for query in &queries {
            self.query(query)?;
        }
        Ok(true)
    }

    fn command(&mut self, command: &str) -> anyhow::Result<bool> {
        let command = command.trim_end_matches(';');
        let (name, argument) = command.split_once(char::is_whitespace).unwrap_or((command, ""));
        let argument = argument.trim();
        match (name, argument) {
            ("q", _) => return Ok(false),
            ("d", "") => self.query("SELECT table_name AS name, table_type AS type, comment FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1")?,
            ("d", table) => self.query(&format!("DESCRIBE {table}"))?,
            ("df", word) => self.query(&functions(word))?,
            ("timing", _) => self.timing = !self.timing,
            ("pager", _) => self.pager = !self.pager,
            ("format", "table") => self.format = Format::Table,
            ("format", "csv") => self.format = Format::Csv,
            ("format", "tsv") => self.format = Format::Tsv,
            ("format", "json") => self.format = Format::Json,
            _ => write!(io::stderr(), "{HELP}")?,
        }
        Ok(true)
    }

    /// Answers one query; what is wrong with it is told, and is not the end.
    fn query(&self, sql: &str) -> anyhow::Result<()> {
        let clock = Instant::now();
        let answer = self.runtime.block_on(async {
            tokio::select! {
                answer = query::query(self.session, sql) => Some(answer),
                _ = tokio::signal::ctrl_c() => None,
            }
        });
        match answer {
            Some(Ok(answer)) => {
                self.show(&answer)?;
                if self.timing {
                    let rows: usize = answer.batches.iter().map(RecordBatch::num_rows).sum();
                    writeln!(
                        io::stderr(),
                        "{rows} rows in {:.3} s",
                        clock.elapsed().as_secs_f64()
                    )?;
                }
            }
            Some(Err(error)) => writeln!(io::stderr(), "{error}")?,
            None => writeln!(io::stderr(), "ended")?,
        }
        Ok(())
    }

    /// Through the pager, which leaves at once where an answer fits the screen; without one, as it is.
    fn show(&self, answer: &Answer) -> anyhow::Result<()> {
        if self.pager {
            let pager = std::env::var("PAGER").unwrap_or_else(|_| "less".to_owned());
            let mut command = Command::new("sh");
            command.args(["-c", &pager]).stdin(Stdio::piped());
            if std::env::var_os("LESS").is_none() {
                command.env("LESS", "-FRSX");
            }
            if let Ok(mut pager) = command.spawn() {
                if let Some(input) = pager.stdin.take() {
                    // A pager that was left before the end takes no more.
                    query::write(answer, self.format, input).ok();
                }
                if pager.wait()?.success() {
                    return Ok(());
                }
            }
        }
        Ok(query::write(answer, self.format, io::stdout())?)
    }
}

fn functions(word: &str) -> String {
    let word = word.replace('\'', "''");
    format!(
        "SELECT DISTINCT syntax_example AS function, description FROM information_schema.routines \
         WHERE syntax_example IS NOT NULL AND (routine_name LIKE '%{word}%' OR description LIKE '%{word}%') ORDER BY 1"
    )
}
