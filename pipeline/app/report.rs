//! One self-contained HTML page a patient, with the constructs beside it as FASTA and GenBank.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use minijinja::Environment;
use serde_json::{Value, json};
use vaxloom_immune::Predictor;
use vaxloom_lake::{Lake, Session, pipeline, query};
use vaxloom_mrna::layout::Kind;
use vaxloom_mrna::{Construct, Profile};

use crate::args::ReportArgs;
use crate::exit::{self, Exit};
use crate::predictor;
use crate::progress::thousands;
use crate::run::PreviousRun;
use crate::written::whole;

const NOTICE: &str = "Research use only. Not a medical device; a person decides.";

/// Mutations that a page lists.
const LISTED: usize = 100;

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

/// Takes away what an earlier run wrote of a patient.
pub(crate) fn remove(folder: &Path, patient: &str) -> anyhow::Result<()> {
    for entry in
        fs::read_dir(folder).with_context(|| format!("{}: cannot be read", folder.display()))?
    {
        let entry = entry.with_context(|| format!("{}: cannot be read", folder.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let number = name
            .strip_prefix(patient)
            .and_then(|rest| rest.strip_prefix("-C")?.strip_suffix(".gb"));
        let molecule =
            number.is_some_and(|n| !n.is_empty() && n.chars().all(|c| c.is_ascii_digit()));
        if molecule
            || name == format!("{patient}.html")
            || name == format!("{patient}.constructs.fasta")
        {
            let path = entry.path();
            fs::remove_file(&path)
                .with_context(|| format!("{}: cannot be removed", path.display()))?;
        }
    }
    Ok(())
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
    let mut environment = Environment::new();
    environment.add_template("patient.html", include_str!("report.html"))?;
    let mut pages = Vec::new();
    for patient in patients {
        remove(folder, patient)?;
        let mut context = context(&session, patient).await?;
        let constructs = molecules(&mut context, patient, folder)?;
        let html =
            environment.get_template("patient.html")?.render(minijinja::value::Serde(&context))?;
        let path = folder.join(format!("{patient}.html"));
        whole(&path, html.as_bytes())?;
        pages.push(Page { patient: patient.clone(), path, constructs });
    }
    Ok(pages)
}

async fn rows(session: &Session, sql: &str) -> anyhow::Result<Vec<Value>> {
    crate::rows::json_rows(&query::query(session, sql).await?.batches)
}

/// Everything that a page says, from the tables of one patient.
async fn context(session: &Session, patient: &str) -> anyhow::Result<Value> {
    let quoted = format!("'{}'", patient.replace('\'', "''"));
    let of = async |table: &str, order: &str| {
        rows(
            session,
            &format!("SELECT * FROM {table} WHERE patient_id = {quoted} ORDER BY {order}"),
        )
        .await
    };
    let count = async |what: &str| -> anyhow::Result<Value> {
        let counted =
            rows(session, &format!("SELECT count(*) AS n FROM {what} patient_id = {quoted}"))
                .await?;
        Ok(counted.first().map_or(Value::from(0), |row| row["n"].clone()))
    };
    let mut neoantigens = of("neoantigen", "rank").await?;
    let left_out = neoantigens.len().saturating_sub(LISTED);
    let counted = neoantigens.len();
    neoantigens.truncate(LISTED);
    let tiers = format!(
        "SELECT tier, tier_index, count(*) AS count FROM neoantigen WHERE patient_id = {quoted} GROUP BY tier, tier_index ORDER BY tier_index"
    );
    // What an earlier run refused may have been mended since.
    let refused = "SELECT q.* FROM quarantine q JOIN patient p ON q.patient_id = p.patient_id AND q.run_id = p.run_id";
    let refused = format!(
        "{refused} WHERE p.patient_id = {quoted} ORDER BY q.source_file, q.source_line, q.rule"
    );
    let quarantine = rows(session, &refused).await?;
    let run = "SELECT r.* FROM run r JOIN patient p ON r.run_id = p.run_id WHERE p.patient_id =";
    let run =
        rows(session, &format!("{run} {quoted}")).await?.into_iter().next().unwrap_or_default();
    let mut tiers = rows(session, &tiers).await?;
    let policy = settings(&run)?["tiers"].take();
    for tier in &mut tiers {
        let name = tier["tier"].as_str().unwrap_or_default();
        tier["meaning"] = policy[name]["meaning"].clone();
    }
    let candidates =
        policy.as_object().into_iter().flatten().filter(|(_, tier)| tier["candidate"] == true);
    let candidates: Vec<&String> = candidates.map(|(name, _)| name).collect();
    Ok(json!({
        "patient": of("patient", "patient_id").await?.first(),
        "conditions": of("condition", "condition_id").await?,
        "specimens": of("specimen", "specimen_id").await?,
        "treatments": of("treatment", "treatment_id").await?,
        "hla": of("hla_typing", "allele").await?,
        "counts": {
            "variants": count("somatic_variant WHERE").await?,
            "consequences": count("consequence WHERE").await?,
            "protein_changing": count("consequence WHERE chosen AND mutant_protein IS NOT NULL AND").await?,
            "peptides": count("peptide WHERE").await?,
            "presented": count("neoantigen WHERE mt_percentile < 2 AND").await?,
            "neoantigens": counted,
            "quarantined": quarantine.len(),
        },
        "tiers": tiers,
        "candidate_tiers": candidates,
        "neoantigens": neoantigens,
        "neoantigens_left_out": left_out,
        "constructs": of("construct", "rank").await?,
        "quarantine": quarantine,
        "run": run,
        "notice": NOTICE,
    }))
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

/// Settings of a run, from its row.
fn settings(run: &Value) -> anyhow::Result<Value> {
    let text = run["settings"].as_str().context("table run: no settings")?;
    Ok(serde_json::from_str(text)?)
}

/// The profile of the run that designed the constructs: its settings carry the name or the text.
fn profile(context: &Value) -> anyhow::Result<Profile> {
    let settings = context["run"]["settings"].as_str().context("table run: no settings")?;
    let settings: Value = serde_json::from_str(settings)?;
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
