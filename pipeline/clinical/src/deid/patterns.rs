//! What identifies a person in text, as patterns. All of them are tried; the first of the list that fits names the rule.

use super::rules;
use crate::rule::Rule;

/// Names of months, as `month!()` in the patterns below.
macro_rules! month {
    () => {
        "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
    };
}

/// Patterns that need a digit, each with its rule.
pub(super) const DIGITS: &[(&str, &Rule)] = &[
    (r"\b\d{3}[- .]\d{2}[- .]\d{4}\b", &rules::TEXT_SSN),
    // 2020-03-01, 2020/3/1, 2020.03.01, 20200301
    (
        r"\b\d{4}-\d{2}(?:-\d{2}T?)?(?:\b|\d)|\b\d{4}/\d{1,2}/\d{1,2}\b|\b(?:19|20)\d{2}\.(?:0?[1-9]|1[0-2])\.(?:0?[1-9]|[12]\d|3[01])\b|\b(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:T|\b)",
        &rules::TEXT_DATE,
    ),
    // 3/1/2020, 3.1.2020, 3-1-20, 3/2020
    (
        r"\b\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})\b|\b\d{1,2}[.-]\d{1,2}[.-]\d{4}\b|\b(?:0?[1-9]|[12]\d|3[01])(?:-(?:0?[1-9]|[12]\d|3[01])-|\.(?:0?[1-9]|[12]\d|3[01])\.)\d{2}\b|\b(?:0?[1-9]|1[0-2])/(?:19|20)\d{2}\b",
        &rules::TEXT_DATE,
    ),
    // March 1, Mar-01-2020, March '20
    (
        concat!(r"(?i)\b", month!(), r"\b[-/.]? ?(?:\d{1,2}(?:st|nd|rd|th)?\b|'?\d{4}\b|'\d{2}\b)"),
        &rules::TEXT_DATE,
    ),
    // 1st of March, 1-Mar-2020, 01MAR2020. "May" alone is no month here: "2 may be repeated".
    (
        concat!(
            r"(?i)\b\d{1,2}(?:st|nd|rd|th|\.)? ?(?:of )?(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b|\b\d{1,2}[-/. ]?",
            month!(),
            r"[-/., ]{0,2}'?(?:\d{4}|\d{2})\b"
        ),
        &rules::TEXT_DATE,
    ),
    // Days in other languages; quarters, seasons and feasts with a year.
    (
        r"\b\d{1,2}\.? ?\p{L}{3,10}\.?,? \d{4}\b|\b\d{1,2} de \p{L}{3,10}(?: del?)? \d{4}\b|\d{4}年|\d{1,2}月\d{1,2}",
        &rules::TEXT_DATE,
    ),
    (
        r"(?i)\bQ[1-4]\W{0,2}(?:19|20)\d{2}\b|\b(?:19|20)\d{2}\W?Q[1-4]\b|\b(?:spring|summer|autumn|fall|winter|christmas|easter|thanksgiving|halloween|hanukkah|ramadan|diwali|new year's)(?: day| eve)?(?: of|,)? ?(?:19|20)\d{2}\b",
        &rules::TEXT_DATE,
    ),
    (
        r"(?:\+\d{1,3}[ .-]?)?(?:\(\d{3}\) ?|\b\d{3}[ .-])\d{3}[ .-]\d{4}\b|\b\d{3}-\d{4}\b|\+\d[\d ()/-]{6,}\d|\(\d{2,5}\) ?\d{4,}|\b0\d{2,4}[ /-]\d{5,}|\b0\d{1,4}[ -]\d{3,4}[ -]\d{3,4}\b|\b0\d(?:[ .-]\d{2}){4}\b",
        &rules::TEXT_PHONE,
    ),
    (
        r"(?i)\b(?:ext\.?|extension|pager|beeper|cell|mobile|tel\.?|fax)[ :#]{1,3}\d{4,}\b",
        &rules::TEXT_PHONE,
    ),
    (
        r"(?:^|[^.\d])(?:\d{1,3}\.){3}\d{1,3}(?:[^.\d]|\.?$)|(?i:\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b|\b(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}\b)?|\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b|\b[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}\b)",
        &rules::TEXT_IP,
    ),
    (
        r"(?i)\b(?:9\d|1[0-4]\d)[ -]?(?:years?|yrs?|y\.?o)|\bage[d]?:? ?(?:9\d|1[0-4]\d)\b|\b(?:9\d|1[0-4]\d)[ -]?y/?o\b|\b(?:9\d|1[0-4]\d) ?[FM] (?:with|who|w/|presents|presenting|admitted|c/o)\b",
        &rules::TEXT_AGE,
    ),
    // Marked numbers: of three digits or more behind a word, of any behind "id", "no." or "#".
    (
        r"(?i)\b(?:mrn|mr|medical record|record|account|acct|policy|member|subscriber|plan|certificate|licen[cs]e|vin|plate|vehicle|serial|s/n|sn|lot|ssn|dob|fax|tel|phone|cell|beneficiary|medicare|medicaid|insurance|passport|patient|pat|chart|case|accession|specimen|barcode|device|udi|imei|npi|dea|csn|nhs|ip|id)\b ?(?:no\.?|number|num\.?|nr\.?|id|#)?\W{0,3}[a-z0-9-]*\d[a-z0-9-]*\d[a-z0-9-]*\d|\bmrn[ #:-]*\d|\b(?:patient|pt|subject|record|member|account|chart|person|hospital)(?: ?#| (?:id|no|nr|number)\b)\W{0,3}[a-z-]*\d",
        &rules::TEXT_NUMBER,
    ),
    (
        r"\b[A-Z]{1,3}-?\d{6,}[A-Z]?\b|\b\d{7,}\b|\b\d{3,}(?:-\d{2,}){2,}\b|\b[1-9][A-Z][A-Z0-9]\d-?[A-Z][A-Z0-9]\d-?[A-Z]{2}\d{2}\b|\b\d[A-Z]{3}\d{3}\b",
        &rules::TEXT_NUMBER,
    ),
    // Numbers of pathology: S15-12345, SP-20-1234.
    (r"\b[A-Z]{1,2}\d{2}-\d{3,6}\b|\b[A-Z]{1,3}-\d{2}-\d{3,6}\b", &rules::TEXT_NUMBER),
    (r"\b[A-HJ-NPR-Z0-9]{3}[A-HJ-NPR-Z0-9]{5}[0-9X][A-HJ-NPR-Z0-9]{4}\d{4}\b", &rules::TEXT_NUMBER),
    (r"(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", &rules::TEXT_NUMBER),
    // Postal codes of the United States, the United Kingdom, Canada and much of Europe; boxes and rooms.
    (
        r"\b[A-Z]{2},? \d{5}\b|\b\d{5}-\d{4}\b|\b(?i:zip|postal)\W{0,3}(?i:code)?\W{0,3}\d{5}\b|\b[A-Z]{1,2}\d[A-Z\d]? \d[ABD-HJLNP-UW-Z]{2}\b|\b[A-CEGHJ-NPR-TVXY]\d[A-Z] \d[A-Z]\d\b|\b\d{5} \p{Lu}\p{Ll}{2,}|(?i:\bp\.? ?o\.? ?box\b|\b(?:apt|apartment|suite|ste|room|rm)\b\.? ?#? ?\d+[a-z]?\b)",
        &rules::TEXT_ADDRESS,
    ),
    (
        r"\b\d{1,5}[A-Z]? (?:[NSEW]\.? )?(?:[A-Z][\w'-]+ ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Lane|Ln|Boulevard|Blvd|Court|Ct|Way|Place|Pl|Square|Sq|Terrace|Gate|Highway|Hwy|Parkway|Pkwy)\b|(?i:\b\d{1,5} (?:[nsew]\.? )?[a-z]+(?: [a-z]+)? (?:street|avenue|road|boulevard|lane)\b)|\b[A-Z][\w-]*(?:stra(?:ß|ss)e|str\.|weg|platz|allee) \d{1,4}\b",
        &rules::TEXT_ADDRESS,
    ),
];

/// Patterns that need no digit.
pub(super) const WORDS: &[(&str, &Rule)] = &[
    (
        r"(?i)\b(?:ninety|one hundred)(?:[- ](?:and[- ])?(?:one|two|three|four|five|six|seven|eight|nine))?[ -](?:years?|yrs?|y/?o)|\b(?:is|aged?|turned) ninety\b|\b(?:nonagenarian|centenarian)\b",
        &rules::TEXT_AGE,
    ),
    (
        r"\b\p{Lu}\p{Ll}+, (?:AL|AK|AZ|AR|CA|CO|CT|DC|DE|FL|GA|HI|IA|ID|IL|IN|KS|KY|LA|MA|ME|MI|MN|MO|MS|MT|NC|ND|NE|NH|NJ|NM|NV|NY|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VA|VT|WA|WI|WV|WY|(?:New |North |South |West |Rhode )?(?:Alabama|Alaska|Arizona|Arkansas|California|Carolina|Colorado|Connecticut|Dakota|Delaware|Florida|Georgia|Hampshire|Hawaii|Idaho|Illinois|Indiana|Iowa|Island|Jersey|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Mexico|Michigan|Minnesota|Mississippi|Missouri|Montana|Nebraska|Nevada|Ohio|Oklahoma|Oregon|Pennsylvania|Tennessee|Texas|Utah|Vermont|Virginia|Washington|Wisconsin|Wyoming|York))\b|(?i:\b(?:lives?|living|resid(?:es|ing)|resident) (?:in|at|near|of)) \p{Lu}\p{Ll}|(?i:\b(?:rue|calle|avenida|piazza|ulica|chemin|impasse)) (?:d[eu]s? |de la |del |della |dei )?\p{Lu}\p{Ll}|\b\p{Lu}\p{L}+(?:stra(?:ß|ss)e|gasse)\b",
        &rules::TEXT_ADDRESS,
    ),
    // A month without a day: March and May are words as well.
    (
        r"\b(?:January|February|April|June|July|August|September|October|November|December)\b|(?i:\b(?:in|since|until|last|this|early|mid|late|by) (?:march|may)\b)(?: (?:of|and|to|19|20)|$|[,.;])",
        &rules::TEXT_DATE,
    ),
    // Titles and roles with a name beside them.
    (
        r"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Doctor|Rev|Sr|Sra|Herr|Frau|Mme|Madame|Monsieur|Dott|Mister|Señora?)\b\.? ?(?:[A-Z]\.? ?)*[A-Z\p{Lu}][\p{L}'’-]+|(?i:\b(?:mr|mrs|ms|dr|prof)\. ?\p{L}{2,})|\b(?:dr|mr|mrs) \p{L}{3,}|(?:^|\b(?:by|with|per|see|BY|WITH) )DR \p{Lu}{3,}",
        &rules::TEXT_NAME,
    ),
    (
        r"\b[\p{Lu}][\p{L}'’-]+,? (?:M\.D\.|MD|R\.N\.|RN|PhD|Ph\.D\.|D\.O\.|FACP)(?:\W|$)|\bRN \p{Lu}\p{Ll}+|(?i:\b(?:named|name is|name:|my name)) ?\p{Lu}|(?i:\b(?:signed|dictated|transcribed|seen|referred|examined|interviewed|accompanied) by|\b(?:signed|attn|cc|pcp|attending|provider|physician|surgeon|pathologist|radiologist|informant|caregiver|next of kin):|/s/) ?\p{Lu}\p{Ll}",
        &rules::TEXT_NAME,
    ),
    // Quux, J. and J. R. Quux
    (
        r"\b\p{Lu}\p{Ll}{2,}, (?:\p{Lu}\. ?)+(?:\W|$)|\b(?:\p{Lu}\. ?){2,}\p{Lu}\p{Ll}{2,}",
        &rules::TEXT_NAME,
    ),
    // john [at] example [dot] org
    (
        r"(?i)[\w.+-]+ ?(?:\[at\]|\(at\)| at ) ?[\w-]+ ?(?:\.|\[dot\]|\(dot\)| dot ) ?(?:com|org|net|edu|gov)\b|(?:^|[\s:(])@[a-z]\w{2,}",
        &rules::TEXT_EMAIL,
    ),
    (
        r"(?i)\b(?:https?|ftps?|file|wss?)://|\bwww\.\w|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|edu|gov|mil|info|health|hospital|clinic|co\.uk)\b",
        &rules::TEXT_URL,
    ),
];

pub(super) const EMAIL: &str = r"[\w.+%'-]+@[\w-]+(?:\.[\w-]+)*";
/// A number with a unit is a dose or a size.
pub(super) const DOSES: &str = r"(?i)\b1/10{3,}\b|\b\d[\d,.]* ?(?:(?:unt|units?|iu|mg|mcg|ug|ml|meq|cells?|copies|bp|kb|pfu|cfu|mmol|bases?)\b|\{)";
/// Accessions, variants, alleles, cytogenetic names and sequences, as one word of a text.
pub(super) const GENOMIC: &str = r"^(?:[NXAL][CGMRTPW]_\d+(?:\.\d+)?(?:\([A-Za-z0-9-]+\))?(?::(?:[cgmnpr]\.[\w*>_=+?()\[\];:.-]+|\d+(?:-\d+)?))?|ENS[A-Z]*\d+(?:\.\d+)?(?::[cgnp]\.\S+)?|LRG_\d+\S*|[rs]s\d+|COS[MVNG]\d+|HGNC:\d+|HGVS\S*|VCV\d{9}(?:\.\d+)?|RCV\d{9}(?:\.\d+)?|(?:SO|MONDO|HP|GO|DOID|UBERON|CL|EFO|OBI|NCIT)[:_]\d{4,7}|NCT\d{8}|NDA\d{6}|GTR\d{9}(?:\.\d{1,2})?|[cgmnpr]\.[\w*>_=+?()\[\];.-]+|chr[\dXYMT]+[:\d_-]*|(?:HLA-)?[A-Z]{1,4}\d?[*:][\dA-Z:]+[GPNLSQC]?\S*|(?:HLA-|hla#)\S+|HGG\d+|[ACGTUN]+|[\dXY]+[pq][\d.]*\S*|LA\d+-\d|LP\d+-\d|MTHU\d+)$";

/// Words of results.
pub(super) const RESULTS: &[&str] = &[
    "abnormal",
    "absent",
    "amplified",
    "borderline",
    "detected",
    "equivocal",
    "germline",
    "heterozygous",
    "high",
    "homozygous",
    "indeterminate",
    "intermediate",
    "low",
    "moderate",
    "mutant",
    "mutated",
    "negative",
    "no",
    "none",
    "normal",
    "not",
    "pathogenic",
    "positive",
    "present",
    "reactive",
    "somatic",
    "stable",
    "strong",
    "trace",
    "unknown",
    "unmutated",
    "weak",
    "wildtype",
    "yes",
];
