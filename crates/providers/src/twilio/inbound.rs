//! Reading a member's message (facts/twilio.md 4.1), every parameter of it. Only a message without
//! its id, account or ends is an error: a strange detail must not lose what somebody said.

use domain::{Channel, Text};
use serde_json::Value;

use super::webhook::{Form, ParseError, clean, other_channel};
use super::words;
use crate::webhook::{
    Button, Inbound, InboundMedia, ListReply, Location, OptOut, Parsed, Party, Referral,
};

/// The most media read of one message; Twilio allows 10.
const MEDIA_MAX: u16 = 32;

/// How deep a row of a list is looked for in the channel's JSON.
const JSON_DEPTH_MAX: u8 = 6;

pub(super) fn read(form: &Form<'_>) -> Result<Parsed, ParseError> {
    let end = |name| -> Result<Option<Party>, ParseError> {
        let text = form
            .get(name)
            .filter(|text| !text.is_empty())
            .ok_or(ParseError::Missing(name))?;
        Ok(words::party(&clean(text)))
    };
    let (Some(from), Some(to)) = (end("From")?, end("To")?) else {
        return Ok(other_channel());
    };
    let account = form
        .id("AccountSid")?
        .ok_or(ParseError::Missing("AccountSid"))?;
    let is_true = |name| form.get(name) == Some("true");
    Ok(Parsed::Inbound(Box::new(Inbound {
        messaging_service: form.id("MessagingServiceSid").ok().flatten(),
        text: form.text("Body").unwrap_or_default(),
        media: media(form),
        button: button(form),
        list: list(form),
        location: location(form),
        profile_name: form.text("ProfileName"),
        wa_id: form.text("WaId"),
        external_user: form
            .get("ExternalUserId")
            .filter(|id| !id.is_empty())
            .map(|id| {
                Party::new(
                    Channel::Whatsapp,
                    id.strip_prefix("whatsapp:").unwrap_or(id),
                )
            }),
        forwarded: is_true("Forwarded"),
        frequently_forwarded: is_true("FrequentlyForwarded"),
        replied_to: form.id("OriginalRepliedMessageSid").ok().flatten(),
        replied_to_sender: form
            .get("OriginalRepliedMessageSender")
            .filter(|sender| !sender.is_empty())
            .and_then(words::party),
        referral: referral(form),
        opt_out: match form.get("OptOutType") {
            Some("STOP") => Some(OptOut::Stop),
            Some("START") => Some(OptOut::Start),
            Some("HELP") => Some(OptOut::Help),
            Some(_) | None => None,
        },
        message_type: form.word("MessageType"),
        interactive_data: form.text("InteractiveData"),
        flow_data: form.text("FlowData"),
        channel_metadata: form.text("ChannelMetadata"),
        from_country: form.word("FromCountry"),
        segments: form.get("NumSegments").and_then(|count| count.parse().ok()),
        ..Inbound::bare(form.message_id()?, account, from, to)
    })))
}

/// The media that are there, whatever `NumMedia` says: a wrong count must not lose a picture.
fn media(form: &Form<'_>) -> Vec<InboundMedia> {
    (0..MEDIA_MAX)
        .map_while(|at| {
            let url = form
                .get(&format!("MediaUrl{at}"))
                .filter(|url| !url.is_empty())?;
            Some(InboundMedia {
                url: clean(url).into(),
                content_type: form.word(&format!("MediaContentType{at}")),
            })
        })
        .collect()
}

fn button(form: &Form<'_>) -> Option<Button> {
    let button = Button {
        payload: form.text("ButtonPayload"),
        text: form.text("ButtonText"),
        kind: form.word("ButtonType"),
    };
    (button.payload.is_some() || button.text.is_some()).then_some(button)
}

/// A chosen row, by its own parameters or else by a `list_reply` in the channel's JSON; neither
/// form was seen (UNVERIFIED), so both are read.
fn list(form: &Form<'_>) -> Option<ListReply> {
    if let Some(id) = form.text("ListId") {
        return Some(ListReply {
            id,
            title: form.text("ListTitle"),
            description: form.text("ListDescription"),
        });
    }
    ["InteractiveData", "ChannelMetadata"]
        .into_iter()
        .filter_map(|name| form.get(name))
        .filter(|json| json.contains("list_reply"))
        .filter_map(|json| serde_json::from_str(json).ok())
        .find_map(|json: Value| list_reply(&json, JSON_DEPTH_MAX))
}

fn list_reply(json: &Value, depth: u8) -> Option<ListReply> {
    let map = json.as_object().filter(|_| depth > 0)?;
    if let Some(reply) = map.get("list_reply") {
        let text = |name| {
            reply
                .get(name)
                .and_then(Value::as_str)
                .map(|text| Text::new(clean(text)))
        };
        return Some(ListReply {
            id: text("id")?,
            title: text("title"),
            description: text("description"),
        });
    }
    map.values().find_map(|inner| list_reply(inner, depth - 1))
}

fn location(form: &Form<'_>) -> Option<Location> {
    let degrees = |name, most: f64| {
        form.get(name)
            .map(str::trim)
            .filter(|text| text.len() <= 32)
            .filter(|text| text.parse().is_ok_and(|at: f64| at.abs() <= most))
            .map(Box::from)
    };
    Some(Location {
        latitude: degrees("Latitude", 90.0)?,
        longitude: degrees("Longitude", 180.0)?,
        address: form.text("Address"),
        label: form.text("Label"),
    })
}

/// `ReferralNumMedia=0` comes without an advertisement too, so it does not count.
fn referral(form: &Form<'_>) -> Option<Referral> {
    let referral = Referral {
        body: form.text("ReferralBody"),
        headline: form.text("ReferralHeadline"),
        source_id: form.text("ReferralSourceId"),
        source_type: form.text("ReferralSourceType"),
        source_url: form.text("ReferralSourceUrl"),
        media_id: form.text("ReferralMediaId"),
        media_content_type: form.text("ReferralMediaContentType"),
        media_url: form.text("ReferralMediaUrl"),
        click_id: form.text("ReferralCtwaClid"),
    };
    (referral != Referral::default()).then_some(referral)
}
