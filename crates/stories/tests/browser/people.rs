//! Joining and changing what is theirs, as a person does it: on a phone-sized and a desktop-sized page, by keyboard and
//! mouse, with the code read from the phone in the sandbox.

use anyhow::{Context as _, ensure};
use serde_json::{Value, json};
use stories::http::Http;
use stories::world::text;

use crate::chrome::{Chrome, axe};
use crate::demo::Demo;

/// How often the phone is looked at for the code: each time is a call.
const LOOKS_MAX: usize = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_joins_and_changes_their_hour_and_phone_on_a_phone_and_on_a_desk() {
    const TEST: &str = "a_stranger_joins_and_changes_their_hour_and_phone_on_a_phone_and_on_a_desk";
    let Some(axe) = axe(TEST) else {
        return;
    };
    let Some(chrome) = Chrome::start(TEST).await.unwrap() else {
        return;
    };
    let demo = Demo::start().await.unwrap();
    let sizes = [(390, 844, "+14155552671"), (1280, 900, "+14155552672")];
    let mut walked = Ok(());
    for (width, height, number) in sizes {
        walked = walk(&chrome, &demo, &axe, (width, height), number).await;
        if walked.is_err() {
            break;
        }
    }
    chrome.end().await.unwrap();
    walked.unwrap();
    assert!(demo.end().await.unwrap().success());
}

async fn walk(
    chrome: &Chrome,
    demo: &Demo,
    axe: &str,
    (width, height): (u32, u32),
    number: &str,
) -> anyhow::Result<()> {
    let sandbox = Http::new(&demo.url);
    let handset = json!({"number": number});
    let added = sandbox
        .json("POST", "/sandbox/api/phones", &handset)
        .await?;
    ensure!(added.status < 300, "a phone: {}", added.json());
    chrome.is_as_large_as(width, height).await?;
    chrome.open(&demo.url).await?;
    chrome.click(r#"a.card[href="/join"]"#).await?;
    chrome
        .until("the form", "document.querySelector('[data-join]')")
        .await?;
    looks_well(chrome, axe, "join", width).await?;
    // Nothing filled in: what is wrong is said, and the reader is there.
    chrome.click(".people-go").await?;
    chrome
        .until("what is wrong", "document.activeElement.id === 'faults'")
        .await?;
    looks_well(chrome, axe, "join with faults", width).await?;
    fills_in(chrome, number).await?;
    chrome.click(".people-go").await?;
    chrome
        .until(
            "the field for the code",
            "document.activeElement.id === 'code'",
        )
        .await?;
    looks_well(chrome, axe, "code", width).await?;
    let code = code_on(&sandbox, number).await?;
    chrome.types("#code", &code).await?;
    chrome.click(".people-go").await?;
    chrome
        .until(
            "their page",
            "document.querySelector('h1').textContent === 'Hello, Ana'",
        )
        .await?;
    looks_well(chrome, axe, "me", width).await?;
    pays(chrome, axe, width).await?;
    chrome.chooses("#hour", "19").await?;
    chrome.click("#training button").await?;
    chrome
        .until(
            "the new hour",
            "document.querySelector('.people-next').innerText.includes('19:00') && \
             document.querySelector('.notice').innerText.includes('Saved')",
        )
        .await?;
    moves(chrome, demo, axe, number, width).await?;
    // The browser went to the part that was saved; the header stands above it.
    chrome.run("scrollTo(0, 0)", Vec::new()).await?;
    chrome
        .click(r#"[action="/me/logout"] button[name="everywhere"]"#)
        .await?;
    chrome
        .until(
            "the way in",
            "document.querySelector('[action=\"/me/login\"]')",
        )
        .await?;
    looks_well(chrome, axe, "login", width).await?;
    chrome.click(r#"a[href^="/privacy"]"#).await?;
    chrome
        .until(
            "what is kept",
            "document.querySelector('h1').textContent === 'Privacy at GymText'",
        )
        .await?;
    looks_well(chrome, axe, "privacy", width).await?;
    chrome.is_clean_but_for("422").await
}

/// Gives another phone, with the code that comes to it.
async fn moves(
    chrome: &Chrome,
    demo: &Demo,
    axe: &str,
    number: &str,
    width: u32,
) -> anyhow::Result<()> {
    let sandbox = Http::new(&demo.url);
    let new = number.replace("+14155552", "+14155553");
    let handset = json!({"number": new});
    let added = sandbox
        .json("POST", "/sandbox/api/phones", &handset)
        .await?;
    ensure!(added.status < 300, "a phone: {}", added.json());
    let national = new.strip_prefix("+1").context("a number of the US")?;
    let form = r#"#addresses form[action="/me/address"]"#;
    chrome.click("#addresses summary").await?;
    looks_well(chrome, axe, "me, another phone", width).await?;
    chrome.chooses("#phone-country", "US").await?;
    chrome.types("#new-phone", national).await?;
    chrome.click("#phone-sms").await?;
    chrome.click(&format!("{form} button.primary")).await?;
    chrome
        .until(
            "the field for the code",
            "document.activeElement.id === 'code'",
        )
        .await?;
    looks_well(chrome, axe, "code for another phone", width).await?;
    let code = code_on(&sandbox, &new).await?;
    chrome.types("#code", &code).await?;
    chrome.click(".people-go").await?;
    chrome
        .until(
            "the new number",
            &format!("document.querySelector('.people-aside')?.innerText === '{new}'"),
        )
        .await
}

/// Begins a plan on the pretend Stripe, with a card that is declined first, and looks at where it is managed.
async fn pays(chrome: &Chrome, axe: &str, width: u32) -> anyhow::Result<()> {
    chrome.click(r#"#plan a[href="/me/checkout"]"#).await?;
    chrome
        .until(
            "the page to pay on",
            "document.querySelector('button[value=\"pay\"]')",
        )
        .await?;
    looks_well(chrome, axe, "pay", width).await?;
    chrome.click(r#"button[value="decline"]"#).await?;
    chrome
        .until(
            "that it was declined",
            "document.querySelector('.notice.bad')",
        )
        .await?;
    looks_well(chrome, axe, "declined", width).await?;
    chrome.click(r#"button[value="pay"]"#).await?;
    chrome
        .until("that it is paid", "document.querySelector('.notice.ok')")
        .await?;
    // It would lead back by itself in a moment.
    chrome.click("main a.button.primary").await?;
    chrome
        .until(
            "their page, with thanks",
            "document.querySelector('#plan a[href=\"/me/portal\"]') && \
             document.querySelector('.notice').innerText.includes('Thank you')",
        )
        .await?;
    looks_well(chrome, axe, "me, paid", width).await?;
    chrome.run("scrollTo(0, 0)", Vec::new()).await?;
    chrome.click(r#"#plan a[href="/me/portal"]"#).await?;
    chrome
        .until(
            "the page to manage on",
            "document.querySelector('button[value=\"cancel\"]')",
        )
        .await?;
    looks_well(chrome, axe, "portal", width).await?;
    chrome.click(r#"main a[href$="/me"]"#).await?;
    chrome
        .until("their page", "document.querySelector('#hour')")
        .await
}

/// Fills in the form, and sees that the number is looked at as it is typed and when the first workout would come.
async fn fills_in(chrome: &Chrome, number: &str) -> anyhow::Result<()> {
    chrome.types("#name", "Ana Souza").await?;
    chrome.chooses("#country", "US").await?;
    let national = number.strip_prefix("+1").context("a number of the US")?;
    chrome.types("#phone", national).await?;
    chrome
        .until(
            "that it looks right",
            "document.querySelector('#phone-live').textContent === 'Looks right'",
        )
        .await?;
    chrome.chooses("#time_zone", "America/Recife").await?;
    chrome.chooses("#hour", "6").await?;
    chrome
        .until(
            "when it would come",
            "document.querySelector('[data-next]').textContent.endsWith(', 06:00')",
        )
        .await?;
    chrome.click("#sms").await
}

/// Nothing serious for axe in light and dark, and nothing wider than the window.
pub(crate) async fn looks_well(
    chrome: &Chrome,
    axe: &str,
    page: &str,
    width: u32,
) -> anyhow::Result<()> {
    for theme in ["light", "dark"] {
        chrome.set_theme(theme).await?;
        let found = chrome.serious_findings(axe).await?;
        ensure!(found.is_empty(), "{page} at {width}, {theme}: {found:#?}");
    }
    let fits = "return document.documentElement.scrollWidth <= innerWidth";
    let fits = chrome.run(fits, Vec::new()).await?;
    ensure!(fits == Value::Bool(true), "{page} is wider than {width}");
    Ok(())
}

pub(crate) async fn code_on(sandbox: &Http, number: &str) -> anyhow::Result<String> {
    let path = format!(
        "/sandbox/api/phones/{}/messages",
        number.replace('+', "%2B")
    );
    for _ in 0..LOOKS_MAX {
        let list = sandbox.get(&path).await?.json();
        let messages = list.as_array().cloned().unwrap_or_default();
        let bodies = messages.iter().map(|one| text(one, "body"));
        if let Some(body) = bodies.into_iter().find(|body| body.contains("code")) {
            return Ok(body.chars().take(6).collect());
        }
    }
    anyhow::bail!("no code came to {number}")
}
