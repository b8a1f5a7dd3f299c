//! Puts transcripts together from their lines.

use std::collections::HashMap;

use super::biotype::{self, Evidence};
use super::coding;
use super::collect::Collector;
use super::error::{Refusal, Warning, Warnings};
use super::line::PartKind;
use super::node::{Contig, Definition, Node, Part};
use super::root::roots;
use crate::Quarantined;
use crate::reference::{CodingPart, Interval, Strand, Transcript};

/// All transcripts by contig (in the order of the file), position and identifier; what is refused is added to the
/// collector's rows.
pub(super) fn assemble(collector: &mut Collector) -> Vec<Transcript> {
    let roots = roots(&collector.nodes);
    let mut found = Vec::new();
    for (node, root) in collector.nodes.iter().zip(roots) {
        let (line, made) = match (&node.definition, used(node)) {
            (None, _) if node.parts.is_empty() => continue,
            (None, _) => (node.line, Err(orphans(node))),
            (Some(_), false) => {
                collector.ignored +=
                    u64::from(node.definition.as_ref().is_some_and(|own| !own.is_gene));
                continue;
            }
            (Some(own), true) => {
                let gene = root.gene(&collector.nodes, node);
                let made = gene.and_then(|gene| {
                    transcripts(
                        node,
                        own,
                        gene,
                        &collector.contigs[node.contig],
                        &mut collector.warnings,
                    )
                });
                (own.line, made)
            }
        };
        match made {
            Ok(transcripts) => {
                found.extend(transcripts.into_iter().map(|made| (node.contig, line, made)))
            }
            Err(refusal) => collector.refused.push(refusal.at(collector.file, line)),
        }
    }
    collector.refused.sort_by(by_place);
    found.sort_by(|(contig, _, one), (other_contig, _, other)| {
        (contig, one.interval, &one.id).cmp(&(other_contig, other.interval, &other.id))
    });
    warn_of_namesakes(&found, &mut collector.warnings);
    found.into_iter().map(|(.., transcript)| transcript).collect()
}

fn by_place(one: &Quarantined, other: &Quarantined) -> std::cmp::Ordering {
    (one.source_line, &one.rule, &one.message).cmp(&(
        other.source_line,
        &other.rule,
        &other.message,
    ))
}

/// Whether a transcript is made of a node. Without parts, the type of the feature decides.
fn used(node: &Node) -> bool {
    let transcript = |own: &Definition| !own.is_gene && biotype::is_transcript(&own.kind);
    !node.parts.is_empty() || node.definition.as_deref().is_some_and(transcript)
}

fn orphans(node: &Node) -> Refusal {
    let message =
        format!("{} lines are parts of {}, which is not there", node.parts.len(), node.key);
    Refusal::new("annotation.orphan", "Parent", message, "add the line of the transcript or gene")
}

fn warn_of_namesakes(found: &[(usize, u32, Transcript)], warnings: &mut Warnings) {
    let mut contigs: HashMap<&str, usize> = HashMap::with_capacity(found.len());
    for (contig, line, transcript) in found {
        if *contigs.entry(&transcript.id).or_insert(*contig) != *contig {
            warnings.add(Warning::OnSeveralContigs, &transcript.id, *line);
        }
    }
}

/// The transcripts of a node: one, or of a gene that has coding sequences for parts, one for each protein.
fn transcripts(
    node: &Node,
    own: &Definition,
    gene: &Definition,
    contig: &Contig,
    warnings: &mut Warnings,
) -> Result<Vec<Transcript>, Refusal> {
    if let Some(again) = node.again {
        let message = format!("{} is defined again in line {again}", node.key);
        return Err(Refusal::new(
            "annotation.duplicate",
            "ID",
            message,
            "give each transcript its own identifier",
        ));
    }
    if let Some(broken) = node.broken {
        let message = format!("{}: its line {broken} is refused", node.key);
        return Err(Refusal::new("annotation.incomplete", "line", message, "mend that line"));
    }
    if node.proteins.len() < 2 {
        return Ok(vec![transcript(node, own, gene, contig, None, warnings)?]);
    }
    if !own.is_gene {
        let message = format!("{}: {} proteins; expected one", node.key, node.proteins.len());
        return Err(Refusal::new(
            "annotation.proteins",
            "protein_id",
            message,
            "write a transcript for each protein",
        ));
    }
    (0..node.proteins.len() as u32)
        .map(|protein| transcript(node, own, gene, contig, Some(protein), warnings))
        .collect()
}

fn transcript(
    node: &Node,
    own: &Definition,
    gene: &Definition,
    contig: &Contig,
    protein: Option<u32>,
    warnings: &mut Warnings,
) -> Result<Transcript, Refusal> {
    let of_protein =
        |part: &&Part| protein.is_none() || part.protein.is_none() || part.protein == protein;
    let parts: Vec<Part> = node.parts.iter().filter(of_protein).copied().collect();
    let strand = strand(node, own, &parts)?;
    let coding = coding::coding_parts(&parts, strand);
    coding::check(&coding, strand, &node.key, own.line, warnings)?;
    let exons = exons(node, own, &parts, &coding, warnings)?;
    let utrs = coding::utrs(&parts, &exons, &coding, strand).unwrap_or_else(|| {
        warnings.add(Warning::UtrWithoutSide, &node.key, own.line);
        Vec::new()
    });
    let hull = hull(exons.iter().copied().chain(parts.iter().map(|part| part.interval)));
    let interval = match (own.interval, hull) {
        (Some(own_interval), Some(hull)) => {
            let wide = Interval {
                start: own_interval.start.min(hull.start),
                end: own_interval.end.max(hull.end),
            };
            if wide != own_interval {
                warnings.add(Warning::Widened, &node.key, own.line);
            }
            wide
        }
        (interval, hull) => interval.or(hull).ok_or_else(|| no_exon(node))?,
    };
    let symbol = gene.symbol.as_ref().or(own.symbol.as_ref());
    let gene_id = if gene.is_gene { &gene.id } else { own.gene_id.as_ref().unwrap_or(&own.id) };
    let symbol = symbol.unwrap_or(gene_id);
    let own_id = protein.and_then(|protein| node.proteins.get(protein as usize));
    let table = node.translation.table.filter(|_| !coding.is_empty());
    if table.is_some_and(|table| !matches!(table, 1 | 2 | 11)) {
        warnings.add(Warning::OtherCode, &node.key, own.line);
    }
    let open = match strand {
        Strand::Forward => node.translation.open,
        Strand::Reverse => [node.translation.open[1], node.translation.open[0]],
    };
    Ok(Transcript {
        id: own_id.unwrap_or(&own.id).clone(),
        version: own.version.clone().filter(|_| own_id.is_none() && !own.is_gene),
        gene_id: gene_id.clone(),
        gene: symbol.clone(),
        biotype: biotype::biotype(&Evidence {
            stated: own.biotype.as_deref(),
            gene: gene
                .gene_biotype
                .as_deref()
                .or(gene.biotype.as_deref())
                .or(own.gene_biotype.as_deref()),
            kind: &own.kind,
            symbol,
            coding: !coding.is_empty(),
            mitochondrial: contig.mitochondrial,
        }),
        contig: contig.name.clone(),
        strand,
        interval,
        protein_id: own_id.or(node.proteins.first()).cloned(),
        mane_select: own.tags.mane_select,
        mane_plus_clinical: own.tags.mane_plus_clinical,
        canonical: own.tags.canonical,
        tsl: own.support_level,
        appris: own.appris.clone(),
        cds_start_not_found: own.tags.cds_start_not_found || open[0],
        cds_end_not_found: own.tags.cds_end_not_found || open[1],
        selenocysteines: coding::selenocysteines(&node.translation.selenocysteines, &parts, strand),
        mitochondrial: table.map_or(contig.mitochondrial, |table| table == 2),
        exons,
        coding,
        utrs,
    })
}

/// The strand of the transcript, which its parts must share.
fn strand(node: &Node, own: &Definition, parts: &[Part]) -> Result<Strand, Refusal> {
    let refusal = |message: String| {
        Err(Refusal::new(
            "annotation.strand",
            "strand",
            message,
            "write + or -, the same for a transcript and its parts",
        ))
    };
    let Some(strand) = own.strand else {
        return refusal(format!("{}: the strand is neither + nor -", node.key));
    };
    match parts.iter().find(|part| part.strand.is_some_and(|other| other != strand)) {
        Some(part) => refusal(format!("{}: line {} is on the other strand", node.key, part.line)),
        None => Ok(strand),
    }
}

/// The exons by position: as written, else what is coding or untranslated, else all of the transcript.
fn exons(
    node: &Node,
    own: &Definition,
    parts: &[Part],
    coding: &[CodingPart],
    warnings: &mut Warnings,
) -> Result<Vec<Interval>, Refusal> {
    let of = |kinds: &[PartKind]| -> Vec<Interval> {
        let mut found: Vec<Interval> = parts
            .iter()
            .filter(|part| kinds.contains(&part.kind))
            .map(|part| part.interval)
            .collect();
        found.sort_unstable();
        found
    };
    let written = of(&[PartKind::Exon]);
    if written.is_empty() {
        let mut pieces = of(&[PartKind::FivePrimeUtr, PartKind::ThreePrimeUtr, PartKind::Utr]);
        pieces.extend(coding.iter().map(|part| part.interval));
        if pieces.is_empty() {
            warnings.add(Warning::WithoutExons, &node.key, own.line);
            return own.interval.map(|interval| vec![interval]).ok_or_else(|| no_exon(node));
        }
        return Ok(joined(pieces));
    }
    for pair in written.windows(2) {
        if pair[0] == pair[1] {
            return Err(coding::twice("exon"));
        }
        if pair[1].start <= pair[0].end {
            let message = format!("{}: two exons overlap at {}", node.key, pair[1].start);
            return Err(Refusal::new(
                "annotation.exons",
                "start",
                message,
                "write exons apart from each other",
            ));
        }
    }
    let within = |part: &CodingPart| {
        let after = written.partition_point(|exon| exon.start <= part.interval.start);
        after.checked_sub(1).is_some_and(|at| written[at].end >= part.interval.end)
    };
    match coding.iter().find(|part| !within(part)) {
        Some(part) => {
            let message = format!(
                "{}: the coding part from {} lies in no exon",
                node.key, part.interval.start
            );
            Err(Refusal::new(
                "annotation.exons",
                "start",
                message,
                "write the exons that hold the coding sequence",
            ))
        }
        None => Ok(written),
    }
}

fn no_exon(node: &Node) -> Refusal {
    let message = format!("{}: neither exon nor coding sequence", node.key);
    Refusal::new("annotation.exons", "line", message, "write the transcript's exons")
}

/// Intervals that touch or overlap become one.
fn joined(mut pieces: Vec<Interval>) -> Vec<Interval> {
    pieces.sort_unstable();
    let mut joined: Vec<Interval> = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match joined.last_mut() {
            Some(last) if piece.start <= last.end.saturating_add(1) => {
                last.end = last.end.max(piece.end)
            }
            _ => joined.push(piece),
        }
    }
    joined
}

fn hull(intervals: impl Iterator<Item = Interval>) -> Option<Interval> {
    intervals.reduce(|one, other| Interval {
        start: one.start.min(other.start),
        end: one.end.max(other.end),
    })
}
