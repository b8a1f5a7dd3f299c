//! One self-contained HTML page a patient, with the constructs beside it as FASTA and GenBank.

mod gathered;

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use minijinja::Environment;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use serde_json::{Value, json};
use vaxloom_immune::Predictor;
use vaxloom_lake::{Lake, pipeline};
use vaxloom_mrna::layout::Kind;
use vaxloom_mrna::{Construct, Profile};

use gathered::{Gathered, settings};

use crate::args::ReportArgs;
use crate::exit::{self, Exit};
use crate::predictor;
use crate::progress::thousands;
use crate::run::PreviousRun;
use crate::written::whole;

const NOTICE: &str = "Research use only. Not a medical device; a person decides.";

/// Mutations that a page lists.
const LISTED: usize = 100;

/// Patients whose pages are made of the same queries.
const GATHERED: usize = 64;

/// A page that was written.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) patient: String,
    pub(crate) path: PathBuf,
    /// A line a construct, best first.
    pub(crate) constructs: Vec<String>,
}

/// `vaxloom report`: pages of a lake's patients, again.
pub(crate) fn report(args: &ReportArgs, threads: usize) -> anyhow::Result<Exit> {
    let predictor = predictor::built_in("auto", threads)?;
    exit::runtime(threads)?.block_on(async {
        let lake = Lake::open(&args.lake).await?;
        let known = PreviousRun::of(&lake, &predictor).await?.patients;
        let patients = match &args.patient {
            Some(patient) if known.contains(patient) => vec![patient.clone()],
            Some(patient) => bail!(
                "{}: no patient {patient}; SELECT patient_id FROM patient lists them",
                args.lake.display()
            ),
            None => known.into_iter().collect(),
        };
        let pages = write(&lake, &predictor, threads, &patients, &args.output).await?;
        for page in pages {
            tracing::info!("{}", page.path.display());
        }
        Ok(Exit::Done)
    })
}

/// Takes away what an earlier run wrote of these patients.
pub(crate) fn remove(folder: &Path, patients: &[String]) -> anyhow::Result<()> {
    let theirs: HashSet<&str> = patients.iter().map(String::as_str).collect();
    for entry in
        fs::read_dir(folder).with_context(|| format!("{}: cannot be read", folder.display()))?
    {
        let entry = entry.with_context(|| format!("{}: cannot be read", folder.display()))?;
        let name = entry.file_name();
        if name.to_str().and_then(patient_of).is_some_and(|patient| theirs.contains(patient)) {
            let path = entry.path();
            fs::remove_file(&path)
                .with_context(|| format!("{}: cannot be removed", path.display()))?;
        }
    }
    Ok(())
}

/// Whose page or molecule a file is: `ID.html`, `ID.constructs.fasta`, `ID-C1.gb`.
fn patient_of(file: &str) -> Option<&str> {
    let of_molecule = || {
        let (patient, number) = file.strip_suffix(".gb")?.rsplit_once("-C")?;
        let counted = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        counted.then_some(patient)
    };
    file.strip_suffix(".html")
        .or_else(|| file.strip_suffix(".constructs.fasta"))
        .or_else(of_molecule)
}

/// Writes the pages of these patients as the lake's last finished run left them.
pub(crate) async fn write(
    lake: &Lake,
    predictor: &Arc<dyn Predictor>,
    threads: usize,
    patients: &[String],
    folder: &Path,
) -> anyhow::Result<Vec<Page>> {
    let session = pipeline::reader(lake, predictor, threads).await?;
    fs::create_dir_all(folder).with_context(|| format!("{}: cannot be made", folder.display()))?;
    remove(folder, patients)?;
    let mut environment = Environment::new();
    environment.add_template("patient.html", include_str!("report/page.html"))?;
    let mut pages = Vec::with_capacity(patients.len());
    for patients in patients.chunks(GATHERED) {
        let gathered = Gathered::of(&session, patients).await?;
        let written: anyhow::Result<Vec<Page>> = patients
            .par_iter()
            .map(|patient| page(&gathered, patient, &environment, folder))
            .collect();
        pages.extend(written?);
    }
    Ok(pages)
}

fn page(
    gathered: &Gathered,
    patient: &str,
    environment: &Environment<'_>,
    folder: &Path,
) -> anyhow::Result<Page> {
    let mut context = gathered.context(patient)?;
    let constructs = molecules(&mut context, patient, folder)?;
    let html =
        environment.get_template("patient.html")?.render(minijinja::value::Serde(&context))?;
    let path = folder.join(format!("{patient}.html"));
    whole(&path, html.as_bytes())?;
    Ok(Page { patient: patient.to_owned(), path, constructs })
}

/// Writes the constructs of a page as FASTA and GenBank, names the files and parts in the page's
/// context, and answers with a line a construct.
fn molecules(context: &mut Value, patient: &str, folder: &Path) -> anyhow::Result<Vec<String>> {
    let constructs: Vec<Construct> = serde_json::from_value(context["constructs"].clone())?;
    if constructs.is_empty() {
        return Ok(Vec::new());
    }
    let fasta = format!("{patient}.constructs.fasta");
    whole(&folder.join(&fasta), vaxloom_mrna::fasta(&constructs).as_bytes())?;
    let profile = profile(context)?;
    for (place, construct) in constructs.iter().enumerate() {
        let genbank = format!("{}.gb", construct.construct_id);
        whole(&folder.join(&genbank), &vaxloom_mrna::genbank(construct, &profile)?)?;
        let row = &mut context["constructs"][place];
        row["fasta"] = Value::from(fasta.as_str());
        row["genbank"] = Value::from(genbank);
        row["elements"] = json!(elements(construct, &profile));
        row["drawing"] = json!(vaxloom_mrna::draw(construct, &profile));
    }
    Ok(constructs.iter().map(line).collect())
}

/// The profile of the run that designed the constructs: its settings carry the name or the text.
fn profile(context: &Value) -> anyhow::Result<Profile> {
    let settings = settings(&context["run"])?;
    let text = settings["profile"].as_str().context("table run: no profile in settings")?;
    Ok(Profile::built_in(text).or_else(|_| Profile::parse("profile of the run", text))?)
}

/// Parts of the mRNA in order, as the page draws them.
fn elements(construct: &Construct, profile: &Profile) -> Vec<Value> {
    let segments = vaxloom_mrna::layout::layout(construct, profile);
    segments
        .iter()
        .filter_map(|segment| {
            let (kind, coding) = match segment.kind {
                Kind::Promoter => return None,
                Kind::Utr5 | Kind::Kozak => ("utr5", false),
                Kind::Head => ("signal", true),
                Kind::Linker => ("linker", true),
                Kind::Antigen(_) => ("antigen", true),
                Kind::Trafficking => ("trafficking", true),
                Kind::Stop => ("stop", false),
                Kind::Utr3 => ("utr3", false),
                Kind::PolyA => ("polya", false),
            };
            let length = segment.range.len() / if coding { 3 } else { 1 };
            Some(json!({ "kind": kind, "label": segment.name, "residues_or_nt": length }))
        })
        .collect()
}

/// `VX-0001-C1  no-linker, 20 antigens, 2,126 nt, score 9.123: KRAS p.G12D, ...`.
fn line(construct: &Construct) -> String {
    const NAMED: usize = 6;
    let more = construct.genes.len().saturating_sub(NAMED);
    let named = construct.genes.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!(
        "{}  {}, {} antigens, {} nt, score {:.3}: {named}{more}",
        construct.construct_id,
        construct.strategy,
        construct.peptide_count,
        thousands(construct.length_nt.unsigned_abs() as usize),
        construct.score,
    )
}
