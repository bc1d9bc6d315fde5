//! What Twilio calls us with, read completely; from the bodies of the signature vectors and the
//! captures of facts/twilio.md 3 and 4.

use domain::{AttemptId, Channel, DeliveryStatus, ErrorClass, MessageId};
use form_urlencoded::Serializer;
use proptest::prelude::*;
use providers::twilio::webhook::{ParseError, parse};
use providers::webhook::OptOut;
use providers::{Inbound, Parsed, Receipt, ReceiptStatus};

const SID: &str = "SM1f2e3d4c5b6a79880f1e2d3c4b5a6978";
const ACCOUNT: &str = "AC0f3e5d7c9b1a2f4e6d8c0b2a4f6e8d0c";

fn form(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut wire = Serializer::new(String::new());
    wire.extend_pairs(pairs);
    wire.finish().into_bytes()
}

fn inbound(extra: &[(&str, &str)]) -> Inbound {
    let mut pairs = vec![
        ("MessageSid", SID),
        ("AccountSid", ACCOUNT),
        ("From", "whatsapp:+6281234567890"),
        ("To", "whatsapp:+14155238886"),
        ("SmsStatus", "received"),
        ("NumSegments", "1"),
        ("ReferralNumMedia", "0"),
    ];
    pairs.extend_from_slice(extra);
    match parse(None, &form(&pairs)) {
        Ok(Parsed::Inbound(inbound)) => *inbound,
        other => panic!("not inbound: {other:?}"),
    }
}

fn receipt(query: Option<&str>, pairs: &[(&str, &str)]) -> Receipt {
    match parse(query, &form(pairs)) {
        Ok(Parsed::Receipt(receipt)) => receipt,
        other => panic!("no receipt: {other:?}"),
    }
}

fn text(text: Option<&domain::Text>) -> Option<&str> {
    text.map(domain::Text::as_str)
}

#[test]
fn the_bodies_of_the_signature_vectors_are_read() {
    let file: serde_json::Value =
        serde_json::from_str(include_str!("../../../../fixtures/twilio-signatures.json")).unwrap();
    let body = |name: &str| {
        let vectors = file["vectors"].as_array().unwrap();
        let vector = vectors.iter().find(|v| v["name"] == name).unwrap();
        vector["raw_body"].as_str().unwrap().to_owned()
    };
    let read = |name: &str| parse(None, body(name).as_bytes()).unwrap();
    let Parsed::Inbound(mms) = read("mms-inbound-two-media") else {
        panic!("not inbound");
    };
    assert_eq!(mms.channel(), Channel::Sms);
    assert_eq!(mms.media.len(), 2);
    assert!(
        mms.media
            .iter()
            .all(|m| m.url.starts_with("https://api.twilio.com/"))
    );
    let Parsed::Inbound(button) = read("wa-inbound-button") else {
        panic!("not inbound");
    };
    assert_eq!(button.channel(), Channel::Whatsapp);
    assert!(button.button.is_some());
    let Parsed::Inbound(empty) = read("sms-inbound-empty-body") else {
        panic!("not inbound");
    };
    assert!(empty.text.is_empty());
    for (name, status, channel, code) in [
        (
            "sms-status-delivered",
            DeliveryStatus::Delivered,
            Channel::Sms,
            None,
        ),
        (
            "sms-status-undelivered-30005",
            DeliveryStatus::Undelivered,
            Channel::Sms,
            Some(30_005),
        ),
        (
            "wa-status-read",
            DeliveryStatus::Read,
            Channel::Whatsapp,
            None,
        ),
        (
            "wa-status-failed-63016",
            DeliveryStatus::Failed,
            Channel::Whatsapp,
            Some(63_016),
        ),
    ] {
        let Parsed::Receipt(receipt) = read(name) else {
            panic!("no receipt: {name}");
        };
        assert_eq!(receipt.status, ReceiptStatus::Known(status), "{name}");
        assert_eq!(receipt.channel, channel, "{name}");
        assert_eq!(receipt.error.and_then(|e| e.code), code, "{name}");
    }
}

#[test]
fn a_receipt_brings_its_attempt_back() {
    let attempt = AttemptId {
        message: MessageId::from_bytes([9; 16]),
        number: 4,
    };
    let query = format!("x=1&attempt={attempt}");
    let pairs = [
        ("SmsSid", SID),
        ("MessageStatus", "undelivered"),
        ("SmsStatus", "undelivered"),
        ("To", "+14155550123"),
        ("From", "+14155550199"),
        ("MessageSid", SID),
        ("AccountSid", ACCOUNT),
        ("ErrorCode", "21610"),
        ("RawDlrDoneDate", "2601151504"),
        ("SomethingNew", "1"),
    ];
    let heard = receipt(Some(&query), &pairs);
    assert_eq!(heard.attempt, Some(attempt));
    assert_eq!(&*heard.provider_message_id, SID);
    assert_eq!(heard.error.unwrap().class, ErrorClass::OptedOut);
    assert_eq!(heard.carrier_time.as_deref(), Some("2601151504"));
    assert_eq!(heard.to.unwrap().as_str(), "+14155550123");
    insta::assert_debug_snapshot!(receipt(Some("attempt=att_x"), &pairs), @r#"
    Receipt {
        attempt: None,
        provider_message_id: "SM1f2e3d4c5b6a79880f1e2d3c4b5a6978",
        account: "AC0f3e5d7c9b1a2f4e6d8c0b2a4f6e8d0c",
        status: Known(
            Undelivered,
        ),
        error: Some(
            ProviderError {
                code: Some(
                    21610,
                ),
                class: OptedOut,
                meaning: "recipient opted out of this sender/service",
            },
        ),
        channel: Sms,
        to: Some(
            Address {
                channel: Sms,
                handle: PhoneNumber(…23),
            },
        ),
        from: Some(
            Address {
                channel: Sms,
                handle: PhoneNumber(…99),
            },
        ),
        at: None,
        carrier_time: Some(
            "2601151504",
        ),
    }
    "#);
    assert_eq!(receipt(None, &pairs).attempt, None);
    assert_eq!(receipt(Some("attempt=att_x"), &pairs).attempt, None);
}

#[test]
fn every_status_word_is_kept() {
    for (word, status) in [
        ("queued", ReceiptStatus::Known(DeliveryStatus::Accepted)),
        ("sent", ReceiptStatus::Known(DeliveryStatus::Sent)),
        ("canceled", ReceiptStatus::Known(DeliveryStatus::Cancelled)),
        (
            "partially_delivered",
            ReceiptStatus::Unknown("partially_delivered".into()),
        ),
        ("teleported", ReceiptStatus::Unknown("teleported".into())),
    ] {
        let pairs = [
            ("MessageSid", SID),
            ("AccountSid", ACCOUNT),
            ("MessageStatus", word),
            ("To", "+14155550123"),
        ];
        assert_eq!(receipt(None, &pairs).status, status);
    }
    // An error code that is no number is an error all the same.
    let pairs = [
        ("MessageSid", SID),
        ("MessageStatus", "failed"),
        ("ErrorCode", "many"),
    ];
    assert_eq!(receipt(None, &pairs).error.unwrap().code, None);
    let pairs = [
        ("MessageSid", SID),
        ("MessageStatus", "sent"),
        ("ErrorCode", ""),
    ];
    assert_eq!(receipt(None, &pairs).error, None);
}

#[test]
fn a_tapped_button_is_read_as_captured() {
    let heard = inbound(&[
        ("OriginalRepliedMessageSender", "whatsapp:+14155238886"),
        ("ExternalUserId", "whatsapp:ID.4566546130240823"),
        ("SmsMessageSid", SID),
        ("FrequentlyForwarded", "false"),
        ("NumMedia", "0"),
        ("ProfileName", "Ana 💪"),
        ("MessageType", "interactive"),
        ("WaId", "6281234567890"),
        ("Body", "Konfirmasi"),
        ("Forwarded", "true"),
        ("ButtonText", "Konfirmasi"),
        ("ButtonPayload", "{verifyEmail:1}"),
        ("ButtonType", "REPLY"),
        (
            "OriginalRepliedMessageSid",
            "MM1f2e3d4c5b6a79880f1e2d3c4b5a6978",
        ),
        (
            "ChannelMetadata",
            r#"{"type":"whatsapp","data":{"context":{}}}"#,
        ),
    ]);
    assert_eq!(&*heard.provider_message_id, SID);
    assert_eq!(&*heard.account, ACCOUNT);
    assert_eq!(heard.from.as_str(), "+6281234567890");
    assert_eq!(heard.to.as_str(), "+14155238886");
    assert_eq!(heard.text.as_str(), "Konfirmasi");
    let button = heard.button.unwrap();
    assert_eq!(text(button.payload.as_ref()), Some("{verifyEmail:1}"));
    assert_eq!(text(button.text.as_ref()), Some("Konfirmasi"));
    assert_eq!(button.kind.as_deref(), Some("REPLY"));
    assert_eq!(text(heard.profile_name.as_ref()), Some("Ana 💪"));
    assert_eq!(text(heard.wa_id.as_ref()), Some("6281234567890"));
    assert_eq!(heard.external_user.unwrap().as_str(), "ID.4566546130240823");
    assert!(heard.forwarded && !heard.frequently_forwarded);
    assert_eq!(
        heard.replied_to.as_deref(),
        Some("MM1f2e3d4c5b6a79880f1e2d3c4b5a6978")
    );
    assert_eq!(heard.replied_to_sender.unwrap().as_str(), "+14155238886");
    assert_eq!(heard.message_type.as_deref(), Some("interactive"));
    assert_eq!(heard.segments, Some(1));
    // ReferralNumMedia=0 comes without an advertisement.
    assert_eq!(heard.referral, None);
}

#[test]
fn a_chosen_row_is_read_by_its_parameters_or_from_the_channels_json() {
    let by_name = inbound(&[
        ("ListId", "row-2"),
        ("ListTitle", "Leg day"),
        ("ListDescription", "45 min"),
    ]);
    let json = r#"{"type":"whatsapp","data":{"interactive":{"type":"list_reply","list_reply":{"id":"row-2","title":"Leg day","description":"45 min"}}}}"#;
    let by_json = inbound(&[("ChannelMetadata", json)]);
    assert_eq!(by_name.list, by_json.list);
    assert_eq!(by_name.list.unwrap().id.as_str(), "row-2");
    assert_eq!(inbound(&[("ChannelMetadata", "list_reply {")]).list, None);
    assert_eq!(
        inbound(&[("InteractiveData", r#"{"list_reply":7}"#)]).list,
        None
    );
}

#[test]
fn a_place_has_coordinates_in_range() {
    let heard = inbound(&[
        ("Latitude", "37.787890"),
        ("Longitude", "-122.391664"),
        ("Label", "Gym"),
    ]);
    let place = heard.location.unwrap();
    assert_eq!(
        (&*place.latitude, &*place.longitude),
        ("37.787890", "-122.391664")
    );
    assert_eq!(text(place.label.as_ref()), Some("Gym"));
    for (latitude, longitude) in [
        ("91", "0"),
        ("0", "181"),
        ("NaN", "0"),
        ("north", "0"),
        ("", ""),
    ] {
        let heard = inbound(&[("Latitude", latitude), ("Longitude", longitude)]);
        assert_eq!(heard.location, None);
    }
}

#[test]
fn an_advertisement_and_an_opt_out_are_read() {
    let heard = inbound(&[
        ("ReferralSourceId", "123"),
        ("ReferralCtwaClid", "c"),
        ("OptOutType", "STOP"),
    ]);
    let referral = heard.referral.unwrap();
    assert_eq!(text(referral.source_id.as_ref()), Some("123"));
    assert_eq!(text(referral.click_id.as_ref()), Some("c"));
    assert_eq!(heard.opt_out, Some(OptOut::Stop));
    assert_eq!(inbound(&[("OptOutType", "")]).opt_out, None);
}

#[test]
fn a_sender_without_a_number_is_known_by_its_scoped_id_or_kept_as_text() {
    let body = |from: &str| {
        form(&[
            ("MessageSid", SID),
            ("AccountSid", ACCOUNT),
            ("From", from),
            ("To", "+14155550199"),
            ("Body", "hi"),
        ])
    };
    let Ok(Parsed::Inbound(scoped)) = parse(None, &body("whatsapp:US.13491208655302741918")) else {
        panic!("not inbound");
    };
    assert_eq!(
        scoped.from.address().unwrap().handle.as_str(),
        "US.13491208655302741918"
    );
    for from in ["22000", "AMAZON", "+1", "anonymous"] {
        let Ok(Parsed::Inbound(other)) = parse(None, &body(from)) else {
            panic!("not inbound");
        };
        assert_eq!((other.from.address(), other.from.as_str()), (None, from));
    }
    assert!(matches!(
        parse(None, &body("messenger:1234")),
        Ok(Parsed::Ignored { .. })
    ));
}

#[test]
fn a_nul_is_replaced_because_a_database_cannot_keep_it() {
    let heard = inbound(&[("Body", "a\0b"), ("ProfileName", "\0")]);
    assert_eq!(heard.text.as_str(), "a\u{fffd}b");
    assert_eq!(text(heard.profile_name.as_ref()), Some("\u{fffd}"));
}

#[test]
fn a_get_is_read_from_its_query() {
    let query = String::from_utf8(form(&[
        ("MessageSid", SID),
        ("AccountSid", ACCOUNT),
        ("From", "+14155550123"),
        ("To", "+14155550199"),
        ("Body", "Hi"),
    ]))
    .unwrap();
    assert!(matches!(parse(Some(&query), b""), Ok(Parsed::Inbound(_))));
}

#[test]
fn what_cannot_be_read_is_said_by_name() {
    let read = |pairs: &[(&str, &str)]| parse(None, &form(pairs));
    assert_eq!(
        read(&[
            ("MessageSid", SID),
            ("AccountSid", ACCOUNT),
            ("To", "+14155550199")
        ]),
        Err(ParseError::Missing("From"))
    );
    assert_eq!(
        read(&[
            ("MessageSid", SID),
            ("From", "+14155550123"),
            ("To", "+14155550199")
        ]),
        Err(ParseError::Missing("AccountSid"))
    );
    assert_eq!(
        read(&[("MessageSid", "SM 1/../x")]),
        Err(ParseError::Malformed("MessageSid"))
    );
    assert!(matches!(parse(None, b"Body=%FF"), Err(ParseError::Form(_))));
    assert!(matches!(parse(None, b""), Ok(Parsed::Ignored { .. })));
    assert!(matches!(
        parse(None, b"Payload=1"),
        Ok(Parsed::Ignored { .. })
    ));
}

#[test]
fn debug_of_what_was_read_names_nobody_and_nothing_said() {
    let heard = inbound(&[
        ("Body", "my knee hurts"),
        ("ProfileName", "Ana"),
        ("MediaUrl0", "https://api.twilio.com/secret"),
        ("Latitude", "37.787890"),
        ("Longitude", "-122.391664"),
        ("ExternalUserId", "whatsapp:ID.4566546130240823"),
        ("ButtonPayload", "knee"),
    ]);
    let shown = format!("{heard:?}");
    for hidden in ["knee", "Ana", "secret", "37.78", "62812345678", "456654"] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..300), query in ".{0,60}") {
        let _ = parse(Some(&query), &body);
    }

    #[test]
    fn no_values_make_it_panic(pairs in proptest::collection::vec((
        prop::sample::select(vec!["MessageSid", "AccountSid", "From", "To", "MessageStatus", "SmsStatus",
            "ErrorCode", "Latitude", "Longitude", "ChannelMetadata", "MediaUrl0", "ChannelPrefix"]),
        prop_oneof![Just(SID.to_owned()), Just(ACCOUNT.to_owned()), ".{0,30}"]), 0..20))
    {
        let pairs: Vec<_> = pairs.iter().map(|(k, v)| (*k, &**v)).collect();
        let _ = parse(None, &form(&pairs));
    }
}
