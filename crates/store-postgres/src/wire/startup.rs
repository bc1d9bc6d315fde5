//! The beginning of a connection: to which of the hosts, encrypted or not, who we are, and that we are.

use std::io::ErrorKind;
use std::net::TcpStream;

use postgres_protocol::authentication::md5_hash;
use postgres_protocol::authentication::sasl::{ChannelBinding, SCRAM_SHA_256, ScramSha256};
use postgres_protocol::message::backend::Message;
use postgres_protocol::message::frontend;
use store::StoreError;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use super::socket::Socket;
use super::{Patience, Wire, garbled, is_a_pause, next_of, unasked};
use crate::fault::{Done, Fault, Refusal};
use crate::session::Address;

impl Wire {
    /// Connects to the first of the hosts of an address that is what it asks for. Each has its part of the time, until
    /// it is ready: one that takes connections and says nothing keeps nobody from the next, either.
    pub(crate) fn connect(address: &Address, patience: &Patience<'_>) -> Done<Self> {
        let hosts = address.config().get_hosts();
        let mut last = Fault::Lost;
        for (at, host) in hosts.iter().enumerate() {
            let part = patience.part(hosts.len() - at);
            match Self::connect_to(address, at, host, address.port(at), &part) {
                Ok(wire) => return Ok(wire),
                Err(fault) => last = fault,
            }
            patience.check()?;
        }
        Err(last)
    }

    fn connect_to(
        address: &Address,
        at: usize,
        host: &Host,
        port: u16,
        patience: &Patience<'_>,
    ) -> Done<Self> {
        let config = address.config();
        let socket = match host {
            Host::Unix(directory) => Socket::unix(directory, port)?,
            Host::Tcp(name) => {
                let number = config.get_hostaddrs().get(at).map(ToString::to_string);
                let place = number.as_ref().unwrap_or(name);
                let mut tcp = Socket::tcp(place, port, config, patience)?;
                if config.get_ssl_mode() == SslMode::Disable {
                    Socket::Tcp(tcp)
                } else {
                    ask_for_tls(&mut tcp, patience)?;
                    Socket::encrypt(tcp, name, address.tls(), patience)?
                }
            }
        };
        let mut wire = Self::on(socket);
        wire.introduce(config, patience)?;
        wire.check_kind(config.get_target_session_attrs(), patience)?;
        Ok(wire)
    }

    /// Says who we are, proves it, and waits until the server is ready.
    fn introduce(&mut self, config: &Config, patience: &Patience<'_>) -> Done<()> {
        let user = config.get_user().unwrap_or_default();
        let known = [
            ("user", Some(user)),
            ("database", config.get_dbname()),
            ("options", config.get_options()),
            ("application_name", config.get_application_name()),
            ("client_encoding", Some("UTF8")),
        ];
        let said = known
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        frontend::startup_message(said, self.out()).map_err(garbled)?;
        self.say(patience)?;
        let mut scram = None;
        loop {
            match self.hear(patience)? {
                Message::AuthenticationCleartextPassword => {
                    frontend::password_message(password(config)?, self.out()).map_err(garbled)?;
                }
                Message::AuthenticationMd5Password(body) => {
                    let hash = md5_hash(user.as_bytes(), password(config)?, body.salt());
                    frontend::password_message(hash.as_bytes(), self.out()).map_err(garbled)?;
                }
                Message::AuthenticationSasl(body) => {
                    let mut offered = body.mechanisms();
                    while let Some(mechanism) = next_of(&mut offered)? {
                        if mechanism == SCRAM_SHA_256 {
                            // The certificate was checked in full already.
                            let binding = ChannelBinding::unsupported();
                            let first = ScramSha256::new(password(config)?, binding);
                            let said = first.message();
                            frontend::sasl_initial_response(mechanism, said, self.out())
                                .map_err(garbled)?;
                            scram = Some(first);
                        }
                    }
                    if scram.is_none() {
                        return Err(unknown_proof());
                    }
                }
                Message::AuthenticationSaslContinue(body) => {
                    let going = scram.as_mut().ok_or_else(unknown_proof)?;
                    going.update(body.data()).map_err(garbled)?;
                    frontend::sasl_response(going.message(), self.out()).map_err(garbled)?;
                }
                Message::AuthenticationSaslFinal(body) => {
                    let going = scram.as_mut().ok_or_else(unknown_proof)?;
                    going.finish(body.data()).map_err(garbled)?;
                }
                Message::AuthenticationOk | Message::BackendKeyData(_) => {}
                Message::AuthenticationGss
                | Message::AuthenticationKerberosV5
                | Message::AuthenticationScmCredential
                | Message::AuthenticationSspi => return Err(unknown_proof()),
                Message::ErrorResponse(body) => {
                    return Err(Fault::Refused(Refusal::read(&body)?));
                }
                Message::ReadyForQuery(_) => return Ok(()),
                other => unasked(&other)?,
            }
            self.say(patience)?;
        }
    }

    /// Whether the server is one that writes, or one that only reads, where that is asked for.
    fn check_kind(&mut self, wanted: TargetSessionAttrs, patience: &Patience<'_>) -> Done<()> {
        let read_only = match wanted {
            TargetSessionAttrs::ReadWrite => "off",
            TargetSessionAttrs::ReadOnly => "on",
            _ => return Ok(()),
        };
        let answers = self
            .batch("SHOW transaction_read_only", patience)?
            .map_err(Fault::Refused)?;
        let mut said = answers.iter().flat_map(|answer| &answer.rows);
        let is = said.next().map(|row| {
            // A text of one column: its length, and itself.
            row.buffer().get(4..).unwrap_or_default()
        });
        if is == Some(read_only.as_bytes()) {
            return Ok(());
        }
        Err(StoreError::Unavailable(
            "none of the hosts is the kind that target_session_attrs asks for".into(),
        )
        .into())
    }
}

/// Asks the server to talk over TLS.
fn ask_for_tls(tcp: &mut TcpStream, patience: &Patience<'_>) -> Done<()> {
    use std::io::{Read as _, Write as _};

    let mut question = bytes::BytesMut::new();
    frontend::ssl_request(&mut question);
    // Of eight bytes a fresh socket takes all or none.
    tcp.write_all(&question).map_err(|_| Fault::Lost)?;
    let mut answer = [0];
    loop {
        match tcp.read_exact(&mut answer) {
            Ok(()) if answer == *b"S" => return Ok(()),
            Ok(()) => {
                return Err(StoreError::Unavailable(
                    "this PostgreSQL does not talk over TLS, which the address asks for".into(),
                )
                .into());
            }
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(Fault::Lost),
            Err(error) if is_a_pause(&error) => patience.check()?,
            Err(_) => return Err(Fault::Lost),
        }
    }
}

fn password(config: &Config) -> Done<&[u8]> {
    let none = || {
        StoreError::Unavailable(
            "PostgreSQL wants a password, and there is none in its address".into(),
        )
    };
    Ok(config.get_password().ok_or_else(none)?)
}

fn unknown_proof() -> Fault {
    StoreError::Unavailable(
        "PostgreSQL wants to know who we are in a way that is not spoken here; use a password (scram-sha-256)".into(),
    )
    .into()
}
