//! How the parts of a content that are more than words stand in a column: one form for both stores,
//! so that a database can be copied from one to the other as it is.
//!
//! A text alone has none of them: its columns are NULL, and nothing is written or parsed for it.

use domain::content::{Choice, Choices, Contact, Link, Location, Media, MediaKind, Rich};
use domain::{Content, MediaUrl};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The column `media` of an outbound message: a list of addresses, or of `[address, type, kind,
/// bytes]` where the caller declared more than the address. `None` where there is none.
pub fn media_json(content: &Content) -> Option<String> {
    let media = content.media();
    if media.is_empty() {
        return None;
    }
    let rows = media.iter().map(|one| {
        let url = one.url().as_str();
        if one.is_declared() {
            serde_json::json!([
                url,
                one.content_type(),
                one.kind().map(MediaKind::as_str),
                one.bytes()
            ])
        } else {
            url.into()
        }
    });
    Some(Value::Array(rows.collect()).to_string())
}

/// The media of that column; `None` when it holds something else.
pub fn media_of(json: &str) -> Option<Vec<Media>> {
    let rows: Vec<Value> = serde_json::from_str(json).ok()?;
    rows.iter()
        .map(|row| match row {
            Value::String(url) => Some(url.parse::<MediaUrl>().ok()?.into()),
            Value::Array(_) => {
                let word = |at: usize| row.get(at).and_then(Value::as_str);
                let kind = match word(2) {
                    Some(word) => Some(word.parse().ok()?),
                    None => None,
                };
                let bytes = row.get(3).and_then(Value::as_u64);
                Media::declared(word(0)?.parse().ok()?, kind, word(1), bytes).ok()
            }
            _ => None,
        })
        .collect()
}

/// The column `blocks`: what there is to choose from, places, contacts and links. `None` where there
/// is none.
pub fn blocks_json(content: &Content) -> Option<String> {
    let rich = content.rich()?;
    // Texts and numbers only: it cannot fail.
    serde_json::to_string(&Blocks::from(rich)).ok()
}

/// What that column holds; `None` when it holds something else.
pub fn blocks_of(json: &str) -> Option<Rich> {
    serde_json::from_str::<Blocks>(json).ok()?.read()
}

/// Unknown fields are left alone: a newer program may have written them (docs/decisions/0012).
#[derive(Serialize, Deserialize)]
struct Blocks {
    #[serde(skip_serializing_if = "Option::is_none")]
    choices: Option<WireChoices>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    places: Vec<WirePlace>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    contacts: Vec<WireContact>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    links: Vec<WireLink>,
}

#[derive(Serialize, Deserialize)]
struct WireChoices {
    /// The button that opens a list; none for buttons.
    #[serde(skip_serializing_if = "Option::is_none")]
    list: Option<String>,
    all: Vec<WireChoice>,
}

#[derive(Serialize, Deserialize)]
struct WireChoice {
    id: String,
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct WirePlace {
    latitude: f64,
    longitude: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct WireContact {
    name: String,
    phone: String,
}

#[derive(Serialize, Deserialize)]
struct WireLink {
    label: String,
    url: String,
}

impl From<&Rich> for Blocks {
    fn from(rich: &Rich) -> Self {
        let owned = |text: Option<&str>| text.map(str::to_owned);
        Self {
            choices: rich.choices.as_ref().map(|choices| WireChoices {
                list: owned(choices.list_button()),
                all: choices
                    .all()
                    .iter()
                    .map(|choice| WireChoice {
                        id: choice.id().to_owned(),
                        title: choice.title().to_owned(),
                        description: owned(choice.description()),
                    })
                    .collect(),
            }),
            places: rich
                .places
                .iter()
                .map(|place| WirePlace {
                    latitude: place.latitude(),
                    longitude: place.longitude(),
                    label: owned(place.label()),
                    address: owned(place.address()),
                })
                .collect(),
            contacts: rich
                .contacts
                .iter()
                .map(|contact| WireContact {
                    name: contact.name().to_owned(),
                    phone: contact.phone().as_e164().to_owned(),
                })
                .collect(),
            links: rich
                .links
                .iter()
                .map(|link| WireLink {
                    label: link.label().to_owned(),
                    url: link.url().to_owned(),
                })
                .collect(),
        }
    }
}

impl Blocks {
    fn read(self) -> Option<Rich> {
        let choices = match self.choices {
            None => None,
            Some(WireChoices { list, all }) => Some(match list {
                None => Choices::buttons(
                    all.iter()
                        .map(|one| Choice::button(Some(&one.id), &one.title).ok())
                        .collect::<Option<_>>()?,
                )
                .ok()?,
                Some(button) => Choices::list(
                    &button,
                    all.iter()
                        .map(|one| {
                            Choice::row(Some(&one.id), &one.title, one.description.as_deref()).ok()
                        })
                        .collect::<Option<_>>()?,
                )
                .ok()?,
            }),
        };
        let places = self.places.iter().map(|place| {
            Location::new(
                place.latitude,
                place.longitude,
                place.label.as_deref(),
                place.address.as_deref(),
            )
            .ok()
        });
        let contacts = self
            .contacts
            .iter()
            .map(|contact| Contact::new(&contact.name, contact.phone.parse().ok()?).ok());
        let links = self
            .links
            .iter()
            .map(|link| Link::new(&link.label, &link.url).ok());
        Some(Rich {
            choices,
            places: places.collect::<Option<_>>()?,
            contacts: contacts.collect::<Option<_>>()?,
            links: links.collect::<Option<_>>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content() -> Content {
        let media = |url: &str, kind, mime, bytes| {
            Media::declared(url.parse().unwrap(), kind, mime, bytes).unwrap()
        };
        let rows = ["Legs", "Arms"].map(|title| Choice::row(None, title, Some("20 min")).unwrap());
        Content::of(
            "Choose".into(),
            vec![
                media("https://a.example/1.png", None, None, None),
                media(
                    "https://a.example/2",
                    None,
                    Some("video/mp4"),
                    Some(9_000_000),
                ),
                media("https://a.example/3", Some(MediaKind::Audio), None, None),
            ],
            None,
            Rich {
                choices: Some(Choices::list("Open", rows.into()).unwrap()),
                places: vec![Location::new(-23.550_52, -46.633_308, Some("Gym"), None).unwrap()],
                contacts: vec![Contact::new("Ana", "+5511987654321".parse().unwrap()).unwrap()],
                links: vec![Link::new("Book", "https://a.example/book").unwrap()],
            },
        )
        .unwrap()
    }

    #[test]
    fn what_was_written_is_read_back() {
        let content = content();
        let media = media_of(&media_json(&content).unwrap()).unwrap();
        assert_eq!(media, content.media());
        let rich = blocks_of(&blocks_json(&content).unwrap()).unwrap();
        assert_eq!(Some(&rich), content.rich());
    }

    #[test]
    fn a_plain_text_has_no_columns_of_its_own() {
        let plain = Content::text_only("Hi").unwrap();
        assert_eq!((media_json(&plain), blocks_json(&plain)), (None, None));
    }

    #[test]
    fn what_no_program_of_ours_wrote_is_not_guessed_at() {
        for json in [
            "",
            "[]",
            r#"{"choices":{"all":[]}}"#,
            r#"{"places":[{"latitude":91,"longitude":0}]}"#,
        ] {
            assert_eq!(blocks_of(json), None, "{json}");
        }
        // A newer program may say more than this one knows.
        assert_eq!(blocks_of(r#"{"carousel":[1]}"#), Some(Rich::default()));
    }
}
