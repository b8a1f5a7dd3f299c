//! Month and day without a year, `12/25`, which Safe Harbor removes, told from a fraction, `3/12 nodes`.

/// Words beside a fraction: in front of it or behind.
const COUNTED: &str = "allele alleles apgar biopsies block blocks blood bloom capsule class copies core cores criteria cup cycle cycles day days dose \
    doses ecog exon exons field fields fraction fractions genotype gleason grade graded haplotype hla hour hours hpf hpv inch items \
    karnofsky level levels line lines ln lns loci margin margins match matched matches metastases metastasis month months murmur \
    negative node nodes normal nottingham of pack pain part parts phase points positive power pulse pulses quadrant quadrants \
    questions ratio reflex reflexes saline scale score scored scores section sections sentinel site sites slide slides stage stages \
    staging strength tab tablet tablets times titer titre type types vision visual week weeks year years";
/// Words in front of a day.
const DATED: &str = "admitted appointment appt biopsy born came collected d/c date dated died discharged dob drawn due evaluated examined from lmp \
    obtained on received scheduled seen signed since started surgery taken through until visit visited";
/// How many words around it say what a number is.
const NEAR: usize = 3;

/// Whether the text has a month and a day that nothing tells to be a fraction. Standing alone it is a day: the safe side.
pub(crate) fn has_month_and_day(text: &str) -> bool {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || ",;:()[]\"".contains(c))
        .map(|word| word.trim_end_matches(['.', '?', '!']))
        .filter(|word| !word.is_empty())
        .collect();
    words.iter().enumerate().any(|(at, word)| {
        let before = &words[at.saturating_sub(NEAR)..at];
        let after = words.get(at + 1..).unwrap_or_default();
        let dated = before.last().is_some_and(|word| is_of(DATED, word));
        let counted = before.iter().chain(after.iter().take(NEAR)).any(|word| is_of(COUNTED, word));
        word.split(['-', '–', '_']).any(is_month_and_day) && (dated || !counted)
    })
}

/// Whether a name of a result speaks of what is counted, so that a fraction may stand beside it: `Lymph nodes positive`.
pub(crate) fn is_counted(name: &str) -> bool {
    let mut words = name.split(|c: char| !c.is_alphanumeric());
    let dated = words.clone().any(|word| is_of(DATED, word));
    !dated && words.any(|word| is_of(COUNTED, word) && word != "of")
}

/// Whether a text is one fraction and nothing else.
pub(crate) fn is_fraction(text: &str) -> bool {
    is_month_and_day(text.trim())
}

fn is_of(list: &str, word: &str) -> bool {
    list.split_whitespace().any(|listed| listed.eq_ignore_ascii_case(word))
}

/// `12/25` or `25/12`.
fn is_month_and_day(word: &str) -> bool {
    let Some((first, second)) = word.split_once('/') else { return false };
    let number = |text: &str| {
        let digits = matches!(text.len(), 1 | 2) && text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u8>().unwrap_or_default())
    };
    let (Some(first), Some(second)) = (number(first), number(second)) else { return false };
    let is = |month: u8, day: u8| (1..=12).contains(&month) && (1..=31).contains(&day);
    is(first, second) || is(second, first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_from_fractions() {
        for (text, day) in [
            ("12/25", true),
            ("25/12", true),
            ("12/25.", true),
            ("seen 3/14", true),
            ("Biopsy 3/12", true),
            ("two nodes seen on 3/12", true),
            ("came back 1/5 and 1/9", true),
            ("chemo 12/25-12/28", true),
            ("swab (12/25)", true),
            ("3/12 nodes positive", false),
            ("nodes: 3/12", false),
            ("pN1 (3/12 lymph nodes)", false),
            ("positive sentinel nodes 1/2", false),
            ("grade 2/3", false),
            ("Nottingham score 6/9", false),
            ("1/2 tablet daily", false),
            ("strength 5/5", false),
            ("HLA match 9/10", false),
            ("13/40", false),
            ("120/80", false),
            ("1/1000000", false),
            ("mg/dL", false),
            ("0/12", false),
        ] {
            assert_eq!(has_month_and_day(text), day, "{text}");
        }
    }
}
