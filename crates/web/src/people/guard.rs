//! Who sends, from where, and by whose page: what stands before every change (G35).

use std::net::{IpAddr, Ipv4Addr};

use axum::Form;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::Secret;
use engine::joining::Language;
use engine::logins::Session;
use http::header::{CONTENT_TYPE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, StatusCode};
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use ui::{Banner, Link};

use super::cookies::Cookie;
use super::looking;
use super::words::words;
use crate::State;
use crate::body;

/// The most bytes of a form: 1,600 letters of any script take 12 each as a form sends them.
const FORM_BYTES_MAX: usize = 32 * 1024;

/// The address at the other end of the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// Where a request came from: the address of the connection, or what our own proxy says.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CameFrom(pub(crate) IpAddr);

impl FromRequestParts<State> for CameFrom {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Self::Rejection> {
        let told = state
            .client_header()
            .and_then(|name| parts.headers.get_all(name).iter().next_back())
            .and_then(|value| value.to_str().ok())
            .and_then(|list| list.rsplit(',').next())
            .and_then(|last| last.trim().parse().ok());
        let peer = parts.extensions.get::<Peer>().map(|peer| peer.0);
        // Where nobody told, it is somebody on this machine.
        let address = told.or(peer).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Ok(Self(address))
    }
}

/// The language somebody reads: what they chose, else what their browser wants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reads(pub(super) Language);

impl FromRequestParts<State> for Reads {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &State,
    ) -> Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        let chosen = form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "lang")
            .map(|(_, value)| value.into_owned());
        let wanted = || {
            let header = parts.headers.get(http::header::ACCEPT_LANGUAGE)?;
            let first = header.to_str().ok()?.split([',', ';']).next()?;
            Some(first.trim().to_owned())
        };
        Ok(Self(Language::of(
            &chosen.or_else(wanted).unwrap_or_default(),
        )))
    }
}

/// A form that was sent from our own page: browsers say where a form comes from, and one that does not say so, or
/// says another place, is not read.
#[derive(Debug)]
pub(crate) struct Sent<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<State> for Sent<T> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &State) -> Result<Self, Response> {
        if !is_our_own(state, request.headers()) {
            return Err(foreign(state, request.headers()));
        }
        let (parts, sent) = request.into_parts();
        let bytes = body::read(sent, FORM_BYTES_MAX)
            .await
            .map_err(axum::response::IntoResponse::into_response)?;
        let mut whole = Request::new(axum::body::Body::from(bytes));
        if let Some(kind) = parts.headers.get(CONTENT_TYPE) {
            whole.headers_mut().insert(CONTENT_TYPE, kind.clone());
        }
        *whole.method_mut() = http::Method::POST;
        let form = Form::<T>::from_request(whole, &()).await;
        form.map(|Form(form)| Self(form))
            .map_err(|_| foreign(state, &parts.headers))
    }
}

/// Whether the page a form was sent from is ours: the public one, or the one of the host it was sent to.
pub(crate) fn is_our_own(state: &State, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let Some(origin) = text(ORIGIN) else {
        return false;
    };
    let host = || {
        let (_, authority) = origin.split_once("://")?;
        Some(authority.eq_ignore_ascii_case(text(HOST)?))
    };
    let public = state.public_url();
    let scheme_is_ours = origin.split("://").next() == public.split("://").next();
    origin.eq_ignore_ascii_case(public_origin(public)) || (scheme_is_ours && host() == Some(true))
}

/// Scheme, host and port of an address.
fn public_origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    url.get(start..)
        .and_then(|rest| rest.find('/'))
        .and_then(|at| url.get(..start + at))
        .unwrap_or(url)
}

fn foreign(state: &State, headers: &HeaderMap) -> Response {
    let language = headers
        .get(http::header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok())
        .map_or(Language::English, Language::of);
    let words = words(language);
    ui::error_page(
        StatusCode::FORBIDDEN,
        super::page(state, words.foreign_title, language),
        words.foreign,
        words.foreign_do,
        Link::new(words.start_over, "/me"),
    )
}

/// What the forms of whoever keeps this secret carry.
pub(crate) fn form_token(secret: &Secret) -> String {
    let digest = Sha256::new()
        .chain_update(b"gymtext form\0")
        .chain_update(secret.expose().as_bytes())
        .finalize();
    let (half, _) = digest.split_at(16);
    engine::logins::hex(half)
}

/// Somebody who is logged in. Everybody else is asked to log in.
#[derive(Debug)]
pub(super) struct LoggedIn {
    pub(super) session: Session,
    pub(super) secret: Secret,
    /// What stands above their pages: set for whoever of the team looks as them.
    pub(super) banner: Option<Banner>,
}

impl LoggedIn {
    /// What each of their forms carries: it hangs on their cookie, which no other page can read.
    pub(super) fn token(&self) -> String {
        form_token(&self.secret)
    }

    /// Whether a form carries it.
    pub(super) fn is_theirs(&self, token: &str) -> bool {
        self.token().as_bytes().ct_eq(token.as_bytes()).into()
    }

    /// The language they chose.
    pub(super) fn language(&self) -> Language {
        Language::of(&self.session.member.profile.locale)
    }

    /// The member who is logged in with what these headers hold, and nobody else: whoever of the team looks as one is refused.
    /// Whatever changes something asks this way.
    pub(super) async fn of(state: &State, headers: &HeaderMap) -> Result<Option<Self>, Response> {
        match looking::with(state, headers).await? {
            Some(look) => Err(looking::refused(state, look)),
            None => Self::theirs(state, headers).await,
        }
    }

    /// The same, or whoever of the team looks as a member: for pages that only show.
    pub(super) async fn or_looking(
        state: &State,
        headers: &HeaderMap,
    ) -> Result<Option<Self>, Response> {
        match looking::with(state, headers).await? {
            Some(look) => Ok(Some(look)),
            None => Self::theirs(state, headers).await,
        }
    }

    async fn theirs(state: &State, headers: &HeaderMap) -> Result<Option<Self>, Response> {
        let Some(secret) = Cookie::Session.read(state, headers) else {
            return Ok(None);
        };
        match state.engine().session(&secret).await {
            Ok(session) => Ok(session.map(|session| Self {
                session,
                secret,
                banner: None,
            })),
            Err(error) => Err(super::trouble(state, Language::English, error)),
        }
    }
}

impl FromRequestParts<State> for LoggedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Response> {
        Self::of(state, &parts.headers)
            .await?
            .ok_or_else(|| Redirect::to("/me").into_response())
    }
}
