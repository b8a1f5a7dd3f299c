//! FHIRPath cut into tokens.

use super::super::ViewFault;

/// A token and the 1-based character at which it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token {
    pub(crate) at: usize,
    pub(crate) kind: TokenKind,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// A name, or a word that is an operator by its place (`and`, `is`, `div`); `quoted` ones are names only.
    Name {
        text: String,
        quoted: bool,
    },
    /// `$this`, `$index`.
    Dollar(String),
    /// `%name`, `%'name'`.
    Percent(String),
    Text(String),
    Number(String),
    /// `@2020-01-01T10:00` without the `@`.
    Date(String),
    Symbol(&'static str),
    End,
}

/// Longer ones first.
const SYMBOLS: [&str; 22] = [
    "<=", ">=", "!=", "!~", "(", ")", "[", "]", "{", "}", ".", ",", "+", "-", "*", "/", "=", "~",
    "<", ">", "|", "&",
];

pub(crate) fn syntax(at: usize, what: impl Into<String>) -> ViewFault {
    ViewFault::Syntax { at, what: what.into() }
}

pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, ViewFault> {
    let mut lexer = Lexer { rest: text, at: 1 };
    let mut tokens = Vec::new();
    loop {
        let token = lexer.next()?;
        let end = token.kind == TokenKind::End;
        tokens.push(token);
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    rest: &'t str,
    at: usize,
}

impl<'t> Lexer<'t> {
    fn next(&mut self) -> Result<Token, ViewFault> {
        self.skip_blanks()?;
        let at = self.at;
        let kind = match self.rest.chars().next() {
            None => TokenKind::End,
            Some('\'') => TokenKind::Text(self.quoted('\'')?),
            Some('`') => TokenKind::Name { text: self.quoted('`')?, quoted: true },
            Some('$') => {
                self.take(1);
                TokenKind::Dollar(self.name()?)
            }
            Some('%') => {
                self.take(1);
                TokenKind::Percent(match self.rest.chars().next() {
                    Some(mark @ ('\'' | '`')) => self.quoted(mark)?,
                    _ => self.name()?,
                })
            }
            Some('@') => {
                self.take(1);
                let date = self.date();
                if date.is_empty() {
                    return Err(syntax(at, "'@' begins a date or time, such as @2020-01-31"));
                }
                TokenKind::Date(date)
            }
            Some(c) if c.is_ascii_digit() => TokenKind::Number(self.number()),
            Some(c) if c.is_ascii_alphabetic() || c == '_' => {
                TokenKind::Name { text: self.name()?, quoted: false }
            }
            Some(c) => {
                let Some(symbol) = SYMBOLS.into_iter().find(|symbol| self.rest.starts_with(symbol))
                else {
                    return Err(syntax(at, format!("'{c}' has no meaning here")));
                };
                self.take(symbol.len());
                TokenKind::Symbol(symbol)
            }
        };
        Ok(Token { at, kind })
    }

    /// Takes `length` bytes, which end at a character.
    fn take(&mut self, length: usize) -> &'t str {
        let (taken, rest) = self.rest.split_at(length);
        self.rest = rest;
        self.at += taken.chars().count();
        taken
    }

    fn while_(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let length = self.rest.find(|c| !wanted(c)).unwrap_or(self.rest.len());
        self.take(length)
    }

    /// White space and comments.
    fn skip_blanks(&mut self) -> Result<(), ViewFault> {
        loop {
            self.while_(char::is_whitespace);
            if self.rest.starts_with("//") {
                self.while_(|c| c != '\n');
            } else if self.rest.starts_with("/*") {
                let Some(end) = self.rest.find("*/") else {
                    return Err(syntax(self.at, "the comment has no end"));
                };
                self.take(end + 2);
            } else {
                return Ok(());
            }
        }
    }

    fn name(&mut self) -> Result<String, ViewFault> {
        let name = self.while_(|c| c.is_ascii_alphanumeric() || c == '_');
        if name.is_empty() { Err(syntax(self.at, "expected a name")) } else { Ok(name.to_owned()) }
    }

    fn number(&mut self) -> String {
        let mut number = self.while_(|c| c.is_ascii_digit()).to_owned();
        let fraction = self
            .rest
            .strip_prefix('.')
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        if fraction {
            number.push_str(self.take(1));
            number.push_str(self.while_(|c| c.is_ascii_digit()));
        }
        number
    }

    /// A dot belongs to a date only before the fraction of a second.
    fn date(&mut self) -> String {
        let mut date = String::new();
        loop {
            date.push_str(self.while_(|c| c.is_ascii_digit() || "TZ:+-".contains(c)));
            let digit = |rest: &str| rest.starts_with(|c: char| c.is_ascii_digit());
            if date.is_empty() || !self.rest.strip_prefix('.').is_some_and(digit) {
                return date;
            }
            date.push_str(self.take(1));
        }
    }

    fn quoted(&mut self, mark: char) -> Result<String, ViewFault> {
        let begin = self.at;
        self.take(1);
        let mut text = String::new();
        loop {
            let plain = self.while_(|c| c != mark && c != '\\');
            text.push_str(plain);
            if self.rest.is_empty() {
                return Err(syntax(begin, "the quoted text has no end"));
            }
            if self.take(1) != "\\" {
                return Ok(text);
            }
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, ViewFault> {
        let at = self.at;
        let unknown =
            || syntax(at, "unknown escape; use \\' \\\" \\` \\\\ \\/ \\f \\n \\r \\t or \\uXXXX");
        let Some(c) = self.rest.chars().next() else { return Err(unknown()) };
        self.take(c.len_utf8());
        Ok(match c {
            '\'' | '"' | '`' | '\\' | '/' => c,
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let digits = self.rest.get(..4).ok_or_else(unknown)?;
                let code = u32::from_str_radix(digits, 16).map_err(|_| unknown())?;
                self.take(4);
                char::from_u32(code).ok_or_else(unknown)?
            }
            _ => return Err(unknown()),
        })
    }
}
