//! Fetching a medium that a member sent (facts/twilio.md 1.7, G37): from Twilio with our
//! credentials, then at most one step further to its storage, without them.

use std::time::Duration;

use bytes::Bytes;
use hyper::Method;
use hyper::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, LOCATION};
use hyper::http::uri::PathAndQuery;

use super::answer::ReadAnswer;
use super::client::Twilio;
use crate::http::{Call, Exchange, Limits, Origin, Pool, Reach, Response};
use crate::provider::FetchError;
use crate::remote::Media;
use crate::request::MayStart;

/// The most bytes of a medium: WhatsApp's 16 MB (facts/twilio.md 1.3).
pub const MEDIA_BYTES_MAX: usize = 16 << 20;

/// The most time one of the two steps may take.
const STEP_MAX: Duration = Duration::from_secs(30);

impl Twilio {
    pub(super) async fn medium(&self, url: &str) -> Result<Media, FetchError> {
        let (origin, path) = read(url)?;
        if !origin.is_same(self.api.origin()) {
            let exchange = self.elsewhere(origin, path).await?;
            return finish(exchange);
        }
        // Our credentials go to this one server, which the operator named.
        let exchange = self.get_raw(path, MEDIA_BYTES_MAX).await;
        match exchange {
            Exchange::Response(response) if is_redirect(response.status) => {
                let (origin, path) = self.target(&response)?;
                let exchange = self.elsewhere(origin, path).await?;
                finish(exchange)
            }
            other => finish(other),
        }
    }

    fn target(&self, response: &Response) -> Result<(Origin, PathAndQuery), FetchError> {
        let location = response
            .header(LOCATION)
            .ok_or_else(|| FetchError::NoAnswer {
                why: "a redirect without a target".into(),
            })?;
        if location.starts_with('/') && !location.starts_with("//") {
            return read(&format!("{}{location}", self.api.origin()));
        }
        read(location)
    }

    /// One request without credentials to a host of the list.
    async fn elsewhere(&self, origin: Origin, path: PathAndQuery) -> Result<Exchange, FetchError> {
        // Beside a sandbox on this machine everything is on this machine.
        let is_sandbox = self.api.origin().is_loopback();
        let is_here = is_sandbox && origin.is_loopback();
        if !is_here {
            let is_listed = self
                .media_hosts
                .iter()
                .any(|host| matches_host(host, origin.host()));
            if !is_listed {
                return Err(not_allowed("its host is not on the list of media hosts"));
            }
            if !origin.is_tls() {
                return Err(not_allowed("it is not https"));
            }
        }
        let reach = if is_here {
            Reach::Anywhere
        } else {
            Reach::PublicOnly
        };
        let limits = Limits {
            connections_max: 1,
            deadline: STEP_MAX.max(self.limits.deadline),
            ..self.limits
        };
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("*/*"));
        let call = Call {
            method: Method::GET,
            path,
            headers,
            body: Bytes::new(),
            answer_bytes_max: MEDIA_BYTES_MAX,
        };
        Ok(Pool::new(origin, reach, limits)
            .call(call, &MayStart::Always)
            .await)
    }
}

fn not_allowed(why: &str) -> FetchError {
    FetchError::NotAllowed { why: why.into() }
}

fn read(url: &str) -> Result<(Origin, PathAndQuery), FetchError> {
    let (origin, path) = Origin::of_url(url).map_err(|error| FetchError::NotAllowed {
        why: error.to_string().into(),
    })?;
    let path = path.parse().map_err(|_| not_allowed("its path is none"))?;
    Ok((origin, path))
}

fn is_redirect(status: u16) -> bool {
    matches!(status, 301 | 302 | 303 | 307 | 308)
}

/// `.example.com` stands for every host below it, anything else for itself.
fn matches_host(listed: &str, host: &str) -> bool {
    match listed.strip_prefix('.') {
        Some(parent) => host
            .strip_suffix(parent)
            .is_some_and(|below| below.ends_with('.') && below.len() > 1),
        None => listed.eq_ignore_ascii_case(host),
    }
}

fn finish(exchange: Exchange) -> Result<Media, FetchError> {
    let content_type = match &exchange {
        Exchange::Response(response) => response
            .header(CONTENT_TYPE)
            .map(|kind| kind.chars().take(100).collect::<String>().into_boxed_str()),
        Exchange::NotStarted { .. } | Exchange::NoAnswer { .. } => None,
    };
    match ReadAnswer::of(exchange, MEDIA_BYTES_MAX)? {
        ReadAnswer::Found(bytes) => Ok(Media {
            content_type,
            bytes,
        }),
        ReadAnswer::NotFound => Err(FetchError::NoAnswer {
            why: "the medium is gone (HTTP 404)".into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::matches_host;

    #[test]
    fn a_listed_host_is_matched_whole() {
        assert!(matches_host(".twiliocdn.com", "media.twiliocdn.com"));
        assert!(!matches_host(".twiliocdn.com", "twiliocdn.com"));
        assert!(!matches_host(".twiliocdn.com", "eviltwiliocdn.com"));
        assert!(!matches_host(
            ".twiliocdn.com",
            "media.twiliocdn.com.evil.example"
        ));
        assert!(matches_host("s3.amazonaws.com", "s3.amazonaws.com"));
        assert!(!matches_host("s3.amazonaws.com", "x.s3.amazonaws.com"));
    }
}
