//! `GET /api/v1/members/{id}/consent-certificate`, and the same as a page to print: what a member
//! agreed to, when, how, to which words, and where the proof is.

use std::sync::LazyLock;

use askama::Template;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::{Channel, ConsentEvent, ConsentState, Handle, MemberId, Purpose, Timestamp};
use engine::EngineError;
use engine::consents::Certificate;
use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderValue, StatusCode};
use jiff::tz::TimeZone;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use store::records::{ConsentRecord, LedgerLine};
use utoipa::ToSchema;

use crate::State;
use crate::auth::Caller;
use crate::json::answer;
use crate::path::MemberInPath;
use crate::problem::Problem;

/// What a member agreed to, with all that proves it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CertificateAnswer {
    /// `mem_…`
    member_id: String,
    name: String,
    /// When this was made.
    made_at: String,
    /// The zone of the local times.
    time_zone: String,
    /// Each address and purpose that something is known of.
    consents: Vec<CertifiedConsent>,
}

/// One address and purpose.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CertifiedConsent {
    #[schema(example = "sms")]
    channel: &'static str,
    #[schema(example = "+14155550123")]
    address: String,
    #[schema(example = "all")]
    purpose: &'static str,
    /// `unknown`, `opted_in` or `opted_out`
    #[schema(example = "opted_in")]
    state: &'static str,
    /// Since when a reply that confirms it is waited for.
    confirmation_asked_at: Option<String>,
    /// Since when a person has to decide whether something they wrote was a stop.
    in_doubt_since: Option<String>,
    /// What happened, first to last.
    events: Vec<CertifiedEvent>,
}

/// One line of the ledger.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CertifiedEvent {
    /// `opt_in`, `opt_in_asked`, `opt_out`, `start`, `doubt`, `no_stop` or `import`
    #[schema(example = "opt_in")]
    event: &'static str,
    /// What that means, in a few words.
    what: &'static str,
    /// The state after it.
    state: &'static str,
    /// RFC 3339, UTC.
    at: String,
    /// The same by the member's clock.
    at_local: String,
    /// How: `join_page`, `sms_keyword`, `provider:21610`, …
    source: String,
    /// Who entered it.
    actor: String,
    /// Whether the person did it themselves.
    own_act: bool,
    /// The words that were shown, or written.
    wording: Option<String>,
    /// Which version of them.
    wording_version: Option<String>,
    /// Where the proof can be looked up, such as the provider's id of the message.
    evidence: Option<String>,
}

const fn what(event: ConsentEvent) -> &'static str {
    match event {
        ConsentEvent::OptIn => "Agreed",
        ConsentEvent::OptOut => "Stopped",
        ConsentEvent::Start => "Wrote START",
        ConsentEvent::Import => "Taken over from elsewhere",
        ConsentEvent::OptInAsked => "Asked to confirm by a reply",
        ConsentEvent::Doubt => "Wrote what may mean stop",
        ConsentEvent::NoStop => "Decided: no stop",
        ConsentEvent::Left => "Has another address now",
    }
}

const fn state_words(state: ConsentState) -> &'static str {
    match state {
        ConsentState::Unknown => "Unknown",
        ConsentState::OptedIn => "Opted in",
        ConsentState::OptedOut => "Opted out",
    }
}

fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_jiff()
        .to_zoned(zone.clone())
        .strftime("%Y-%m-%d %H:%M:%S %:z")
        .to_string()
}

impl CertifiedEvent {
    fn new(line: &LedgerLine, zone: &TimeZone) -> Self {
        let entry = &line.entry;
        Self {
            event: entry.event.as_str(),
            what: what(entry.event),
            state: line.state.as_str(),
            at: line.at.to_string(),
            at_local: local(line.at, zone),
            source: entry.source.clone(),
            actor: entry.actor.clone(),
            own_act: entry.own_act,
            wording: entry.wording.as_ref().map(|text| text.as_str().to_owned()),
            wording_version: entry.proof.wording_version.clone(),
            evidence: entry.proof.evidence.clone(),
        }
    }
}

impl CertificateAnswer {
    fn new(certificate: &Certificate, zone: &TimeZone) -> Self {
        let profile = &certificate.member.profile;
        Self {
            member_id: profile.id.to_string(),
            name: profile.name.as_str().to_owned(),
            made_at: certificate.at.to_string(),
            time_zone: zone.iana_name().unwrap_or("UTC").to_owned(),
            consents: certified_of(certificate),
        }
    }
}

/// Each address and purpose of a certificate.
pub(crate) fn certified_of(certificate: &Certificate) -> Vec<CertifiedConsent> {
    let zone = zone_of(certificate);
    let mut consents: Vec<_> = certificate
        .consents
        .iter()
        .map(|record| certified(record, &certificate.lines, &zone))
        .collect();
    consents.sort_by_key(|consent| (consent.channel, consent.purpose));
    consents
}

fn certified(record: &ConsentRecord, lines: &[LedgerLine], zone: &TimeZone) -> CertifiedConsent {
    let is_of = |channel: Channel, handle: &Handle, purpose: Purpose| {
        channel == record.channel && *handle == record.handle && purpose == record.purpose
    };
    CertifiedConsent {
        channel: record.channel.as_str(),
        address: record.handle.as_str().to_owned(),
        purpose: record.purpose.as_str(),
        state: record.state.as_str(),
        confirmation_asked_at: record.open.asked_at.map(|at| at.to_string()),
        in_doubt_since: record.open.doubt.as_ref().map(|d| d.since.to_string()),
        events: lines
            .iter()
            .filter(|line| is_of(line.entry.channel, &line.entry.handle, line.entry.purpose))
            .map(|line| CertifiedEvent::new(line, zone))
            .collect(),
    }
}

/// Certify a member's consents
///
/// Every change of each address and purpose: what, when, how, by whom, to which words, and where
/// the proof is.
#[utoipa::path(
    get, path = "/api/v1/members/{id}/consent-certificate", tag = "Consent", operation_id = "consent_certificate",
    params(("id" = String, Path, description = "`mem_…`")),
    responses(
        (status = 200, description = "The certificate", body = CertificateAnswer),
        (status = 404, description = "No such member", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn certificate(
    state: State,
    _caller: Caller,
    id: MemberInPath,
) -> Result<Response, Problem> {
    let certificate = state.engine().certificate(id.0).await?;
    let zone = zone_of(&certificate);
    Ok(answer(
        StatusCode::OK,
        &CertificateAnswer::new(&certificate, &zone),
    ))
}

fn zone_of(certificate: &Certificate) -> TimeZone {
    TimeZone::get(&certificate.member.profile.time_zone).unwrap_or(TimeZone::UTC)
}

/// The page's styles stand in it, so that a saved copy looks the same anywhere.
const STYLE: &str = include_str!("../../../templates/certificate.css");

/// Lets exactly these styles in, and nothing else.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy = format!("default-src 'none'; style-src 'sha256-{hash}'; frame-ancestors 'none'");
    // Base64 and the words around it: nothing a header could not carry.
    HeaderValue::from_str(&policy)
        .unwrap_or_else(|_| HeaderValue::from_static("default-src 'none'"))
});

#[derive(Template)]
#[template(path = "certificate.html")]
struct CertificatePage {
    style: &'static str,
    service: String,
    made_at_local: String,
    of: CertificateAnswer,
}

impl CertificatePage {
    fn state_words(state: &str) -> &'static str {
        state.parse().map_or("Unknown", state_words)
    }

    fn channel_words(channel: &str) -> &str {
        match channel {
            "sms" => "SMS",
            "whatsapp" => "WhatsApp",
            "email" => "E-mail",
            other => other,
        }
    }
}

/// Certify a member's consents, as a page
///
/// The same to print or to keep: one HTML file that needs nothing else.
#[utoipa::path(
    get, path = "/api/v1/members/{id}/consent-certificate/page", tag = "Consent", operation_id = "consent_certificate_page",
    params(("id" = String, Path, description = "`mem_…`")),
    responses(
        (status = 200, description = "The page", body = String, content_type = "text/html"),
        (status = 404, description = "No such member", body = Problem),
    ),
    security(("key" = [])),
)]
pub(crate) async fn page(
    state: State,
    _caller: Caller,
    id: MemberInPath,
) -> Result<Response, Problem> {
    Ok(printed(&state, id.0).await?)
}

/// The page, for whoever may see it.
pub(crate) async fn printed(state: &State, id: MemberId) -> Result<Response, EngineError> {
    let certificate = state.engine().certificate(id).await?;
    let zone = zone_of(&certificate);
    let page = CertificatePage {
        style: STYLE,
        service: state.engine().settings().service_name.clone(),
        made_at_local: local(certificate.at, &zone),
        of: CertificateAnswer::new(&certificate, &zone),
    };
    let mut response = ui::html(&page);
    response
        .headers_mut()
        .insert(CONTENT_SECURITY_POLICY, POLICY.clone());
    Ok(response)
}
