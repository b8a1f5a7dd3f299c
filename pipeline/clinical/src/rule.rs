//! A rule that a resource can break, and one breach of it. All texts are constants: no value of a record
//! can get into a message.

/// One rule, with the words for the person who must act.
#[derive(Debug, PartialEq)]
pub(crate) struct Rule {
    /// Stable name.
    pub(crate) id: &'static str,
    pub(crate) message: &'static str,
    pub(crate) remedy: &'static str,
}

/// Where a resource came from.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct Source {
    pub(crate) file: String,
    pub(crate) line: i64,
}

/// One breach of a rule at an element of a resource.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Finding {
    pub(crate) path: String,
    pub(crate) rule: &'static Rule,
}

impl Finding {
    pub(crate) fn new(path: impl Into<String>, rule: &'static Rule) -> Self {
        Self { path: path.into(), rule }
    }
}

pub(crate) const JSON: Rule = Rule {
    id: "format.json",
    message: "not valid JSON",
    remedy: "export the resource again; NDJSON holds one complete resource on each line",
};

pub(crate) const UTF8: Rule =
    Rule { id: "format.utf8", message: "not valid UTF-8", remedy: "save the file as UTF-8" };

pub(crate) const NOT_FHIR: Rule = Rule {
    id: "format.not-fhir",
    message: "JSON without a resourceType, expected a FHIR R4 resource or Bundle",
    remedy: "move files that are not FHIR out of the folder of records",
};

pub(crate) const MISSING_ID: Rule = Rule {
    id: "format.missing-id",
    message: "the resource has no id, and its Bundle entry no urn:uuid fullUrl",
    remedy: "give each resource a pseudonymous id",
};

pub(crate) const DUPLICATE: Rule = Rule {
    id: "format.duplicate",
    message: "another resource of this type has the same id and different content; the first one was kept",
    remedy: "export each resource once, in its current version",
};

pub(crate) const MISSING_SUBJECT: Rule = Rule {
    id: "format.missing-subject",
    message: "the resource has no reference to a patient",
    remedy: "add subject.reference, such as Patient/PSEUDONYM",
};

pub(crate) const DANGLING: Rule = Rule {
    id: "format.dangling-reference",
    message: "the subject is not a Patient of this folder",
    remedy: "add the Patient resource, or reference it as Patient/ID or by the fullUrl of its Bundle entry",
};

pub(crate) const GENDER: Rule = Rule {
    id: "format.gender",
    message: "gender is not one of the codes of FHIR R4",
    remedy: "use male, female, other or unknown",
};

pub(crate) const VIEW: Rule = Rule {
    id: "format.view",
    message: "an element that does not fit the view of its table: of another type, or more than one where the view takes one",
    remedy: "export the element as FHIR defines it, or mend the view",
};

pub(crate) const PATIENT_DIFFERS: Rule = Rule {
    id: "records.patient-differs",
    message: "another source says otherwise of this patient's sex, year of birth or year of death; the first in the order of the files was kept",
    remedy: "find out which source is right, and correct the other",
};

pub(crate) const HLA_VALUE: Rule = Rule {
    id: "format.hla-value",
    message: "an HLA observation without a value that can be read",
    remedy: "give valueCodeableConcept (GL String or IPD-IMGT/HLA name), valueString, or a dataAbsentReason",
};

pub(crate) const HLA_TEXT: Rule = Rule {
    id: "format.hla-text",
    message: "the value of an HLA observation is neither an allele name nor a GL String",
    remedy: "report alleles as HLA-A*02:01 or as a GL String such as hla#3.23.0#HLA-A*01:01+HLA-A*02:01",
};

pub(crate) const HLA_SPELLING: Rule = Rule {
    id: "hla.spelling",
    message: "an allele name without the asterisk between gene and fields; it is kept as reported",
    remedy: "write HLA-A*01:01, with * after the gene",
};

pub(crate) const HLA_CONFLICT: Rule = Rule {
    id: "hla.conflict",
    message: "a genotype whose two alleles are not those of the patient's two haplotypes of the gene; all are kept as reported",
    remedy: "ask the laboratory which typing holds, and leave the other out",
};

pub(crate) const STAGE_VALUE: Rule = Rule {
    id: "format.stage-value",
    message: "a stage observation without a coded value",
    remedy: "give the stage group as valueCodeableConcept.coding, or a dataAbsentReason",
};

pub(crate) const STAGE_CONDITION: Rule = Rule {
    id: "format.stage-condition",
    message: "a stage observation that leads to no condition of its patient",
    remedy: "reference the Condition in focus; it may be left out only where the patient has exactly one Condition",
};

pub(crate) const PATIENT_QUARANTINED: Rule = Rule {
    id: "deid.patient-quarantined",
    message: "the Patient of this resource is in quarantine, so nothing of the patient enters",
    remedy: "correct the Patient resource first; its own rows of the quarantine say what is wrong",
};
