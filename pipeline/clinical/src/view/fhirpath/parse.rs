//! From tokens to a tree, by FHIRPath's precedence of operators.

use std::str::FromStr;

use rust_decimal::Decimal;

use super::{
    super::ViewFault,
    Constants,
    expr::{Expr, TypeTest},
    function::Function,
    item::{Constant, Item},
    operator::{LEVELS, Operator},
    temporal::Temporal,
    token::{Token, TokenKind, syntax, tokens},
};

/// Deepest nesting of an expression.
const DEEPEST: usize = 100;

pub(crate) fn parse(text: &str, constants: &Constants) -> Result<Expr, ViewFault> {
    let mut parser = Parser { tokens: tokens(text)?, next: 0, constants, depth: 0 };
    let expr = parser.binary(0)?;
    match parser.peek() {
        TokenKind::End => Ok(expr),
        _ => Err(syntax(parser.at(), "expected an operator or the end of the expression")),
    }
}

struct Parser<'c> {
    tokens: Vec<Token>,
    next: usize,
    constants: &'c Constants,
    depth: usize,
}

impl Parser<'_> {
    fn peek(&self) -> &TokenKind {
        self.tokens.get(self.next).map_or(&TokenKind::End, |token| &token.kind)
    }

    fn at(&self) -> usize {
        self.tokens.get(self.next).or(self.tokens.last()).map_or(1, |token| token.at)
    }

    fn advance(&mut self) -> TokenKind {
        let kind = self.peek().clone();
        self.next += 1;
        kind
    }

    fn take_symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.peek(), TokenKind::Symbol(s) if *s == symbol);
        self.next += usize::from(found);
        found
    }

    fn expect(&mut self, symbol: &str) -> Result<(), ViewFault> {
        let at = self.at();
        if self.take_symbol(symbol) {
            Ok(())
        } else {
            Err(syntax(at, format!("expected '{symbol}'")))
        }
    }

    /// Operators of `LEVELS[level]` and tighter ones. All bind to the left.
    fn binary(&mut self, level: usize) -> Result<Expr, ViewFault> {
        let Some(operators) = LEVELS.get(level) else { return self.unary() };
        self.depth += usize::from(level == 0);
        if self.depth > DEEPEST {
            return Err(syntax(self.at(), "the expression is nested too deeply"));
        }
        let mut left = self.binary(level + 1)?;
        while let Some(operator) = self.operator(operators) {
            left = match operator {
                Operator::Is | Operator::As => {
                    let test =
                        if operator == Operator::Is { TypeTest::Is } else { TypeTest::Filter };
                    Expr::Typed(Some(Box::new(left)), test, self.type_name()?)
                }
                _ => Expr::Binary(operator, Box::new(left), Box::new(self.binary(level + 1)?)),
            };
        }
        self.depth -= usize::from(level == 0);
        Ok(left)
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        let word = match self.peek() {
            TokenKind::Symbol(symbol) => *symbol,
            TokenKind::Name { text, quoted: false } => text,
            _ => return None,
        };
        let (_, found) = operators.iter().find(|(text, _)| *text == word)?;
        let found = *found;
        self.next += 1;
        Some(found)
    }

    fn unary(&mut self) -> Result<Expr, ViewFault> {
        if self.take_symbol("-") {
            return Ok(Expr::Negate(Box::new(self.unary()?)));
        }
        self.take_symbol("+");
        self.postfix()
    }

    fn postfix(&mut self) -> Result<Expr, ViewFault> {
        let mut expr = self.term()?;
        loop {
            if self.take_symbol(".") {
                expr = self.invocation(Some(Box::new(expr)))?;
            } else if self.take_symbol("[") {
                let index = self.binary(0)?;
                self.expect("]")?;
                expr = Expr::Indexer(Box::new(expr), Box::new(index));
            } else {
                return Ok(expr);
            }
        }
    }

    fn term(&mut self) -> Result<Expr, ViewFault> {
        let at = self.at();
        if matches!(self.peek(), TokenKind::Name { .. } | TokenKind::Dollar(_)) {
            return self.literal_word().map_or_else(|| self.invocation(None), Ok);
        }
        match self.advance() {
            TokenKind::Symbol("(") => {
                let inner = self.binary(0)?;
                self.expect(")")?;
                Ok(inner)
            }
            TokenKind::Symbol("{") => self.expect("}").map(|()| Expr::Empty),
            TokenKind::Text(text) => Ok(Expr::Literal(Item::Text(text.into()))),
            TokenKind::Number(number) => self.number(&number, at),
            TokenKind::Date(date) => date_literal(&date, at),
            TokenKind::Percent(name) => self.variable(&name, at),
            _ => Err(syntax(at, "expected a path, a value or '('")),
        }
    }

    fn literal_word(&mut self) -> Option<Expr> {
        let value = match self.peek() {
            TokenKind::Name { text, quoted: false } if text == "true" => true,
            TokenKind::Name { text, quoted: false } if text == "false" => false,
            _ => return None,
        };
        self.next += 1;
        Some(Expr::Literal(Constant::Boolean(value)))
    }

    fn number(&self, number: &str, at: usize) -> Result<Expr, ViewFault> {
        if matches!(self.peek(), TokenKind::Text(_)) {
            return Err(syntax(
                at,
                "quantities with a unit are not part of shareable views; compare value and code",
            ));
        }
        let literal = if number.contains('.') {
            Decimal::from_str(number).ok().map(Item::Decimal)
        } else {
            number.parse().ok().map(Item::Integer)
        };
        literal.map(Expr::Literal).ok_or_else(|| syntax(at, "the number has too many digits"))
    }

    fn variable(&self, name: &str, at: usize) -> Result<Expr, ViewFault> {
        if let Some(constant) = self.constants.get(name) {
            return Ok(Expr::Literal(constant.clone()));
        }
        match name {
            "rowIndex" => Ok(Expr::RowIndex),
            "resource" | "rootResource" | "context" => Ok(Expr::Resource),
            "ucum" => Ok(Expr::Literal(Item::Text("http://unitsofmeasure.org".into()))),
            "sct" => Ok(Expr::Literal(Item::Text("http://snomed.info/sct".into()))),
            "loinc" => Ok(Expr::Literal(Item::Text("http://loinc.org".into()))),
            _ => Err(syntax(
                at,
                format!("there is no constant '{name}'; define it in the view's constant list"),
            )),
        }
    }

    /// A member or a function of `target`, or of the focus.
    fn invocation(&mut self, target: Option<Box<Expr>>) -> Result<Expr, ViewFault> {
        let at = self.at();
        match self.advance() {
            TokenKind::Dollar(name) if target.is_none() && name == "this" => Ok(Expr::This),
            TokenKind::Dollar(name) if target.is_none() && name == "index" => Ok(Expr::Index),
            TokenKind::Name { text, .. } => {
                if self.take_symbol("(") {
                    self.call(target, &text, at)
                } else {
                    Ok(Expr::Member(target, text))
                }
            }
            _ => Err(syntax(at, "expected the name of an element or function")),
        }
    }

    fn call(
        &mut self,
        target: Option<Box<Expr>>,
        name: &str,
        at: usize,
    ) -> Result<Expr, ViewFault> {
        match name {
            "ofType" | "as" | "is" => {
                let kind = self.type_name()?;
                self.expect(")")?;
                return Ok(Expr::Typed(
                    target,
                    if name == "is" { TypeTest::Is } else { TypeTest::Filter },
                    kind,
                ));
            }
            "getReferenceKey" => {
                let kind = if self.take_symbol(")") { None } else { Some(self.type_name()?) };
                if kind.is_some() {
                    self.expect(")")?;
                }
                return Ok(Expr::ReferenceKey(target, kind));
            }
            _ => {}
        }
        let Some((function, arguments)) = Function::find(name) else {
            return Err(syntax(at, format!("function '{name}' is not one that views can use")));
        };
        let mut given = Vec::new();
        if !self.take_symbol(")") {
            loop {
                given.push(self.binary(0)?);
                if self.take_symbol(")") {
                    break;
                }
                self.expect(",")?;
            }
        }
        if arguments.contains(&given.len()) {
            Ok(Expr::Call(target, function, given))
        } else {
            let (least, most) = (arguments.start(), arguments.end());
            Err(syntax(
                at,
                format!("{name} takes {least} to {most} arguments, found {}", given.len()),
            ))
        }
    }

    /// `Quantity`, `FHIR.Quantity`, `System.String`: the last part.
    fn type_name(&mut self) -> Result<String, ViewFault> {
        let at = self.at();
        let TokenKind::Name { text, .. } = self.advance() else {
            return Err(syntax(at, "expected the name of a type"));
        };
        if !["FHIR", "System"].contains(&text.as_str()) || !self.take_symbol(".") {
            return Ok(text);
        }
        match self.advance() {
            TokenKind::Name { text, .. } => Ok(text),
            _ => Err(syntax(at, "expected the name of a type")),
        }
    }
}

fn date_literal(date: &str, at: usize) -> Result<Expr, ViewFault> {
    let text = date.strip_prefix('T').unwrap_or(date).trim_end_matches('T').to_owned();
    match Temporal::parse(&text) {
        Some(temporal) => Ok(Expr::Literal(Item::Temporal(temporal.kind(), text.into()))),
        None => Err(syntax(
            at,
            "not a date or time; expected such as @2020, @2020-01-31T10:30:00Z or @T10:30",
        )),
    }
}
