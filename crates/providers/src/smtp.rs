//! E-mail by a mail server of the operator's (SMTP, RFC 5321).
//!
//! One connection for each message, which is neither kept nor used again: what came before the last line of the
//! message is certainly not sent, what came after it and was not answered is unknown (GUARANTEES 2.3). No mail
//! server can be asked later, so nothing is ever heard beyond its own yes.

mod letter;
mod server;

use std::time::Duration;

use domain::{DeliveryStatus, ErrorClass, ProviderAnswer, ProviderError};
use futures_util::future::{BoxFuture, FutureExt};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::response::{Code, Severity};
use tokio::time::{Instant, timeout_at};

pub use server::{Server, ServerError};

use crate::provider::{FetchError, Provider};
use crate::remote::{ListQuery, Media, Page, RemoteMessage};
use crate::request::SendRequest;
use crate::shape::Shape;
use crate::webhook::InboundMedia;
use letter::Letter;

type SmtpError = lettre::transport::smtp::Error;

/// How long a server that has said yes is waited for to say goodbye.
const GOODBYE: Duration = Duration::from_millis(200);

/// A mail server, and what every letter holds.
#[derive(Debug)]
pub struct Smtp {
    server: Server,
    unsubscribe: Box<str>,
    deadline: Duration,
}

impl Smtp {
    /// `unsubscribe` is the address at which a person ends this, without the message's id at its end.
    pub fn new(server: Server, unsubscribe: &str, deadline: Duration) -> Self {
        Self {
            server,
            unsubscribe: unsubscribe.into(),
            deadline,
        }
    }

    async fn hand_over(&self, request: &SendRequest) -> ProviderAnswer {
        let by = Instant::now() + self.deadline;
        let letter = match Letter::new(request, self.server.from(), &self.unsubscribe) {
            Ok(letter) => letter,
            Err(why) => return refused(None, ErrorClass::Permanent, &why),
        };
        let mut connection = match timeout_at(by, self.open(&letter)).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(answer)) => return *answer,
            Err(_) => return not_started("the mail server did not get ready in time"),
        };
        if !request.may_start.now() {
            return not_started("its time to start was over");
        }
        let answer = match timeout_at(by, connection.message(&letter.bytes)).await {
            Err(_) => ProviderAnswer::NoAnswer {
                why: "the mail server did not answer in time".into(),
            },
            Ok(Ok(_)) => ProviderAnswer::Accepted {
                provider_message_id: letter.id.into(),
                status: DeliveryStatus::Sent,
                error: None,
                segments: None,
            },
            Ok(Err(error)) => match error.status() {
                Some(code) => said_no(code, ErrorClass::Permanent),
                None => ProviderAnswer::NoAnswer {
                    why: "the connection to the mail server broke".into(),
                },
            },
        };
        // A courtesy: the answer stands.
        drop(tokio::time::timeout(GOODBYE, connection.quit()).await);
        answer
    }

    /// Everything before the message itself.
    async fn open(&self, letter: &Letter) -> Result<AsyncSmtpConnection, Box<ProviderAnswer>> {
        let at = |class| move |error: SmtpError| Box::new(before(&error, class));
        let mut connection = self
            .server
            .connect(self.deadline)
            .await
            .map_err(at(ErrorClass::SenderProblem))?;
        let from = Mail::new(Some(letter.from.clone()), Vec::new());
        connection
            .command(from)
            .await
            .map_err(at(ErrorClass::SenderProblem))?;
        let to = Rcpt::new(letter.to.clone(), Vec::new());
        connection
            .command(to)
            .await
            .map_err(at(ErrorClass::InvalidNumber))?;
        connection
            .command(Data)
            .await
            .map_err(at(ErrorClass::Permanent))?;
        Ok(connection)
    }
}

/// Nothing of the message was sent yet.
fn before(error: &SmtpError, class: ErrorClass) -> ProviderAnswer {
    match error.status() {
        Some(code) => said_no(code, class),
        None if error.is_tls() => not_started("the mail server's certificate is not to be trusted"),
        None => not_started("the mail server could not be reached"),
    }
}

/// A reply of the server: 4yz may be tried again, 5yz not (RFC 5321, 4.2.1).
fn said_no(code: Code, for_good: ErrorClass) -> ProviderAnswer {
    let number = u32::from(u16::from(code));
    let class = match code.severity {
        Severity::TransientNegativeCompletion => ErrorClass::Transient,
        Severity::PositiveCompletion
        | Severity::PositiveIntermediate
        | Severity::PermanentNegativeCompletion => for_good,
    };
    let meaning = match class {
        ErrorClass::Transient => "the mail server cannot take it now",
        ErrorClass::SenderProblem => "the mail server does not let us in",
        ErrorClass::InvalidNumber => "the mail server knows no such address",
        _ => "the mail server does not take it",
    };
    refused(Some(number), class, meaning)
}

fn refused(code: Option<u32>, class: ErrorClass, meaning: &str) -> ProviderAnswer {
    ProviderAnswer::Refused {
        error: ProviderError {
            code,
            class,
            meaning: meaning.into(),
        },
        retry_after: None,
    }
}

fn not_started(why: &str) -> ProviderAnswer {
    ProviderAnswer::NotStarted { why: why.into() }
}

impl Provider for Smtp {
    fn name(&self) -> &'static str {
        "smtp"
    }

    fn send(&self, request: SendRequest) -> BoxFuture<'_, ProviderAnswer> {
        async move { self.hand_over(&request).await }.boxed()
    }

    fn fetch<'a>(
        &'a self,
        _provider_message_id: &'a str,
    ) -> BoxFuture<'a, Result<Option<RemoteMessage>, FetchError>> {
        async { Ok(None) }.boxed()
    }

    fn keeps_a_list(&self) -> bool {
        false
    }

    fn list(&self, _query: ListQuery) -> BoxFuture<'_, Result<Page<RemoteMessage>, FetchError>> {
        async {
            Ok(Page {
                items: Vec::new(),
                next: None,
            })
        }
        .boxed()
    }

    fn media_of<'a>(
        &'a self,
        _provider_message_id: &'a str,
    ) -> BoxFuture<'a, Result<Vec<InboundMedia>, FetchError>> {
        async { Ok(Vec::new()) }.boxed()
    }

    fn delete<'a>(
        &'a self,
        _provider_message_id: &'a str,
    ) -> BoxFuture<'a, Result<(), FetchError>> {
        async { Ok(()) }.boxed()
    }

    fn prepare<'a>(&'a self, shape: &'a Shape) -> BoxFuture<'a, Result<Box<str>, FetchError>> {
        async move { Ok(shape.name().into()) }.boxed()
    }

    fn fetch_media<'a>(&'a self, _url: &'a str) -> BoxFuture<'a, Result<Media, FetchError>> {
        async {
            Err(FetchError::NotAllowed {
                why: "a mail server keeps no media".into(),
            })
        }
        .boxed()
    }
}
