//! Whose account, and where Twilio is.

use domain::Secret;

use crate::http::{Limits, Origin, OriginError};

/// Where Twilio's main API lives.
pub(super) const API_URL: &str = "https://api.twilio.com";
/// Where templates live.
pub(super) const CONTENT_URL: &str = "https://content.twilio.com";
/// The messaging API.
pub(super) const MESSAGING_URL: &str = "https://messaging.twilio.com";

/// Hosts that Twilio's media addresses lead to. One that begins with a dot stands for every host
/// below it.
pub(super) const MEDIA_HOSTS: &[&str] = &[
    ".twiliocdn.com",
    "s3-external-1.amazonaws.com",
    "s3.amazonaws.com",
    ".s3.amazonaws.com",
];

/// Settings of the provider.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The account: `AC…`. It stands in every path, also with an API key.
    pub account_sid: Box<str>,
    /// Its auth token.
    pub auth_token: Secret,
    /// An API key (`SK…`) and its secret to sign in with instead of the token.
    pub api_key: Option<(Box<str>, Secret)>,
    /// One base URL that stands for all of Twilio's hosts: the sandbox, a proxy.
    pub api_url: Option<Box<str>>,
    /// Bounds of the connections, the deadline D among them.
    pub limits: Limits,
    /// Hosts that media may be fetched from besides the API itself.
    pub media_hosts: Vec<Box<str>>,
}

impl Settings {
    /// For an account, with defaults for the rest.
    pub fn new(account_sid: &str, auth_token: Secret) -> Self {
        Self {
            account_sid: account_sid.into(),
            auth_token,
            api_key: None,
            api_url: None,
            limits: Limits::default(),
            media_hosts: MEDIA_HOSTS.iter().copied().map(Box::from).collect(),
        }
    }
}

/// What is wrong with the settings.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SettingsError {
    /// Not an account.
    #[error("TWILIO_ACCOUNT_SID is `AC` and 32 more letters and digits")]
    AccountSid,
    /// No secret.
    #[error("TWILIO_AUTH_TOKEN is empty or holds something that is no token")]
    AuthToken,
    /// Not a base URL.
    #[error("TWILIO_API_URL is not usable: {0}")]
    ApiUrl(OriginError),
    /// More than scheme, host and port.
    #[error("TWILIO_API_URL has a path; give scheme, host and port only")]
    ApiPath,
}

/// The base URL's origin.
pub(super) fn origin(url: &str) -> Result<Origin, SettingsError> {
    let (origin, path) = Origin::of_url(url).map_err(SettingsError::ApiUrl)?;
    if path == "/" {
        Ok(origin)
    } else {
        Err(SettingsError::ApiPath)
    }
}
