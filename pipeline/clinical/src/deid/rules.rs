//! The rules of the gate. Letters in brackets are those of 45 CFR 164.514(b)(2)(i), the 18 identifiers of Safe Harbor.

use crate::rule::Rule;

macro_rules! rules {
    ($($name:ident $id:literal $message:literal $remedy:literal;)*) => {
        $(pub(crate) const $name: Rule = Rule { id: concat!("deid.", $id), message: $message, remedy: $remedy };)*
        /// All rules, for those who explain them.
        pub(crate) const ALL: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    NAME "name" "a person's name (A)" "leave the element out";
    ADDRESS "address" "a part of an address smaller than a state (B)" "keep state, country and the first three digits of the postal code";
    POSTAL "postal-code" "a postal code finer than the profile allows (B)" "keep the first three digits, and 000 for areas of 20,000 people or fewer";
    ORGANIZATION "organization" "the name of an organisation or place, which tells a place smaller than a state (B)" "leave the element out";
    DATE "date" "a date that is finer than a year (C)" "reduce dates to YYYY, or use profile limited-dataset under a data use agreement";
    AGE "age-over-89" "an age over 89, or a year that tells one (C)" "aggregate into one category of 90 or older";
    TELECOM "telecom" "a phone or fax number, e-mail address or other contact point (D, E, F)" "leave the element out";
    CONTACT "contact" "a contact person (A)" "leave the element out";
    IDENTIFIER "identifier" "a business identifier: record, plan, account, certificate or another number (G to K, R)" "leave the element out; resources are linked by pseudonymous ids";
    DEVICE "device" "an identifier or serial number of a device or lot (M)" "leave the element out";
    URL "url" "a web address (N)" "leave the element out";
    PHOTO "photo" "a photo (Q)" "leave the element out";
    ATTACHMENT "attachment" "an attachment, or the name of its file (P, Q, R)" "leave data, url, title and hash out";
    DATA "data" "raw measurements, which can be as unique as a fingerprint (P)" "leave the element out";
    NARRATIVE "narrative" "narrative text, which repeats the record in words" "leave the element text out";
    NOTE "note" "text that people wrote" "leave the element out, or set notes = \"scan\" in a custom profile";
    DISPLAY "display" "the display of a reference, which is usually a name (A)" "leave display out";
    REFERENCE "reference" "a reference that is not TYPE/id, urn:uuid or #id" "reference resources by their ids";
    ID "id" "an id that is no pseudonym: an identifier by its looks" "give a project key, so that ids are replaced by pseudonyms";
    ELEMENT_ID "element-id" "an id inside an element" "leave it out";
    VERSION "version" "the version of a resource in its source (R)" "leave it out";
    UNKNOWN_ELEMENT "unknown-element" "an element that is not on the list of what may pass" "leave it out, or add it to elements of a custom profile";
    UNKNOWN_COLUMN "unknown-column" "a column that is not on the list of what may pass" "leave it out, or add its name to elements of a custom profile";
    UNKNOWN_EXTENSION "unknown-extension" "an extension that is not on the list of what may pass" "leave it out, or add its URL to extensions of a custom profile";
    MODIFIER "modifier-extension" "an unknown modifier extension: without it the resource would mean something else" "add its URL to extensions of a custom profile if it is harmless";
    UNKNOWN_TYPE "resource-type" "a resource type of which nothing may pass" "leave the resource out of the export";
    SYSTEM "unknown-system" "a system or profile that is not on the list of what may pass (N)" "use a public code system, or add the URI to systems of a custom profile";
    TYPE "type" "a value of another JSON type than FHIR's" "export the element as FHIR defines it";
    CODE "code" "a code that is none of its system, and could be an identifier" "use the codes of the system that is named";
    DEPTH "depth" "elements nested too deeply to be looked through" "leave the resource out of the export";
    TEXT_PHONE "text.phone" "a phone or fax number in text (D, E)" "take it out of the text";
    TEXT_EMAIL "text.email" "an e-mail address in text (F)" "take it out of the text";
    TEXT_SSN "text.ssn" "a social security number in text (G)" "take it out of the text";
    TEXT_NUMBER "text.number" "a record, plan, account, licence, vehicle or device number in text (H to M, R)" "take it out of the text";
    TEXT_URL "text.url" "a web address in text (N)" "take it out of the text";
    TEXT_IP "text.ip" "an internet address in text (O)" "take it out of the text";
    TEXT_DATE "text.date" "a date finer than a year in text (C)" "take it out of the text";
    TEXT_AGE "text.age" "an age over 89 in text (C)" "write 90 or older";
    TEXT_ADDRESS "text.address" "a street address or postal code in text (B)" "take it out of the text";
    TEXT_NAME "text.name" "a name in text: beside a title, or one that the records name (A)" "take it out of the text";
    TEXT_WORD "text.unknown-word" "a word that is no known term, where a name may stand (A)" "use the term of a public code system beside its code, or list the word in terms of a custom profile if it names nobody";
    TEXT_SCRIPT "text.script" "text in letters that are neither Latin nor Greek, which the search cannot read" "leave it out, or write it in Latin letters";
    TEXT_BLOB "text.blob" "encoded data in text (P, Q)" "take it out of the text";
}

/// The rule that `!name` stands for in the list of what may pass.
pub(crate) fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.id.strip_prefix("deid.") == Some(name))
}
