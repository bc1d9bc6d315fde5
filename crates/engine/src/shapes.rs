//! Buttons and lists that the provider has to be told of before they can be sent: told once per
//! shape, before an attempt is begun, so that the attempt stays one request (G5).
//!
//! A head whose shape is not known yet stays claimed meanwhile. When the provider does not take the
//! shape, the same message goes as words with numbers: a missing button delays nobody.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use domain::content::Choices;
use domain::{Channel, Seconds, Text, Timestamp};
use providers::Shape;
use store::{LaneKey, Seq};

use crate::Engine;
use crate::worker::Word;

/// The most shapes remembered; past it all are asked for again.
const SHAPES_MAX: usize = 1_024;

/// How long a refusal is taken for one.
const REFUSED_FOR: Seconds = Seconds::new(60);

/// What is known of shapes, by channel and name.
#[derive(Debug, Default)]
pub(crate) struct Shapes(Mutex<HashMap<(Channel, String), Known>>);

#[derive(Debug)]
enum Known {
    /// Sent by this id.
    By(Box<str>),
    /// Being told; these heads wait for it.
    Soon(Vec<(LaneKey, Seq)>),
    /// Not to be had before this.
    Refused(Timestamp),
}

/// What a head is to do about its choices.
pub(crate) enum Look {
    /// Send them by this id, with these values.
    By(Box<str>, BTreeMap<Box<str>, Text>),
    /// Send words instead.
    Words,
    /// Wait: the head goes back by itself.
    Wait,
}

impl Engine {
    /// Looks for the shape of choices, and has it made where it is new.
    pub(crate) fn look_for_shape(
        &self,
        channel: Channel,
        body: &Text,
        choices: &Choices,
        head: (LaneKey, Seq),
        now: Timestamp,
    ) -> Look {
        let (shape, values) = Shape::of(body.as_str(), choices);
        let key = (channel, shape.name());
        let mut known = self.shapes();
        if known.len() >= SHAPES_MAX && !known.contains_key(&key) {
            known.retain(|_, one| matches!(one, Known::Soon(_)));
        }
        match known.get_mut(&key) {
            Some(Known::By(id)) => return Look::By(id.clone(), values),
            Some(Known::Soon(waiting)) => {
                waiting.push(head);
                return Look::Wait;
            }
            Some(Known::Refused(until)) if *until > now => return Look::Words,
            Some(Known::Refused(_)) | None => {}
        }
        known.insert(key.clone(), Known::Soon(vec![head]));
        drop(known);
        let engine = self.clone();
        self.inner
            .tasks
            .spawn(async move { engine.make_known(key, shape).await });
        Look::Wait
    }

    /// Forgets a shape, which the provider does not know any more.
    pub(crate) fn forget_shape(&self, id: &str) {
        self.shapes()
            .retain(|_, one| !matches!(one, Known::By(known) if **known == *id));
    }

    async fn make_known(&self, key: (Channel, String), shape: Shape) {
        let made = match self.inner.senders.on(key.0) {
            Some(sender) => sender.carrier.prepare(&shape).await,
            None => Err(providers::FetchError::NotAllowed {
                why: "no sender carries this channel".into(),
            }),
        };
        let now_known = match made {
            Ok(id) => Known::By(id),
            Err(error) => {
                tracing::warn!(%error, "buttons could not be made known; numbers are sent instead");
                Known::Refused(self.now() + REFUSED_FOR)
            }
        };
        let before = self.shapes().insert(key, now_known);
        if let Some(Known::Soon(waiting)) = before {
            for (lane, seq) in waiting {
                self.tell(Word::GiveBack(lane, seq, None));
            }
        }
    }

    fn shapes(&self) -> std::sync::MutexGuard<'_, HashMap<(Channel, String), Known>> {
        self.inner
            .shapes
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
