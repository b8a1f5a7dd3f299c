//! Puts transcripts together from their lines.

use std::collections::HashMap;

use super::biotype::{self, Evidence};
use super::collect::Collector;
use super::error::{Refusal, Warning, Warnings};
use super::node::{Contig, Definition, Node};
use super::root::roots;
use super::shape::Shape;
use crate::Quarantined;
use crate::reference::Transcript;

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
                found.extend(transcripts.into_iter().map(|made| (node.contig, line, made)));
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
    let shape = Shape::of(node, own, protein, warnings)?;
    let table = node.translation.table.filter(|_| !shape.coding.is_empty());
    if table.is_some_and(|table| !matches!(table, 1 | 2 | 11)) {
        warnings.add(Warning::OtherCode, &node.key, own.line);
    }
    let gene_id = if gene.is_gene { &gene.id } else { own.gene_id.as_ref().unwrap_or(&own.id) };
    let symbol = gene.symbol.as_ref().or(own.symbol.as_ref()).unwrap_or(gene_id);
    let gene_biotype = [&gene.gene_biotype, &gene.biotype, &own.gene_biotype];
    let biotype = biotype::biotype(&Evidence {
        stated: own.biotype.as_deref(),
        gene: gene_biotype.into_iter().find_map(|biotype| biotype.as_deref()),
        kind: &own.kind,
        symbol,
        coding: !shape.coding.is_empty(),
        mitochondrial: contig.mitochondrial,
    });
    // One of a gene's proteins gives its transcript the name.
    let named = protein.and_then(|protein| node.proteins.get(protein as usize));
    let is_transcript = !own.is_gene || biotype::is_transcript(&own.kind);
    let version = own.version.clone().filter(|_| is_transcript);
    Ok(Transcript {
        id: named.unwrap_or(&own.id).clone(),
        version,
        gene_id: gene_id.clone(),
        gene: symbol.clone(),
        biotype,
        contig: contig.name.clone(),
        strand: shape.strand,
        interval: shape.interval,
        exons: shape.exons,
        coding: shape.coding,
        utrs: shape.utrs,
        protein_id: named.or(node.proteins.first()).cloned(),
        mane_select: own.tags.mane_select,
        mane_plus_clinical: own.tags.mane_plus_clinical,
        canonical: own.tags.canonical,
        tsl: own.support_level,
        appris: own.appris.clone(),
        cds_start_not_found: own.tags.cds_start_not_found || shape.open[0],
        cds_end_not_found: own.tags.cds_end_not_found || shape.open[1],
        selenocysteines: shape.selenocysteines,
        mitochondrial: table.map_or(contig.mitochondrial, |table| table == 2),
    })
}
