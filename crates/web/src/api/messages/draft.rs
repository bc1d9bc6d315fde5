//! A message as callers write it, and how it becomes a draft.

use std::collections::BTreeMap;

use domain::{
    Channel, Content, Kind, Media, MediaUrl, MemberId, MessageId, TemplateUse, Text, Timestamp,
};
use engine::Draft;
use engine::conversations::Answers;
use serde::Deserialize;
use utoipa::ToSchema;

use super::blocks::{BLOCKS_MAX, Block, Pieces, texts};
use crate::api::conversations::words;
use crate::code::Code;
use crate::json::json_body;
use crate::problem::{Faults, Problem};

/// A message to send: a text, blocks, media or a template, or several of them.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "member_id": "mem_01kat4zk0q7h3sx0d7n2v9m4pc", "content": "Great work today, Maria!", "kind": "system"
}))]
pub(crate) struct MessageRequest {
    /// Whom it is for.
    pub(crate) member_id: String,
    /// The text, at most 1,600 characters.
    pub(crate) content: Option<String>,
    /// The same in pieces, instead of `content`.
    pub(crate) blocks: Option<Vec<Block>>,
    /// Pictures and documents: absolute http or https addresses, at most 10.
    pub(crate) media_urls: Option<Vec<String>>,
    /// A template by its name. WhatsApp needs one while the session window is closed; with a text
    /// beside it, the text is sent where it may be.
    pub(crate) template: Option<String>,
    /// Values of the template's variables.
    pub(crate) variables: Option<BTreeMap<String, String>>,
    /// A member's messages in one queue keep their order: what waits there, for a switch or for the morning, lets none
    /// of the queue pass. If missing it is `default`, and `urgent` for what is critical.
    pub(crate) queue: Option<String>,
    /// What it is for: `daily_workout`, `weekly_checkin`, `welcome`, `subscription_reminder`,
    /// `chat_reply`, `system` or `broadcast`; `system` if missing.
    pub(crate) kind: Option<String>,
    /// The channel to insist on: `sms` or `whatsapp`.
    pub(crate) channel: Option<String>,
    /// Several channels at once, 2 to 4 different ones, instead of `channel`: one message for each, all of them or
    /// none. None follows another, and where there is no consent for one of them, that one is not sent. Not in
    /// `POST /messages/immediate`.
    pub(crate) channels: Option<Vec<String>>,
    /// Whether it must arrive somehow.
    #[serde(default)]
    pub(crate) critical: bool,
    /// Not before this instant (RFC 3339).
    pub(crate) not_before: Option<String>,
    /// Not after this instant (RFC 3339).
    pub(crate) expires_at: Option<String>,
    /// The messages of the member that this answers, 1 to 32: `msg_…`. They are answered in the same moment, and by
    /// nobody else; it then is a `chat_reply` on the channel of the newest of them, unless you say otherwise. Only in
    /// `POST /messages`.
    pub(crate) answers: Option<Vec<String>>,
    /// As whom you answer: a name that others see. With `answers`.
    #[serde(rename = "as")]
    pub(crate) by: Option<String>,
    /// Whether to send it even where somebody has answered already, or keeps the conversation. With `answers`.
    #[serde(default)]
    pub(crate) anyway: bool,
}
json_body!(MessageRequest);

/// The most messages that are answered at once.
const ANSWERS_MAX: usize = 32;

impl MessageRequest {
    /// What it answers, where it answers something.
    pub(crate) fn answers(&mut self) -> Result<Option<Answers>, Problem> {
        let Some(ids) = self.answers.take() else {
            return Ok(None);
        };
        let mut faults = Faults::default();
        let mut inbound: Vec<MessageId> = Vec::new();
        for (at, id) in ids.iter().enumerate() {
            let id = faults.keep(&format!("answers[{at}]"), id.parse::<MessageId>());
            inbound.extend(id.filter(|id| !inbound.contains(id)));
        }
        if ids.is_empty() || ids.len() > ANSWERS_MAX {
            faults.add("answers", format!("name 1 to {ANSWERS_MAX} messages"));
        }
        if self.channels.is_some() {
            faults.add("channels", "an answer goes on one channel");
        }
        if self.by.is_none() {
            faults.add("as", "say as whom you answer");
        }
        let by = self.by.take().map(|by| words(&mut faults, "as", &by));
        let by = by.unwrap_or_default();
        faults.into_result()?;
        if self.kind.is_none() {
            self.kind = Some(Kind::ChatReply.as_str().to_owned());
        }
        if self.queue.is_none() {
            self.queue = Some("chat".to_owned());
        }
        Ok(Some(Answers {
            inbound,
            by,
            anyway: std::mem::take(&mut self.anyway),
        }))
    }

    /// Checks every field, and names all that cannot be accepted: one draft, or one for each channel.
    pub(crate) fn into_drafts(mut self) -> Result<Vec<Draft>, Problem> {
        let Some(words) = self.channels.take() else {
            return Ok(vec![self.into_draft()?]);
        };
        let mut faults = Faults::default();
        let mut channels: Vec<Channel> = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let channel = faults.keep(&format!("channels[{at}]"), word.parse::<Channel>());
            if channel.is_some_and(|channel| channels.contains(&channel)) {
                faults.add("channels", "name each channel once");
            }
            channels.extend(channel);
        }
        if words.len() < 2 {
            faults.add("channels", "name at least two, or one in `channel`");
        }
        if self.channel.is_some() {
            faults.add("channels", "send either `channel` or `channels`, not both");
        }
        if self.critical {
            faults.add(
                "channels",
                "these are all the channels it goes on: leave `critical` out, or let it choose them by itself",
            );
        }
        faults.into_result()?;
        let draft = self.into_draft()?;
        let on = |channel: &Channel| Draft {
            channel: Some(*channel),
            ..draft.clone()
        };
        Ok(channels.iter().map(on).collect())
    }

    /// Checks every field, and names all that cannot be accepted.
    pub(crate) fn into_draft(self) -> Result<Draft, Problem> {
        let mut faults = Faults::default();
        let member = faults.keep("member_id", self.member_id.parse::<MemberId>());
        let kind = self
            .kind
            .as_deref()
            .map_or(Some(Kind::System), |text| faults.parse("kind", Some(text)));
        let queue = match self.queue.as_deref() {
            None if self.critical => "urgent".parse().ok(),
            None => Some(domain::QueueName::default()),
            text => faults.parse("queue", text),
        };
        let channel = faults.parse("channel", self.channel.as_deref());
        let not_before = self
            .not_before
            .as_deref()
            .and_then(|text| faults.keep("not_before", instant(text)));
        let expires_at = self
            .expires_at
            .as_deref()
            .and_then(|text| faults.keep("expires_at", instant(text)));
        let content = content(
            &mut faults,
            self.content,
            self.blocks,
            self.media_urls,
            self.template,
            self.variables,
        );
        if self.channels.is_some() {
            faults.add(
                "channels",
                "several channels at once go by `POST /messages` or `POST /messages/batch`",
            );
        }
        if self.answers.is_some() || self.by.is_some() || self.anyway {
            faults.add(
                "answers",
                "`answers`, with `as` and `anyway`, goes by `POST /messages`",
            );
        }
        faults.into_result()?;
        let (Some(member), Some(kind), Some(queue), Some(content)) = (member, kind, queue, content)
        else {
            return Err(Problem::field(
                "body",
                "a message needs a member and something to say",
            ));
        };
        if matches!(
            kind,
            Kind::Knock | Kind::KeywordReply | Kind::ConsentRequest | Kind::LoginCode
        ) {
            return Err(Problem::new(
                Code::ReservedKind,
                format!(
                    "Messages of kind `{kind}` are made by the service itself; choose another kind."
                ),
            )
            .about("kind"));
        }
        Ok(Draft {
            kind,
            queue,
            channel,
            critical: self.critical,
            not_before,
            expires_at,
            ..Draft::new(member, content)
        })
    }
}

/// What is said, of the fields that say it.
pub(crate) fn content(
    faults: &mut Faults,
    text: Option<String>,
    blocks: Option<Vec<Block>>,
    media_urls: Option<Vec<String>>,
    template: Option<String>,
    variables: Option<BTreeMap<String, String>>,
) -> Option<Content> {
    if text.is_some() && blocks.is_some() {
        faults.add("blocks", "send either `content` or `blocks`, not both");
        return None;
    }
    let mut pieces = Pieces::default();
    for (at, url) in media_urls.unwrap_or_default().iter().enumerate() {
        let url = faults.keep(&format!("media_urls[{at}]"), url.parse::<MediaUrl>());
        pieces.media.extend(url.map(Media::from));
    }
    if template.is_none()
        && variables
            .as_ref()
            .is_some_and(|variables| !variables.is_empty())
    {
        faults.add(
            "variables",
            "variables belong to a template: name it in `template`",
        );
    }
    pieces.template =
        template.and_then(|name| filled_template(faults, "", &name, variables.unwrap_or_default()));
    pieces.paragraphs.extend(text);
    let blocks = blocks.unwrap_or_default();
    if blocks.len() > BLOCKS_MAX {
        faults.add(
            "blocks",
            format!("a message has at most {BLOCKS_MAX} blocks"),
        );
        return None;
    }
    let whole = if blocks.is_empty() {
        "content"
    } else {
        "blocks"
    };
    for (at, block) in blocks.into_iter().enumerate() {
        pieces.add(faults, at, block);
    }
    // A bad piece has been named already; that the rest is empty would only confuse.
    if !faults.is_empty() && pieces.paragraphs.is_empty() {
        return None;
    }
    faults.keep(
        whole,
        Content::of(
            Text::from(pieces.paragraphs.join("\n\n")),
            pieces.media,
            pieces.template,
            pieces.rich,
        ),
    )
}

/// A template with its values; a value that no template takes is named by its variable.
pub(super) fn filled_template(
    faults: &mut Faults,
    within: &str,
    name: &str,
    variables: BTreeMap<String, String>,
) -> Option<TemplateUse> {
    let mut fine = true;
    for (variable, value) in &variables {
        if let Err(why) = TemplateUse::check_value(value) {
            faults.add_as(
                Code::InvalidVariable,
                format!("{within}variables.{variable}"),
                why.to_string(),
            );
            fine = false;
        }
    }
    if !fine {
        return None;
    }
    let used = TemplateUse::new(name, texts(variables));
    faults.keep(&format!("{within}template"), used)
}

fn instant(text: &str) -> Result<Timestamp, &'static str> {
    text.parse::<jiff::Timestamp>()
        .map(Timestamp::from_jiff)
        .map_err(|_| "an instant is written as in RFC 3339, such as `2026-11-22T07:00:00Z`")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MEMBER: &str = "mem_01kat4zk0q7h3sx0d7n2v9m4pc";

    fn draft(json: &str) -> Result<Draft, Problem> {
        let json = json.replace('~', MEMBER);
        crate::json::parse::<MessageRequest>(json.as_bytes())?.into_draft()
    }

    fn refused(json: &str) -> (String, String) {
        let problem = draft(json).unwrap_err();
        (
            problem.code().to_owned(),
            problem
                .errors()
                .first()
                .map_or(String::new(), |error| error.field.clone()),
        )
    }

    #[test]
    fn a_text_is_enough() {
        let draft = draft(r#"{"member_id":"~","content":"Hello"}"#).unwrap();
        assert_eq!(draft.kind, Kind::System);
        assert_eq!(draft.queue.as_str(), "default");
        assert_eq!(draft.content.text().as_str(), "Hello");
    }

    #[test]
    fn what_is_critical_waits_behind_nothing_else() {
        let queue = |json: &str| draft(json).unwrap().queue.to_string();
        assert_eq!(
            queue(r#"{"member_id":"~","content":"x","critical":true}"#),
            "urgent"
        );
        let named = r#"{"member_id":"~","content":"x","critical":true,"queue":"default"}"#;
        assert_eq!(queue(named), "default");
    }

    #[test]
    fn blocks_become_one_content() {
        let draft = draft(
            r#"{"member_id":"~","blocks":[{"type":"text","text":"One"},{"type":"text","text":"Two"},
                {"type":"media","url":"https://example.com/a.png"},
                {"type":"template","name":"welcome","variables":{"1":"Ana"}}]}"#,
        )
        .unwrap();
        assert_eq!(draft.content.text().as_str(), "One\n\nTwo");
        assert_eq!(draft.content.media().len(), 1);
        assert_eq!(draft.content.template().unwrap().name.as_ref(), "welcome");
    }

    #[test]
    fn a_block_that_is_over_a_limit_is_named_with_the_limit() {
        let said = |blocks: &str| {
            let json = format!(
                r#"{{"member_id":"~","blocks":[{{"type":"text","text":"Did you train?"}},{blocks}]}}"#
            );
            let problem = draft(&json).unwrap_err();
            let first = problem.errors().first().unwrap();
            (first.field.clone(), first.message.clone())
        };
        let long = "x".repeat(25);
        for (block, field, words) in [
            (
                format!(r#"{{"type":"buttons","buttons":[{{"title":"Yes"}},{{"title":"{long}"}}]}}"#),
                "blocks[1].buttons[1]",
                "at most 20 characters, this one has 25",
            ),
            (
                r#"{"type":"buttons","buttons":[{"title":"a"},{"title":"b"},{"title":"c"},{"title":"d"}]}"#
                    .to_owned(),
                "blocks[1]",
                "1 to 3 buttons, this one has 4",
            ),
            (
                format!(r#"{{"type":"list","button":"Open","rows":[{{"title":"{long}"}}]}}"#),
                "blocks[1].rows[0]",
                "at most 24 characters",
            ),
            (
                r#"{"type":"location","latitude":91,"longitude":0}"#.to_owned(),
                "blocks[1]",
                "latitude of -90 to 90",
            ),
            (
                r#"{"type":"media","url":"https://a.example/a.mp4","bytes":20000000}"#.to_owned(),
                "blocks[1]",
                "1 to 16777216 bytes",
            ),
            (
                r#"{"type":"contact","name":"Ana","phone":"12"}"#.to_owned(),
                "blocks[1].phone",
                "starts with `+`",
            ),
            (
                r#"{"type":"text","text":"Hi {{name}}","variables":{}}"#.to_owned(),
                "blocks[1]",
                "`{{name}}`",
            ),
        ] {
            let (found, detail) = said(&block);
            assert_eq!(found, field, "{block}");
            assert!(detail.contains(words), "{detail} / {words}");
        }
        let alone =
            draft(r#"{"member_id":"~","blocks":[{"type":"buttons","buttons":[{"title":"Yes"}]}]}"#);
        let problem = alone.unwrap_err();
        assert!(
            problem
                .errors()
                .first()
                .unwrap()
                .message
                .contains("need a text")
        );
    }

    #[test]
    fn everything_a_block_may_be_becomes_one_content() {
        let draft = draft(
            r#"{"member_id":"~","blocks":[
                {"type":"text","text":"Hi {{name}}!","variables":{"name":"Ana"}},
                {"type":"buttons","buttons":[{"id":"skip_today","title":"Skip today"}]},
                {"type":"location","latitude":1.5,"longitude":2,"label":"Gym"},
                {"type":"contact","name":"Coach","phone":"+14155550123"},
                {"type":"link","label":"Book","url":"https://a.example/b"}]}"#,
        )
        .unwrap();
        assert_eq!(draft.content.text().as_str(), "Hi Ana!");
        let rich = draft.content.rich().unwrap();
        assert_eq!(rich.choices.as_ref().unwrap().all().len(), 1);
        assert_eq!(
            (rich.places.len(), rich.contacts.len(), rich.links.len()),
            (1, 1, 1)
        );
    }

    #[test]
    fn what_cannot_be_sent_is_refused_by_field() {
        for (json, field) in [
            (r#"{"member_id":"someone","content":"x"}"#, "member_id"),
            (r#"{"member_id":"~"}"#, "content"),
            (r#"{"member_id":"~","content":"  "}"#, "content"),
            (r#"{"member_id":"~","content":"a\u0000b"}"#, "content"),
            (r#"{"member_id":"~","content":"x","blocks":[]}"#, "blocks"),
            (
                r#"{"member_id":"~","media_urls":["ftp://x"]}"#,
                "media_urls[0]",
            ),
            (
                r#"{"member_id":"~","content":"x","variables":{"1":"a"}}"#,
                "variables",
            ),
            (r#"{"member_id":"~","template":"wel come"}"#, "template"),
            (r#"{"member_id":"~","content":"x","kind":"party"}"#, "kind"),
            (r#"{"member_id":"~","content":"x","queue":"a b"}"#, "queue"),
            (
                r#"{"member_id":"~","content":"x","channel":"fax"}"#,
                "channel",
            ),
            (
                r#"{"member_id":"~","content":"x","not_before":"tomorrow"}"#,
                "not_before",
            ),
            (
                r#"{"member_id":"~","content":"x","contents":"y"}"#,
                "contents",
            ),
        ] {
            assert_eq!(
                refused(json),
                ("invalid_request".to_owned(), field.to_owned()),
                "{json}"
            );
        }
        let long = format!(r#"{{"member_id":"~","content":"{}"}}"#, "a".repeat(1_601));
        assert_eq!(refused(&long).1, "content");
        for kind in ["knock", "keyword_reply"] {
            let json = format!(r#"{{"member_id":"~","content":"x","kind":"{kind}"}}"#);
            assert_eq!(
                refused(&json),
                ("reserved_kind".to_owned(), "kind".to_owned())
            );
        }
    }
}
