//! WhatsApp's review of a template, by rule: what facts/whatsapp.md 3 says is refused is refused
//! here, so that a wrong template shows before a real reviewer sees it. Only what can be told from
//! the words; taste and policy are a person's, by the control API.

use serde_json::{Map, Value};

/// The longest text of a template, in characters.
const BODY_MAX: usize = 1_024;

/// Words that make a text an advertisement, in lower case.
const ADVERTISING: [&str; 24] = [
    "discount",
    "% off",
    "special offer",
    "limited offer",
    "limited time",
    "coupon",
    "promo code",
    "free trial",
    "buy now",
    "we miss you",
    "come back to",
    "refer a friend",
    "descuento",
    "oferta especial",
    "cupón",
    "prueba gratis",
    "te extrañamos",
    "compra ya",
    "desconto",
    "promoção",
    "cupom",
    "teste grátis",
    "sentimos sua falta",
    "compre já",
];

/// What the reviewer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    /// Why it is rejected, in Meta's words; `None` when it is not.
    pub(crate) rejected: Option<String>,
    /// What it counts as, perhaps another category than was asked for.
    pub(crate) category: String,
}

/// Reviews the shape of one type; `others` are the texts that are approved or wait already.
pub(crate) fn review(
    kind: &str,
    shape: &Value,
    samples: &Map<String, Value>,
    category: &str,
    may_change_category: bool,
    others: &[String],
) -> Verdict {
    let verdict = |rejected: Option<&str>, category: &str| Verdict {
        rejected: rejected.map(str::to_owned),
        category: category.to_owned(),
    };
    if let Some(why) = format_fault(kind, shape, samples) {
        let why = format!("INVALID_FORMAT: {why}");
        return verdict(Some(&why), category);
    }
    let body = body_of(shape);
    if others.iter().any(|other| other == body) {
        return verdict(
            Some("INVALID_FORMAT: it repeats another template"),
            category,
        );
    }
    let lower = body.to_lowercase();
    let advertises = ADVERTISING.iter().any(|words| lower.contains(words));
    match (category, advertises, may_change_category) {
        ("UTILITY", true, true) => verdict(None, "MARKETING"),
        ("UTILITY", true, false) => verdict(Some("INCORRECT_CATEGORY"), category),
        ("AUTHENTICATION", _, _) if kind != "whatsapp/authentication" => {
            verdict(Some("INCORRECT_CATEGORY"), category)
        }
        _ => verdict(None, category),
    }
}

/// The text of a type.
pub(crate) fn body_of(shape: &Value) -> &str {
    shape.get("body").and_then(Value::as_str).unwrap_or("")
}

fn format_fault(kind: &str, shape: &Value, samples: &Map<String, Value>) -> Option<&'static str> {
    if matches!(kind, "twilio/list-picker" | "twilio/location") {
        return Some("this type cannot be a template");
    }
    if kind == "whatsapp/authentication" {
        return None; // its words are Meta's own
    }
    let body = body_of(shape).trim();
    if body.chars().count() > BODY_MAX {
        return Some("the body is longer than 1024 characters");
    }
    let parts = match split(body) {
        Ok(parts) => parts,
        Err(why) => return Some(why),
    };
    let numbers: Vec<u32> = parts.iter().filter_map(|part| part.variable).collect();
    let mut seen = 0;
    for number in &numbers {
        if *number > seen + 1 || *number == 0 {
            return Some("variables are numbered from 1 without gaps");
        }
        seen = seen.max(*number);
    }
    if !numbers.is_empty() {
        let outer = |part: Option<&Part<'_>>| part.is_some_and(|part| part.variable.is_some());
        if outer(parts.first()) || outer(parts.last()) {
            return Some("a variable stands at the start or the end");
        }
        let touching = parts
            .windows(2)
            .any(|pair| matches!(pair, [a, b] if a.variable.is_some() && b.variable.is_some()));
        if touching {
            return Some("two variables have no text between them");
        }
    }
    let words: usize = parts
        .iter()
        .map(|part| {
            part.text
                .split_whitespace()
                .filter(|word| word.contains(char::is_alphanumeric))
                .count()
        })
        .sum();
    let count = usize::try_from(seen).unwrap_or(usize::MAX);
    if count > 0 && words < 2 * count + 1 {
        return Some("too many variables for the length of the text");
    }
    let has_sample = |number: u32| {
        samples
            .get(&number.to_string())
            .and_then(Value::as_str)
            .is_some_and(|sample| !sample.trim().is_empty())
    };
    if (1..=seen).any(|number| !has_sample(number)) {
        return Some("a variable has no sample");
    }
    let titles = shape.get("actions").and_then(Value::as_array);
    let too_long = titles.into_iter().flatten().any(|action| {
        let title = action.get("title").and_then(Value::as_str).unwrap_or("");
        title.chars().count() > 25 || title.is_empty()
    });
    too_long.then_some("a button's title has 1 to 25 characters")
}

/// A variable, or the words between two.
struct Part<'a> {
    text: &'a str,
    variable: Option<u32>,
}

fn split(body: &str) -> Result<Vec<Part<'_>>, &'static str> {
    const BRACES: &str = "a variable is written as {{1}}";
    let mut parts = Vec::new();
    let mut rest = body;
    loop {
        let Some((text, after)) = rest.split_once("{{") else {
            if rest.contains(['{', '}']) {
                return Err(BRACES);
            }
            if !rest.trim().is_empty() {
                parts.push(Part {
                    text: rest,
                    variable: None,
                });
            }
            return Ok(parts);
        };
        if text.contains(['{', '}']) {
            return Err(BRACES);
        }
        if !text.trim().is_empty() {
            parts.push(Part {
                text,
                variable: None,
            });
        }
        let (number, after) = after.split_once("}}").ok_or(BRACES)?;
        if !number.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BRACES);
        }
        parts.push(Part {
            text: "",
            variable: Some(number.parse().map_err(|_| BRACES)?),
        });
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn judged(body: &str, category: &str, may_change: bool) -> (bool, String) {
        let samples = json!({"1": "Ana", "2": "Monday"});
        let verdict = review(
            "twilio/text",
            &json!({"body": body}),
            samples.as_object().unwrap(),
            category,
            may_change,
            &["Taken words for {{1}} already there.".to_owned()],
        );
        (verdict.rejected.is_none(), verdict.category)
    }

    #[test]
    fn the_reviewer_reads_the_words() {
        for (body, fine) in [
            ("Hi {{1}}, how was your week?", true),
            ("No variable at all.", true),
            ("Hi {{1}}! Your workout for {{2}} is ready.", true),
            ("{{1}}, how was your week?", false),
            ("Your workout is ready, {{1}}", false),
            ("Your workout {{1}} {{2}} is ready now.", false),
            ("Your {{2}} is ready now, and {{1}} too.", false),
            ("Your {{1}} and {{3}} are ready now, Ana.", false),
            ("Hi {{1}}!", false),
            ("Hi {1}, how was your week?", false),
            ("Hi {{name}}, how was your week?", false),
            ("Taken words for {{1}} already there.", false),
            (&"a".repeat(1_025), false),
        ] {
            assert_eq!(judged(body, "UTILITY", true).0, fine, "{body}");
        }
        let none = Map::new();
        let shape = json!({"body": "Hi {{1}}, how was your week?"});
        let verdict = review("twilio/text", &shape, &none, "UTILITY", true, &[]);
        assert_eq!(
            verdict.rejected.as_deref(),
            Some("INVALID_FORMAT: a variable has no sample")
        );
    }

    #[test]
    fn advertising_is_marketing_whatever_it_is_called() {
        let offer = "Hi {{1}}, 20% off all plans today.";
        assert_eq!(judged(offer, "UTILITY", true), (true, "MARKETING".into()));
        assert!(!judged(offer, "UTILITY", false).0);
        assert!(judged(offer, "MARKETING", true).0);
        assert!(!judged("Your code is {{1}}, thank you.", "AUTHENTICATION", true).0);
    }
}
