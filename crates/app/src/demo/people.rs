//! The made-up members, and a handset for everybody who is a member.

use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use bytes::Bytes;
use domain::{Channel, ConsentEvent, Handle, Purpose, Text};
use engine::Engine;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use serde_json::{Value, json};
use simulator::Simulator;
use store::questions::Members;
use store::records::{ConsentEntry, Member, NewMember, Proof};

/// How many members get a handset when a demo goes on: the page shows them side by side.
const HANDSETS_MAX: u32 = 12;

struct Person {
    name: &'static str,
    phone: &'static str,
    country: &'static str,
    time_zone: &'static str,
    locale: &'static str,
    email: Option<&'static str>,
    prefers: Channel,
    agreed_to: &'static [Channel],
    wording: &'static str,
}

const PEOPLE: [Person; 3] = [
    Person {
        name: "Maria Souza",
        phone: "+5581987654321",
        country: "BR",
        time_zone: "America/Recife",
        locale: "pt-BR",
        email: None,
        prefers: Channel::Whatsapp,
        agreed_to: &[Channel::Whatsapp],
        wording: "Sim, quero receber meus treinos por WhatsApp. Respondo PARAR para sair.",
    },
    Person {
        name: "James Carter",
        phone: "+13125550142",
        country: "US",
        time_zone: "America/Chicago",
        locale: "en",
        email: None,
        prefers: Channel::Sms,
        agreed_to: &[Channel::Sms],
        wording: "Yes, text me my workouts. Message and data rates may apply. Reply STOP to stop.",
    },
    Person {
        name: "Lucía Fernández",
        phone: "+34612345678",
        country: "ES",
        time_zone: "Europe/Madrid",
        locale: "es",
        email: Some("lucia@casa.example"),
        prefers: Channel::Whatsapp,
        agreed_to: &[Channel::Whatsapp, Channel::Sms, Channel::Email],
        wording: "Sí, quiero recibir mis entrenamientos por WhatsApp o SMS, y lo urgente también por correo. \
                  Respondo BAJA para salir.",
    },
];

/// Makes the people in a fresh database, and a handset for each member. `true` when it was fresh.
/// The one of whoever works in the console comes last.
pub(super) async fn settle_in(
    engine: &Engine,
    simulator: &Arc<Simulator>,
    operator: &str,
) -> anyhow::Result<bool> {
    let members = || {
        engine.ask().question(Members {
            limit: HANDSETS_MAX,
            ..Members::default()
        })
    };
    let fresh = members().await?.is_empty();
    if fresh {
        for person in PEOPLE {
            join(engine, &person).await?;
        }
    }
    for member in members().await?.iter().rev() {
        hand_out_phone(simulator, member).await?;
    }
    let own = json!({
        "number": operator, "name": "Yours, for the console", "country": "US", "sms": true, "whatsapp": false,
    });
    let router = simulator.router();
    call(&router, Method::POST, "/sandbox/api/phones", &own).await?;
    simulator.keep_phones();
    Ok(fresh)
}

async fn join(engine: &Engine, person: &Person) -> anyhow::Result<()> {
    let phone: domain::PhoneNumber = person.phone.parse().context("a member's number is none")?;
    let consents = person
        .agreed_to
        .iter()
        .map(|channel| ConsentEntry {
            channel: *channel,
            handle: match (channel, person.email) {
                (Channel::Email, Some(address)) => Handle::Email(address.into()),
                _ => Handle::Phone(phone.clone()),
            },
            purpose: Purpose::All,
            event: ConsentEvent::OptIn,
            own_act: true,
            source: "demo".into(),
            wording: Some(Text::from(person.wording)),
            actor: "demo".into(),
            proof: Proof {
                wording_version: Some("demo-1".into()),
                evidence: None,
                said_at: None,
            },
            opens: None,
        })
        .collect();
    let member = NewMember {
        id: engine.ids().member(),
        name: Text::from(person.name),
        phone,
        country: Some(person.country.into()),
        email: person.email.map(Into::into),
        time_zone: person.time_zone.into(),
        locale: person.locale.into(),
        preferred_send_hour: 7,
        preferred_channel: Some(person.prefers),
        preferences: domain::Preferences::default(),
        cohort: None,
        programme: "default".into(),
    };
    engine.create_member(member, consents, None).await?;
    Ok(())
}

async fn hand_out_phone(simulator: &Arc<Simulator>, member: &Member) -> anyhow::Result<()> {
    let profile = &member.profile;
    let on_whatsapp = profile.preferred_channel == Some(Channel::Whatsapp);
    let phone = json!({
        "number": profile.phone.as_e164(),
        "name": profile.name.as_str(),
        "country": profile.country,
        "email": profile.email,
        "sms": true,
        "whatsapp": on_whatsapp,
        "read_receipts": true,
    });
    call(
        &simulator.router(),
        Method::POST,
        "/sandbox/api/phones",
        &phone,
    )
    .await?;
    Ok(())
}

/// Calls the sandbox within the process, as anybody would over its socket.
pub(super) async fn call(
    router: &Router,
    method: Method,
    path: &str,
    body: &Value,
) -> anyhow::Result<Value> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(http::header::HOST, "127.0.0.1")
        .header(http::header::CONTENT_TYPE, "application/json");
    let request = request.body(Full::new(Bytes::from(serde_json::to_vec(body)?)))?;
    let response = TowerToHyperService::new(router.clone())
        .call(request)
        .await?;
    let status = response.status();
    let bytes = response.into_body().collect().await?.to_bytes();
    anyhow::ensure!(
        status == StatusCode::OK || status == StatusCode::CREATED,
        "the sandbox answered {status} to {path}: {}",
        String::from_utf8_lossy(&bytes)
    );
    Ok(serde_json::from_slice(&bytes)?)
}
