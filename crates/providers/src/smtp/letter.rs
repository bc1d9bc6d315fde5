//! A message as a letter (RFC 5322), with the way to end this in its head and at its foot (RFC 8058).

use domain::{Handle, Text};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, SinglePart};
use lettre::{Address, Message};

use crate::request::{Form, SendRequest};

/// Ready to be handed over.
#[derive(Debug)]
pub(super) struct Letter {
    pub(super) from: Address,
    pub(super) to: Address,
    /// Its Message-ID, which holds the attempt (G7).
    pub(super) id: String,
    pub(super) bytes: Vec<u8>,
}

impl Letter {
    /// Fails with a sentence that names nobody.
    pub(super) fn new(
        request: &SendRequest,
        from: &Mailbox,
        unsubscribe: &str,
    ) -> Result<Self, String> {
        let Handle::Email(to) = &request.to.handle else {
            return Err("it is not for an e-mail address".into());
        };
        let to: Address = to
            .parse()
            .map_err(|_| "the address cannot be written to".to_owned())?;
        let end = format!("{unsubscribe}{}", request.attempt.message);
        let id = format!("<{}@{}>", request.attempt, from.email.domain());
        let (subject, ending) = request.lettering.as_ref().map_or(("", ""), |lettering| {
            (&*lettering.subject, &*lettering.ending)
        });
        let body = format!("{}\n\n-- \n{ending}\n{end}\n", words(&request.form)?);
        let letter = Message::builder()
            .from(from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(subject.to_owned())
            .message_id(Some(id.clone()))
            .raw_header(raw("List-Unsubscribe", format!("<{end}>")))
            .raw_header(raw(
                "List-Unsubscribe-Post",
                "List-Unsubscribe=One-Click".to_owned(),
            ))
            .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()))
            .singlepart(
                SinglePart::builder()
                    .header(ContentType::TEXT_PLAIN)
                    .body(body),
            )
            .map_err(|_| "it cannot be written as a letter".to_owned())?;
        Ok(Self {
            from: from.email.clone(),
            to,
            id,
            bytes: letter.formatted(),
        })
    }
}

fn raw(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// What it says, in words: pictures and places are links.
fn words(form: &Form) -> Result<String, String> {
    let (text, links): (&Text, Vec<&str>) = match form {
        Form::Text { text, media } => (text, media.iter().map(domain::MediaUrl::as_str).collect()),
        Form::Location { words, .. } => (words, Vec::new()),
        Form::Template { .. } | Form::Choices { .. } => {
            return Err("a template of another channel is no letter".into());
        }
    };
    let parts: Vec<&str> = std::iter::once(text.as_str())
        .chain(links)
        .filter(|part| !part.is_empty())
        .collect();
    Ok(parts.join("\n"))
}
