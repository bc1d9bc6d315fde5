//! The parameters of an inbound webhook (facts/twilio.md 4.1).

use std::borrow::Cow;

use serde_json::{Value, json};

use crate::address::{Channel, country};
use crate::inbound::Said;
use crate::keywords::Keyword;
use crate::record::Record;
use crate::simulator::Simulator;
use crate::state::State;
use crate::webhook::Params;

impl Simulator {
    /// The parameters of an inbound webhook (facts/twilio.md 4.1).
    pub(super) fn inbound_params(
        &self,
        state: &State,
        record: &Record,
        said: &Said,
        keyword: Option<Keyword>,
    ) -> Params {
        let mut params = Params::with_capacity(32);
        let mut add =
            |key: &'static str, value: &str| params.push((Cow::Borrowed(key), value.to_owned()));
        let sid = record.sid.to_string();
        let (from, to) = (record.handset(), &*record.to);
        let mut numbered: Vec<(String, String)> = Vec::new();
        for (place, media) in record.media.iter().enumerate() {
            numbered.push((
                format!("MediaContentType{place}"),
                media.content_type.clone(),
            ));
            numbered.push((format!("MediaUrl{place}"), media.url.clone()));
        }
        match record.channel {
            Channel::Sms => {
                add("ToCountry", country(to));
                add("ToState", "");
                add("ToCity", "");
                add("ToZip", "");
                add("FromCountry", country(from));
                add("FromState", "");
                add("FromCity", "");
                add("FromZip", "");
            }
            Channel::Whatsapp => {
                let phone = state.phones.get(from);
                let name = phone.and_then(|phone| phone.name.as_deref()).unwrap_or("");
                let wa_id = from.trim_start_matches('+');
                let kind = message_type(record, said);
                add("ProfileName", name);
                if let Some(id) = phone.and_then(|phone| phone.external_user_id.as_deref()) {
                    add("ExternalUserId", &format!("whatsapp:{id}"));
                }
                add("WaId", wa_id);
                add("MessageType", kind);
                add("Forwarded", "false");
                add("FrequentlyForwarded", "false");
                add("ReferralNumMedia", "0");
                if let Some(ad) = &said.ad {
                    add("ReferralSourceType", "ad");
                    add("ReferralSourceId", &ad.source_id);
                    add("ReferralSourceUrl", &ad.source_url);
                    add("ReferralHeadline", &ad.headline);
                    add("ReferralBody", &ad.body);
                    add("ReferralCtwaClid", &format!("click-{sid}"));
                }
                let context = json!({"ProfileName": name, "WaId": wa_id});
                let metadata = json!({"type": "whatsapp", "data": {"context": context}});
                add("ChannelMetadata", &metadata.to_string());
                if let Some((button, _)) = &said.tapped {
                    add("ButtonText", &button.title);
                    add(
                        "ButtonPayload",
                        button.payload.as_deref().unwrap_or(&button.title),
                    );
                    add("ButtonType", "REPLY");
                    if button.kind == "list" {
                        add("ListTitle", &button.title);
                        add("ListId", button.payload.as_deref().unwrap_or(""));
                        add(
                            "ListDescription",
                            button.description.as_deref().unwrap_or(""),
                        );
                    }
                }
                let quoted = said.tapped.as_ref().map(|(_, sid)| *sid).or(said.quotes);
                if let Some(quoted) = quoted {
                    add("OriginalRepliedMessageSid", &quoted.to_string());
                    add("OriginalRepliedMessageSender", &format!("whatsapp:{to}"));
                }
                if let Some(location) = &said.location {
                    add("Latitude", &plain(location, "latitude"));
                    add("Longitude", &plain(location, "longitude"));
                    for (key, field) in [("Address", "address"), ("Label", "label")] {
                        let value = plain(location, field);
                        if !value.is_empty() {
                            add(key, &value);
                        }
                    }
                }
            }
        }
        add("SmsMessageSid", &sid);
        add("NumMedia", &record.media.len().to_string());
        add("SmsSid", &sid);
        add("SmsStatus", "received");
        add("Body", &record.body);
        add("To", &record.to_address());
        if let Some(service) = record.service {
            add("MessagingServiceSid", &service.to_string());
        }
        if self.config.advanced_opt_out
            && let Some(keyword) = keyword
        {
            add("OptOutType", keyword.as_str());
        }
        add("NumSegments", &record.segments.to_string());
        add("MessageSid", &sid);
        add("AccountSid", &self.account);
        add("From", &record.sender_address().unwrap_or_default());
        add("ApiVersion", "2010-04-01");
        params.extend(
            numbered
                .into_iter()
                .map(|(key, value)| (Cow::Owned(key), value)),
        );
        params
    }
}

/// `MessageType` as captures have it.
fn message_type(record: &Record, said: &Said) -> &'static str {
    let media = record
        .media
        .first()
        .map(|media| media.content_type.as_str());
    match (&said.tapped, media) {
        (Some((button, _)), _) if button.kind == "list" => "interactive",
        (Some(_), _) => "button",
        (None, None) if said.location.is_some() => "location",
        (None, None) => "text",
        (None, Some(kind)) if kind.starts_with("image/") => "image",
        (None, Some(kind)) if kind.starts_with("audio/") => "audio",
        (None, Some(kind)) if kind.starts_with("video/") => "video",
        (None, Some("text/vcard")) => "contacts",
        (None, Some(_)) => "document",
    }
}

/// A field as text, without the quotes of JSON.
fn plain(of: &Value, field: &str) -> String {
    match of.get(field) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    }
}
