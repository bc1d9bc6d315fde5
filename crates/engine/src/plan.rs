//! A dry run: what would be sent now, how and why. Nothing is stored, nothing is sent.

use domain::{Kind, MemberId, PlaceState};
use policy::outbound::{Chain, Decision, Preview, preview};
use serde_json::{Value, json};
use store::records::{MessageFacts, NewMessage};
use store::{LaneKey, Seq};

use crate::explain::readable;
use crate::subscriptions::Standing;
use crate::{Draft, Engine, EngineError, journal};

impl Engine {
    /// What the planner would do with this draft now.
    pub async fn plan(&self, member: MemberId, draft: Draft) -> Result<Value, EngineError> {
        let now = self.now();
        let kind = draft.kind;
        let message = self.new_message(draft);
        let facts = self.facts_for(member, message).await?;
        let standing = self.standing();
        let used = self.used([(member, kind)].into_iter(), now).await?;
        let around = self.surroundings(&standing, &used, now);
        let judgement = self.judge(&facts, &around, Chain::default(), now);
        let mut value = readable(&journal::write(&judgement));
        if self.takes_payments() && matches!(kind, Kind::DailyWorkout | Kind::WeeklyCheckin) {
            let known = self.subscriptions(member).await?;
            let state = known.standing.map_or("none", Standing::as_str);
            let sentence = if known.is_served {
                "the schedule makes it: their plan serves them"
            } else {
                "the schedule makes none for them: no plan serves them now"
            };
            if let Some(object) = value.as_object_mut() {
                let told =
                    json!({"state": state, "is_served": known.is_served, "sentence": sentence});
                object.insert("subscription".into(), told);
            }
        }
        if let (Some(object), Decision::Send(plan)) = (value.as_object_mut(), &judgement.decision) {
            object.insert("provider".into(), json!(plan.provider.as_str()));
            object.insert("preview".into(), shown(&preview(&plan.form)));
            if let Some(segments) = &plan.segments {
                object.insert("encoding".into(), json!(segments.encoding.as_str()));
            }
        }
        Ok(value)
    }

    /// The facts for a message that is not stored.
    pub(crate) async fn facts_for(
        &self,
        member: MemberId,
        message: NewMessage,
    ) -> Result<MessageFacts, EngineError> {
        let view = self.member(member).await?;
        Ok(MessageFacts {
            seq: Seq(0),
            lane: LaneKey::of(member, &message.queue),
            created_at: self.now(),
            place: PlaceState::Waiting,
            due: None,
            held_why: None,
            attempts_begun: 0,
            attempts_counted: 0,
            last_channel: None,
            possible_repeat: false,
            cancel_requested: false,
            member: Some(view.member),
            consents: view.consents,
            windows: view.windows,
            unreachable: Vec::new(),
            reply_channel: None,
            switches_version: 0,
            message,
        })
    }
}

/// A preview as JSON.
fn shown(preview: &Preview<'_>) -> Value {
    let mut value = json!({ "text": preview.text });
    let Some(object) = value.as_object_mut() else {
        return value;
    };
    if let Some((name, variables)) = preview.template {
        let variables: serde_json::Map<_, _> = variables
            .iter()
            .map(|(name, value)| (name.to_string(), json!(value.as_str())))
            .collect();
        object.remove("text");
        object.insert("template".into(), json!(name));
        object.insert("language".into(), json!(preview.language));
        object.insert("variables".into(), Value::Object(variables));
    }
    if !preview.media.is_empty() {
        let media: Vec<&str> = preview.media.iter().map(domain::MediaUrl::as_str).collect();
        object.insert("media_urls".into(), json!(media));
    }
    if !preview.choices.is_empty() {
        let choices: Vec<Value> = preview
            .choices
            .iter()
            .map(|choice| {
                json!({
                    "id": choice.id(), "title": choice.title(), "description": choice.description(),
                })
            })
            .collect();
        object.insert("choices".into(), json!(choices));
        object.insert("list_button".into(), json!(preview.list_button));
        object.insert("instead".into(), json!(preview.instead));
    }
    if let Some(place) = preview.place {
        object.insert(
            "location".into(),
            json!({"latitude": place.latitude(), "longitude": place.longitude()}),
        );
    }
    value
}
