//! FHIR's versions and types, by what a resource itself shows.

use std::collections::HashSet;

use serde_json::Value;

use crate::rule::Rule;

pub(crate) const R5: Rule = Rule {
    id: "format.fhir-r5",
    message: "a resource of FHIR R5, by its elements; expected R4",
    remedy: "export as FHIR R4 (4.0.1)",
};

pub(crate) const STU3: Rule = Rule {
    id: "format.fhir-stu3",
    message: "a resource of FHIR STU3, by its elements; expected R4",
    remedy: "export as FHIR R4 (4.0.1)",
};

pub(crate) const TYPE_NOT_TAKEN: Rule = Rule {
    id: "format.type-not-taken",
    message: "a resource type that no table takes; it is set aside",
    remedy: "nothing; or leave the type out of the export",
};

pub(crate) const UNKNOWN_TYPE: Rule = Rule {
    id: "format.unknown-type",
    message: "a resource type that FHIR R4 does not have; it is set aside",
    remedy: "check that the export is FHIR R4 (4.0.1)",
};

/// Elements that only one other version has, where R4 has another or none (HL7, "Differences" pages of R4 and R5).
const TELLING: &[(&str, &str, &Rule)] = &[
    ("Patient", "animal", &STU3),
    ("Condition", "assertedDate", &STU3),
    ("Condition", "context", &STU3),
    ("Observation", "comment", &STU3),
    ("Observation", "related", &STU3),
    ("Observation", "context", &STU3),
    ("Procedure", "context", &STU3),
    ("Procedure", "notDone", &STU3),
    ("MedicationRequest", "context", &STU3),
    ("MedicationStatement", "taken", &STU3),
    ("MedicationAdministration", "notGiven", &STU3),
    ("Immunization", "notGiven", &STU3),
    ("DiagnosticReport", "codedDiagnosis", &STU3),
    ("DocumentReference", "indexed", &STU3),
    ("Encounter", "actualPeriod", &R5),
    ("Encounter", "admission", &R5),
    ("Condition", "participant", &R5),
    ("Procedure", "occurrenceDateTime", &R5),
    ("Procedure", "occurrencePeriod", &R5),
    ("Procedure", "reported", &R5),
    ("Observation", "triggeredBy", &R5),
    ("Observation", "instantiatesReference", &R5),
    ("MedicationRequest", "medication", &R5),
    ("MedicationStatement", "medication", &R5),
    ("MedicationAdministration", "medication", &R5),
    ("MedicationAdministration", "occurenceDateTime", &R5),
    ("MedicationDispense", "medication", &R5),
    ("AllergyIntolerance", "participant", &R5),
    ("DiagnosticReport", "supportingInfo", &R5),
    ("DiagnosticReport", "conclusionCodeableConcept", &R5),
    ("ServiceRequest", "bodyStructure", &R5),
    ("BodyStructure", "includedStructure", &R5),
    ("Location", "form", &R5),
    ("Practitioner", "deceasedBoolean", &R5),
    ("GenomicStudy", "status", &R5),
];

/// The rule that says which other version a resource is of.
pub(crate) fn other_version(resource: &Value) -> Option<&'static Rule> {
    let kind = resource["resourceType"].as_str()?;
    if kind == "CapabilityStatement" || kind == "ImplementationGuide" {
        let version =
            resource["fhirVersion"].as_str().or_else(|| resource["fhirVersion"][0].as_str())?;
        return match version.as_bytes() {
            [b'5', ..] => Some(&R5),
            [b'3', ..] => Some(&STU3),
            _ => None,
        };
    }
    TELLING
        .iter()
        .find(|(of, element, _)| *of == kind && resource.get(element).is_some())
        .map(|(_, _, rule)| *rule)
}

/// Resource types of R4 (4.0.1).
const TYPES: &str = "Account ActivityDefinition AdverseEvent AllergyIntolerance Appointment AppointmentResponse AuditEvent Basic Binary \
    BiologicallyDerivedProduct BodyStructure Bundle CapabilityStatement CarePlan CareTeam CatalogEntry ChargeItem ChargeItemDefinition Claim \
    ClaimResponse ClinicalImpression CodeSystem Communication CommunicationRequest CompartmentDefinition Composition ConceptMap Condition \
    Consent Contract Coverage CoverageEligibilityRequest CoverageEligibilityResponse DetectedIssue Device DeviceDefinition DeviceMetric \
    DeviceRequest DeviceUseStatement DiagnosticReport DocumentManifest DocumentReference EffectEvidenceSynthesis Encounter Endpoint \
    EnrollmentRequest EnrollmentResponse EpisodeOfCare EventDefinition Evidence EvidenceVariable ExampleScenario ExplanationOfBenefit \
    FamilyMemberHistory Flag Goal GraphDefinition Group GuidanceResponse HealthcareService ImagingStudy Immunization ImmunizationEvaluation \
    ImmunizationRecommendation ImplementationGuide InsurancePlan Invoice Library Linkage List Location Measure MeasureReport Media Medication \
    MedicationAdministration MedicationDispense MedicationKnowledge MedicationRequest MedicationStatement MedicinalProduct \
    MedicinalProductAuthorization MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient \
    MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged MedicinalProductPharmaceutical \
    MedicinalProductUndesirableEffect MessageDefinition MessageHeader MolecularSequence NamingSystem NutritionOrder Observation \
    ObservationDefinition OperationDefinition OperationOutcome Organization OrganizationAffiliation Parameters Patient PaymentNotice \
    PaymentReconciliation Person PlanDefinition Practitioner PractitionerRole Procedure Provenance Questionnaire QuestionnaireResponse \
    RelatedPerson RequestGroup ResearchDefinition ResearchElementDefinition ResearchStudy ResearchSubject RiskAssessment \
    RiskEvidenceSynthesis Schedule SearchParameter ServiceRequest Slot Specimen SpecimenDefinition StructureDefinition StructureMap \
    Subscription Substance SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation SubstanceSourceMaterial \
    SubstanceSpecification SupplyDelivery SupplyRequest Task TerminologyCapabilities TestReport TestScript ValueSet VerificationResult \
    VisionPrescription";

/// Resource types of R4.
pub(crate) fn known_types() -> HashSet<&'static str> {
    TYPES.split_ascii_whitespace().collect()
}
