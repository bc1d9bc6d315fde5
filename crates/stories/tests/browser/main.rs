//! What the demo promises, walked in a real browser: the phones, an answer, the workout with its ticks and its
//! reasons, a knock and its reply, STOP, and what goes on from channel to channel. And what no page may have: script that came as text, errors in the console,
//! violations of its own policy, barriers that axe finds.

mod broadcasts;
mod chat;
mod chrome;
mod console;
mod content;
mod demo;
mod finding;
mod people;
mod phones;
mod programs;
mod settings;
mod team;

use anyhow::ensure;
use chrome::{Chrome, axe};
use demo::Demo;
use phones::Phones;

/// What a page must not take for markup.
const HOSTILE: &str =
    r#"<b>bold</b><img src=x onerror="document.title='owned'"><script>alert(1)</script>"#;

const URGENT: &str = r#"[data-action="/sandbox/demo/urgent"]"#;
const HOUR: &str = r#"[data-advance="3600"]"#;
const DAILY: &str = r#"[data-action="/sandbox/demo/daily"]"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_walks_through_the_demo() {
    let Some(chrome) = Chrome::start("a_stranger_walks_through_the_demo")
        .await
        .unwrap()
    else {
        return;
    };
    let demo = Demo::start().await.unwrap();
    let walked = walk(&chrome, &demo).await;
    chrome.end().await.unwrap();
    walked.unwrap();
    assert!(demo.end().await.unwrap().success());
}

async fn walk(chrome: &Chrome, demo: &Demo) -> anyhow::Result<()> {
    chrome.resize(1440, 900).await?;
    chrome.open(&demo.url).await?;
    chrome.click(r#"a.card[href="/sandbox/"]"#).await?;
    let phones = Phones::of(chrome);
    chrome.until("all phones, live", PHONES).await?;
    talks(&phones).await?;
    sends(chrome, &phones).await?;
    answers_the_knock(&phones).await?;
    stops(chrome, &phones).await?;
    goes_on(chrome, &phones).await?;
    chrome.is_clean().await
}

const PHONES: &str = r#"document.querySelectorAll("article.phone").length === 4
    && document.querySelector("[data-connection]").dataset.connection === "live""#;

/// Text as a member, and get an answer. Whatever the text is, it stays text.
async fn talks(phones: &Phones<'_>) -> anyhow::Result<()> {
    phones.say("James", HOSTILE).await?;
    phones
        .until("James", "an answer", "texts('in').length === 1")
        .await?;
    let said = phones.ask("James", "texts('out').at(-1)").await?;
    ensure!(said == HOSTILE, "the text was shown as {said}");
    let markup = phones
        .ask(
            "James",
            "phone.querySelectorAll('.body *, .bubble script, .bubble img').length",
        )
        .await?;
    ensure!(markup == 0, "{markup} elements came out of a text");
    let title = phones.ask("James", "document.title").await?;
    ensure!(title != "owned", "a text ran as script");
    Ok(())
}

/// Press the button: SMS and WhatsApp, ticks, and why.
async fn sends(chrome: &Chrome, phones: &Phones<'_>) -> anyhow::Result<()> {
    chrome.click(DAILY).await?;
    chrome
        .until(
            "who is asked first",
            "document.querySelector('[data-toasts]').innerText.includes('are asked first')",
        )
        .await?;
    phones
        .until(
            "James",
            "the workout by SMS",
            "stages('sms').filter((s) => s === 'delivered').length === 2",
        )
        .await?;
    for name in ["Maria", "Lucía"] {
        phones
            .until(
                name,
                "a knock, read",
                "stages('whatsapp').join() === 'read'",
            )
            .await?;
    }
    phones.select_last("Maria").await?;
    chrome
        .until(
            "the reasons of the knock",
            "document.querySelector('[data-why-body]').innerText.includes('an approved template asks them to answer')",
        )
        .await?;
    chrome
        .until(
            "its way at the carrier",
            "[...document.querySelectorAll('.steps .badge')].map((step) => step.textContent.trim()).join() \
             === 'Queued,Sent,Delivered,Read'",
        )
        .await?;
    phones.select_last("James").await?;
    chrome
        .until(
            "the reasons of the SMS",
            "document.querySelector('[data-why-body]').innerText.includes('prefers this channel')",
        )
        .await
}

/// A tap and a typed yes both get what waited, and nothing besides.
async fn answers_the_knock(phones: &Phones<'_>) -> anyhow::Result<()> {
    phones.click("Maria", ".choice").await?;
    phones.say("Lucía", "Envíalo").await?;
    for (name, word) in [("Maria", "Responda"), ("Lucía", "Responde")] {
        phones
            .until(
                name,
                "the held workout",
                "stages('whatsapp').join() === 'read,read'",
            )
            .await?;
        let workout = phones.ask(name, "texts('in').at(-1)").await?;
        ensure!(
            workout.as_str().is_some_and(|text| text.contains(word)),
            "{name} got {workout}"
        );
    }
    Ok(())
}

/// STOP is stop: pressed again, the button reaches the others and says who gets none.
async fn stops(chrome: &Chrome, phones: &Phones<'_>) -> anyhow::Result<()> {
    phones.say("James", "STOP").await?;
    phones
        .until(
            "James",
            "the carrier's answer",
            "texts('in').length === 3 && phone.innerText.includes('Said STOP')",
        )
        .await?;
    chrome.click(DAILY).await?;
    chrome
        .until(
            "who gets none",
            "document.querySelector('[data-toasts]').innerText.includes('James Carter gets none: the member said stop')",
        )
        .await?;
    for name in ["Maria", "Lucía"] {
        // The third in all: their reply to the knock brought one message and no more.
        phones
            .until(
                name,
                "the next workout",
                "stages('whatsapp').join() === 'read,read,read'",
            )
            .await?;
    }
    chrome.reload().await?;
    chrome.until("all phones, live", PHONES).await?;
    let arrived = phones.ask("James", "texts('in').length").await?;
    ensure!(arrived == 3, "after STOP James has {arrived} messages");
    Ok(())
}

/// What must arrive goes on by SMS and then as a letter while a phone is off, and says so.
async fn goes_on(chrome: &Chrome, phones: &Phones<'_>) -> anyhow::Result<()> {
    phones.click("Lucía", "[data-menu-button]").await?;
    phones.click("Lucía", r#"[data-set="online"]"#).await?;
    phones
        .until(
            "Lucía",
            "her phone is off",
            "phone.classList.contains('offline')",
        )
        .await?;
    chrome.click(URGENT).await?;
    let waits = |app: &str| format!("stages('{app}').at(-1) === 'sent'");
    phones
        .until("Lucía", "it waits on WhatsApp", &waits("whatsapp"))
        .await?;
    chrome.click(HOUR).await?;
    phones
        .until("Lucía", "it waits by SMS", &waits("sms"))
        .await?;
    chrome.click(HOUR).await?;
    let letter =
        "phone.querySelector('.letter [data-body]').textContent.includes('El gimnasio cierra')";
    phones.until("Lucía", "the letter", letter).await?;
    phones.click("Lucía", r#"[data-tab="email"]"#).await?;
    phones.click("Lucía", ".letter [data-select]").await?;
    let chain = "[...document.querySelectorAll('[data-why-body] ol.considered strong')]
        .map((leg) => leg.textContent).join() === 'WhatsApp,SMS,E-mail (this one)'";
    chrome.until("the whole chain", chain).await?;
    // One press ends letters, as a mail program does it.
    phones.click("Lucía", "[data-unsubscribe]").await?;
    let told = "document.querySelector('[data-toasts]').innerText.includes('told to stop')";
    chrome.until("the sender was told", told).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn axe_finds_no_barrier_on_any_page() {
    const TEST: &str = "axe_finds_no_barrier_on_any_page";
    let Some(axe) = axe(TEST) else {
        return;
    };
    let Some(chrome) = Chrome::start(TEST).await.unwrap() else {
        return;
    };
    let demo = Demo::start().await.unwrap();
    let looked = look(&chrome, &demo, &axe).await;
    chrome.end().await.unwrap();
    looked.unwrap();
    assert!(demo.end().await.unwrap().success());
}

async fn look(chrome: &Chrome, demo: &Demo, axe: &str) -> anyhow::Result<()> {
    chrome.open(&format!("{}/sandbox/", demo.url)).await?;
    let phones = Phones::of(chrome);
    chrome.until("all phones, live", PHONES).await?;
    chrome.click(DAILY).await?;
    phones
        .until("James", "the workout", "texts('in').length === 1")
        .await?;
    phones
        .until("Maria", "the knock", "stages('whatsapp').join() === 'read'")
        .await?;
    let sizes: [(u32, u32, &[&str]); 2] = [(500, 850, &["light"]), (1440, 900, &["light", "dark"])];
    for (width, height, themes) in sizes {
        chrome.resize(width, height).await?;
        for (page, ready) in [
            ("/sandbox/", PHONES),
            ("/", "document.querySelector('.landing')"),
            ("/docs", "document.querySelector('.docs-fields')"),
        ] {
            for theme in themes {
                chrome.open(&format!("{}{page}", demo.url)).await?;
                chrome.until(page, ready).await?;
                chrome.set_theme(theme).await?;
                let found = chrome.serious_findings(axe).await?;
                ensure!(found.is_empty(), "{page} at {width}, {theme}: {found:#?}");
            }
        }
    }
    chrome.is_clean().await
}
