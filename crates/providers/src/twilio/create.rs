//! The form body of a message to create (facts/twilio.md 1.2).

use std::collections::BTreeMap;

use domain::{Channel, Handle};
use form_urlencoded::Serializer;

use super::words::wire_address;
use crate::request::{Form, SendRequest};

/// Seconds that `ValidityPeriod` may have.
const VALIDITY_SECONDS: std::ops::RangeInclusive<i64> = 1..=36_000;

/// The body; `None` when the channel is none of Twilio's, or an end does not fit it.
pub(super) fn body(request: &SendRequest) -> Option<String> {
    let channel = request.to.channel;
    let address = |handle: &Handle| match (channel, handle) {
        (_, Handle::Email(_)) | (Channel::Sms, Handle::ScopedUser(_)) => None,
        (channel, handle) => wire_address(channel, handle.as_str()),
    };
    let mut form = Serializer::new(String::with_capacity(512));
    form.append_pair("To", &address(&request.to.handle)?);
    form.append_pair("From", &address(&request.from)?);
    match &request.form {
        Form::Text { text, media } => {
            if !text.is_empty() {
                form.append_pair("Body", text.as_str());
            }
            for url in media {
                form.append_pair("MediaUrl", url.as_str());
            }
        }
        Form::Location { place, words } => {
            // One of Body, MediaUrl and ContentSid is needed; beside a place nobody sees it.
            let body = if words.is_empty() {
                "📍"
            } else {
                words.as_str()
            };
            form.append_pair("Body", body);
            let mut action = format!("geo:{},{}", place.latitude(), place.longitude());
            if !words.is_empty() {
                action.push('|');
                action.push_str(words.as_str());
            }
            form.append_pair("PersistentAction", &action);
        }
        Form::Template {
            content_sid,
            variables,
        }
        | Form::Choices {
            content_sid,
            variables,
        } => {
            form.append_pair("ContentSid", content_sid);
            if !variables.is_empty() {
                let variables: BTreeMap<&str, &str> = variables
                    .iter()
                    .map(|(name, value)| (&**name, value.as_str()))
                    .collect();
                form.append_pair("ContentVariables", &serde_json::to_string(&variables).ok()?);
            }
        }
    }
    if channel == Channel::Sms {
        if let Some(validity) = request.validity {
            let seconds = (validity.as_micros() / 1_000_000)
                .clamp(*VALIDITY_SECONDS.start(), *VALIDITY_SECONDS.end());
            form.append_pair("ValidityPeriod", &seconds.to_string());
        }
        if request.smart_encoded {
            form.append_pair("SmartEncoded", "true");
        }
    }
    if let Some(url) = &request.status_callback {
        form.append_pair("StatusCallback", url);
    }
    Some(form.finish())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::{MayStart, StatusCallback};
    use domain::{Address, AttemptId, MessageId, Seconds, Text};

    fn request(to: Address, form: Form) -> SendRequest {
        let attempt = AttemptId {
            message: MessageId::from_bytes([1; 16]),
            number: 1,
        };
        SendRequest {
            attempt,
            from: "+14155550199".parse().unwrap(),
            to,
            form,
            validity: Some(Seconds::new(900)),
            status_callback: Some(
                StatusCallback::new("https://a.example/s#rc=1").for_attempt(attempt),
            ),
            lettering: None,
            smart_encoded: true,
            may_start: MayStart::Always,
        }
    }

    fn pairs(request: &SendRequest) -> Vec<(String, String)> {
        form_urlencoded::parse(body(request).unwrap().as_bytes())
            .into_owned()
            .collect()
    }

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    const CALLBACK: &str = "https://a.example/s?attempt=att_01040g2081040g2081040g2081_1#rc=1";

    #[test]
    fn an_mms_repeats_its_media_and_has_a_validity() {
        let form = Form::Text {
            text: Text::new("Squats & co. 💪 1+1"),
            media: vec![
                "https://a.example/1.png".parse().unwrap(),
                "https://a.example/2.png".parse().unwrap(),
            ],
        };
        let request = request(Address::sms("+14155550123".parse().unwrap()), form);
        assert_eq!(
            pairs(&request),
            owned(&[
                ("To", "+14155550123"),
                ("From", "+14155550199"),
                ("Body", "Squats & co. 💪 1+1"),
                ("MediaUrl", "https://a.example/1.png"),
                ("MediaUrl", "https://a.example/2.png"),
                ("ValidityPeriod", "900"),
                ("SmartEncoded", "true"),
                ("StatusCallback", CALLBACK),
            ])
        );
    }

    #[test]
    fn a_template_carries_its_variables_as_a_json_string() {
        let form = Form::Template {
            content_sid: "HX0123".into(),
            variables: [
                ("1".into(), Text::new("Ana \"A\"")),
                ("2".into(), Text::new("7")),
            ]
            .into(),
        };
        let to = Address::whatsapp("+5511987654321".parse().unwrap());
        assert_eq!(
            pairs(&request(to, form)),
            owned(&[
                ("To", "whatsapp:+5511987654321"),
                ("From", "whatsapp:+14155550199"),
                ("ContentSid", "HX0123"),
                ("ContentVariables", r#"{"1":"Ana \"A\"","2":"7"}"#),
                ("StatusCallback", CALLBACK),
            ])
        );
    }

    #[test]
    fn a_place_is_a_persistent_action() {
        let place =
            domain::content::Location::new(37.787_89, -122.391_664, Some("Gym"), None).unwrap();
        let form = Form::Location {
            place,
            words: Text::new("Gym"),
        };
        let to = Address::whatsapp("+5511987654321".parse().unwrap());
        let sent = pairs(&request(to, form));
        assert!(sent.contains(&("Body".into(), "Gym".into())));
        assert!(sent.contains(&(
            "PersistentAction".into(),
            "geo:37.78789,-122.391664|Gym".into()
        )));
    }

    #[test]
    fn a_business_scoped_user_is_written_without_a_plus() {
        let form = || Form::Text {
            text: Text::new("hi"),
            media: Vec::new(),
        };
        let to = |channel| Address {
            channel,
            handle: "US.13491208655302741918".parse().unwrap(),
        };
        let sent = pairs(&request(to(Channel::Whatsapp), form()));
        assert_eq!(sent.first().unwrap().1, "whatsapp:US.13491208655302741918");
        assert_eq!(body(&request(to(Channel::Sms), form())), None);
        assert_eq!(body(&request(to(Channel::Email), form())), None);
    }
}
