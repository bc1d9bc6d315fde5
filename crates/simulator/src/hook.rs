//! A webhook's URL as it was configured: where the request goes, what is signed, and the overrides in its
//! fragment (facts/twilio.md 3.4).

use std::time::Duration;

use http::Uri;

/// Longest URL of a callback, in characters.
pub(crate) const URL_MAX: usize = 4_000;

/// A webhook's URL, taken apart.
#[derive(Debug)]
pub(crate) struct Hook {
    /// As it came, for whoever asks why a message was sent.
    pub(crate) given: Box<str>,
    /// Without fragment and user info: requested and signed.
    pub(crate) url: Box<str>,
    pub(crate) uri: Uri,
    /// `user:password`, when the URL has them.
    pub(crate) user_info: Option<Box<str>>,
    pub(crate) patience: Patience,
}

/// How long a webhook is waited for and when it is tried again.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the retry policy is a set of four independent words"
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Patience {
    pub(crate) connect: Duration,
    pub(crate) read: Duration,
    pub(crate) total: Duration,
    pub(crate) retries: u32,
    pub(crate) on_4xx: bool,
    pub(crate) on_5xx: bool,
    pub(crate) on_connect: bool,
    pub(crate) on_read: bool,
}

impl Patience {
    pub(crate) const DEFAULT: Self = Self {
        connect: Duration::from_secs(5),
        read: Duration::from_secs(15),
        total: Duration::from_secs(15),
        retries: 1,
        on_4xx: false,
        on_5xx: false,
        on_connect: true,
        on_read: false,
    };

    /// The overrides of a fragment; what is unknown or out of range is left as it was.
    fn from_fragment(fragment: &str) -> Self {
        let mut patience = Self::DEFAULT;
        for (key, value) in fragment.split('&').filter_map(|pair| pair.split_once('=')) {
            let millis = |low: u64, high: u64| {
                value
                    .parse()
                    .ok()
                    .filter(|ms| (low..=high).contains(ms))
                    .map(Duration::from_millis)
            };
            match key {
                "ct" => patience.connect = millis(100, 10_000).unwrap_or(patience.connect),
                "rt" => patience.read = millis(100, 15_000).unwrap_or(patience.read),
                "tt" => patience.total = millis(100, 15_000).unwrap_or(patience.total),
                "rc" => {
                    if let Some(count) = value.parse().ok().filter(|count| *count <= 5) {
                        patience.retries = count;
                    }
                }
                "rp" => {
                    let has = |word: &str| value.split(',').any(|w| w == word || w == "all");
                    patience.on_4xx = has("4xx");
                    patience.on_5xx = has("5xx");
                    patience.on_connect = has("ct");
                    patience.on_read = has("rt");
                }
                _ => {}
            }
        }
        patience
    }
}

impl Hook {
    /// Takes a URL apart; `None` when Twilio would refuse it: too long, not http or https, no host, or a
    /// host with an underscore.
    pub(crate) fn parse(given: &str) -> Option<Self> {
        if given.len() > URL_MAX {
            return None;
        }
        let (rest, fragment) = given.split_once('#').unwrap_or((given, ""));
        let (scheme, after) = rest.split_once("://")?;
        if !scheme.eq_ignore_ascii_case("http") && !scheme.eq_ignore_ascii_case("https") {
            return None;
        }
        let end = after.find(['/', '?']).unwrap_or(after.len());
        let (authority, path) = after.split_at_checked(end)?;
        let (user_info, host) = match authority.rsplit_once('@') {
            Some((user_info, host)) => (Some(user_info.into()), host),
            None => (None, authority),
        };
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        if name.is_empty() || name.contains('_') {
            return None;
        }
        let url: Box<str> = if user_info.is_some() {
            format!("{scheme}://{host}{path}").into()
        } else {
            rest.into()
        };
        let uri: Uri = url.parse().ok()?;
        uri.authority()?;
        Some(Self {
            given: given.into(),
            url,
            uri,
            user_info,
            patience: if fragment.is_empty() {
                Patience::DEFAULT
            } else {
                Patience::from_fragment(fragment)
            },
        })
    }

    /// A value of its query, percent-decoded.
    pub(crate) fn query_value(&self, name: &str) -> Option<String> {
        form_urlencoded::parse(self.uri.query()?.as_bytes())
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fragment_is_obeyed_and_not_requested() {
        let hook =
            Hook::parse("https://coach.example.com/status?m=123#rc=3&rp=5xx,ct&ct=3000&rt=99999")
                .unwrap();
        assert_eq!(&*hook.url, "https://coach.example.com/status?m=123");
        assert_eq!(hook.patience.retries, 3);
        assert!(hook.patience.on_5xx && hook.patience.on_connect && !hook.patience.on_read);
        assert_eq!(hook.patience.connect, Duration::from_secs(3));
        assert_eq!(hook.patience.read, Duration::from_secs(15));
        assert_eq!(hook.query_value("m").as_deref(), Some("123"));
    }

    #[test]
    fn user_info_becomes_a_header_and_is_not_signed() {
        let hook = Hook::parse("http://ana:pw@127.0.0.1:80/x").unwrap();
        assert_eq!(&*hook.url, "http://127.0.0.1:80/x");
        assert_eq!(hook.user_info.as_deref(), Some("ana:pw"));
    }

    #[test]
    fn what_twilio_refuses_is_refused() {
        for url in [
            "ftp://example.com/",
            "example.com/x",
            "http:///x",
            "http://my_host.example.com/",
            "http://exa mple.com/",
        ] {
            assert!(Hook::parse(url).is_none(), "{url}");
        }
        assert!(Hook::parse(&format!("http://example.com/{}", "a".repeat(4_000))).is_none());
    }
}
