//! De-identified records: FHIR R4, as little as names a patient's disease and specimen.

use crate::patient::Patient;

/// The year of every diagnosis and specimen.
const YEAR: u32 = 2024;

/// The kinds of resources, in the order of [`resources`].
pub(crate) const KINDS: [&str; 3] = ["Patient", "Condition", "Specimen"];

/// One line of NDJSON of each kind.
pub(crate) fn resources(patient: &Patient<'_>, sample: &str) -> [String; 3] {
    let (id, sex, birth) = (&patient.id, patient.sex, patient.birth);
    let (code, name) = (&patient.cancer.icd10, &patient.cancer.name);
    let status = |system: &str, code: &str| {
        format!(
            "{{\"coding\":[{{\"system\":\"http://terminology.hl7.org/CodeSystem/{system}\",\"code\":\"{code}\"}}]}}"
        )
    };
    let (active, confirmed) =
        (status("condition-clinical", "active"), status("condition-ver-status", "confirmed"));
    [
        format!(
            "{{\"resourceType\":\"Patient\",\"id\":\"{id}\",\"gender\":\"{sex}\",\"birthDate\":\"{birth}\"}}"
        ),
        format!(
            "{{\"resourceType\":\"Condition\",\"id\":\"{id}-condition\",\"clinicalStatus\":{active},\"verificationStatus\":{confirmed},\"code\":{{\"coding\":[{{\"system\":\"http://hl7.org/fhir/sid/icd-10-cm\",\"code\":\"{code}\",\"display\":\"{name}\"}}]}},\"subject\":{{\"reference\":\"Patient/{id}\"}},\"onsetDateTime\":\"{YEAR}\"}}"
        ),
        format!(
            "{{\"resourceType\":\"Specimen\",\"id\":\"{sample}\",\"type\":{},\"subject\":{{\"reference\":\"Patient/{id}\"}},\"collection\":{{\"collectedDateTime\":\"{YEAR}\"}}}}",
            status("v2-0487", "TUMOR")
        ),
    ]
}
