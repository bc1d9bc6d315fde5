//! Definitions as a person writes them: the server shows `status IN ('a', 'b')` on a `varchar` column in
//! a form that it understands differently when it reads it again.

/// How it shows a list, and how that is written.
const LISTS: [(&str, &str); 2] = [
    ("::text = ANY ((ARRAY[", " IN ("),
    ("::text <> ALL ((ARRAY[", " NOT IN ("),
];

/// The end of such a list.
const END: &str = "])::text[])";

/// The type it puts after each word of it.
const TYPE: &str = "::character varying";

/// A definition that, once read, shows as this one does.
pub(super) fn as_written(definition: &str) -> String {
    let mut text = definition.to_owned();
    for (list, word) in LISTS {
        let mut from = 0;
        while let Some(at) = text.get(from..).and_then(|rest| rest.find(list)) {
            let at = from + at;
            match rewritten(&text, at, list, word) {
                Some(better) => text = better,
                None => from = at + list.len(),
            }
        }
    }
    text
}

/// With the list that begins at this place rewritten, if it is of words alone.
fn rewritten(text: &str, at: usize, list: &str, word: &str) -> Option<String> {
    let before = text.get(..at)?;
    let open = opening(before)?;
    let operand = before.get(open + 1..at - 1)?;
    let rest = text.get(at + list.len()..)?;
    let end = rest.find(END)?;
    let items = rest.get(..end)?;
    let words = items.matches(TYPE).count();
    let plain = items.replace(TYPE, "");
    // A bracket in a word, a cast of something else, or one word, which `IN` makes an `=`: left as it is.
    if words < 2 || plain.contains("::") || plain.contains(']') {
        return None;
    }
    let (start, tail) = (text.get(..open)?, rest.get(end + END.len()..)?);
    Some(format!("{start}{operand}{word}{plain}){tail}"))
}

/// Where the bracket opens that closes at the end.
fn opening(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (at, letter) in text.char_indices().rev() {
        match letter {
            ')' => depth += 1,
            '(' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_words_is_written_as_a_person_does() {
        for (shown, written) in [
            (
                "CHECK (((status)::text = ANY ((ARRAY['a'::character varying, 'it''s'::character varying])::text[])))",
                "CHECK ((status IN ('a', 'it''s')))",
            ),
            (
                "((m.status)::text <> ALL ((ARRAY['a'::character varying, 'b'::character varying])::text[])) AND x",
                "(m.status NOT IN ('a', 'b')) AND x",
            ),
            (
                "((status)::text = 'a'::text)",
                "((status)::text = 'a'::text)",
            ),
        ] {
            assert_eq!(as_written(shown), written);
        }
    }
}
