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

/// How often what could not be stored is brought.
const AGAIN_MAX: u32 = 20;

/// Somebody writes to us; returns when it is answered. `public` is the service's public address.
pub async fn write(
    node: &Http,
    public: &str,
    (phone, channel): (&str, Channel),
    words: &str,
    chance: &mut Chance,
) -> anyhow::Result<()> {
    write_with(node, public, (phone, channel), words, &[], chance).await
}

/// The same with more fields, of those the carrier adds.
pub async fn write_with(
    node: &Http,
    public: &str,
    (phone, channel): (&str, Channel),
    words: &str,
    more: &[(&str, &str)],
    chance: &mut Chance,
) -> anyhow::Result<()> {
    let path = match channel {
        Channel::Whatsapp => "/api/whatsapp/webhook",
        Channel::Sms | Channel::Email | Channel::Web => "/api/twilio/sms",
    };
    let sid = format!("SM{:016x}{:016x}", chance.next(), chance.next());
    let (from, to) = (address(phone, channel), address(OUR_NUMBER, channel));
    let mut fields = vec![
        ("MessageSid", sid.as_str()),
        ("AccountSid", ACCOUNT),
        ("From", &from),
        ("To", &to),
        ("Body", words),
        ("NumMedia", "0"),
        ("NumSegments", "1"),
    ];
    fields.extend(more);
    let signature = sign(&format!("{public}{path}"), &fields, &Secret::new(TOKEN));
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.extend_pairs(fields);
    let headers = [
        ("content-type", "application/x-www-form-urlencoded"),
        ("x-twilio-signature", signature.as_str()),
    ];
    let form = form.finish();
    // A busy database may answer that it could not store it in time (G3): then it is brought again, the same.
    for _ in 0..AGAIN_MAX {
        let status = node
            .send("POST", path, &headers, form.clone())
            .await?
            .status;
        if status < 300 {
            return Ok(());
        }
        anyhow::ensure!(status == 503, "{words} was answered {status}");
        crate::tick().await;
    }
    anyhow::bail!("{words} could not be stored")
}
