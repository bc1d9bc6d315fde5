//! The web chat in a real browser, on a phone in light and on a desk in dark: an answer that comes by itself, ticks, foreign
//! text, a text that is kept while nothing can be sent, and the end of a session.

use anyhow::ensure;
use serde_json::{Value, json};
use stories::http::Http;
use stories::world::text;

use crate::HOSTILE;
use crate::chrome::{Chrome, axe};
use crate::demo::Demo;

/// The number of a member of the demo.
const JAMES: &str = "+13125550142";

/// How often the phone is looked at for the code: each time is a call.
const LOOKS_MAX: usize = 2_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_talks_with_us_on_their_page_on_a_phone_and_on_a_desk() {
    const TEST: &str = "a_member_talks_with_us_on_their_page_on_a_phone_and_on_a_desk";
    let Some(axe) = axe(TEST) else {
        return;
    };
    let Some(chrome) = Chrome::start(TEST).await.unwrap() else {
        return;
    };
    let demo = Demo::start().await.unwrap();
    let mut walked = Ok(());
    for (round, (width, height, theme)) in [(390, 844, "light"), (1280, 900, "dark")]
        .into_iter()
        .enumerate()
    {
        let page = Page {
            chrome: &chrome,
            demo: &demo,
            axe: &axe,
            theme,
            width,
        };
        walked = page.walk(round, height).await;
        if walked.is_err() {
            break;
        }
    }
    chrome.end().await.unwrap();
    walked.unwrap();
    assert!(demo.end().await.unwrap().success());
}

struct Page<'a> {
    chrome: &'a Chrome,
    demo: &'a Demo,
    axe: &'a str,
    theme: &'a str,
    width: u32,
}

impl Page<'_> {
    async fn walk(&self, round: usize, height: u32) -> anyhow::Result<()> {
        let chrome = self.chrome;
        chrome.is_as_large_as(self.width, height).await?;
        self.logs_in(round + 1).await?;
        chrome.click("#open-chat").await?;
        self.is_connected().await?;
        chrome.run("window.here = true", Vec::new()).await?;
        self.looks_well("the chat").await?;
        // An answer comes without the page being read again, and is read because it is seen.
        let asked = "what is today's workout?";
        self.says(asked).await?;
        chrome
            .until(
                "an answer that was read",
                "log().lastElementChild.matches('.ours[data-stage=\"read\"]')",
            )
            .await?;
        let said = format!("texts('theirs').at(-1) === {}", json!(asked));
        chrome.until("what was asked", &said).await?;
        chrome
            .until("an empty field", "field().value === ''")
            .await?;
        chrome
            .until("the same page", "window.here === true")
            .await?;
        self.shows_foreign_text().await?;
        self.looks_well("the chat with foreign text").await?;
        self.keeps_what_is_not_sent().await?;
        self.ends_with_the_session().await?;
        // What the browser says of the line that is refused without a session.
        chrome.is_clean_but_for("401").await
    }

    /// Types, and presses Enter.
    async fn says(&self, words: &str) -> anyhow::Result<()> {
        let words = format!("{words}\u{e007}");
        self.chrome.types("#text", &words).await
    }

    async fn is_connected(&self) -> anyhow::Result<()> {
        let helpers = "window.log = () => document.querySelector('[data-log]');
            window.field = () => document.querySelector('#text');
            window.texts = (who) => [...document.querySelectorAll(`.${who} .chat-text`)].map((one) => one.textContent);";
        self.chrome.run(helpers, Vec::new()).await?;
        self.chrome
            .until(
                "the line",
                "document.querySelector('[data-chat]').dataset.line === 'open'",
            )
            .await
    }

    /// Markup, letters that turn the direction round, and a word without an end, by the form of the page.
    async fn shows_foreign_text(&self) -> anyhow::Result<()> {
        let endless = "w".repeat(1_600);
        for words in [HOSTILE, "\u{202e}gnp.exe \u{2067}שלום", &endless] {
            let script = "field().value = arguments[0]; field().form.requestSubmit();";
            self.chrome.run(script, vec![json!(words)]).await?;
            let came = format!("texts('theirs').at(-1) === {}", json!(words));
            self.chrome.until("foreign text", &came).await?;
        }
        let elements = "return document.querySelectorAll('.chat-text *').length";
        let elements = self.chrome.run(elements, Vec::new()).await?;
        ensure!(elements == 0, "{elements} elements came out of a text");
        self.chrome
            .until("its title", "document.title !== 'owned'")
            .await
    }

    /// Without a network the text stays, is said not to be sent, and goes with the next press, once.
    async fn keeps_what_is_not_sent(&self) -> anyhow::Result<()> {
        let cut =
            "window.kept = window.fetch; window.fetch = () => Promise.reject(new TypeError());";
        self.chrome.run(cut, Vec::new()).await?;
        let words = format!("this one is kept at {}", self.width);
        let stands = format!("field().value === '{words}'");
        self.says(&words).await?;
        let unsent = "document.querySelector('[data-fault]').textContent.includes('not sent')";
        self.chrome
            .until("that it was not sent", &format!("{unsent} && {stands}"))
            .await?;
        self.chrome.reload().await?;
        self.is_connected().await?;
        self.chrome
            .until("the text after a reload", &stands)
            .await?;
        self.chrome.click("[data-write] button").await?;
        let once = format!("texts('theirs').filter((one) => one === '{words}').length === 1");
        let sent = format!("{once} && field().value === ''");
        self.chrome.until("the text, once", &sent).await
    }

    /// Logged out in another window, this one says so.
    async fn ends_with_the_session(&self) -> anyhow::Result<()> {
        let leave = "const body = new URLSearchParams({token: document.querySelector('[name=token]').value, everywhere: 'yes'}); \
             fetch('/me/logout', {method: 'POST', body});";
        self.chrome.run(leave, Vec::new()).await?;
        self.chrome
            .until(
                "that they are logged out",
                "document.querySelector('[data-state] a[href=\"/me\"]')",
            )
            .await
    }

    async fn logs_in(&self, count: usize) -> anyhow::Result<()> {
        let chrome = self.chrome;
        chrome.open(&format!("{}/me", self.demo.url)).await?;
        chrome.chooses("#country", "US").await?;
        chrome.types("#phone", JAMES).await?;
        chrome.click("form[action=\"/me/login\"] button").await?;
        chrome
            .until(
                "the field for the code",
                "document.activeElement.id === 'code'",
            )
            .await?;
        let code = self.code(count).await?;
        chrome.types("#code", &code).await?;
        chrome.click(".people-go").await?;
        chrome
            .until("their page", "document.querySelector('#open-chat')")
            .await
    }

    async fn code(&self, count: usize) -> anyhow::Result<String> {
        let path = format!("/sandbox/api/phones/{}/messages", JAMES.replace('+', "%2B"));
        let sandbox = Http::new(&self.demo.url);
        for _ in 0..LOOKS_MAX {
            let list = sandbox.get(&path).await?.json();
            let all = list.as_array().cloned().unwrap_or_default();
            let codes: Vec<String> = all
                .iter()
                .map(|one| text(one, "body"))
                .filter(|body| body.contains("code"))
                .collect();
            if let Some(body) = codes.get(count - 1) {
                return Ok(body.chars().take(6).collect());
            }
        }
        anyhow::bail!("no code came")
    }

    /// Nothing serious for axe, and nothing wider than the window.
    async fn looks_well(&self, what: &str) -> anyhow::Result<()> {
        self.chrome.set_theme(self.theme).await?;
        let found = self.chrome.serious_findings(self.axe).await?;
        ensure!(found.is_empty(), "{what} at {}: {found:#?}", self.width);
        let fits = "const chat = document.querySelector('[data-scroll]');
            return document.documentElement.scrollWidth <= innerWidth && chat.scrollWidth <= chat.clientWidth";
        let fits = self.chrome.run(fits, Vec::new()).await?;
        ensure!(
            fits == Value::Bool(true),
            "{what} is wider than {}",
            self.width
        );
        Ok(())
    }
}
