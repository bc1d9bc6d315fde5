//! In which form a channel carries a message (DESIGN 4.3).

mod language;
mod template;

use std::borrow::Cow;

use domain::content::TEXT_UNITS_MAX;
use domain::segments::{Segments, fold_smart, is_gsm7, segments};
use domain::{Content, SessionWindow, TemplateUse, Text, Timestamp};

use super::decision::Form;
use super::facts::Facts;
use super::reason::Reason;

/// Countries whose carriers take MMS from Twilio numbers; elsewhere media become links.
const MMS_COUNTRIES: [&str; 2] = ["US", "CA"];

/// What a channel makes of the message.
pub(super) enum Carried {
    /// It can go now, like this.
    Now(Ready),
    /// It waits behind a knock; the template is to be sent unless that has been done.
    BehindKnock(Option<TemplateUse>),
}

/// A form that can go now.
pub(super) struct Ready {
    pub(super) form: Form,
    pub(super) segments: Option<Segments>,
    /// Whether it rests on the session window being open.
    pub(super) needs_window: bool,
    /// Version of the template it uses.
    pub(super) template_version: Option<u64>,
}

impl Ready {
    fn text(text: Text, content: &Content) -> Self {
        Self {
            form: Form::Text {
                text,
                media: content.media().to_vec(),
            },
            segments: None,
            needs_window: false,
            template_version: None,
        }
    }
}

/// E-mail and web: as it is.
pub(super) fn plain(facts: &Facts<'_>) -> Result<Carried, Reason> {
    let content = facts.message.content;
    if content.text().is_empty() && content.media().is_empty() {
        let words = template::words(facts).ok_or(Reason::NothingToSay)?;
        return Ok(Carried::Now(Ready::text(words.into(), content)));
    }
    Ok(Carried::Now(Ready::text(content.text().clone(), content)))
}

/// SMS and MMS.
pub(super) fn sms(facts: &Facts<'_>) -> Result<Carried, Reason> {
    let content = facts.message.content;
    let mut words = Cow::Borrowed(content.text().as_str());
    if words.trim().is_empty() && content.template().is_some() {
        words = Cow::Owned(template::words(facts).ok_or(Reason::NothingToSay)?);
    }
    let as_mms = facts
        .member
        .country
        .is_some_and(|c| MMS_COUNTRIES.contains(&c));
    if !content.media().is_empty() && !as_mms {
        let words = words.to_mut();
        for url in content.media() {
            if !words.is_empty() {
                words.push('\n');
            }
            words.push_str(url.as_str());
        }
    }
    if facts.settings.smart_encoding
        && let Some(folded) = folded_to_gsm7(&words)
    {
        words = Cow::Owned(folded);
    }
    let media = if as_mms {
        content.media().to_vec()
    } else {
        Vec::new()
    };
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
        form: Form::Text { text, media },
        needs_window: false,
        template_version: None,
    }))
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
    let has_body = !content.text().as_str().trim().is_empty() || !content.media().is_empty();
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
            ..Ready::text(content.text().clone(), content)
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
