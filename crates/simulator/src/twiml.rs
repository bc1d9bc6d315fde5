//! Reading TwiML: a `<Response>` with `<Message>` and `<Redirect>`. A small reader of well-formed
//! XML without document types, which TwiML has no use for.

use crate::config::HookMethod;

/// A verb of messaging.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Message {
        to: Option<String>,
        from: Option<String>,
        /// Where its receipts go.
        action: Option<String>,
        body: String,
        media: Vec<String>,
    },
    Redirect {
        url: String,
        method: HookMethod,
    },
}

/// Why a document is no TwiML, with Twilio's code for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub(crate) struct NotTwiml {
    pub(crate) code: u32,
    pub(crate) text: String,
}

/// An element with what is in it.
#[derive(Debug, Default)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Element>,
}

impl Element {
    fn attribute(&self, name: &str) -> Option<String> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.clone())
            .filter(|value| !value.is_empty())
    }
}

/// Reads a document into its verbs.
pub(crate) fn parse(document: &str) -> Result<Vec<Verb>, NotTwiml> {
    let root = tree(document).map_err(|text| NotTwiml { code: 12100, text })?;
    let schema = |text: String| NotTwiml { code: 12200, text };
    if root.name != "Response" {
        return Err(schema(format!(
            "the root is <{}>, not <Response>",
            root.name
        )));
    }
    root.children
        .into_iter()
        .map(|element| match element.name.as_str() {
            "Message" | "Sms" => Ok(message(&element)),
            "Redirect" => Ok(Verb::Redirect {
                url: element.text.trim().to_owned(),
                method: element
                    .attribute("method")
                    .and_then(|word| word.parse().ok())
                    .unwrap_or_default(),
            }),
            other => Err(schema(format!("<{other}> is not a verb for messages"))),
        })
        .collect()
}

fn message(element: &Element) -> Verb {
    let mut body = String::new();
    let mut media = Vec::new();
    for child in &element.children {
        match child.name.as_str() {
            "Body" => body.push_str(child.text.trim()),
            "Media" => media.push(child.text.trim().to_owned()),
            _ => {}
        }
    }
    if body.is_empty() {
        element.text.trim().clone_into(&mut body);
    }
    Verb::Message {
        to: element.attribute("to"),
        from: element.attribute("from"),
        action: element
            .attribute("action")
            .or_else(|| element.attribute("statusCallback")),
        body,
        media,
    }
}

/// Reads one element with everything in it.
fn tree(document: &str) -> Result<Element, String> {
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut rest = document.trim_start_matches('\u{feff}');
    while !rest.is_empty() {
        let Some((text, markup)) = rest.split_once('<') else {
            return end_text(rest, &open, root);
        };
        match open.last_mut() {
            Some(element) => element.text.push_str(&unescaped(text)?),
            None if text.trim().is_empty() => {}
            None => return Err("there is text outside the root".into()),
        }
        if let Some(after) = markup.strip_prefix("!--") {
            rest = after.split_once("-->").ok_or("a comment does not end")?.1;
        } else if let Some(after) = markup.strip_prefix("![CDATA[") {
            let (raw, after) = after
                .split_once("]]>")
                .ok_or("a CDATA section does not end")?;
            let element = open.last_mut().ok_or("there is text outside the root")?;
            element.text.push_str(raw);
            rest = after;
        } else if let Some(after) = markup.strip_prefix('?') {
            rest = after
                .split_once("?>")
                .ok_or("a declaration does not end")?
                .1;
        } else if markup.starts_with('!') {
            return Err("document types are not read".into());
        } else if let Some(after) = markup.strip_prefix('/') {
            let (name, after) = after.split_once('>').ok_or("an end tag does not end")?;
            let element = open.pop().ok_or("an end tag has no start")?;
            if element.name != name.trim() {
                return Err(format!("<{}> is ended by </{}>", element.name, name.trim()));
            }
            close(element, &mut open, &mut root)?;
            rest = after;
        } else {
            let (element, ends, after) = start_tag(markup)?;
            if open.len() > 16 {
                return Err("the elements are nested too deeply".into());
            }
            if ends {
                close(element, &mut open, &mut root)?;
            } else {
                open.push(element);
            }
            rest = after;
        }
    }
    end_text("", &open, root)
}

fn end_text(text: &str, open: &[Element], root: Option<Element>) -> Result<Element, String> {
    if let Some(element) = open.last() {
        return Err(format!("<{}> is not ended", element.name));
    }
    if !text.trim().is_empty() {
        return Err("there is text outside the root".into());
    }
    root.ok_or_else(|| "there is no root".into())
}

fn close(element: Element, open: &mut [Element], root: &mut Option<Element>) -> Result<(), String> {
    match open.last_mut() {
        Some(parent) => parent.children.push(element),
        None if root.is_none() => *root = Some(element),
        None => return Err("there is more than one root".into()),
    }
    Ok(())
}

/// Name and attributes of a start tag, whether it ends itself, and what follows.
fn start_tag(markup: &str) -> Result<(Element, bool, &str), String> {
    let is_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '-' | '.');
    let end = markup.find(|c| !is_name(c)).ok_or("a tag does not end")?;
    let (name, mut rest) = markup.split_at(end);
    if name.is_empty() {
        return Err("a tag has no name".into());
    }
    let mut element = Element {
        name: name.to_owned(),
        ..Element::default()
    };
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix("/>") {
            return Ok((element, true, after));
        }
        if let Some(after) = rest.strip_prefix('>') {
            return Ok((element, false, after));
        }
        let (key, after) = rest.split_once('=').ok_or("a tag does not end")?;
        let key = key.trim();
        if key.is_empty() || !key.chars().all(is_name) {
            return Err(format!(
                "<{}> has an attribute without a name",
                element.name
            ));
        }
        let after = after.trim_start();
        let quote = after
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\''))
            .ok_or("an attribute has no quotes")?;
        let (value, after) = after
            .get(1..)
            .and_then(|inner| inner.split_once(quote))
            .ok_or("an attribute does not end")?;
        element.attributes.push((key.to_owned(), unescaped(value)?));
        rest = after;
    }
}

/// Text with its entities resolved.
fn unescaped(text: &str) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (entity, after) = after
            .split_once(';')
            .filter(|(entity, _)| entity.len() <= 10)
            .ok_or("an & is not escaped")?;
        let c = match entity {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            _ => numbered(entity).ok_or_else(|| format!("&{entity}; is not known"))?,
        };
        out.push(c);
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn numbered(entity: &str) -> Option<char> {
    let digits = entity.strip_prefix('#')?;
    let code = match digits.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => digits.parse().ok()?,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_with_body_and_media_is_read() {
        let document = r#"<?xml version="1.0" encoding="UTF-8"?>
            <!-- a reply -->
            <Response>
              <Message action="http://example.com/a?x=1&amp;y=2">
                <Body>Well done &#x1F4AA; &amp; rest</Body><Media>http://example.com/a.png</Media>
              </Message>
              <Message><![CDATA[<3]]></Message>
              <Redirect method="GET">http://example.com/next</Redirect>
            </Response>"#;
        let verbs = parse(document).unwrap();
        assert_eq!(verbs.len(), 3);
        assert_eq!(
            verbs[0],
            Verb::Message {
                to: None,
                from: None,
                action: Some("http://example.com/a?x=1&y=2".into()),
                body: "Well done 💪 & rest".into(),
                media: vec!["http://example.com/a.png".into()],
            }
        );
        assert!(matches!(&verbs[1], Verb::Message { body, .. } if body == "<3"));
        assert!(matches!(
            &verbs[2],
            Verb::Redirect {
                method: HookMethod::Get,
                ..
            }
        ));
        assert_eq!(parse("<Response/>"), Ok(vec![]));
    }

    #[test]
    fn what_is_no_twiml_says_why() {
        for (document, code) in [
            ("", 12100),
            ("hello", 12100),
            ("<Response><Message>", 12100),
            ("<Response>a & b</Response>", 12100),
            ("<Response></Message></Response>", 12100),
            ("<!DOCTYPE x><Response/>", 12100),
            ("<html/>", 12200),
            ("<Response><Say>hi</Say></Response>", 12200),
            ("<Response/><Response/>", 12100),
        ] {
            assert_eq!(parse(document).unwrap_err().code, code, "{document}");
        }
    }
}
