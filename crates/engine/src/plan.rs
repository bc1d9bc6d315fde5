//! A dry run: what would be sent now, how and why. Nothing is stored, nothing is sent.

use domain::{MemberId, PlaceState};
use policy::outbound::{Decision, Form};
use serde_json::{Value, json};
use store::records::MessageFacts;
use store::{LaneKey, Seq};

use crate::explain::readable;
use crate::{Draft, Engine, EngineError, journal};

impl Engine {
    /// What the planner would do with this draft now.
    pub async fn plan(&self, member: MemberId, draft: Draft) -> Result<Value, EngineError> {
        let view = self.member(member).await?;
        let now = self.now();
        let message = self.new_message(draft);
        let facts = MessageFacts {
            seq: Seq(0),
            lane: LaneKey::of(member, &message.queue),
            created_at: now,
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
        };
        let standing = self.standing();
        let around = self.surroundings(&standing, now);
        let judgement = self.judge(&facts, &around, now);
        let mut value = readable(&journal::write(&judgement));
        if let (Some(object), Decision::Send(plan)) = (value.as_object_mut(), &judgement.decision) {
            object.insert("provider".into(), json!(plan.provider.as_str()));
            object.insert(
                "preview".into(),
                match &plan.form {
                    Form::Text { text, .. } => json!({ "text": text.as_str() }),
                    Form::Template {
                        name,
                        language,
                        variables,
                        ..
                    } => json!({
                        "template": name,
                        "language": language,
                        "variables": variables
                            .iter()
                            .map(|(name, value)| (name.to_string(), json!(value.as_str())))
                            .collect::<serde_json::Map<_, _>>(),
                    }),
                },
            );
            if let Some(segments) = &plan.segments {
                object.insert("encoding".into(), json!(segments.encoding.as_str()));
            }
            // No price is known yet: prices are dated data that this version does not hold.
            object.insert("price".into(), Value::Null);
        }
        Ok(value)
    }
}
