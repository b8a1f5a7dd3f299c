//! `vaxloom key`: a project's secret, and where a command finds it.

use anyhow::{Context, bail};
use vaxloom_clinical::pseudonym::ProjectKey;

use crate::args::{KeyArgs, KeyCommand};
use crate::exit::Exit;

/// Holds the key's hexadecimal digits, where no file is given.
const KEY: &str = "VAXLOOM_KEY";
/// Holds the project's name, where none is given.
const PROJECT: &str = "VAXLOOM_PROJECT";

/// The key of a command: its file, or the environment; none where neither is given.
pub(crate) fn read(args: &KeyArgs) -> anyhow::Result<Option<ProjectKey>> {
    let project = args.project.clone().or_else(|| std::env::var(PROJECT).ok());
    let given = args.key.is_some() || std::env::var_os(KEY).is_some();
    let project = match (given, project) {
        (true, Some(project)) => project,
        (true, None) => bail!(
            "there is a project key and no project; give --project NAME, or the environment variable {PROJECT}: ids of one project are not those of another"
        ),
        (false, _) if args.project.is_some() => bail!(
            "--project needs a key; give --key FILE, or the environment variable {KEY}; vaxloom key create makes one"
        ),
        (false, _) => return Ok(None),
    };
    Ok(Some(match &args.key {
        Some(file) => ProjectKey::from_file(file, &project)?,
        None => ProjectKey::from_env(KEY, &project)?,
    }))
}

/// The key of a command that cannot do without.
pub(crate) fn required(args: &KeyArgs) -> anyhow::Result<ProjectKey> {
    read(args)?.with_context(|| {
        format!("no project key; give --key FILE and --project NAME, or the environment variables {KEY} and {PROJECT}")
    })
}

/// Name of the project.
pub(crate) fn project(args: &KeyArgs) -> anyhow::Result<String> {
    let project = args.project.clone().or_else(|| std::env::var(PROJECT).ok());
    project.context("give --project NAME")
}

/// Makes a key, or says which one it is.
#[allow(clippy::print_stdout, reason = "what the command answers")]
pub(crate) fn key(command: &KeyCommand) -> anyhow::Result<Exit> {
    match command {
        KeyCommand::Create(args) => {
            // The project is no part of the key's file.
            let key = ProjectKey::create(&args.file, "")?;
            println!("{}", key.id());
            tracing::info!(
                "{}: keep it, and a copy elsewhere: without it no new record meets the pseudonyms made with it",
                args.file.display()
            );
        }
        KeyCommand::Id(args) => println!("{}", required(&args.key)?.id()),
        KeyCommand::Pseudonym(args) => {
            let key = required(&args.key)?;
            for id in &args.ids {
                println!("{}", key.pseudonym(&args.resource, id));
            }
        }
        KeyCommand::Rotate(_) => bail!("vaxloom key rotate is run by the other program"),
    }
    Ok(Exit::Done)
}
