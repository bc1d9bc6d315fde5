//! How our own numbers stand at their provider: online or not, and their quality (GUARANTEES 2.9). Nobody
//! tells us, so it is asked for with the templates; what it says is kept in the store first, and moves the version that
//! `begin` compares. A number that is offline holds its messages, without a switch that a person would have to turn off; one of low
//! quality sends at half its pace; how many people a number may reach bounds the setting.

use std::sync::{Arc, PoisonError};

use domain::Channel;
use domain::sender::{SenderQuality, SenderStatus};
use store::ops::RecordSenders;
use store::questions::SenderStandings;
use store::records::SenderStanding;

use crate::parts::SenderSetting;
use crate::{Engine, EngineError};

/// The longest reason of a provider that is kept, in characters.
const REASON_MAX: usize = 200;

impl Engine {
    /// Asks the provider how our numbers on WhatsApp stand, and keeps it.
    pub async fn sync_senders(&self) -> Result<Vec<SenderStanding>, EngineError> {
        self.refuse_while_held()?;
        let Some(ours) = self.inner.senders.on(Channel::Whatsapp) else {
            return Ok(Vec::new());
        };
        let remote = self.inner.sender_host.senders(Channel::Whatsapp).await?;
        let at = self.now();
        let senders: Vec<SenderStanding> = remote
            .into_iter()
            .filter(|one| one.handle == ours.handle)
            .map(|one| SenderStanding {
                channel: Channel::Whatsapp,
                sender: one.handle,
                status: one.status,
                quality: one.quality,
                people: one.people,
                reason: one
                    .reason
                    .unwrap_or_default()
                    .chars()
                    .take(REASON_MAX)
                    .collect::<String>()
                    .replace('\0', " "),
                changed_at: at,
            })
            .collect();
        if senders.is_empty() {
            return Ok(senders);
        }
        let changed = self
            .inner
            .committer
            .submit(RecordSenders { senders, at })
            .await?;
        for standing in &changed {
            said(standing);
        }
        if !changed.is_empty() {
            self.load_switches().await?;
        }
        Ok(changed)
    }

    /// Reads from the store how our numbers stand.
    pub(crate) async fn read_standings(&self) -> Result<(), EngineError> {
        let standings = self.ask().question(SenderStandings).await?;
        let ours = |channel| {
            let sender = self.inner.senders.on(channel)?;
            standings
                .iter()
                .find(|one| one.channel == channel && one.sender == sender.handle)
        };
        let whatsapp = ours(Channel::Whatsapp);
        let is_low = whatsapp.is_some_and(|one| one.quality == SenderQuality::Low);
        self.inner.pace.degrade(is_low);
        let people = whatsapp.and_then(|one| one.people);
        self.inner.limits.people().is_told(people);
        *self
            .inner
            .standings
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(standings);
        Ok(())
    }

    /// How one of our numbers stands, where its provider has told.
    pub(crate) fn standing_of(&self, sender: &SenderSetting) -> Option<SenderStanding> {
        let standings = self
            .inner
            .standings
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        standings
            .iter()
            .find(|one| one.channel == sender.channel && one.sender == sender.handle)
            .cloned()
    }

    /// Whether its provider has taken one of our numbers offline.
    pub(crate) fn is_offline(&self, sender: &SenderSetting) -> bool {
        let standings = self
            .inner
            .standings
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        standings.iter().any(|one| {
            one.status == SenderStatus::Offline
                && one.channel == sender.channel
                && one.sender == sender.handle
        })
    }

    /// Asks, and says so when that does not work; it is asked again.
    pub(crate) async fn ask_how_senders_stand(&self) {
        if let Err(error) = self.sync_senders().await {
            tracing::warn!(%error, "how our numbers stand could not be asked; it is asked again");
        }
    }
}

/// Tells whoever reads the log.
fn said(standing: &SenderStanding) {
    let channel = standing.channel.as_str();
    let (status, quality) = (standing.status.as_str(), standing.quality.as_str());
    if standing.status == SenderStatus::Offline {
        tracing::error!(
            channel,
            quality,
            "our number is offline at its provider; its messages wait until it is back"
        );
    } else if standing.quality == SenderQuality::Low {
        tracing::warn!(
            channel,
            status,
            "people block or report our number: its quality is low, and it sends at half its pace"
        );
    } else {
        tracing::info!(
            channel,
            status,
            quality,
            "how our number stands has changed"
        );
    }
}
