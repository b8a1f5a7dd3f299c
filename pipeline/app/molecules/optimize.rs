//! `vaxloom optimize`.

use std::fs;
use std::io::Write;

use anyhow::Context;
use vaxloom_mrna::Motif;
use vaxloom_mrna::lattice::{
    self, CodingDesign, CodingTask, CodonTable, Costs, LatticeError, pareto,
};

use crate::args::{MoleculeFormat, OptimizeArgs};
use crate::exit::{self, Exit};
use crate::sequences::sequences;
use crate::written::Written;

/// Greatest weight of a front where none is given: codons are the best ones well before.
const HIGHEST: f64 = 10.0;

pub(crate) fn optimize(args: &OptimizeArgs, threads: usize) -> anyhow::Result<Exit> {
    exit::pool(threads);
    let table = match &args.codon_table {
        None => CodonTable::human(),
        Some(path) => {
            let name = path.display().to_string();
            let text = fs::read_to_string(path)
                .with_context(|| format!("{name}: cannot be read; check the path"))?;
            CodonTable::parse(&name, &text)?
        }
    };
    let forbidden: Vec<Motif> = args.forbid.iter().map(|sequence| motif(sequence)).collect();
    let mut out = Written::to(args.output.as_deref())?;
    let mut refused = 0;
    for one in sequences(&args.protein)? {
        let task = CodingTask {
            lambda: args.lambda,
            max_interior_loop: args.max_interior_loop.into(),
            beam: args.beam,
            before: &args.five_prime,
            behind: &args.three_prime,
            forbidden: &forbidden,
            costs: Costs {
                uridine: args.uridine,
                cpg: args.cpg,
                upa: args.upa,
                paired_start: args.paired_start,
                accessible: if args.paired_start > 0.0 { args.start_bases } else { 0 },
            },
            longest_repeat: args.longest_repeat,
            ..CodingTask::new(&one.name, &one.letters, &table)
        };
        match designs(args, &task) {
            Ok(designs) => write(args.format, &designs, &mut out)?,
            Err(error @ LatticeError::Inconsistent { .. }) => return Err(error.into()),
            Err(error) => {
                refused += 1;
                tracing::warn!("{}, line {}: {error}", args.protein.display(), one.line);
            }
        }
    }
    out.finish()?;
    Ok(if refused > 0 { Exit::Quarantined } else { Exit::Done })
}

fn designs(args: &OptimizeArgs, task: &CodingTask<'_>) -> Result<Vec<CodingDesign>, LatticeError> {
    match args.front {
        Some(most) => pareto(task, if task.lambda > 0.0 { task.lambda } else { HIGHEST }, most),
        None => Ok(vec![lattice::optimize(task)?]),
    }
}

fn write(
    format: MoleculeFormat,
    designs: &[CodingDesign],
    out: &mut impl Write,
) -> anyhow::Result<()> {
    for design in designs {
        match format {
            MoleculeFormat::Text => out.write_all(lattice::text::lines(design).as_bytes())?,
            MoleculeFormat::Json => writeln!(out, "{}", serde_json::to_string(design)?)?,
        }
    }
    Ok(())
}

/// RNA letters do as well.
fn motif(sequence: &str) -> Motif {
    let sequence = sequence.to_ascii_uppercase().replace('U', "T");
    Motif {
        name: sequence.clone(),
        sequence,
        both_strands: true,
        reason: "asked for".to_owned(),
        allowed_in: Vec::new(),
    }
}
