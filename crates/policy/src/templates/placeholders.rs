//! `{{1}}` in a text: where they stand, and the text with values in their places.

/// A piece of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Words.
    Words(&'a str),
    /// What stands between `{{` and `}}`, as it is.
    Variable(&'a str),
    /// Braces that are no variable: the rest of the text from there.
    Broken(&'a str),
}

/// The pieces of a text, in order; words between two variables that touch are left out.
pub fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (words, braces) = rest.split_at(at);
        if !words.is_empty() {
            pieces.push(Piece::Words(words));
        }
        let inside = braces
            .strip_prefix("{{")
            .and_then(|after| after.split_once("}}"))
            .filter(|(name, _)| !name.contains(['{', '}']));
        let Some((name, after)) = inside else {
            pieces.push(Piece::Broken(braces));
            return pieces;
        };
        pieces.push(Piece::Variable(name));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest));
    }
    pieces
}

/// The text with values in place of its variables; `None` when one has no value or braces are broken.
pub fn filled<'v>(text: &str, value_of: impl Fn(&str) -> Option<&'v str>) -> Option<String> {
    let mut words = String::with_capacity(text.len() + 32);
    for piece in pieces(text) {
        match piece {
            Piece::Words(piece) => words.push_str(piece),
            Piece::Variable(name) => words.push_str(value_of(name.trim())?),
            Piece::Broken(_) => return None,
        }
    }
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::Piece::{Broken, Variable, Words};
    use super::*;

    #[test]
    fn a_text_falls_into_words_and_variables() {
        for (text, expected) in [
            ("Hi", vec![Words("Hi")]),
            ("Hi {{1}}!", vec![Words("Hi "), Variable("1"), Words("!")]),
            ("{{1}}{{2}}", vec![Variable("1"), Variable("2")]),
            ("Hi {1}", vec![Words("Hi "), Broken("{1}")]),
            ("Hi {{1}", vec![Words("Hi "), Broken("{{1}")]),
            ("Hi {{{1}}}", vec![Words("Hi "), Broken("{{{1}}}")]),
            ("", vec![]),
        ] {
            assert_eq!(pieces(text), expected, "{text}");
        }
    }

    #[test]
    fn values_take_the_place_of_variables() {
        let value = |name: &str| (name == "1").then_some("Ana");
        assert_eq!(filled("Hi {{1}}!", value).as_deref(), Some("Hi Ana!"));
        assert_eq!(filled("Hi {{ 1 }}!", value).as_deref(), Some("Hi Ana!"));
        assert_eq!(filled("Hi {{2}}!", value), None);
        assert_eq!(filled("Hi {1}!", value), None);
    }
}
