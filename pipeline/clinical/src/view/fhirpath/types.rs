//! Names of FHIR R4 data types, and which are kinds of which.

/// Primitive types.
const PRIMITIVES: [&str; 20] = [
    "base64Binary",
    "boolean",
    "canonical",
    "code",
    "date",
    "dateTime",
    "decimal",
    "id",
    "instant",
    "integer",
    "integer64",
    "markdown",
    "oid",
    "positiveInt",
    "string",
    "time",
    "unsignedInt",
    "uri",
    "url",
    "uuid",
];

/// Types with parts that a choice element can have, `Meta` and `Dosage` included (R4, "Open Type Element").
const COMPLEX: [&str; 34] = [
    "Address",
    "Age",
    "Annotation",
    "Attachment",
    "CodeableConcept",
    "CodeableReference",
    "Coding",
    "ContactDetail",
    "ContactPoint",
    "Contributor",
    "Count",
    "DataRequirement",
    "Distance",
    "Dosage",
    "Duration",
    "Expression",
    "Extension",
    "HumanName",
    "Identifier",
    "Meta",
    "Money",
    "Narrative",
    "ParameterDefinition",
    "Period",
    "Quantity",
    "Range",
    "Ratio",
    "RatioRange",
    "Reference",
    "RelatedArtifact",
    "SampledData",
    "Signature",
    "Timing",
    "TriggerDefinition",
];

/// The type of this name.
pub(crate) fn find(name: &str) -> Option<&'static str> {
    PRIMITIVES.into_iter().chain(COMPLEX).find(|known| *known == name)
}

pub(crate) fn is_primitive(name: &str) -> bool {
    PRIMITIVES.contains(&name)
}

/// Primitive types that JSON writes as text and that are no date or time.
pub(crate) fn is_text(name: &str) -> bool {
    let others = [
        "boolean",
        "decimal",
        "integer",
        "integer64",
        "positiveInt",
        "unsignedInt",
        "date",
        "dateTime",
        "instant",
        "time",
    ];
    is_primitive(name) && !others.contains(&name)
}

/// The type behind the ending of a choice element: `DateTime` is `dateTime`, `Quantity` is `Quantity`.
pub(crate) fn of_choice(ending: &str) -> Option<&'static str> {
    let complex = COMPLEX.into_iter().find(|known| *known == ending);
    complex.or_else(|| {
        PRIMITIVES.into_iter().find(|known| {
            let (first, rest) = ending.split_at_checked(1).unwrap_or_default();
            known.strip_prefix(first.to_ascii_lowercase().as_str()) == Some(rest)
                && first != first.to_ascii_lowercase()
        })
    })
}

/// Whether a value of type `kind` is one of type `wanted`: the same, or derived from it.
pub(crate) fn is_a(kind: &str, wanted: &str) -> bool {
    let base = match kind {
        "canonical" | "oid" | "url" | "uuid" => "uri",
        "code" | "id" | "markdown" => "string",
        "positiveInt" | "unsignedInt" => "integer",
        "Age" | "Count" | "Distance" | "Duration" => "Quantity",
        _ => kind,
    };
    let system = match base {
        "boolean" => "Boolean",
        "string" | "uri" | "base64Binary" => "String",
        "integer" => "Integer",
        "decimal" => "Decimal",
        "date" => "Date",
        "dateTime" | "instant" => "DateTime",
        "time" => "Time",
        _ => "",
    };
    [kind, base, system].contains(&wanted) || wanted == "Element"
}
