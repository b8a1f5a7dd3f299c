//! The ninth column: `key=value;` of GFF3, `key "value";` of GTF.

/// How the ninth column is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Syntax {
    /// GFF3 (<https://github.com/The-Sequence-Ontology/Specifications/blob/master/gff3.md>).
    Gff3,
    /// GTF 2.2 (<https://mblab.wustl.edu/GTF22.html>).
    Gtf,
}

impl Syntax {
    /// The syntax of `attributes`; `None` where it holds no attribute of either.
    pub(super) fn of(attributes: &str) -> Option<Self> {
        let at = attributes.trim_start().find(['=', ' ', '"', '\t'])?;
        let equals = attributes.trim_start().as_bytes()[at] == b'=';
        Some(if equals { Self::Gff3 } else { Self::Gtf })
    }

    /// The attributes in their order; quotes are taken off, escapes stay.
    pub(super) fn pairs(self, attributes: &str) -> Pairs<'_> {
        Pairs { rest: attributes, syntax: self }
    }
}

/// See [`Syntax::pairs`].
pub(super) struct Pairs<'a> {
    rest: &'a str,
    syntax: Syntax,
}

impl<'a> Iterator for Pairs<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        self.rest = self.rest.trim_start_matches([' ', ';', '\t']);
        if self.rest.is_empty() {
            return None;
        }
        let (key, value) = match self.syntax {
            Syntax::Gff3 => {
                let (pair, rest) = self.rest.split_once(';').unwrap_or((self.rest, ""));
                self.rest = rest;
                pair.split_once('=').unwrap_or((pair, ""))
            }
            Syntax::Gtf => {
                let end = self.rest.find([' ', ';', '\t']).unwrap_or(self.rest.len());
                let (key, rest) = self.rest.split_at(end);
                let rest = rest.trim_start_matches(' ');
                // A quoted value may hold a semicolon.
                let quoted = rest.strip_prefix('"').and_then(|rest| rest.split_once('"'));
                let (value, rest) =
                    quoted.unwrap_or_else(|| rest.split_once(';').unwrap_or((rest, "")));
                self.rest = rest;
                (key, value)
            }
        };
        Some((key.trim(), value.trim()))
    }
}

/// The attributes that are used, as they are written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Facts<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) parent: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    /// RefSeq's `gene`, a symbol.
    pub(super) gene: Option<&'a str>,
    pub(super) gene_id: Option<&'a str>,
    pub(super) gene_name: Option<&'a str>,
    pub(super) transcript_id: Option<&'a str>,
    pub(super) version: Option<&'a str>,
    pub(super) biotype: Option<&'a str>,
    pub(super) gene_biotype: Option<&'a str>,
    pub(super) support_level: Option<&'a str>,
    pub(super) protein_id: Option<&'a str>,
    pub(super) protein_version: Option<&'a str>,
    pub(super) translation_table: Option<&'a str>,
    pub(super) translation_exceptions: Option<&'a str>,
    pub(super) genome: Option<&'a str>,
    pub(super) appris: Option<&'a str>,
    pub(super) start_range: Option<&'a str>,
    pub(super) end_range: Option<&'a str>,
    pub(super) tags: Tags,
}

/// What the tags say.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools)] // Tags are independent of each other.
pub(super) struct Tags {
    pub(super) mane_select: bool,
    pub(super) mane_plus_clinical: bool,
    pub(super) canonical: bool,
    pub(super) cds_start_not_found: bool,
    pub(super) cds_end_not_found: bool,
}

impl<'a> Facts<'a> {
    pub(super) fn of(syntax: Syntax, attributes: &'a str) -> Self {
        let mut facts = Self::default();
        for (key, value) in syntax.pairs(attributes) {
            facts.take(key, value);
        }
        facts
    }

    fn take(&mut self, key: &str, value: &'a str) {
        let field = match key {
            "ID" => &mut self.id,
            "Parent" => &mut self.parent,
            "Name" => &mut self.name,
            "gene" => &mut self.gene,
            "gene_id" => &mut self.gene_id,
            "gene_name" => &mut self.gene_name,
            "transcript_id" => &mut self.transcript_id,
            "version" | "transcript_version" => &mut self.version,
            "biotype" | "transcript_biotype" | "transcript_type" => &mut self.biotype,
            "gene_biotype" | "gene_type" => &mut self.gene_biotype,
            "transcript_support_level" => &mut self.support_level,
            "protein_id" => &mut self.protein_id,
            "protein_version" => &mut self.protein_version,
            "transl_table" => &mut self.translation_table,
            "transl_except" => &mut self.translation_exceptions,
            "genome" => &mut self.genome,
            "start_range" => &mut self.start_range,
            "end_range" => &mut self.end_range,
            "tag" => return value.split(',').for_each(|tag| self.tag(tag)),
            _ => return,
        };
        if field.is_none() && !value.is_empty() {
            *field = Some(value);
        }
    }

    /// Ensembl and GENCODE write `MANE_Select`, RefSeq `MANE Select`; RefSeq Select is RefSeq's canonical transcript.
    fn tag(&mut self, tag: &'a str) {
        match tag.trim() {
            "MANE_Select" | "MANE Select" => self.tags.mane_select = true,
            "MANE_Plus_Clinical" | "MANE Plus Clinical" => self.tags.mane_plus_clinical = true,
            "Ensembl_canonical" | "RefSeq Select" => self.tags.canonical = true,
            "cds_start_NF" => self.tags.cds_start_not_found = true,
            "cds_end_NF" => self.tags.cds_end_not_found = true,
            tag => self.appris = self.appris.or(tag.strip_prefix("appris_")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(attributes: &str, syntax: Option<Syntax>, pairs: &[(&str, &str)]) {
        assert_eq!(Syntax::of(attributes), syntax, "{attributes}");
        let found = syntax.map(|syntax| syntax.pairs(attributes).collect::<Vec<_>>());
        assert_eq!(found.unwrap_or_default(), pairs, "{attributes}");
    }

    #[test]
    fn both_syntaxes() {
        let gff3 = Some(Syntax::Gff3);
        let gtf = Some(Syntax::Gtf);
        check("ID=a b;Note=x \"y\"; z=;", gff3, &[("ID", "a b"), ("Note", "x \"y\""), ("z", "")]);
        check("Parent=t", gff3, &[("Parent", "t")]);
        check(
            "gene_id \"a=b\"; note \"x;y\"; level 2; tag \"\"",
            gtf,
            &[("gene_id", "a=b"), ("note", "x;y"), ("level", "2"), ("tag", "")],
        );
        check("gene_id \"a", gtf, &[("gene_id", "\"a")]);
        check(".", None, &[]);
        check("", None, &[]);
    }
}
