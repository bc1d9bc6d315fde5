//! What differs, when a signature does not fit: for `gymtext signature` and for people at a
//! console, never for an answer to the caller. It tries the usual mistakes one by one and two by
//! two, and names the first that would have fitted; the expected signature itself is never said.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::form;
use super::signature::{
    Key, Refused, SignedRequest, SigningKeys, Url, is_form, signed_tail, tail_of_pairs, verify,
};

/// How many parameters are tried one by one.
const PARAMETERS_TRIED_MAX: usize = 64;

/// What [`explain`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Explanation {
    /// It fits.
    Valid,
    /// It does not, and this is why, or would have made it fit.
    Differs(Cow<'static, str>),
    /// It does not, and none of the usual mistakes explains it.
    Unexplained,
}

impl Explanation {
    /// Whether it fits.
    pub fn is_valid(&self) -> bool {
        *self == Self::Valid
    }

    /// In words; `None` when it fits.
    pub fn why(&self) -> Option<&str> {
        match self {
            Self::Valid => None,
            Self::Differs(why) => Some(why),
            Self::Unexplained => Some(
                "neither the usual differences in the URL nor a single parameter explain it: \
                 check that the token is the account's primary auth token, that the whole body \
                 was kept, and that the URL is the one Twilio was given",
            ),
        }
    }
}

/// Says whether a request is rightly signed, and if not, what differs.
pub fn explain(request: &SignedRequest<'_>, keys: &SigningKeys) -> Explanation {
    let refused = match verify(request, keys) {
        Ok(()) => return Explanation::Valid,
        Err(refused) => refused,
    };
    let signature = request.signature.unwrap_or_default();
    match refused {
        Refused::Missing => differs("there is no signature"),
        Refused::Form(error) => Explanation::Differs(error.to_string().into()),
        Refused::UnknownKey => {
            differs("the request names a shared key or an algorithm that was not given here")
        }
        Refused::BodyHash => body_hash(request, keys, signature),
        Refused::UncoveredBody => differs(
            "the body is no form and its hash (bodySHA256) is not in the URL: check the content \
             type and the query",
        ),
        Refused::Wrong => wrong(request, keys, signature),
    }
}

fn differs(why: &'static str) -> Explanation {
    Explanation::Differs(Cow::Borrowed(why))
}

fn body_hash(request: &SignedRequest<'_>, keys: &SigningKeys, signature: &str) -> Explanation {
    let url = Url::read(request.url);
    let url_fits = Key::of(request.settings, keys)
        .is_ok_and(|key| url.variants().any(|url| key.fits(&url, b"", signature)));
    if url_fits {
        differs("the body hash differs: the URL is rightly signed, the body was changed on its way")
    } else {
        differs("the body hash differs, and the signature does not fit the URL either")
    }
}

fn wrong(request: &SignedRequest<'_>, keys: &SigningKeys, signature: &str) -> Explanation {
    let trimmed = signature.trim();
    if trimmed != signature {
        let again = SignedRequest {
            signature: Some(trimmed),
            ..*request
        };
        if verify(&again, keys).is_ok() {
            return differs("the signature has spaces around it");
        }
    }
    match STANDARD.decode(trimmed).map(|bytes| bytes.len()) {
        Ok(20 | 32) => {}
        Ok(_) | Err(_) => {
            return differs("the signature is not the base64 of an HMAC: it was cut or changed");
        }
    }
    if keys.is_empty() {
        return differs("there is no token to verify with");
    }
    let (Ok(key), Ok(tail)) = (Key::of(request.settings, keys), signed_tail(request)) else {
        return Explanation::Unexplained;
    };
    let fits = |url: &str, tail: &str| key.fits(url, tail.as_bytes(), trimmed);
    let pairs: Vec<(Cow<'_, str>, Cow<'_, str>)> = if is_form(request) {
        form::parse(request.body).unwrap_or_default()
    } else {
        Vec::new()
    };
    let tails = other_tails(&pairs);
    let urls = other_urls(request.url);
    for (url, what) in &urls {
        if fits(url, &tail) {
            return Explanation::Differs(format!("valid {what}").into());
        }
    }
    let given = Url::read(request.url).as_given();
    for (tail, what) in &tails {
        if fits(&given, tail) {
            return Explanation::Differs(what.clone());
        }
    }
    for (url, url_what) in &urls {
        for (tail, tail_what) in &tails {
            if fits(url, tail) {
                return Explanation::Differs(format!("valid {url_what}, and {tail_what}").into());
            }
        }
    }
    Explanation::Unexplained
}

/// The URL with one or two of the usual differences, and what they are, after "valid".
fn other_urls(given: &str) -> Vec<(String, String)> {
    let url = Url::read(given);
    let (path, query) = match url.rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (url.rest, None),
    };
    let mut schemes = vec![(url.scheme, None)];
    match url.scheme {
        "http" => schemes.push(("https", Some("for https instead of http"))),
        "https" => schemes.push(("http", Some("for http instead of https"))),
        _ => {}
    }
    let mut paths = vec![(path.to_owned(), None)];
    if let Some(bare) = path.strip_suffix('/') {
        paths.push((bare.to_owned(), Some("without the trailing slash")));
    } else {
        paths.push((format!("{path}/"), Some("with a trailing slash")));
    }
    let mut queries = vec![(query.map(ToOwned::to_owned), None)];
    if let Some(query) = query {
        queries.push((None, Some("without the query")));
        let mut sorted: Vec<_> = query.split('&').collect();
        sorted.sort_unstable();
        queries.push((
            Some(sorted.join("&")),
            Some("with the query in another order"),
        ));
        queries.push((
            Some(query.replace('+', "%20")),
            Some("with %20 instead of + in the query"),
        ));
        queries.push((
            Some(query.replace("%20", "+")),
            Some("with + instead of %20 in the query"),
        ));
    }
    let lower = url.host.to_ascii_lowercase();
    let www = format!("www.{}", url.host);
    let mut hosts = vec![(url.host, None)];
    if lower != url.host {
        hosts.push((&lower, Some("with the host in lower case")));
    }
    match url.host.strip_prefix("www.") {
        Some(bare) => hosts.push((bare, Some("without www. before the host"))),
        None => hosts.push((&www, Some("with www. before the host"))),
    }
    let mut ports = vec![(url.port, None), (None, Some("without the port"))];
    for (port, what) in [
        ("443", "with port 443"),
        ("80", "with port 80"),
        ("8080", "with port 8080"),
        ("8443", "with port 8443"),
        ("3000", "with port 3000"),
    ] {
        ports.push((Some(port), Some(what)));
    }
    let mut urls: Vec<(usize, String, String)> = Vec::new();
    for (scheme, scheme_what) in &schemes {
        for (host, host_what) in &hosts {
            for (port, port_what) in &ports {
                for (path, path_what) in &paths {
                    for (query, query_what) in &queries {
                        let whats: Vec<&str> = [
                            *scheme_what,
                            *host_what,
                            *port_what,
                            *path_what,
                            *query_what,
                        ]
                        .into_iter()
                        .flatten()
                        .collect();
                        if !(1..=2).contains(&whats.len()) {
                            continue;
                        }
                        let rest = match query {
                            Some(query) => format!("{path}?{query}"),
                            None => path.clone(),
                        };
                        let made = Url {
                            scheme,
                            host,
                            port: *port,
                            rest: &rest,
                        };
                        urls.push((whats.len(), made.as_given(), whats.join(" and ")));
                    }
                }
            }
        }
    }
    urls.sort_by_key(|(count, ..)| *count);
    urls.into_iter().map(|(_, url, what)| (url, what)).collect()
}

/// A space where a phone number's plus would stand: at the start or after a channel's colon.
fn plus_before_numbers(value: &str) -> String {
    let (prefix, number) = match value.split_once(": ") {
        Some((prefix, number)) => (format!("{prefix}:"), number),
        None => match value.strip_prefix(' ') {
            Some(number) => (String::new(), number),
            None => return value.to_owned(),
        },
    };
    if !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()) {
        format!("{prefix}+{number}")
    } else {
        value.to_owned()
    }
}

/// The parameters with one of the usual differences, and what it is.
fn other_tails(pairs: &[(Cow<'_, str>, Cow<'_, str>)]) -> Vec<(String, Cow<'static, str>)> {
    if pairs.is_empty() {
        return Vec::new();
    }
    let kept = || pairs.iter().map(|(k, v)| (&**k, &**v));
    let mut tails = vec![
        (
            String::new(),
            "the parameters were not signed: this fits the URL alone".into(),
        ),
        (
            tail_of_pairs(kept().filter(|(_, value)| !value.is_empty())),
            "the empty parameters were left out when it was signed".into(),
        ),
        (
            tail_of_pairs(kept().map(|(name, value)| (name, value.trim()))),
            "values have gained spaces or line ends around them".into(),
        ),
    ];
    let mapped = |map: &dyn Fn(&str) -> String| {
        let changed: Vec<_> = kept().map(|(k, v)| (k, map(v))).collect();
        tail_of_pairs(changed.iter().map(|(k, v)| (*k, &**v)))
    };
    tails.push((
        mapped(&|v| v.replace("\r\n", "\n")),
        "line ends are CR LF here and were LF when it was signed".into(),
    ));
    tails.push((
        mapped(&|v| v.replace("\r\n", "\n").replace('\n', "\r\n")),
        "line ends are LF here and were CR LF when it was signed".into(),
    ));
    tails.push((
        mapped(&plus_before_numbers),
        "a + was read as a space: the body was decoded twice or not encoded".into(),
    ));
    for (at, (name, _)) in pairs.iter().enumerate().take(PARAMETERS_TRIED_MAX) {
        let others = pairs.iter().enumerate().filter(|(other, _)| *other != at);
        let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
        tails.push((
            tail_of_pairs(others.map(|(_, (k, v))| (&**k, &**v))),
            format!("a parameter was added: `{shown}` was not signed").into(),
        ));
    }
    tails
}
