//! Names by their form: what is written as the name of a person, whoever it is.

use super::words::{
    Unknown, Words, is_called, is_capitalised, is_given, is_only_surname, is_surname, letters,
};

/// A common given name with another word beside it that is written as a name, or alone: `Mary Quux`, `QUUX, MARY`, `QUUX^MARY`.
pub(super) fn has_given_name(text: &str) -> bool {
    let mut words = text
        .split(|c: char| c.is_whitespace() || ",;:^_/()\"".contains(c))
        .filter(|word| !word.is_empty())
        .peekable();
    let (mut before, mut count) = (false, 0);
    while let Some(word) = words.next() {
        let name = is_name(word);
        count += 1;
        if name && is_given(word) {
            let after = words.peek().is_some_and(|next| is_name(next));
            if before || after || (count == 1 && words.peek().is_none() && !is_shouted(word)) {
                return true;
            }
        }
        before = name;
    }
    false
}

impl Words {
    /// A surname with initials on either side: `Quux J`, `QUUX, JA`, `J Quux`, `J. Quux`; or two unknown words that are written as names: `Xylandra Quux`.
    /// Letters number things as well (`Hepatitis B`), so a word that is known is taken for a surname beside a comma only, or where no list
    /// gets as far (`Brown J`).
    pub(crate) fn has_name_by_form(&self, text: &str) -> bool {
        let words: Vec<&str> = letters(text).collect();
        let place = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
        words.windows(2).enumerate().any(|(at, pair)| {
            let [first, second] = pair else { return false };
            let between = &text[place(first) + first.len()..place(second)];
            let (comma, dot) = (between.trim_end() == ",", between.trim_end() == ".");
            let joined = comma || dot || between.chars().all(char::is_whitespace);
            let within = |c: char| c.is_alphanumeric() || "-'’/+*".contains(c);
            if !joined
                || text[..place(first)].ends_with(within)
                || text[place(second) + second.len()..].starts_with(within)
            {
                return false;
            }
            let after = words.get(at + 2).copied();
            if dot {
                return is_initial(first) && self.can_be_surname(second);
            }
            self.is_with_initial(first, second, comma)
                || (!comma && is_initial(first) && self.is_surname(second, after))
                || (self.is_name_alone(first, Some(second)) && self.is_name_alone(second, after))
        })
    }

    /// `Quux J`: the initials come second.
    fn is_with_initial(&self, word: &str, initials: &str, comma: bool) -> bool {
        let shape = is_capitalised(word) || is_shouted(word);
        if !shape || !is_shouted(initials) || word.chars().count() < 2 {
            return false;
        }
        let lower = word.to_lowercase();
        let surname = is_surname(&lower);
        match (initials.len(), self.is_known(&lower)) {
            (1, false) => surname || self.is_name_alone(word, None),
            // `Case A`, `Day B` are numbered; `Brown J` is not.
            (1, true) => surname && (comma || initials > "D"),
            (2, false) => surname || (comma && self.is_name_alone(word, None)),
            _ => false,
        }
    }

    /// Behind an initial with its dot, a word is a surname unless it is known and no surname: `E. Coli`.
    fn can_be_surname(&self, word: &str) -> bool {
        let lower = word.to_lowercase();
        word.len() > 2
            && word.starts_with(char::is_uppercase)
            && (is_surname(&lower) || !self.is_known(&lower))
    }

    /// Behind a bare initial: `J Quux`, but `T Lymphocyte`.
    fn is_surname(&self, word: &str, next: Option<&str>) -> bool {
        let lower = word.to_lowercase();
        let common = is_only_surname(&lower) && !next.is_some_and(is_called);
        (is_capitalised(word) || is_shouted(word))
            && word.len() > 2
            && (common || self.is_name_alone(word, next))
    }

    fn is_name_alone(&self, word: &str, next: Option<&str>) -> bool {
        self.judge(word, next) == Unknown::Name
    }
}

fn is_initial(word: &str) -> bool {
    word.len() == 1 && is_shouted(word)
}

/// A word as names are written: `Quux`, `QUUX`, `O'Brien`, `McDonald`, `Jean-Luc`.
fn is_name(word: &str) -> bool {
    let shaped = word.chars().count() >= 2
        && word.starts_with(char::is_uppercase)
        && word.chars().all(|c| c.is_alphabetic() || "-.'’".contains(c));
    let word = word.strip_prefix("Mc").or_else(|| word.strip_prefix("Mac")).unwrap_or(word);
    let is_part = |part: &str| {
        part.chars().skip(1).all(|c| !c.is_uppercase()) || part.chars().all(|c| !c.is_lowercase())
    };
    shaped && word.split(['-', '\'', '’']).all(is_part)
}

/// In capitals: a single word is rather a gene.
fn is_shouted(word: &str) -> bool {
    word.chars().all(char::is_uppercase)
}
