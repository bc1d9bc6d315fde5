//! In which form a channel carries a message (DESIGN 4.3).

mod language;
mod lines;
mod price;
mod session;
mod template;

use std::borrow::Cow;

use domain::content::TEXT_UNITS_MAX;
use domain::segments::{Segments, fold_smart, is_gsm7, segments};
use domain::{Channel, MediaUrl, SessionWindow, TemplateUse, Text, Timestamp};

use super::decision::Form;
use super::facts::Facts;
use super::reason::Reason;
use crate::templates::Category;

pub use template::words_of as template_words;

pub(super) use price::{price, template as price_of_template};

/// Countries whose carriers take MMS from Twilio numbers; elsewhere media become links.
const MMS_COUNTRIES: [&str; 2] = ["US", "CA"];

/// The most of all media of one MMS together (facts/twilio.md 1.3).
const MMS_BYTES_MAX: u64 = 5 * 1024 * 1024;

/// What a channel makes of the message.
pub(super) enum Carried {
    /// It can go now, like this.
    Now(Ready),
    /// It waits behind a knock; the template is to be sent unless that has been done.
    BehindKnock(Option<Knocking>),
}

/// The template that knocks, and what the provider counts it as.
pub(super) struct Knocking {
    pub(super) template: TemplateUse,
    pub(super) category: Option<Category>,
}

/// A form that can go now.
pub(super) struct Ready {
    pub(super) form: Form,
    pub(super) segments: Option<Segments>,
    /// Whether it rests on the session window being open.
    pub(super) needs_window: bool,
    /// Version of the template it uses.
    pub(super) template_version: Option<u64>,
    /// What the provider counts that template as, where it has told.
    pub(super) category: Option<Category>,
}

impl Ready {
    fn new(form: Form) -> Self {
        Self {
            form,
            segments: None,
            needs_window: false,
            template_version: None,
            category: None,
        }
    }
}

/// E-mail and web: as it is. The web chat draws choices itself, as WhatsApp does.
pub(super) fn plain(channel: Channel, facts: &Facts<'_>) -> Result<Carried, Reason> {
    let content = facts.message.content;
    let mut words = content.text().as_str().to_owned();
    if !content.has_body() {
        words = template::words(facts).ok_or(Reason::NothingToSay)?;
    }
    if let Some(rich) = content.rich() {
        lines::add_cards(&mut words, rich);
    }
    let numbered = session::numbered(&words, content, facts.member.locale);
    let form = match content.choices() {
        Some(choices) if channel == Channel::Web && content.media().is_empty() => {
            Form::Interactive {
                body: words.into(),
                choices: choices.clone(),
                numbered: numbered.into(),
            }
        }
        Some(_) | None => Form::Text {
            text: numbered.into(),
            media: content
                .media()
                .iter()
                .map(|one| one.url().clone())
                .collect(),
        },
    };
    Ok(Carried::Now(Ready::new(form)))
}

/// SMS and MMS: everything that is neither text nor a picture becomes lines.
pub(super) fn sms(facts: &Facts<'_>) -> Result<Carried, Reason> {
    let content = facts.message.content;
    let mut words = Cow::Borrowed(content.text().as_str());
    if words.trim().is_empty() && content.template().is_some() {
        words = Cow::Owned(template::words(facts).ok_or(Reason::NothingToSay)?);
    }
    if let Some(rich) = content.rich() {
        lines::add_cards(words.to_mut(), rich);
    }
    let media = if content.media().is_empty() {
        Vec::new()
    } else {
        as_mms(facts, words.to_mut())
    };
    if content.choices().is_some() {
        words = Cow::Owned(session::numbered(&words, content, facts.member.locale));
    }
    if facts.settings.smart_encoding
        && let Some(folded) = folded_to_gsm7(&words)
    {
        words = Cow::Owned(folded);
    }
    if words.trim().is_empty() && media.is_empty() {
        return Err(Reason::NothingToSay);
    }
    if words.encode_utf16().count() > TEXT_UNITS_MAX {
        return Err(Reason::TooLong);
    }
    let text = match words {
        Cow::Borrowed(_) => content.text().clone(),
        Cow::Owned(words) => Text::new(words),
    };
    Ok(Carried::Now(Ready {
        segments: media.is_empty().then(|| segments(text.as_str(), false)),
        ..Ready::new(Form::Text { text, media })
    }))
}

/// The media that go with an MMS, where the country has it; the others are linked to.
fn as_mms(facts: &Facts<'_>, words: &mut String) -> Vec<MediaUrl> {
    let has_mms = facts
        .member
        .country
        .is_some_and(|c| MMS_COUNTRIES.contains(&c));
    let mut carried = Vec::new();
    let mut bytes = 0;
    for one in facts.message.content.media() {
        let with_this = bytes + one.bytes().unwrap_or(0);
        if has_mms && one.fits(Channel::Sms) && with_this <= MMS_BYTES_MAX {
            bytes = with_this;
            carried.push(one.url().clone());
        } else {
            lines::add_media(words, std::iter::once(one));
        }
    }
    carried
}

/// The text with its look-alikes replaced, when that makes it GSM-7 and no longer than allowed. A
/// text that stays UCS-2 gains nothing and stays as its author wrote it, and so does one with
/// combining accents, which the table would turn into stray `~` and `^`.
fn folded_to_gsm7(words: &str) -> Option<String> {
    if is_gsm7(words) || words.contains(|c| matches!(c, '\u{300}'..='\u{36f}')) {
        return None;
    }
    // One space for a no-break space: the calculator's two are an oddity nobody should read.
    let odd_spaces = ['\u{a0}', '\u{202f}'];
    let folded = if words.contains(odd_spaces) {
        fold_smart(&words.replace(odd_spaces, " ")).into_owned()
    } else {
        fold_smart(words).into_owned()
    };
    (is_gsm7(&folded) && folded.len() <= TEXT_UNITS_MAX).then_some(folded)
}

/// WhatsApp: the caller's template; free text inside the window; else behind a knock.
pub(super) fn whatsapp(
    facts: &Facts<'_>,
    window: Option<SessionWindow>,
    now: Timestamp,
) -> Result<Carried, Reason> {
    let message = &facts.message;
    let content = message.content;
    let has_body = content.has_body();
    let mut why_not = Reason::WindowClosed;
    if let Some(wanted) = content.template() {
        match template::usable(facts, wanted) {
            Ok(ready) => return Ok(Carried::Now(ready)),
            Err(why) if has_body => why_not = why,
            Err(why) => return Err(why),
        }
    }
    let settings = facts.settings;
    if window.is_some_and(|w| w.is_open(now, settings.provider_deadline, settings.window_margin)) {
        return Ok(Carried::Now(Ready {
            needs_window: true,
            ..Ready::new(session::form(content, facts.member.locale)?)
        }));
    }
    if message.knocked_at.is_some() {
        return Ok(Carried::BehindKnock(None));
    }
    match template::knock(facts, now) {
        Ok(knock) => Ok(Carried::BehindKnock(Some(knock))),
        // What may pass tells more than that there is nothing to knock with.
        Err(why @ (Reason::TemplateNotApproved | Reason::TemplateIsMarketing))
            if why_not == Reason::WindowClosed =>
        {
            Err(why)
        }
        Err(_) => Err(why_not),
    }
}
