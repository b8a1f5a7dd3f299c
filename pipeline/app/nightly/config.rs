//! Settings of a night: one TOML file.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use serde::{Deserialize, Deserializer, de::Error};
use vaxloom_lake::in_store;

use crate::args::{ClusterArgs, DesignEffort, KeyArgs, MemberArgs, RunArgs};
use crate::patience::Patience;

/// Every key with its meaning and its default.
pub(super) const EXAMPLE: &str = include_str!("example.toml");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Config {
    cohort: Cohort,
    lake: LakePlace,
    #[serde(default)]
    run: Run,
    #[serde(default)]
    cluster: Cluster,
    #[serde(default)]
    pub(super) night: Night,
    #[serde(default)]
    pub(super) report: Report,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Cohort {
    samples: PathBuf,
    records: Option<PathBuf>,
    reference: Option<PathBuf>,
    withdrawn: Option<PathBuf>,
    #[serde(default = "safe_harbor")]
    deid_profile: String,
    key: Option<PathBuf>,
    project: Option<String>,
    views: Option<PathBuf>,
    audit: Option<PathBuf>,
    #[serde(default)]
    left: Left,
}

/// What becomes of patients of the lake whom the sheet no longer has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Left {
    #[default]
    Keep,
    Forget,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LakePlace {
    path: PathBuf,
    reports: Option<PathBuf>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Run {
    policy: Option<PathBuf>,
    epitopes: Option<PathBuf>,
    profile: String,
    design: DesignEffort,
    device: String,
    batch: u16,
    rehash: bool,
}

impl Default for Run {
    fn default() -> Self {
        let (profile, device) = ("inest".to_owned(), "auto".to_owned());
        let design = DesignEffort::Quick;
        Self { policy: None, epitopes: None, profile, design, device, batch: 100, rehash: false }
    }
}

/// Machines for what is expensive.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Cluster {
    scheduler: Option<String>,
    work: Option<PathBuf>,
    token: Option<PathBuf>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    ca: Option<PathBuf>,
}

impl Cluster {
    fn args(&self) -> ClusterArgs {
        let member = MemberArgs {
            cluster_token: self.token.clone(),
            cluster_cert: self.cert.clone(),
            cluster_key: self.key.clone(),
            cluster_ca: self.ca.clone(),
        };
        ClusterArgs {
            cluster: self.scheduler.clone(),
            cluster_work: self.work.clone(),
            cluster_wait: None,
            member,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Night {
    #[serde(deserialize_with = "duration")]
    pub(super) deadline: Duration,
    attempts: u32,
    #[serde(deserialize_with = "duration")]
    wait: Duration,
}

impl Default for Night {
    fn default() -> Self {
        Self { deadline: Duration::from_hours(6), attempts: 3, wait: Duration::from_secs(30) }
    }
}

impl Night {
    pub(super) fn patience(&self) -> Patience {
        Patience { attempts: self.attempts.max(1), wait: self.wait }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Report {
    folder: Option<PathBuf>,
    pub(super) top: u16,
    pub(super) metrics: Option<PathBuf>,
    pub(super) notify: Vec<String>,
    pub(super) notify_on: NotifyOn,
}

impl Default for Report {
    fn default() -> Self {
        let (metrics, notify, notify_on) = (None, Vec::new(), NotifyOn::default());
        Self { folder: None, top: 10, metrics, notify, notify_on }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum NotifyOn {
    Always,
    #[default]
    Change,
    Failure,
}

impl Config {
    /// Reads a file. A key that is not known is a mistake, and is named with its line.
    pub(super) fn read(path: &Path) -> anyhow::Result<Self> {
        let place = || format!("settings {}", path.display());
        let text = fs::read_to_string(path).with_context(|| {
            format!("{}: cannot be read; vaxloom nightly --example writes some", place())
        })?;
        let mut config: Self = toml::from_str(&text).with_context(place)?;
        if config.run.batch == 0 {
            bail!("{}: run.batch is 0; expected 1 or more", place());
        }
        if in_store(&config.lake.path) && config.lake.reports.is_none() {
            bail!("{}: a lake in an object store needs lake.reports, a folder", place());
        }
        config.found_from(path.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    fn found_from(&mut self, folder: &Path) {
        let given = [
            &mut self.cohort.records,
            &mut self.cohort.reference,
            &mut self.cohort.withdrawn,
            &mut self.cohort.key,
            &mut self.cohort.views,
            &mut self.cohort.audit,
            &mut self.lake.reports,
            &mut self.run.epitopes,
            &mut self.cluster.work,
            &mut self.cluster.token,
            &mut self.cluster.cert,
            &mut self.cluster.key,
            &mut self.cluster.ca,
            &mut self.report.folder,
            &mut self.report.metrics,
        ];
        // An object store is where it is.
        let lake = Some(&mut self.lake.path).filter(|lake| !in_store(lake));
        let all = given.into_iter().flatten().chain([&mut self.cohort.samples]).chain(lake);
        all.for_each(|path| *path = folder.join(&*path));
        // Policies and profiles are names or files: files where there is one of that name.
        let profile = folder.join(&self.run.profile);
        if profile.is_file() {
            self.run.profile = profile.display().to_string();
        }
        if let Some(policy) = &mut self.run.policy
            && folder.join(&*policy).is_file()
        {
            *policy = folder.join(&*policy);
        }
    }

    /// What `vaxloom run` would be told.
    pub(super) fn run_args(&self) -> RunArgs {
        RunArgs {
            samples: self.cohort.samples.clone(),
            lake: self.lake.path.clone(),
            part: None,
            records: self.cohort.records.clone(),
            reference: self.cohort.reference.clone(),
            reports: self.lake.reports.clone(),
            policy: self.run.policy.clone(),
            profile: self.run.profile.clone(),
            design: self.run.design,
            device: self.run.device.clone(),
            batch: self.run.batch,
            rehash: self.run.rehash,
            epitopes: self.run.epitopes.clone(),
            deid_profile: self.cohort.deid_profile.clone(),
            key: KeyArgs { key: self.cohort.key.clone(), project: self.cohort.project.clone() },
            views: self.cohort.views.clone(),
            audit: self.cohort.audit.clone(),
            cluster: self.cluster.args(),
        }
    }

    pub(super) fn lake(&self) -> &Path {
        &self.lake.path
    }

    pub(super) fn left(&self) -> Left {
        self.cohort.left
    }

    /// Folder of the patients' pages.
    pub(super) fn pages(&self) -> PathBuf {
        self.lake.reports.clone().unwrap_or_else(|| self.lake.path.join("reports"))
    }

    /// Folder of the nights' reports.
    pub(super) fn nights(&self) -> PathBuf {
        self.report.folder.clone().unwrap_or_else(|| self.pages().join("nights"))
    }

    /// Patients who have withdrawn their consent.
    pub(super) fn withdrawn(&self) -> anyhow::Result<Vec<String>> {
        let Some(path) = &self.cohort.withdrawn else { return Ok(Vec::new()) };
        let text = fs::read_to_string(path).with_context(|| {
            format!(
                "{}: the list of withdrawn patients cannot be read; nothing is run without it",
                path.display()
            )
        })?;
        let names = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
        Ok(names.filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }
}

fn safe_harbor() -> String {
    "safe-harbor".to_owned()
}

/// `90s`, `15m` or `6h`.
fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong =
        || D::Error::custom(format!("found \"{text}\", expected a time such as 90s, 15m or 6h"));
    let unit = text.chars().last().ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return Err(wrong()),
    };
    let count: u64 = text[..text.len() - 1].trim().parse().map_err(|_| wrong())?;
    count.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(text: &str) -> anyhow::Result<Config> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vaxloom.toml");
        fs::write(&path, text).unwrap();
        Config::read(&path)
    }

    #[test]
    fn the_example_says_the_defaults() {
        let example = read(EXAMPLE).unwrap();
        let least =
            read("[cohort]\nsamples = \"cohort/samples.csv\"\n[lake]\npath = \"lake\"\n").unwrap();
        let tail = |config: &Config| {
            let text = format!("{config:?}");
            text[text.find("run: Run").unwrap()..].to_owned()
        };
        assert_eq!(tail(&example), tail(&least));
        // What stands there as a comment is a key, too.
        let keys: String = EXAMPLE
            .lines()
            .map(|line| match line.strip_prefix("# ") {
                Some(rest) if rest.starts_with('[') || rest.split(' ').nth(1) == Some("=") => {
                    format!("{rest}\n")
                }
                _ => format!("{line}\n"),
            })
            .collect();
        assert!(keys.matches(" = ").count() > EXAMPLE.matches("\n[").count() + 10);
        read(&keys).unwrap();
    }

    #[test]
    fn mistakes_are_named() {
        let least = "[cohort]\nsamples = \"s.csv\"\n[lake]\npath = \"lake\"\n";
        for (more, expected) in [
            ("[run]\nbatches = 3\n", "unknown field `batches`"),
            ("[run]\nbatch = 0\n", "run.batch is 0"),
            ("[night]\ndeadline = \"6 days\"\n", "expected a time such as 90s"),
            ("[report]\nnotify_on = \"never\"\n", "unknown variant `never`"),
        ] {
            let error = format!("{:#}", read(&format!("{least}{more}")).unwrap_err());
            assert!(error.contains(expected) && error.contains("vaxloom.toml"), "{error}");
        }
        assert!(format!("{:#}", read("").unwrap_err()).contains("missing field `cohort`"));
        let away = least.replace("\"lake\"", "\"s3://bucket/lake\"");
        assert!(format!("{:#}", read(&away).unwrap_err()).contains("needs lake.reports"));
        let away = read(&format!("{away}reports = \"pages\"\n")).unwrap();
        assert_eq!(away.lake(), Path::new("s3://bucket/lake"), "it is where it is");
    }
}
