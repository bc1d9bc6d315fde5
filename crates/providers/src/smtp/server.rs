//! Which mail server, and how it is reached: encrypted, except on this machine.

use std::str::FromStr;
use std::time::Duration;

use domain::Secret;
use lettre::message::Mailbox;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use super::SmtpError;

/// How a connection becomes private.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Privacy {
    /// TLS from the first byte (RFC 8314).
    FromTheStart,
    /// STARTTLS, and nothing without it.
    Upgraded,
    /// None: the server is this machine.
    None,
}

/// A mail server and the address letters come from.
#[derive(Clone, Debug)]
pub struct Server {
    host: Box<str>,
    port: u16,
    privacy: Privacy,
    login: Option<(Box<str>, Secret)>,
    from: Mailbox,
}

/// Why a server cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServerError {
    /// The URL.
    #[error("it is not `smtps://user:password@host:port` or `smtp://…`")]
    Url,
    /// The sender.
    #[error("it is not an e-mail address such as `Coach <coach@example.com>`")]
    From,
}

impl Server {
    /// From `smtps://user:password@host:465` (TLS from the start) or `smtp://user:password@host:587`
    /// (STARTTLS; plain only to this machine). User and password are percent-encoded.
    pub fn new(url: &Secret, from: &str) -> Result<Self, ServerError> {
        let from = Mailbox::from_str(from).map_err(|_| ServerError::From)?;
        let (scheme, rest) = url
            .expose()
            .trim_end_matches('/')
            .split_once("://")
            .ok_or(ServerError::Url)?;
        let (login, place) = match rest.rsplit_once('@') {
            Some((login, place)) => (Some(login), place),
            None => (None, rest),
        };
        let authority: http::uri::Authority = place.parse().map_err(|_| ServerError::Url)?;
        let host = authority.host().trim_matches(['[', ']']);
        if host.is_empty() || place.contains(['/', '?', '#']) {
            return Err(ServerError::Url);
        }
        let here = host == "localhost"
            || host
                .parse::<std::net::IpAddr>()
                .is_ok_and(|ip| ip.is_loopback());
        let (privacy, port) = match scheme {
            "smtps" => (Privacy::FromTheStart, 465),
            "smtp" if here => (Privacy::None, 25),
            "smtp" => (Privacy::Upgraded, 587),
            _ => return Err(ServerError::Url),
        };
        Ok(Self {
            host: host.into(),
            port: authority.port_u16().unwrap_or(port),
            privacy,
            login: login.map(read_login).transpose()?,
            from,
        })
    }

    /// Whom letters come from.
    pub fn from(&self) -> &Mailbox {
        &self.from
    }

    /// A connection that is private and let in.
    pub(super) async fn connect(
        &self,
        deadline: Duration,
    ) -> Result<AsyncSmtpConnection, SmtpError> {
        let hello = ClientId::Domain(self.from.email.domain().to_owned());
        let tls = || TlsParameters::new_rustls((*self.host).to_owned());
        let at_once = match self.privacy {
            Privacy::FromTheStart => Some(tls()?),
            Privacy::Upgraded | Privacy::None => None,
        };
        let place = (&*self.host, self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(place, Some(deadline), &hello, at_once, None)
                .await?;
        if self.privacy == Privacy::Upgraded {
            connection.starttls(tls()?, &hello).await?;
        }
        if let Some((user, password)) = &self.login {
            let login = Credentials::new((**user).to_owned(), password.expose().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &login).await?;
        }
        Ok(connection)
    }
}

fn read_login(text: &str) -> Result<(Box<str>, Secret), ServerError> {
    let (user, password) = text.split_once(':').ok_or(ServerError::Url)?;
    let plain = |text: &str| percent_decoded(text).ok_or(ServerError::Url);
    Ok((plain(user)?.into(), Secret::new(plain(password)?)))
}

/// `%40` is `@`; a `+` is itself, other than in a form.
fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        if *first == b'%' {
            let hex = std::str::from_utf8(after.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(hex, 16).ok()?);
            rest = after.get(2..)?;
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Result<Server, ServerError> {
        Server::new(&Secret::new(url.to_owned()), "Coach <coach@example.com>")
    }

    #[test]
    fn the_way_to_a_server_is_private_unless_it_is_this_machine() {
        let of = |url: &str| {
            let server = server(url).unwrap();
            (server.privacy, server.port, server.host.to_string())
        };
        assert_eq!(
            of("smtps://u:p@mail.example"),
            (Privacy::FromTheStart, 465, "mail.example".into())
        );
        assert_eq!(
            of("smtp://mail.example:2525/"),
            (Privacy::Upgraded, 2525, "mail.example".into())
        );
        assert_eq!(
            of("smtp://127.0.0.1:1025"),
            (Privacy::None, 1025, "127.0.0.1".into())
        );
        assert_eq!(of("smtp://[::1]"), (Privacy::None, 25, "::1".into()));
    }

    #[test]
    fn a_password_may_hold_anything_and_is_not_shown() {
        let server = server("smtps://coach%40x:p%3A%2F%25+@mail.example").unwrap();
        let (user, password) = server.login.as_ref().unwrap();
        assert_eq!((&**user, password.expose()), ("coach@x", "p:/%+"));
        assert!(!format!("{server:?}").contains("p:/"));
    }

    #[test]
    fn what_is_no_mail_server_is_refused() {
        for url in [
            "",
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://user@mail.example",
            "smtp://mail.example/box",
            "smtp://u:%zz@mail.example",
        ] {
            assert_eq!(server(url).unwrap_err(), ServerError::Url, "{url}");
        }
        let url = Secret::new("smtp://localhost".to_owned());
        assert_eq!(Server::new(&url, "coach").unwrap_err(), ServerError::From);
    }
}
