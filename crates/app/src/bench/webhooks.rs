//! The loads of webhooks: signed as Twilio signs, sent by the driver itself.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use futures_util::future::try_join_all;
use http::HeaderValue;
use providers::twilio::signature::sign;
use serde::Serialize;
use tokio::time::Instant;

use super::figures::{Latency, rate};
use super::http::{Client, Kind};
use super::load::{CALLERS, Load, micros};
use super::process::NUMBER;

/// Webhooks while messages go out.
#[derive(Debug, Serialize)]
pub(super) struct Webhooks {
    pub(super) calls: u32,
    pub(super) answered: Latency,
}

/// Inbound messages flat out.
#[derive(Debug, Serialize)]
pub(super) struct Inbound {
    pub(super) messages: u32,
    pub(super) per_second: f64,
    pub(super) answered: Latency,
}

impl Load<'_> {
    /// Status webhooks of a delivered message, signed and repeated as a provider may, while batches
    /// go out.
    pub(super) async fn webhooks_under_load(&self) -> anyhow::Result<Webhooks> {
        let ledger = self.ledger().await?;
        let known = ledger
            .iter()
            .rev()
            .find(|line| line.attempt.is_some() && line.sid.is_some());
        let known = known.context("the sandbox's ledger is empty")?;
        let (attempt, sid) = (
            known.attempt.as_deref().unwrap_or_default(),
            known.sid.as_deref().unwrap_or_default(),
        );
        let fields = [
            ("AccountSid", self.sandbox.account_sid.as_str()),
            ("ApiVersion", "2010-04-01"),
            ("From", NUMBER),
            ("MessageSid", sid),
            ("MessageStatus", "delivered"),
            ("SmsSid", sid),
            ("SmsStatus", "delivered"),
            ("To", known.to.as_str()),
        ];
        let path = format!("/api/twilio/status?attempt={attempt}");
        let (signature, body) = self.signed(&path, &fields)?;
        let before = self.delivered().await?;
        let done = tokio_util::sync::CancellationToken::new();
        let calls = async {
            let mut client = Client::connect(self.service.address(0)).await?;
            let mut samples = Vec::new();
            let mut tick = tokio::time::interval(Duration::from_millis(5));
            tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
            while done.run_until_cancelled(tick.tick()).await.is_some() {
                let begun = Instant::now();
                let (status, _) = client
                    .post(
                        &path,
                        Kind::Form,
                        ("x-twilio-signature", &signature),
                        body.clone(),
                    )
                    .await?;
                ensure!(
                    (200..300).contains(&status),
                    "a status webhook was answered {status}"
                );
                samples.push(micros(begun.elapsed()));
            }
            anyhow::Ok(samples)
        };
        let load = async {
            let result = async {
                self.enqueue_batches().await?;
                self.wait_for(before + u64::from(self.plan.messages)).await
            }
            .await;
            done.cancel();
            result
        };
        let (samples, ()) = tokio::try_join!(calls, load)?;
        Ok(Webhooks {
            calls: u32::try_from(samples.len())?,
            answered: Latency::of(samples),
        })
    }

    /// Inbound messages of people who are no members, flat out: verified, stored, answered.
    pub(super) async fn inbound(&self) -> anyhow::Result<Inbound> {
        let messages = self.plan.messages;
        let mut requests = Vec::with_capacity(messages as usize);
        for number in 0..messages {
            let sid = format!("SM{number:032x}");
            let from = format!("+1646{}", 2_000_000 + number % 1_000_000);
            let fields = [
                ("AccountSid", self.sandbox.account_sid.as_str()),
                ("ApiVersion", "2010-04-01"),
                ("Body", "thanks"),
                ("From", from.as_str()),
                ("MessageSid", sid.as_str()),
                ("NumMedia", "0"),
                ("NumSegments", "1"),
                ("SmsMessageSid", sid.as_str()),
                ("SmsSid", sid.as_str()),
                ("SmsStatus", "received"),
                ("To", NUMBER),
            ];
            requests.push(self.signed("/api/twilio/sms", &fields)?);
        }
        let next = AtomicU32::new(0);
        let begun = Instant::now();
        let callers = (0..CALLERS).map(|_| async {
            let mut client = Client::connect(self.service.address(0)).await?;
            let mut samples = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some((signature, body)) = requests.get(number as usize) else {
                    return anyhow::Ok(samples);
                };
                let begun = Instant::now();
                let (status, _) = client
                    .post(
                        "/api/twilio/sms",
                        Kind::Form,
                        ("x-twilio-signature", signature),
                        body.clone(),
                    )
                    .await?;
                ensure!(
                    (200..300).contains(&status),
                    "an inbound webhook was answered {status}"
                );
                samples.push(micros(begun.elapsed()));
            }
        });
        let samples = try_join_all(callers).await?.into_iter().flatten().collect();
        Ok(Inbound {
            messages,
            per_second: rate(messages, begun.elapsed()),
            answered: Latency::of(samples),
        })
    }

    fn signed(&self, path: &str, fields: &[(&str, &str)]) -> anyhow::Result<(HeaderValue, Bytes)> {
        let url = format!("http://{}{path}", self.service.address(0));
        let signature = HeaderValue::from_str(&sign(&url, fields, &self.sandbox.auth_token))?;
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(fields);
        Ok((signature, Bytes::from(form.finish())))
    }
}
