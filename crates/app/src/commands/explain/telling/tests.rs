//! What is told of a held, a followed and a stranded message.

use serde_json::json;

use super::*;

fn told(message: &Value) -> String {
    let mut out = String::new();
    for line in tell(message) {
        let (margin, text) = match line {
            Line::Heading(text) => ("", text),
            Line::Under(text) => ("  ", text),
            Line::Further(text) => ("      ", text),
        };
        out.push_str(margin);
        out.push_str(&text);
        out.push('\n');
    }
    out
}

#[test]
fn a_body_behind_a_knock_says_what_releases_it_and_when_it_ends() {
    let message = json!({
        "id": "msg_a", "member_id": "mem_a", "direction": "outbound", "kind": "daily_workout",
        "queue": "default", "status": "held", "place": "held", "reason": "behind_knock",
        "held_until": "2026-11-19T06:00:00.000000Z", "expires_at": "2026-11-19T06:00:00.000000Z",
        "created_at": "2026-11-18T12:00:00.000000Z", "content": "10 squats\n10 lunges",
        "linked": ["msg_b"], "attempts": [], "receipts": [], "chain": [], "cost": null, "onward": null,
        "decisions": [{"at": "2026-11-18T12:00:00.250000Z", "decision": {
            "decision": "hold", "until": "2026-11-19T06:00:00.000000Z",
            "reasons": [{"code": "behind_knock", "sentence": "a template has asked the member to answer"}],
            "considered": [{"channel": "whatsapp", "verdict": "later", "sentence": "a template has asked",
                "price": {"amount": "0.0084", "currency": "USD"}}],
        }}],
    });
    assert_eq!(
        told(&message),
        "\
msg_a: held
  A daily_workout for mem_a, asked for at 2026-11-18 12:00:00, in the queue `default`.
  It says: 10 squats 10 lunges
  Not after 2026-11-19 06:00:00.
What happened
  2026-11-18 12:00:00  held until 2026-11-19 06:00:00 at the latest: a template has asked the member to answer
      whatsapp: not now, a template has asked (0.0084 USD)
Now
  Any answer of the member to msg_b on WhatsApp releases it. It expires at 2026-11-19 06:00:00.
"
    );
}

#[test]
fn a_failed_message_says_what_followed_it_and_hides_the_number() {
    let message = json!({
        "id": "msg_a", "member_id": "mem_a", "direction": "outbound", "kind": "system", "queue": "default",
        "status": "undelivered", "place": null, "created_at": "2026-11-18T12:00:00.000000Z",
        "decisions": [], "linked": [],
        "attempts": [{
            "number": 1, "channel": "whatsapp", "to": "+14155550101", "begun_at": "2026-11-18T12:00:00.100000Z",
            "settled_at": "2026-11-18T12:00:00.200000Z", "provider_message_id": "SM1", "status": "undelivered",
            "decision": {"decision": "send", "form": "buttons",
                "reasons": [{"code": "members_preference", "sentence": "the member prefers this channel"}]},
        }],
        "receipts": [{"attempt": 1, "word": "undelivered", "error_code": 63005,
            "received_at": "2026-11-18T12:00:01.000000Z"}],
        "chain": [
            {"message_id": "msg_a", "channel": "whatsapp", "status": "undelivered", "sentence": null},
            {"message_id": "msg_b", "channel": "sms", "status": "delivered",
                "sentence": "the one before it is known not to have arrived"},
        ],
        "cost": {"currency": "USD", "estimated": "0.0050", "actual": null, "unknown": null},
    });
    let told = told(&message);
    for line in [
        "attempt 1 by whatsapp with buttons to",
        "the provider took it as SM1",
        "receipt of attempt 1: undelivered, error 63005",
        "  1. msg_a (this one) by whatsapp: undelivered\n",
        "  2. msg_b by sms: delivered; it followed because the one before it is known not to have arrived\n",
        "  estimated 0.0050 USD; the provider has not told yet what it charged\n",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    assert!(!told.contains("4155550101"), "{told}");
}

#[test]
fn what_went_on_several_channels_at_once_is_listed_with_this_one_named() {
    let told = told(
        &json!({"direction": "outbound", "id": "msg_b", "together": [
            {"message_id": "msg_a", "channel": "whatsapp", "status": "read"},
            {"message_id": "msg_b", "channel": "sms", "status": "suppressed"},
        ]}),
    );
    let expected = "On several channels at once\n  msg_a by whatsapp: read\n  msg_b (this one) by sms: suppressed\n";
    assert!(told.contains(expected), "{told}");
}

#[test]
fn where_nothing_follows_the_channels_say_why() {
    let onward = json!({
        "state": "nowhere", "because": "failed", "reasons": [{"code": "no_channel", "sentence": "no channel is left"}],
        "considered": [{"channel": "sms", "verdict": "passed", "sentence": "the member said stop"}],
    });
    let told = told(&json!({"direction": "outbound", "onward": onward}));
    let expected = "  nothing follows, as things stand now: no channel is left\n      sms: passed over, the member said stop\n";
    assert!(told.contains(expected), "{told}");
}
