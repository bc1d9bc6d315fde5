//! What a message may hold besides text, media and a template: things to choose from, places,
//! contacts and links. Each is checked against the strictest limit of the channels that show it as
//! what it is, so that whatever is accepted can be shown everywhere.
//!
//! The limits are those of WhatsApp's session messages (facts/whatsapp.md 4) and of Twilio's content
//! types (facts/twilio.md 8.3), the smaller of both, counted in UTF-16 units. How a channel renders
//! them is for `policy`.

use std::fmt;

use super::{ContentError, MediaUrl};
use crate::phone::PhoneNumber;
use crate::private::Text;

/// The most quick-reply buttons: three without an approval.
pub const BUTTONS_MAX: usize = 3;
/// The longest title of a button.
pub const BUTTON_UNITS_MAX: usize = 20;
/// The most rows of a list.
pub const ROWS_MAX: usize = 10;
/// The longest title of a row.
pub const ROW_UNITS_MAX: usize = 24;
/// The longest description of a row.
pub const DESCRIPTION_UNITS_MAX: usize = 72;
/// The longest id of a button or row.
pub const ID_UNITS_MAX: usize = 200;
/// The longest text above buttons or a list.
pub const BODY_UNITS_MAX: usize = 1_024;
/// The longest label of a place or a link, and name of a contact. Our own bound: Meta names none.
pub const LABEL_UNITS_MAX: usize = 100;
/// The most places, contacts and links of one message (facts/whatsapp.md 4: five contacts).
pub const CARDS_MAX: usize = 5;

/// One thing to choose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    id: Text,
    title: Text,
    description: Option<Text>,
}

impl Choice {
    /// A button.
    pub fn button(id: Option<&str>, title: &str) -> Result<Self, ContentError> {
        let title = label("a button's title", title, BUTTON_UNITS_MAX)?;
        Ok(Self {
            id: own_id(id, &title)?,
            title,
            description: None,
        })
    }

    /// A row of a list.
    pub fn row(
        id: Option<&str>,
        title: &str,
        description: Option<&str>,
    ) -> Result<Self, ContentError> {
        let title = label("a row's title", title, ROW_UNITS_MAX)?;
        let description = description
            .map(|text| label("a row's description", text, DESCRIPTION_UNITS_MAX))
            .transpose()?;
        Ok(Self {
            id: own_id(id, &title)?,
            title,
            description,
        })
    }

    /// What comes back when it is chosen, whichever way.
    pub fn id(&self) -> &str {
        self.id.as_str()
    }

    /// What the member reads.
    pub fn title(&self) -> &str {
        self.title.as_str()
    }

    /// What stands below a row's title.
    pub fn description(&self) -> Option<&str> {
        self.description.as_ref().map(Text::as_str)
    }
}

/// Things to choose from, one of which is the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choices {
    list_button: Option<Text>,
    all: Vec<Choice>,
}

impl Choices {
    /// One to three quick-reply buttons.
    pub fn buttons(all: Vec<Choice>) -> Result<Self, ContentError> {
        checked(&all, "buttons", BUTTONS_MAX)?;
        Ok(Self {
            list_button: None,
            all,
        })
    }

    /// A list of one to ten rows, opened by a button.
    pub fn list(button: &str, all: Vec<Choice>) -> Result<Self, ContentError> {
        checked(&all, "rows", ROWS_MAX)?;
        Ok(Self {
            list_button: Some(label("a list's button", button, BUTTON_UNITS_MAX)?),
            all,
        })
    }

    /// The button that opens the list; `None` for quick-reply buttons.
    pub fn list_button(&self) -> Option<&str> {
        self.list_button.as_ref().map(Text::as_str)
    }

    /// All, in order.
    pub fn all(&self) -> &[Choice] {
        &self.all
    }
}

/// A place on earth, in millionths of a degree so that it can be compared. `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Location {
    latitude_e6: i32,
    longitude_e6: i32,
    label: Option<Text>,
    address: Option<Text>,
}

impl Location {
    /// Checks the degrees: latitude −90 to 90, longitude −180 to 180.
    pub fn new(
        latitude: f64,
        longitude: f64,
        name: Option<&str>,
        address: Option<&str>,
    ) -> Result<Self, ContentError> {
        let e6 = |degrees: f64, most: f64| {
            #[expect(clippy::cast_possible_truncation, reason = "at most 180,000,000")]
            (degrees.is_finite() && degrees.abs() <= most)
                .then(|| (degrees * 1e6).round() as i32)
                .ok_or(ContentError::Location)
        };
        let words = |text: Option<&str>| {
            text.map(|text| label("a place's label", text, LABEL_UNITS_MAX))
                .transpose()
        };
        Ok(Self {
            latitude_e6: e6(latitude, 90.0)?,
            longitude_e6: e6(longitude, 180.0)?,
            label: words(name)?,
            address: words(address)?,
        })
    }

    /// Degrees north.
    pub fn latitude(&self) -> f64 {
        f64::from(self.latitude_e6) / 1e6
    }

    /// Degrees east.
    pub fn longitude(&self) -> f64 {
        f64::from(self.longitude_e6) / 1e6
    }

    /// What the place is called.
    pub fn label(&self) -> Option<&str> {
        self.label.as_ref().map(Text::as_str)
    }

    /// Where it is, in words.
    pub fn address(&self) -> Option<&str> {
        self.address.as_ref().map(Text::as_str)
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Location(…)")
    }
}

/// Somebody to call or write to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    name: Text,
    phone: PhoneNumber,
}

impl Contact {
    /// A name and a number.
    pub fn new(name: &str, phone: PhoneNumber) -> Result<Self, ContentError> {
        Ok(Self {
            name: label("a contact's name", name, LABEL_UNITS_MAX)?,
            phone,
        })
    }

    /// Who it is.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Their number.
    pub fn phone(&self) -> &PhoneNumber {
        &self.phone
    }
}

/// A call to action: an address to open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    label: Text,
    url: MediaUrl,
}

impl Link {
    /// What to do, and where.
    pub fn new(text: &str, url: &str) -> Result<Self, ContentError> {
        Ok(Self {
            label: label("a link's label", text, BUTTON_UNITS_MAX)?,
            url: url.parse().map_err(|_| ContentError::LinkUrl)?,
        })
    }

    /// What to do.
    pub fn label(&self) -> &str {
        self.label.as_str()
    }

    /// Where.
    pub fn url(&self) -> &str {
        self.url.as_str()
    }
}

/// Everything of a message that is neither text, media nor template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rich {
    /// What to choose from.
    pub choices: Option<Choices>,
    /// Places.
    pub places: Vec<Location>,
    /// Contacts.
    pub contacts: Vec<Contact>,
    /// Links.
    pub links: Vec<Link>,
}

impl Rich {
    /// Whether there is nothing of the kind.
    pub fn is_empty(&self) -> bool {
        self.choices.is_none()
            && self.places.is_empty()
            && self.contacts.is_empty()
            && self.links.is_empty()
    }

    /// Checks the parts against each other.
    pub(super) fn check(&self, text: &str) -> Result<(), ContentError> {
        let cards = self.places.len() + self.contacts.len() + self.links.len();
        if cards > CARDS_MAX {
            return Err(ContentError::Limit {
                what: "places, contacts and links together",
                most: CARDS_MAX,
                found: cards,
            });
        }
        if self.choices.is_some() {
            if text.trim().is_empty() {
                return Err(ContentError::ChoicesWithoutText);
            }
            let found = text.encode_utf16().count();
            if found > BODY_UNITS_MAX {
                return Err(ContentError::TooLongFor {
                    what: "the text above buttons or a list",
                    most: BODY_UNITS_MAX,
                    found,
                });
            }
        }
        Ok(())
    }
}

/// A short text of one line, trimmed.
fn label(what: &'static str, text: &str, most: usize) -> Result<Text, ContentError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(ContentError::Blank { what });
    }
    if text.chars().any(char::is_control) {
        return Err(ContentError::Control { what });
    }
    let found = text.encode_utf16().count();
    if found > most {
        return Err(ContentError::TooLongFor { what, most, found });
    }
    Ok(text.into())
}

/// Without an id, the title is one.
fn own_id(id: Option<&str>, title: &Text) -> Result<Text, ContentError> {
    match id {
        None => Ok(title.clone()),
        Some(id) => label("an id", id, ID_UNITS_MAX),
    }
}

fn checked(all: &[Choice], what: &'static str, most: usize) -> Result<(), ContentError> {
    if all.is_empty() || all.len() > most {
        return Err(ContentError::Limit {
            what,
            most,
            found: all.len(),
        });
    }
    for (at, one) in all.iter().enumerate() {
        let earlier = all.iter().take(at);
        for other in earlier {
            if other.id == one.id || other.title().to_lowercase() == one.title().to_lowercase() {
                return Err(ContentError::Repeated { what });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn button(title: &str) -> Choice {
        Choice::button(None, title).unwrap()
    }

    #[test]
    fn each_limit_is_named_by_what_it_limits() {
        let long = |units: usize| "x".repeat(units);
        let says = |result: Result<(), ContentError>| result.unwrap_err().to_string();
        let four = vec![button("a"), button("b"), button("c"), button("d")];
        for (said, words) in [
            (
                says(Choice::button(None, &long(21)).map(drop)),
                "a button's title has at most 20 characters, this one has 21",
            ),
            (
                says(Choice::button(None, "💪💪💪💪💪💪💪💪💪💪💪").map(drop)),
                "at most 20 characters, this one has 22",
            ),
            (
                says(Choice::button(None, " ").map(drop)),
                "a button's title cannot be empty",
            ),
            (
                says(Choice::button(None, "a\nb").map(drop)),
                "a button's title is one line",
            ),
            (
                says(Choice::button(Some(&long(201)), "a").map(drop)),
                "an id has at most 200",
            ),
            (
                says(Choice::row(None, &long(25), None).map(drop)),
                "a row's title has at most 24",
            ),
            (
                says(Choice::row(None, "a", Some(&long(73))).map(drop)),
                "a row's description has at most 72",
            ),
            (
                says(Choices::buttons(four).map(drop)),
                "1 to 3 buttons, this one has 4",
            ),
            (
                says(Choices::buttons(Vec::new()).map(drop)),
                "1 to 3 buttons, this one has 0",
            ),
            (
                says(Choices::buttons(vec![button("Yes"), button("YES")]).map(drop)),
                "each its own title and id",
            ),
            (
                says(Choices::list(&long(21), vec![button("a")]).map(drop)),
                "a list's button has at most 20",
            ),
            (
                says(Location::new(90.1, 0.0, None, None).map(drop)),
                "latitude",
            ),
            (
                says(Location::new(f64::NAN, 0.0, None, None).map(drop)),
                "latitude",
            ),
            (
                says(Link::new("Go", "javascript:alert(1)").map(drop)),
                "http or https",
            ),
        ] {
            assert!(said.contains(words), "{said} / {words}");
        }
    }

    #[test]
    fn an_id_is_its_title_unless_it_is_given() {
        assert_eq!(button(" Skip today ").id(), "Skip today");
        assert_eq!(
            Choice::button(Some("skip_today"), "Skip").unwrap().id(),
            "skip_today"
        );
    }

    #[test]
    fn a_place_keeps_its_degrees() {
        let place = Location::new(37.787_89, -122.391_664, Some("Gym"), None).unwrap();
        assert!((place.latitude() - 37.787_89).abs() < 1e-9);
        assert!((place.longitude() + 122.391_664).abs() < 1e-9);
    }
}
