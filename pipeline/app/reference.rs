//! `vaxloom reference`: builds a reference, and shows what one is.

use std::io::{self, Write};

use vaxloom_lake::reference::{self, Built, Manifest, Mode, ProteomeOrigin, Sources};

use crate::args::{ReferenceBuildArgs, ReferenceCommand, ReferenceInfoArgs};
use crate::consequence::Warnings;
use crate::exit::{self, Exit};
use crate::progress::thousands;

/// Refused lines of a rule that are shown one by one.
const SHOWN: usize = 10;

/// Runs one of the commands.
pub(crate) fn reference(command: &ReferenceCommand, threads: usize) -> anyhow::Result<Exit> {
    exit::pool(threads);
    match command {
        ReferenceCommand::Build(args) => build(args),
        ReferenceCommand::Info(args) => info(args),
    }
}

fn build(args: &ReferenceBuildArgs) -> anyhow::Result<Exit> {
    let sources = Sources {
        annotation: args.gff.clone(),
        fasta: args.fasta.clone(),
        cdna: args.cdna.clone(),
        proteins: args.proteins.clone(),
        proteome: args.proteome.clone(),
    };
    let built = reference::build(&sources, &args.out, args.force)?;
    warn(&built);
    let manifest = &built.manifest;
    let counts = &manifest.counts;
    tracing::info!(
        "{}: {}{} genes, {} transcripts ({} coding), {} contigs, {} bases, {} proteins from {}",
        args.out.display(),
        if built.reused { "is there already, of the same sources: " } else { "" },
        thousands(counts.genes),
        thousands(counts.transcripts),
        thousands(counts.coding),
        thousands(counts.contigs),
        thousands(counts.bases as usize),
        thousands(counts.proteins),
        origin(manifest.proteome),
    );
    Ok(if manifest.refused.is_empty() { Exit::Done } else { Exit::Quarantined })
}

fn warn(built: &Built) {
    for warning in &built.manifest.warnings {
        tracing::warn!("{warning}");
    }
    for (rule, count) in &built.manifest.refused {
        let mut warnings = Warnings::new(SHOWN);
        built.refused.iter().filter(|row| row.rule == *rule).for_each(|row| warnings.add(row));
        warnings.end();
        tracing::warn!("{count} refused by rule {rule}; all are in refused.tsv");
    }
    for found in built.differing.iter().take(SHOWN) {
        let residue = |residue: Option<char>| residue.map_or("the end".to_owned(), String::from);
        tracing::warn!(
            "{} translates to {} at residue {}; {} has {}",
            found.transcript,
            residue(found.translated),
            found.position,
            found.protein,
            residue(found.expected)
        );
    }
    if built.differing.len() > SHOWN {
        tracing::warn!(
            "{} proteins differ; all are in differing-proteins.tsv",
            built.differing.len()
        );
    }
}

fn origin(proteome: ProteomeOrigin) -> &'static str {
    match proteome {
        ProteomeOrigin::Proteome => "the proteome",
        ProteomeOrigin::Proteins => "the file of proteins",
        ProteomeOrigin::Translations => "the transcripts' translations",
    }
}

fn info(args: &ReferenceInfoArgs) -> anyhow::Result<Exit> {
    let manifest = Manifest::read(&args.dir)?;
    let mut out = io::stdout().lock();
    for (name, value) in lines(&manifest) {
        writeln!(out, "{name:<16}{value}")?;
    }
    Ok(Exit::Done)
}

/// Name and value of each line.
fn lines(manifest: &Manifest) -> Vec<(&'static str, String)> {
    let counts = &manifest.counts;
    let bases = match manifest.mode {
        Mode::Genome => "a genome",
        Mode::Transcripts => "the transcripts' own sequences",
    };
    let mut lines = vec![
        ("built by", format!("vaxloom {}, format {}", manifest.program, manifest.format)),
        ("assembly", manifest.assembly.clone().unwrap_or_else(|| "not known".to_owned())),
        ("bases from", bases.to_owned()),
    ];
    lines.extend(manifest.sources.iter().map(|source| {
        let bytes = thousands(source.bytes as usize);
        (
            "source",
            format!("{}: {}, {bytes} bytes, SHA-256 {}", source.role, source.file, source.sha256),
        )
    }));
    let numbers = [
        ("genes", counts.genes),
        ("transcripts", counts.transcripts),
        ("  coding", counts.coding),
        ("  left out", counts.transcripts_without_sequence),
        ("contigs", counts.contigs),
        ("bases", counts.bases as usize),
        ("  ambiguous", counts.ambiguous as usize),
        ("  conflicting", counts.conflicting as usize),
    ];
    lines.extend(numbers.map(|(name, count)| (name, thousands(count))));
    let proteins = thousands(counts.proteins);
    lines.push((
        "proteins",
        format!("{proteins} different ones, from {}", origin(manifest.proteome)),
    ));
    if counts.proteins_compared > 0 {
        let compared = thousands(counts.proteins_compared);
        lines.push(("  compared", format!("{compared}, {} differ", counts.proteins_differing)));
    }
    lines.extend(
        manifest.refused.iter().map(|(rule, count)| ("refused", format!("{count} by rule {rule}"))),
    );
    lines.extend(manifest.warnings.iter().map(|warning| ("warning", warning.clone())));
    lines
}
