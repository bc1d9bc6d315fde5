//! The team for itself, in the browser: a second factor is set up with an app's codes and asked for at the next log-in; a coach looks
//! as a member, is refused whatever changes something, and ends it.

use anyhow::{Context as _, ensure};
use domain::Timestamp;
use serde_json::json;
use stories::authenticator::{code_at, key_on};
use stories::browser::another;
use stories::world::text;

use crate::console::{Desk, at_a_desk};

const OPERATOR: &str = "/sandbox/api/phones/%2B14155550190/messages";

const LOOKS_MAX: usize = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coach_sets_up_a_second_factor_and_looks_as_a_member() {
    at_a_desk(
        "a_coach_sets_up_a_second_factor_and_looks_as_a_member",
        walk,
    )
    .await
    .unwrap();
}

async fn walk(desk: &mut Desk<'_>) -> anyhow::Result<()> {
    desk.is_as_large_as(1280, 860).await?;
    desk.gets_in().await?;
    let key = desk.sets_it_up().await?;
    desk.is_asked_for_it(&key).await?;
    desk.looks_as_a_member().await?;
    desk.is_as_large_as(390, 844).await?;
    desk.looks_on_a_phone().await?;
    // A wrong number, a wrong code, what a look may not change.
    desk.chrome.is_clean_but_for("4").await
}

impl Desk<'_> {
    /// What the app shows now, by the demo's clock.
    async fn code(&self, key: &str) -> anyhow::Result<String> {
        let clock = self.sandbox.get("/sandbox/api/clock").await?.json();
        let now: jiff::Timestamp = text(&clock, "now").parse().context("the clock")?;
        code_at(key, Timestamp::from_seconds(now.as_second()))
    }

    async fn sets_it_up(&self) -> anyhow::Result<String> {
        self.opens("/admin/second-factor").await?;
        self.looks_well("no second factor").await?;
        self.chrome.click("button[value=begin]").await?;
        self.until("the picture", "document.querySelector('.console-qr path')")
            .await?;
        self.looks_well("setting it up").await?;
        self.chrome.picture("console-second-factor").await?;
        let page = "return document.querySelector('.console-key').outerHTML";
        let page = self.chrome.run(page, Vec::new()).await?;
        let key = key_on(page.as_str().unwrap_or_default());
        let wrong = another(&self.code(&key).await?);
        self.chrome.types("#confirm-code", &wrong).await?;
        self.chrome.click(".console-form .button.primary").await?;
        self.until("what is wrong", "document.activeElement.id === 'fault'")
            .await?;
        self.looks_well("a wrong code").await?;
        let code = self.code(&key).await?;
        self.chrome.types("#confirm-code", &code).await?;
        self.chrome.click(".console-form .button.primary").await?;
        self.until(
            "ten recovery codes",
            "document.querySelectorAll('.console-codes li').length === 10",
        )
        .await?;
        self.looks_well("recovery codes").await?;
        self.opens("/admin/second-factor").await?;
        self.until(
            "that it is asked for",
            "document.querySelector('.notice.ok').innerText.includes('10 recovery codes are left')",
        )
        .await?;
        self.looks_well("a second factor in force").await?;
        Ok(key)
    }

    async fn is_asked_for_it(&self, key: &str) -> anyhow::Result<()> {
        self.opens("/admin/team").await?;
        self.looks_well("the team with a second factor").await?;
        self.chrome.click(".console-leave .button").await?;
        self.until("the way in", "document.activeElement.id === 'phone'")
            .await?;
        self.chrome.types("#phone", "+1 415 555 0190").await?;
        self.chrome.click(".console-form .button.primary").await?;
        self.until("the code", "document.activeElement.id === 'code'")
            .await?;
        let texted = self.second_code().await?;
        self.chrome.types("#code", &texted).await?;
        self.chrome.click(".console-form .button.primary").await?;
        self.until(
            "the second page",
            "location.pathname === '/admin/login/second' && document.activeElement.id === 'code'",
        )
        .await?;
        self.looks_well("the second page").await?;
        // The code that set it up is used: the next half minute has another.
        let later = json!({"advance_seconds": 30});
        let moved = self.sandbox.json("POST", "/sandbox/api/clock", &later);
        ensure!(moved.await?.status < 300, "the clock stands");
        let code = self.code(key).await?;
        self.chrome.types("#code", &code).await?;
        self.chrome.click(".console-form .button.primary").await?;
        self.until("that they are in", "document.querySelector('#live-today')")
            .await
    }

    /// The second code that was texted.
    async fn second_code(&self) -> anyhow::Result<String> {
        for _ in 0..LOOKS_MAX {
            let list = self.sandbox.get(OPERATOR).await?.json();
            let messages = list.as_array().cloned().unwrap_or_default();
            let bodies = messages.iter().map(|one| text(one, "body"));
            let mut codes = bodies.filter(|body| body.contains("code"));
            if let Some(body) = codes.nth(1) {
                return Ok(body.chars().take(6).collect());
            }
        }
        anyhow::bail!("no second code came")
    }

    async fn begins_to_look(&self) -> anyhow::Result<()> {
        self.opens("/admin").await?;
        self.chrome.types("#q", "james").await?;
        self.chrome.click(".console-find button").await?;
        self.chrome.click("td a").await?;
        self.until("the member", "document.querySelector('#look-reason')")
            .await?;
        let why = "He says he sees no workout";
        self.chrome.types("#look-reason", why).await?;
        self.chrome
            .click("form[action$='/look'] button[type=submit]")
            .await?;
        self.until(
            "his page, under a banner",
            "location.pathname === '/me' && \
             document.querySelector('.banner').innerText.includes('you see this as James')",
        )
        .await
    }

    async fn looks_as_a_member(&self) -> anyhow::Result<()> {
        self.begins_to_look().await?;
        self.looks_well("a member's page, looked at").await?;
        self.chrome.picture("console-looking").await?;
        self.chrome.click("#open-chat").await?;
        self.until("his chat", "document.querySelector('[data-chat]')")
            .await?;
        self.looks_well("a member's chat, looked at").await?;
        self.opens("/me").await?;
        self.chrome.click("#training button[type=submit]").await?;
        self.until(
            "that nothing is changed",
            "document.querySelector('h1').innerText === 'Nothing was changed' && \
             document.querySelector('.banner')",
        )
        .await?;
        self.looks_well("a change that is refused").await?;
        self.chrome.click(".banner button").await?;
        self.until(
            "his page in the console",
            "location.pathname.startsWith('/admin/members/mem_') && !document.querySelector('.banner')",
        )
        .await
    }

    async fn looks_on_a_phone(&self) -> anyhow::Result<()> {
        self.opens("/admin/second-factor").await?;
        self.looks_well("a second factor in force").await?;
        self.begins_to_look().await?;
        self.looks_well("a member's page, looked at").await?;
        self.opens("/me/chat").await?;
        self.looks_well("a member's chat, looked at").await?;
        let shown = "document.querySelector('.chat-write').getBoundingClientRect().bottom <= innerHeight + 1";
        self.until("the place to write, above the edge", shown)
            .await
    }
}
