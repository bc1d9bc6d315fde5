//! A message's history as lines for people, from what the API answers.

use domain::PhoneNumber;
use serde_json::Value;

/// The most characters of a message's text that are shown.
const WORDS_MAX: usize = 100;

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Begins a part.
    Heading(String),
    /// One thing of it.
    Under(String),
    /// More about that.
    Further(String),
}

/// Tells all of a message.
pub(super) fn tell(message: &Value) -> Vec<Line> {
    let mut lines = Vec::new();
    asked(message, &mut lines);
    if text(message, "direction") == Some("outbound") {
        happened(message, &mut lines);
        together(message, &mut lines);
        chain(message, &mut lines);
        now(message, &mut lines);
        cost(message, &mut lines);
    }
    lines
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value
        .get(name)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// An instant without what nobody reads of it.
fn at(instant: &str) -> String {
    let seconds = instant.split('.').next().unwrap_or(instant);
    seconds.trim_end_matches('Z').replace('T', " ")
}

fn masked(number: &str) -> String {
    number
        .parse::<PhoneNumber>()
        .map_or_else(|_| "an address".to_owned(), |number| number.masked())
}

/// What was asked for, or heard.
fn asked(message: &Value, lines: &mut Vec<Line>) {
    let id = text(message, "id").unwrap_or("?");
    let status = text(message, "status").unwrap_or("?");
    let member = text(message, "member_id").unwrap_or("?");
    let created = at(text(message, "created_at").unwrap_or("?"));
    lines.push(Line::Heading(format!("{id}: {status}")));
    let mut under = |line: String| lines.push(Line::Under(line));
    if text(message, "direction") == Some("inbound") {
        let channel = text(message, "channel").unwrap_or("?");
        under(format!("{member} wrote it by {channel} at {created}."));
    } else {
        let kind = text(message, "kind").unwrap_or("message");
        let queue = text(message, "queue").unwrap_or("?");
        under(format!(
            "A {kind} for {member}, asked for at {created}, in the queue `{queue}`."
        ));
    }
    if let Some(words) = text(message, "content") {
        let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
        let mut shown: String = line.chars().take(WORDS_MAX).collect();
        if shown.len() < line.len() {
            shown.push('…');
        }
        under(format!("It says: {shown}"));
    }
    if let Some(template) = text(message, "template") {
        under(format!("It was asked for by the template {template}."));
    }
    if let Some(model) = message.get("model").filter(|model| model.is_object()) {
        let word = |name| text(model, name).unwrap_or("?");
        under(format!(
            "A language model was asked ({}, prompt {}): {}.",
            word("model"),
            word("prompt"),
            word("outcome")
        ));
    }
    if let Some(answered) = text(message, "in_reply_to") {
        under(format!("It answers {answered}."));
    }
    let (from, until) = (text(message, "not_before"), text(message, "expires_at"));
    match (from, until) {
        (Some(from), Some(until)) => {
            under(format!("Not before {}, not after {}.", at(from), at(until)));
        }
        (Some(from), None) => under(format!("Not before {}.", at(from))),
        (None, Some(until)) => under(format!("Not after {}.", at(until))),
        (None, None) => {}
    }
}

/// Decisions, attempts and receipts, in the order of time.
fn happened(message: &Value, lines: &mut Vec<Line>) {
    let mut events: Vec<(&str, u8, Vec<Line>)> = Vec::new();
    for decided in list(message, "decisions") {
        if let (Some(when), Some(decision)) = (text(decided, "at"), decided.get("decision")) {
            events.push((when, 0, of_decision(decision, None)));
        }
    }
    for attempt in list(message, "attempts") {
        let Some(when) = text(attempt, "begun_at") else {
            continue;
        };
        let decision = attempt.get("decision").unwrap_or(&Value::Null);
        events.push((when, 1, of_decision(decision, Some(attempt))));
        let failed = text(attempt, "provider_message_id").is_none();
        if let (Some(settled), true) = (text(attempt, "settled_at"), failed) {
            events.push((settled, 2, vec![Line::Under(refused(attempt))]));
        } else if let (Some(settled), Some(id)) = (
            text(attempt, "settled_at"),
            text(attempt, "provider_message_id"),
        ) {
            let line = format!("the provider took it as {id}");
            events.push((settled, 2, vec![Line::Under(line)]));
        }
    }
    for receipt in list(message, "receipts") {
        let Some(when) = text(receipt, "received_at") else {
            continue;
        };
        let code = receipt.get("error_code").and_then(Value::as_u64);
        let code = code.map_or_else(String::new, |code| format!(", error {code}"));
        let word = text(receipt, "word").unwrap_or("?");
        let attempt = receipt.get("attempt").and_then(Value::as_u64).unwrap_or(0);
        let line = format!("receipt of attempt {attempt}: {word}{code}");
        events.push((when, 3, vec![Line::Under(line)]));
    }
    if events.is_empty() {
        lines.push(Line::Heading(
            "Nothing was decided about it yet.".to_owned(),
        ));
        return;
    }
    events.sort_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1)));
    lines.push(Line::Heading("What happened".to_owned()));
    for (when, _, told) in events {
        for (place, line) in told.into_iter().enumerate() {
            lines.push(match line {
                Line::Under(text) if place == 0 => Line::Under(format!("{}  {text}", at(when))),
                line => line,
            });
        }
    }
}

fn refused(attempt: &Value) -> String {
    let number = attempt.get("number").and_then(Value::as_u64).unwrap_or(0);
    let status = text(attempt, "status").unwrap_or("?");
    let code = attempt.get("error_code").and_then(Value::as_u64);
    let code = code.map_or_else(String::new, |code| format!(" {code}"));
    let error = text(attempt, "error").map_or_else(String::new, |error| format!(": {error}"));
    format!("attempt {number} is {status}{code}{error}")
}

/// What was decided, why, and every channel that was considered.
fn of_decision(decision: &Value, attempt: Option<&Value>) -> Vec<Line> {
    let reasons = sentences(decision);
    let mut lines = vec![Line::Under(match (attempt, text(decision, "decision")) {
        (Some(attempt), _) => {
            let number = attempt.get("number").and_then(Value::as_u64).unwrap_or(0);
            let channel = text(attempt, "channel").unwrap_or("?");
            let to = masked(text(attempt, "to").unwrap_or(""));
            let form = match (text(decision, "form"), text(attempt, "template")) {
                (_, Some(template)) => format!(" as the template {template}"),
                (Some(form), None) if form != "text" => format!(" with {form}"),
                (_, None) => String::new(),
            };
            let segments = attempt.get("segments").and_then(Value::as_u64);
            let segments = segments
                .filter(|count| *count > 1)
                .map_or_else(String::new, |count| format!(", {count} segments"));
            format!("attempt {number} by {channel}{form} to {to}{segments}: {reasons}")
        }
        (None, Some("hold")) => {
            let until = text(decision, "until").map_or_else(String::new, |until| {
                format!(" until {} at the latest", at(until))
            });
            format!("held{until}: {reasons}")
        }
        (None, _) => {
            let status = text(decision, "status").unwrap_or("suppressed");
            format!("{status}: {reasons}")
        }
    })];
    lines.extend(considered(decision));
    lines
}

fn sentences(decision: &Value) -> String {
    let all: Vec<&str> = list(decision, "reasons")
        .filter_map(|reason| text(reason, "sentence").or_else(|| text(reason, "code")))
        .collect();
    if all.is_empty() {
        "no reason is on record".to_owned()
    } else {
        all.join("; ")
    }
}

fn considered(decision: &Value) -> impl Iterator<Item = Line> {
    list(decision, "considered").map(|one| {
        let channel = text(one, "channel").unwrap_or("?");
        let verdict = match text(one, "verdict") {
            Some("chosen") => "chosen",
            Some("later") => "not now",
            _ => "passed over",
        };
        let why = text(one, "sentence").unwrap_or("no reason is on record");
        Line::Further(format!(
            "{channel}: {verdict}, {why}{}",
            price(one.get("price"))
        ))
    })
}

fn price(price: Option<&Value>) -> String {
    let Some(price) = price else {
        return String::new();
    };
    match (text(price, "amount"), text(price, "currency")) {
        (Some(amount), Some(currency)) => format!(" ({amount} {currency})"),
        _ => " (price not known)".to_owned(),
    }
}

/// The messages that say the same on several channels at once.
fn together(message: &Value, lines: &mut Vec<Line>) {
    let own = text(message, "id");
    let mut all = list(message, "together").peekable();
    if all.peek().is_none() {
        return;
    }
    lines.push(Line::Heading("On several channels at once".to_owned()));
    for one in all {
        let id = text(one, "message_id");
        let this = if id == own { " (this one)" } else { "" };
        lines.push(Line::Under(format!(
            "{}{this} by {}: {}",
            id.unwrap_or("?"),
            text(one, "channel").unwrap_or("no channel yet"),
            text(one, "status").unwrap_or("?")
        )));
    }
}

/// The messages that say the same one after the other, and what would follow.
fn chain(message: &Value, lines: &mut Vec<Line>) {
    let own = text(message, "id");
    let mut legs = list(message, "chain").enumerate().peekable();
    let onward = message.get("onward").filter(|onward| onward.is_object());
    if legs.peek().is_none() && onward.is_none() {
        return;
    }
    lines.push(Line::Heading("By other channels".to_owned()));
    for (place, leg) in legs {
        let id = text(leg, "message_id").unwrap_or("?");
        let channel = text(leg, "channel").unwrap_or("no channel yet");
        let status = text(leg, "status").unwrap_or("?");
        let this = if text(leg, "message_id") == own {
            " (this one)"
        } else {
            ""
        };
        let why = text(leg, "sentence")
            .map_or_else(String::new, |why| format!("; it followed because {why}"));
        lines.push(Line::Under(format!(
            "{}. {id}{this} by {channel}: {status}{why}",
            place + 1
        )));
    }
    let Some(onward) = onward else { return };
    lines.push(Line::Under(match text(onward, "state") {
        Some("stays") => text(onward, "sentence")
            .unwrap_or("it stays here")
            .to_owned(),
        Some("nowhere") => format!(
            "nothing follows, as things stand now: {}",
            sentences(onward)
        ),
        Some("waits") => format!(
            "if nothing tells by {} that it arrived, another channel takes over",
            at(text(onward, "until").unwrap_or("?"))
        ),
        _ => "as things stand now, another channel could take it".to_owned(),
    }));
    lines.extend(considered(onward));
}

/// What it waits for.
fn now(message: &Value, lines: &mut Vec<Line>) {
    let place = text(message, "place");
    let reason = text(message, "reason");
    let until = text(message, "held_until").map(at);
    let line = match (place, reason, until) {
        (Some("held"), Some("behind_knock"), until) => {
            let knock = list(message, "linked").find_map(Value::as_str);
            let knock = knock.map_or_else(String::new, |knock| format!(" to {knock}"));
            let end = until.map_or_else(String::new, |until| format!(" It expires at {until}."));
            format!("Any answer of the member{knock} on WhatsApp releases it.{end}")
        }
        (Some("held"), reason, Some(until)) => {
            let reason = reason.unwrap_or("a reason that is not on record");
            format!("It is held ({reason}) and looked at again at {until}, or when that changes.")
        }
        (Some("waiting"), _, _) => waits_for(message),
        (Some("begun"), _, _) => "It is being sent.".to_owned(),
        (Some("unconfirmed"), _, _) => {
            "The provider gave no answer. It waits for evidence, and is not sent again blindly."
                .to_owned()
        }
        (Some("awaiting_receipt"), _, _) => "Its lane waits for a receipt.".to_owned(),
        _ => return,
    };
    lines.push(Line::Heading("Now".to_owned()));
    lines.push(Line::Under(line));
}

/// What a message that waits for its turn waits for.
fn waits_for(message: &Value) -> String {
    let Some(what) = message.get("waits_for").filter(|what| what.is_object()) else {
        return "It waits for its turn in its lane.".to_owned();
    };
    let why = text(what, "sentence").unwrap_or("a reason that is not on record");
    let which = text(what, "message_id").map_or_else(String::new, |id| format!(" ({id})"));
    let until = text(what, "until").map_or_else(String::new, |until| {
        format!(", at the earliest at {}", at(until))
    });
    format!("It waits for its turn: {why}{which}{until}.")
}

fn cost(message: &Value, lines: &mut Vec<Line>) {
    let Some(cost) = message.get("cost").filter(|cost| cost.is_object()) else {
        return;
    };
    let currency = text(cost, "currency").unwrap_or("");
    let amount = |name: &str| match text(cost, name) {
        Some(amount) => format!("{amount} {currency}"),
        None => "not known".to_owned(),
    };
    let why = cost
        .pointer("/unknown/sentence")
        .and_then(Value::as_str)
        .map_or_else(String::new, |why| format!(" ({why})"));
    lines.push(Line::Heading("Cost".to_owned()));
    let charged = match text(cost, "actual") {
        Some(_) => format!("charged {}", amount("actual")),
        None => "the provider has not told yet what it charged".to_owned(),
    };
    lines.push(Line::Under(format!(
        "estimated {}{why}; {charged}",
        amount("estimated")
    )));
}

#[cfg(test)]
mod tests;
