//! `vaxloom fold`.

use std::io::Write;

use anyhow::bail;
use rayon::prelude::*;
use vaxloom_mrna::energy::Dangles;
use vaxloom_mrna::fold::{self, FoldSettings, Method, Rna, report};

use crate::args::{FoldArgs, MoleculeFormat};
use crate::exit::{self, Exit};
use crate::sequences::{Sequence, sequences};
use crate::written::Written;

pub(crate) fn fold(args: &FoldArgs, threads: usize) -> anyhow::Result<Exit> {
    exit::pool(threads);
    let dangles = match args.dangles {
        0 => Dangles::None,
        2 => Dangles::Both,
        other => bail!("--dangles: found {other}, expected 0 or 2"),
    };
    let settings = FoldSettings { dangles, max_interior_loop: args.max_interior_loop.into() };
    let mut out = Written::to(args.output.as_deref())?;
    let mut refused = 0;
    let all = sequences(&args.rna)?;
    for some in all.chunks(threads) {
        let answers: Vec<_> = some.par_iter().map(|one| answer(args, settings, one)).collect();
        for (one, answer) in some.iter().zip(answers) {
            match answer {
                Ok(text) => out.write_all(text.as_bytes())?,
                Err(error) => {
                    refused += 1;
                    let (file, line) = (args.rna.display(), one.line);
                    tracing::warn!("{file}, line {line}: {}: {error}", one.name);
                }
            }
        }
    }
    out.finish()?;
    Ok(if refused > 0 { Exit::Quarantined } else { Exit::Done })
}

fn answer(args: &FoldArgs, settings: FoldSettings, one: &Sequence) -> anyhow::Result<String> {
    let rna = Rna::parse(&one.letters)?;
    let method = args.beam.map_or_else(|| Method::for_length(rna.len()), Method::Beam);
    let json = args.format == MoleculeFormat::Json;
    let ensemble = args.partition || (json && method == Method::Exact);
    let folded = fold::fold(&one.name, &rna, settings, method, ensemble)?;
    if !json {
        return Ok(report::lines(&folded));
    }
    Ok(serde_json::to_string(&folded)? + "\n")
}
