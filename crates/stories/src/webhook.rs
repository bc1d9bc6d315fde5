//! A webhook of the carrier's, signed as it signs, but sent by the story: to whichever node it likes, at
//! whatever instant, and without the carrier's knowing.

use domain::{Channel, Secret};
use providers::twilio::signature::sign;

use crate::chance::Chance;
use crate::http::Http;
use crate::sandbox::{ACCOUNT, OUR_NUMBER, TOKEN};

/// How the carrier writes a number on this channel.
pub fn address(phone: &str, channel: Channel) -> String {
    match channel {
        Channel::Whatsapp => format!("whatsapp:{phone}"),
        Channel::Sms | Channel::Email | Channel::Web => phone.to_owned(),
    }
}

/// Somebody writes to us; returns when it is answered. `public` is the service's public address.
pub async fn write(
    node: &Http,
    public: &str,
    (phone, channel): (&str, Channel),
    words: &str,
    chance: &mut Chance,
) -> anyhow::Result<()> {
    let path = match channel {
        Channel::Whatsapp => "/api/whatsapp/webhook",
        Channel::Sms | Channel::Email | Channel::Web => "/api/twilio/sms",
    };
    let sid = format!("SM{:016x}{:016x}", chance.next(), chance.next());
    let (from, to) = (address(phone, channel), address(OUR_NUMBER, channel));
    let fields = [
        ("MessageSid", sid.as_str()),
        ("AccountSid", ACCOUNT),
        ("From", &from),
        ("To", &to),
        ("Body", words),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
    ];
    let signature = sign(&format!("{public}{path}"), &fields, &Secret::new(TOKEN));
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-twilio-signature", signature.as_str()),
    ];
    let answer = node.send("POST", path, &headers, form.finish()).await?;
    anyhow::ensure!(
        answer.status < 300,
        "{words} was answered {}",
        answer.status
    );
    Ok(())
}
