//! Who carries our messages: Twilio, a mail server, our own page, and a local provider; who takes payments: Stripe;
//! language models; and a collector of traces.
//!
//! A provider is asked for five things: carry one message, say what became of it, list messages,
//! fetch a medium, get ready to show choices. What it calls us with is parsed under its own name, after its signature was
//! verified. Nothing here judges or stores: the verdict on an answer (GUARANTEES 2.3) is data.

pub mod http;
pub mod local;
pub mod openai;
pub mod otlp;
pub mod provider;
pub mod remote;
pub mod request;
pub mod shape;
pub mod smtp;
pub mod standard_webhooks;
pub mod standing;
pub mod stripe;
pub mod templates;
pub mod twilio;
pub mod web_chat;
pub mod webhook;

pub use local::Local;
pub use openai::OpenAi;
pub use provider::{FetchError, Provider};
pub use remote::{Cursor, ListQuery, Media, Page, RemoteMessage};
pub use request::{Form, Lettering, MayStart, SendRequest, StatusCallback};
pub use shape::Shape;
pub use smtp::Smtp;
pub use standing::SenderHost;
pub use stripe::Stripe;
pub use templates::TemplateHost;
pub use twilio::Twilio;
pub use web_chat::WebChat;
pub use webhook::{Inbound, InboundMedia, Parsed, Party, Receipt, ReceiptStatus};
