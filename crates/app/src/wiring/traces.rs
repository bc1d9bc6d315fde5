//! Takes spans from their queue and tells them to the collector, in batches. A collector that is away costs spans, never
//! messages.

use std::time::Duration;

use providers::otlp::{BATCH_MAX, Collector, ExportError, Span, Spans};
use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;

use crate::settings::Traces;

/// How long a batch may fill.
const FILLS_FOR: Duration = Duration::from_secs(1);

/// How often a batch is told at most.
const TRIES_MAX: u32 = 4;

/// The longest pause a collector may ask for.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// How long the last batches may take.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// The queue, and what empties it.
#[derive(Debug)]
pub(super) struct Export {
    collector: Collector,
    spans: Spans,
    queue: Receiver<Span>,
    /// Taken from the queue, and not told yet.
    batch: Vec<Span>,
}

impl Export {
    /// What the settings say.
    pub(super) fn new(settings: &Traces, seed: u64) -> anyhow::Result<Self> {
        let collector = Collector::new(&providers::otlp::Settings {
            endpoint: settings.endpoint.clone(),
            headers: settings.headers.clone(),
            service_name: settings.service_name.clone(),
            instance: format!("{seed:016x}"),
        })?;
        let (spans, queue) = Spans::new(settings.share);
        Ok(Self {
            collector,
            spans,
            queue,
            batch: Vec::new(),
        })
    }

    /// Where spans are put.
    pub(super) fn spans(&self) -> Spans {
        self.spans.clone()
    }

    /// Runs until `stop`; what is in the queue by then is told, as far as the collector is quick.
    pub(super) async fn run(mut self, stop: CancellationToken) {
        let mut is_well = true;
        while let Some(has_more) = stop.run_until_cancelled(self.fill()).await {
            if !has_more {
                return;
            }
            is_well = self.tell(is_well, &stop).await;
        }
        let rest = async {
            loop {
                while self.batch.len() < BATCH_MAX
                    && let Ok(span) = self.queue.try_recv()
                {
                    self.batch.push(span);
                }
                if self.batch.is_empty() {
                    break;
                }
                is_well = self.tell(is_well, &stop).await;
            }
        };
        if tokio::time::timeout(LAST_WORDS, rest).await.is_err() {
            tracing::warn!("the collector of traces was too slow for the last spans");
        }
    }

    /// Fills the batch, at least with one; `false` when there will be no other. Cancelled, it loses nothing.
    async fn fill(&mut self) -> bool {
        if self.queue.recv_many(&mut self.batch, BATCH_MAX).await == 0 {
            return false;
        }
        let filled = async {
            while self.batch.len() < BATCH_MAX {
                let room = BATCH_MAX - self.batch.len();
                if self.queue.recv_many(&mut self.batch, room).await == 0 {
                    break;
                }
            }
        };
        // Not full in time: then it goes as it is.
        let _ = tokio::time::timeout(FILLS_FOR, filled).await;
        true
    }

    /// Tells the batch, if need be several times, and empties it; whether the collector took it.
    async fn tell(&mut self, was_well: bool, stop: &CancellationToken) -> bool {
        let batch = std::mem::take(&mut self.batch);
        let mut pause = Duration::from_millis(500);
        for left in (0..TRIES_MAX).rev() {
            match self.collector.export(&batch).await {
                Ok(()) => {
                    self.spans.note(batch.len(), true);
                    if !was_well {
                        tracing::info!("the collector of traces takes spans again");
                    }
                    return true;
                }
                Err(ExportError::Later { after, .. }) if left > 0 && !stop.is_cancelled() => {
                    let wait = after.unwrap_or(pause).min(PAUSE_MAX);
                    let _ = tokio::time::timeout(wait, stop.cancelled()).await;
                    pause *= 3;
                }
                Err(error) => {
                    self.spans.note(batch.len(), false);
                    if was_well {
                        tracing::warn!(%error, "spans are lost until the collector of traces takes them; messages are not concerned");
                    }
                    return false;
                }
            }
        }
        false
    }
}
