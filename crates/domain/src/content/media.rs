//! Pictures, sounds, videos and documents, and what each channel takes of them.
//!
//! The limits are Twilio's, facts/twilio.md 1.3. Nothing is fetched here: a type comes from what the
//! caller declares or from the address, a size only from what the caller declares. What is unknown
//! is not held against a medium; the provider says so when it looks.

use super::{ContentError, MediaUrl};
use crate::channel::{Channel, words};

words! {
    /// What a medium is to the person who gets it.
    MediaKind {
        /// A picture.
        Image = "image",
        /// A sound or voice note.
        Audio = "audio",
        /// A film.
        Video = "video",
        /// A file to open.
        Document = "document",
    }
}

/// MIME type, endings of addresses, kind, and whether WhatsApp and MMS take it at its full size.
type KnownType = (&'static str, &'static [&'static str], MediaKind, bool, bool);

/// Known types: MIME type, endings of addresses, kind, and whether WhatsApp and MMS take them at
/// their full size (facts/twilio.md 1.3).
const TYPES: &[KnownType] = &[
    ("image/jpeg", &["jpg", "jpeg"], MediaKind::Image, true, true),
    ("image/png", &["png"], MediaKind::Image, true, true),
    ("image/webp", &["webp"], MediaKind::Image, true, false),
    ("image/gif", &["gif"], MediaKind::Image, false, true),
    (
        "audio/ogg",
        &["ogg", "oga", "opus"],
        MediaKind::Audio,
        true,
        false,
    ),
    ("audio/amr", &["amr"], MediaKind::Audio, true, false),
    ("audio/3gpp", &[], MediaKind::Audio, true, false),
    ("audio/aac", &["aac"], MediaKind::Audio, true, false),
    ("audio/mpeg", &["mp3"], MediaKind::Audio, true, false),
    ("video/mp4", &["mp4"], MediaKind::Video, true, false),
    (
        "application/pdf",
        &["pdf"],
        MediaKind::Document,
        true,
        false,
    ),
    (
        "application/msword",
        &["doc"],
        MediaKind::Document,
        true,
        false,
    ),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        &["docx"],
        MediaKind::Document,
        true,
        false,
    ),
    (
        "application/vnd.ms-excel",
        &["xls"],
        MediaKind::Document,
        true,
        false,
    ),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        &["xlsx"],
        MediaKind::Document,
        true,
        false,
    ),
    (
        "application/vnd.ms-powerpoint",
        &["ppt"],
        MediaKind::Document,
        true,
        false,
    ),
    (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        &["pptx"],
        MediaKind::Document,
        true,
        false,
    ),
];

/// The largest picture on either channel.
pub const IMAGE_BYTES_MAX: u64 = 5 * 1024 * 1024;

/// The largest of anything, which is WhatsApp's limit by Twilio.
pub const MEDIA_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The largest MMS medium that is not a JPEG, PNG or GIF.
pub const MMS_OTHER_BYTES_MAX: u64 = 500 * 1024;

/// One medium of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Media {
    url: MediaUrl,
    content_type: Option<Box<str>>,
    kind: Option<MediaKind>,
    bytes: Option<u64>,
}

impl Media {
    /// Checks what the caller declares of it: a kind that contradicts the type is refused, and so is
    /// a size that no channel carries.
    pub fn declared(
        url: MediaUrl,
        kind: Option<MediaKind>,
        content_type: Option<&str>,
        bytes: Option<u64>,
    ) -> Result<Self, ContentError> {
        let content_type = content_type.map(str::to_ascii_lowercase);
        if let Some(mime) = &content_type
            && kind_of_type(mime).is_none()
        {
            return Err(ContentError::MediaType);
        }
        let known = content_type.as_deref().and_then(kind_of_type);
        if let (Some(kind), Some(known)) = (kind, known)
            && kind != known
        {
            return Err(ContentError::MediaKind { kind, known });
        }
        let kind = kind.or(known).or_else(|| kind_of_url(url.as_str()));
        let most = if kind == Some(MediaKind::Image) {
            IMAGE_BYTES_MAX
        } else {
            MEDIA_BYTES_MAX
        };
        if let Some(found) = bytes.filter(|bytes| *bytes > most || *bytes == 0) {
            return Err(ContentError::MediaBytes { most, found });
        }
        Ok(Self {
            url,
            content_type: content_type.map(Into::into),
            kind,
            bytes,
        })
    }

    /// Its address.
    pub fn url(&self) -> &MediaUrl {
        &self.url
    }

    /// Its kind, where it is known.
    pub fn kind(&self) -> Option<MediaKind> {
        self.kind
    }

    /// The type the caller declared.
    pub fn content_type(&self) -> Option<&str> {
        self.content_type.as_deref()
    }

    /// The size the caller declared.
    pub fn bytes(&self) -> Option<u64> {
        self.bytes
    }

    /// Whether the caller said more of it than its address.
    pub fn is_declared(&self) -> bool {
        self.content_type.is_some()
            || self.bytes.is_some()
            || self.kind != kind_of_url(self.url.as_str())
    }

    /// Whether a channel shows it as what it is. Where it does not, a link to it is sent instead.
    pub fn fits(&self, channel: Channel) -> bool {
        let by_type = self
            .content_type
            .as_deref()
            .and_then(|mime| TYPES.iter().find(|(name, ..)| *name == mime))
            .or_else(|| type_of_url(self.url.as_str()));
        let over = |most: u64| self.bytes.is_some_and(|bytes| bytes > most);
        match channel {
            // Size was judged when it was declared: WhatsApp's limits are the widest.
            Channel::Whatsapp => by_type.is_none_or(|(.., whatsapp, _)| *whatsapp),
            Channel::Sms => {
                let full_size = by_type.is_none_or(|(.., mms)| *mms);
                !over(if full_size {
                    IMAGE_BYTES_MAX
                } else {
                    MMS_OTHER_BYTES_MAX
                })
            }
            Channel::Email | Channel::Web => true,
        }
    }
}

impl From<MediaUrl> for Media {
    fn from(url: MediaUrl) -> Self {
        Self {
            kind: kind_of_url(url.as_str()),
            url,
            content_type: None,
            bytes: None,
        }
    }
}

fn type_of_url(url: &str) -> Option<&'static KnownType> {
    let path = url.split(['?', '#']).next()?;
    let (_, ending) = path.rsplit('/').next()?.rsplit_once('.')?;
    TYPES.iter().find(|(_, endings, ..)| {
        endings
            .iter()
            .any(|known| known.eq_ignore_ascii_case(ending))
    })
}

fn kind_of_url(url: &str) -> Option<MediaKind> {
    type_of_url(url).map(|(_, _, kind, ..)| *kind)
}

fn kind_of_type(mime: &str) -> Option<MediaKind> {
    TYPES
        .iter()
        .find(|(name, ..)| *name == mime)
        .map(|(_, _, kind, ..)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(url: &str, mime: Option<&str>, bytes: Option<u64>) -> Result<Media, ContentError> {
        Media::declared(url.parse()?, None, mime, bytes)
    }

    #[test]
    fn the_kind_comes_from_what_is_declared_or_from_the_address() {
        for (url, mime, kind) in [
            (
                "https://a.example/squat.JPG?v=1",
                None,
                Some(MediaKind::Image),
            ),
            (
                "https://a.example/plan.pdf#p2",
                None,
                Some(MediaKind::Document),
            ),
            (
                "https://a.example/v/9",
                Some("video/mp4"),
                Some(MediaKind::Video),
            ),
            (
                "https://a.example/v/9",
                Some("Audio/OGG"),
                Some(MediaKind::Audio),
            ),
            ("https://a.example/v/9", None, None),
        ] {
            assert_eq!(
                media(url, mime, None).unwrap().kind(),
                kind,
                "{url} {mime:?}"
            );
        }
        let url: MediaUrl = "https://a.example/x".parse().unwrap();
        assert_eq!(
            Media::declared(url, Some(MediaKind::Image), Some("video/mp4"), None),
            Err(ContentError::MediaKind {
                kind: MediaKind::Image,
                known: MediaKind::Video
            })
        );
    }

    #[test]
    fn what_no_channel_carries_is_refused_and_what_one_does_not_is_a_link_there() {
        let mega = 1024 * 1024;
        assert!(media("https://a.example/a.png", None, Some(6 * mega)).is_err());
        assert!(media("https://a.example/a.mp4", None, Some(17 * mega)).is_err());
        assert!(media("https://a.example/a", Some("text/x-odd"), None).is_err());
        for (url, bytes, whatsapp, mms) in [
            ("https://a.example/a.png", Some(4 * mega), true, true),
            ("https://a.example/a.gif", Some(mega), false, true),
            ("https://a.example/a.mp4", Some(8 * mega), true, false),
            ("https://a.example/a.mp4", Some(100_000), true, true),
            ("https://a.example/unknown", None, true, true),
        ] {
            let media = media(url, None, bytes).unwrap();
            assert_eq!(
                (media.fits(Channel::Whatsapp), media.fits(Channel::Sms)),
                (whatsapp, mms),
                "{url} {bytes:?}"
            );
        }
    }
}
