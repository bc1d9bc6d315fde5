//! The pieces a message may be written in, each checked where it stands: what is refused is named by
//! its block and its limit.

use std::collections::BTreeMap;

use domain::content::{Choice, Choices, Contact, Link, Location, Rich, filled};
use domain::{Media, MediaKind, MediaUrl, TemplateUse, Text};
use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::problem::Faults;

/// The most blocks of one message.
pub(super) const BLOCKS_MAX: usize = 20;

/// A piece of a message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Block {
    /// A paragraph.
    Text {
        /// What it says. With `variables`, each `{{name}}` in it becomes its value.
        text: String,
        /// Values by name; every one must be used, and every `{{name}}` must have one.
        variables: Option<BTreeMap<String, String>>,
    },
    /// A picture, sound, film or document. A channel that does not show it gets a link to it.
    Media {
        /// Its address.
        url: String,
        /// `image`, `audio`, `video` or `document`; taken from the type or the address if missing.
        kind: Option<String>,
        /// Its MIME type, such as `video/mp4`.
        content_type: Option<String>,
        /// Its size: at most 5 MiB for images, 16 MiB for others.
        bytes: Option<u64>,
    },
    /// One to three buttons to answer with. Where there are none (SMS), the member answers by number
    /// or word, which is understood as the same.
    Buttons {
        /// The buttons.
        buttons: Vec<Button>,
    },
    /// One to ten rows to choose from, in a list that a button opens.
    List {
        /// The button that opens it, at most 20 characters.
        button: String,
        /// The rows.
        rows: Vec<Row>,
    },
    /// A place on the map.
    Location {
        /// Degrees north, -90 to 90.
        latitude: f64,
        /// Degrees east, -180 to 180.
        longitude: f64,
        /// What it is called, at most 100 characters.
        label: Option<String>,
        /// Where it is, at most 100 characters.
        address: Option<String>,
    },
    /// Somebody to call.
    Contact {
        /// Their name, at most 100 characters.
        name: String,
        /// Their number in E.164 form.
        phone: String,
    },
    /// A call to action: something to open.
    Link {
        /// What it does, at most 20 characters.
        label: String,
        /// An absolute http or https address.
        url: String,
    },
    /// A template.
    Template {
        /// Its name.
        name: String,
        /// Values of its variables.
        #[serde(default)]
        variables: BTreeMap<String, String>,
    },
}

/// A quick-reply button.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Button {
    /// What comes back when it is chosen, at most 200 characters; the title if missing. `start_workout`,
    /// `skip_today` and `reschedule` are done by the service itself.
    id: Option<String>,
    /// What it says, at most 20 characters.
    title: String,
}

/// A row of a list.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// What comes back when it is chosen, at most 200 characters; the title if missing.
    id: Option<String>,
    /// What it says, at most 24 characters.
    title: String,
    /// What stands below, at most 72 characters.
    description: Option<String>,
}

/// What the blocks of a message come to.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    pub(super) paragraphs: Vec<String>,
    pub(super) media: Vec<Media>,
    pub(super) template: Option<TemplateUse>,
    pub(super) rich: Rich,
}

impl Pieces {
    /// Takes up one block, or says what is wrong with it.
    pub(super) fn add(&mut self, faults: &mut Faults, at: usize, block: Block) {
        let place = format!("blocks[{at}]");
        match block {
            Block::Text {
                text,
                variables: None,
            } => self.paragraphs.push(text),
            Block::Text {
                text,
                variables: Some(values),
            } => {
                let words = faults.keep(&place, filled(&text, &texts(values)));
                self.paragraphs
                    .extend(words.map(|words| words.as_str().to_owned()));
            }
            Block::Media {
                url,
                kind,
                content_type,
                bytes,
            } => {
                let url = faults.keep(&format!("{place}.url"), url.parse::<MediaUrl>());
                let kind = faults.parse::<MediaKind>(&format!("{place}.kind"), kind.as_deref());
                if let Some(url) = url {
                    let media = Media::declared(url, kind, content_type.as_deref(), bytes);
                    self.media.extend(faults.keep(&place, media));
                }
            }
            Block::Buttons { buttons } => {
                let mut all = Vec::with_capacity(buttons.len());
                for (index, button) in buttons.into_iter().enumerate() {
                    let choice = Choice::button(button.id.as_deref(), &button.title);
                    all.extend(faults.keep(&format!("{place}.buttons[{index}]"), choice));
                }
                self.choose(faults, &place, Choices::buttons(all));
            }
            Block::List { button, rows } => {
                let mut all = Vec::with_capacity(rows.len());
                for (index, row) in rows.into_iter().enumerate() {
                    let choice =
                        Choice::row(row.id.as_deref(), &row.title, row.description.as_deref());
                    all.extend(faults.keep(&format!("{place}.rows[{index}]"), choice));
                }
                self.choose(faults, &place, Choices::list(&button, all));
            }
            Block::Location {
                latitude,
                longitude,
                label,
                address,
            } => {
                let found =
                    Location::new(latitude, longitude, label.as_deref(), address.as_deref());
                self.rich.places.extend(faults.keep(&place, found));
            }
            Block::Contact { name, phone } => {
                let phone = faults.keep(&format!("{place}.phone"), phone.parse());
                if let Some(phone) = phone {
                    self.rich
                        .contacts
                        .extend(faults.keep(&place, Contact::new(&name, phone)));
                }
            }
            Block::Link { label, url } => {
                self.rich
                    .links
                    .extend(faults.keep(&place, Link::new(&label, &url)));
            }
            Block::Template { .. } if self.template.is_some() => {
                faults.add(place, "a message has one template");
            }
            Block::Template { name, variables } => {
                self.template =
                    super::draft::filled_template(faults, &format!("{place}."), &name, variables);
            }
        }
    }

    fn choose(
        &mut self,
        faults: &mut Faults,
        place: &str,
        choices: Result<Choices, domain::content::ContentError>,
    ) {
        if self.rich.choices.is_some() {
            faults.add(place, "a message has one set of buttons or one list");
        } else {
            self.rich.choices = faults.keep(place, choices);
        }
    }
}

/// The blocks of a stored message, written as they are handed in.
pub(super) fn shown(rich: &Rich) -> Vec<Value> {
    let mut blocks = Vec::new();
    if let Some(choices) = &rich.choices {
        let all = choices
            .all()
            .iter()
            .map(|choice| match choice.description() {
                None => json!({"id": choice.id(), "title": choice.title()}),
                Some(description) => json!({
                    "id": choice.id(), "title": choice.title(), "description": description,
                }),
            });
        let all: Vec<Value> = all.collect();
        blocks.push(match choices.list_button() {
            None => json!({"type": "buttons", "buttons": all}),
            Some(button) => json!({"type": "list", "button": button, "rows": all}),
        });
    }
    blocks.extend(rich.places.iter().map(|place| {
        json!({
            "type": "location", "latitude": place.latitude(), "longitude": place.longitude(),
            "label": place.label(), "address": place.address(),
        })
    }));
    blocks.extend(rich.contacts.iter().map(|contact| {
        json!({"type": "contact", "name": contact.name(), "phone": contact.phone().as_e164()})
    }));
    blocks.extend(
        rich.links
            .iter()
            .map(|link| json!({"type": "link", "label": link.label(), "url": link.url()})),
    );
    blocks
}

/// Values of variables.
pub(super) fn texts(variables: BTreeMap<String, String>) -> BTreeMap<Box<str>, Text> {
    variables
        .into_iter()
        .map(|(name, value)| (name.into(), Text::from(value)))
        .collect()
}
