//! Where a server is: scheme, host and port.

use std::fmt;

use hyper::header::HeaderValue;
use hyper::http::uri::{Scheme, Uri};

/// What is wrong with a base URL.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum OriginError {
    /// Not a URL, or without a host.
    #[error("not an absolute address such as https://api.twilio.com")]
    Malformed,
    /// Neither `http` nor `https`.
    #[error("only http and https are spoken here")]
    Scheme,
    /// A user or password in it.
    #[error("a user or password in the address is not accepted")]
    UserInfo,
}

/// Scheme, host and port of a server.
#[derive(Clone, PartialEq, Eq)]
pub struct Origin {
    pub(super) tls: bool,
    pub(super) host: Box<str>,
    pub(super) port: u16,
    pub(super) host_header: HeaderValue,
}

impl Origin {
    /// The origin of a URL, and the path and query that follow it (`/` when there is none).
    pub fn of_url(url: &str) -> Result<(Self, String), OriginError> {
        let uri: Uri = url.parse().map_err(|_| OriginError::Malformed)?;
        let tls = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => true,
            Some(scheme) if *scheme == Scheme::HTTP => false,
            Some(_) => return Err(OriginError::Scheme),
            None => return Err(OriginError::Malformed),
        };
        let authority = uri.authority().ok_or(OriginError::Malformed)?;
        if authority.as_str().contains('@') {
            return Err(OriginError::UserInfo);
        }
        let host = authority
            .host()
            .trim_start_matches('[')
            .trim_end_matches(']')
            .to_ascii_lowercase();
        if host.is_empty() {
            return Err(OriginError::Malformed);
        }
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let host_header = HeaderValue::from_str(&authority.as_str().to_ascii_lowercase())
            .map_err(|_| OriginError::Malformed)?;
        let path = uri
            .path_and_query()
            .map_or_else(|| "/".to_owned(), |path| path.as_str().to_owned());
        Ok((
            Self {
                tls,
                host: host.into(),
                port,
                host_header,
            },
            path,
        ))
    }

    /// The host, in lower case, without brackets.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether it is spoken to over TLS.
    pub fn is_tls(&self) -> bool {
        self.tls
    }

    /// Whether the host is written as this machine's own: `localhost` or a loopback address.
    pub fn is_loopback(&self) -> bool {
        &*self.host == "localhost"
            || self
                .host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback())
    }

    /// Whether the other is the same server: scheme, host and port.
    pub fn is_same(&self, other: &Self) -> bool {
        self.tls == other.tls && self.host == other.host && self.port == other.port
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, port) = if self.tls {
            ("https", 443)
        } else {
            ("http", 80)
        };
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]", self.host)?;
        } else {
            write!(f, "{scheme}://{}", self.host)?;
        }
        if self.port == port {
            Ok(())
        } else {
            write!(f, ":{}", self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_read_with_its_path() {
        let (origin, path) = Origin::of_url("https://API.twilio.com/a?b=1").unwrap();
        assert_eq!(origin.to_string(), "https://api.twilio.com");
        assert_eq!(path, "/a?b=1");
        let (origin, path) = Origin::of_url("http://[::1]:8090").unwrap();
        assert!(origin.is_loopback());
        assert_eq!(origin.to_string(), "http://[::1]:8090");
        assert_eq!(path, "/");
    }

    #[test]
    fn what_is_no_origin_is_refused() {
        assert_eq!(Origin::of_url("/a").unwrap_err(), OriginError::Malformed);
        assert_eq!(
            Origin::of_url("ftp://a.example/").unwrap_err(),
            OriginError::Scheme
        );
        assert_eq!(
            Origin::of_url("https://u:p@a.example/").unwrap_err(),
            OriginError::UserInfo
        );
    }
}
