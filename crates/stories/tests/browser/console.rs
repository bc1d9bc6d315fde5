//! The console as a coach works in it, on a phone-sized and a desktop-sized page: in by the code on their phone, from what
//! waits to the answer, why a message went as it did, and why a member got no workout. What happens meanwhile comes to the
//! open page by itself.

use anyhow::ensure;
use serde_json::json;
use stories::http::Http;

use crate::chrome::{Chrome, axe};
use crate::demo::Demo;
use crate::people::{code_on, looks_well};

/// The phone of whoever works in the console of the demo.
const OPERATOR: &str = "+14155550190";

const JAMES: &str = "/sandbox/api/phones/%2B13125550142";
const MARIA: &str = "/sandbox/api/phones/%2B5581987654321";

/// What no page may break on: markup, a change of direction, a picture letter, and a word without end.
const NASTY: &str = "<script>document.title='owned'</script> \u{202e}gnp.exe 🏋️ ";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coach_works_through_what_waits_on_a_desk_and_on_a_phone() {
    let test = "a_coach_works_through_what_waits_on_a_desk_and_on_a_phone";
    at_a_desk(test, async |desk: &mut Desk<'_>| desk.walk().await)
        .await
        .unwrap();
}

/// Walks through the console of a fresh demo, in a browser that ends with the walk.
pub(crate) async fn at_a_desk(
    test: &str,
    walk: impl AsyncFnOnce(&mut Desk<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let Some(axe) = axe(test) else {
        return Ok(());
    };
    let Some(chrome) = Chrome::start(test).await? else {
        return Ok(());
    };
    let demo = Demo::start().await?;
    let mut desk = Desk::of(&chrome, &demo, axe);
    let walked = walk(&mut desk).await;
    chrome.end().await?;
    walked?;
    ensure!(demo.end().await?.success(), "the demo ends in peace");
    Ok(())
}

pub(crate) struct Desk<'a> {
    pub(crate) chrome: &'a Chrome,
    pub(crate) sandbox: Http,
    pub(crate) url: String,
    pub(crate) axe: String,
    pub(crate) width: u32,
}

impl<'a> Desk<'a> {
    pub(crate) fn of(chrome: &'a Chrome, demo: &Demo, axe: String) -> Self {
        Self {
            chrome,
            sandbox: Http::new(&demo.url),
            url: demo.url.clone(),
            axe,
            width: 1280,
        }
    }
}

impl Desk<'_> {
    async fn walk(&mut self) -> anyhow::Result<()> {
        self.is_as_large_as(1280, 860).await?;
        self.gets_in().await?;
        self.answers().await?;
        self.finds_out_why().await?;
        self.works_off().await?;
        self.looks_around().await?;
        self.finds_people().await?;
        self.lets_programs_in().await?;
        self.writes_to_many().await?;
        self.looks_at_what_is_in_force().await?;
        self.is_as_large_as(390, 844).await?;
        self.on_a_phone().await?;
        // A code is asked for with a wrong number once.
        self.chrome.is_clean_but_for("422").await
    }

    pub(crate) async fn is_as_large_as(&mut self, width: u32, height: u32) -> anyhow::Result<()> {
        self.width = width;
        self.chrome.is_as_large_as(width, height).await
    }

    pub(crate) async fn looks_well(&self, page: &str) -> anyhow::Result<()> {
        looks_well(self.chrome, &self.axe, page, self.width).await
    }

    pub(crate) async fn opens(&self, path: &str) -> anyhow::Result<()> {
        self.chrome.open(&format!("{}{path}", self.url)).await
    }

    async fn says(&self, phone: &str, channel: &str, words: &str) -> anyhow::Result<()> {
        let said = json!({"channel": channel, "text": words});
        let path = format!("{phone}/say");
        let answer = self.sandbox.json("POST", &path, &said).await?;
        ensure!(answer.status < 300, "{}", answer.json());
        Ok(())
    }

    pub(crate) async fn until(&self, what: &str, expression: &str) -> anyhow::Result<()> {
        self.chrome.until(what, expression).await
    }

    pub(crate) async fn gets_in(&self) -> anyhow::Result<()> {
        self.opens("/admin").await?;
        self.until("the way in", "document.activeElement.id === 'phone'")
            .await?;
        self.looks_well("login").await?;
        self.chrome.types("#phone", "0190").await?;
        self.chrome.click(".console-form .button.primary").await?;
        self.until("what is wrong", "document.querySelector('#fault')")
            .await?;
        self.looks_well("login with a fault").await?;
        self.chrome.types("#phone", "+1 415 555 0190").await?;
        self.chrome.click(".console-form .button.primary").await?;
        self.until("the code", "document.activeElement.id === 'code'")
            .await?;
        let code = code_on(&self.sandbox, OPERATOR).await?;
        self.chrome.types("#code", &code).await?;
        self.chrome.click(".console-form .button.primary").await?;
        self.until(
            "that all is well",
            "document.body.innerText.includes('All is well.')",
        )
        .await
    }

    /// From Today to the answer. What members write comes to the open pages by itself.
    async fn answers(&self) -> anyhow::Result<()> {
        self.says(MARIA, "whatsapp", "Meu joelho dói muito desde ontem")
            .await?;
        self.says(JAMES, "sms", "too many texts").await?;
        self.until(
            "who waits, without a reload",
            "document.querySelector('#live-today').innerText.includes('may be hurt') && \
             document.querySelector('.console-doubt')",
        )
        .await?;
        self.looks_well("today").await?;
        self.chrome.picture("console-today").await?;
        self.chrome
            .click(".console-doubt button[value=no_stop]")
            .await?;
        self.until(
            "that it is decided",
            "!document.querySelector('.console-doubt')",
        )
        .await?;
        self.chrome.click("#live-today .console-list a").await?;
        self.until("the conversation", "document.querySelector('#open-name')")
            .await?;
        self.looks_well("a conversation").await?;
        self.chrome.click("[data-key=t]").await?;
        self.until(
            "that it is theirs",
            "document.querySelector('#live-bar').innerText.includes('You answer')",
        )
        .await?;
        let words = "Descanse hoje, Maria.";
        self.chrome.types("#text", "Descanse ").await?;
        let nasty = format!("{NASTY}{}", "w".repeat(900));
        self.says(MARIA, "whatsapp", &nasty).await?;
        self.until(
            "her next words, while an answer is written",
            "document.querySelector('#live-thread').innerText.includes('gnp.exe') && \
             document.querySelector('#text').value === 'Descanse '",
        )
        .await?;
        let title = self.chrome.run("return document.title", Vec::new()).await?;
        ensure!(title != "owned", "a text ran as script");
        self.looks_well("a conversation with hostile words").await?;
        self.chrome.types("#text", words).await?;
        self.chrome.click("[data-plan]").await?;
        self.until(
            "how it would go, in place",
            "document.querySelector('dialog[open]').innerText.includes('It would go now, by WhatsApp')",
        )
        .await?;
        self.looks_well("how it would go").await?;
        self.chrome.click("dialog .dialog-actions button").await?;
        self.chrome.click(".console-noting summary").await?;
        self.chrome.types("#note", "Knee, since yesterday").await?;
        self.chrome.click(".console-noting .button").await?;
        self.until(
            "the note among the words",
            "document.querySelector('.console-note') && document.querySelector('#text').value",
        )
        .await?;
        self.looks_well("a conversation with a note").await?;
        self.chrome.click("[data-say] .button.primary").await?;
        self.until(
            "the answer, read",
            "document.querySelector('.console-bubble.ours:last-child').innerText.includes('Descanse hoje') && \
             document.querySelector('.console-bubble.ours:last-child .console-ticks.read')",
        )
        .await?;
        self.chrome.picture("console-conversation").await?;
        let list = self.sandbox.get(&format!("{MARIA}/messages")).await?.json();
        let times = list.to_string().matches(words).count();
        ensure!(times == 1, "she got it {times} times");
        self.chrome
            .click(".console-bubble.ours:last-child [data-why]")
            .await?;
        self.until(
            "why it went like that",
            "document.querySelector('dialog[open]').innerText.includes('WhatsApp') && \
             document.querySelector('dialog[open] .console-line li.ok')",
        )
        .await?;
        self.looks_well("why").await?;
        self.chrome.picture("console-why").await?;
        self.chrome.click("dialog .dialog-actions button").await?;
        self.chrome.click("[data-key=b]").await?;
        self.until(
            "that it is the rules' again",
            "document.querySelector('#live-bar').innerText.includes('the rules answer')",
        )
        .await
    }

    /// A new coach wants to know why James got nothing today.
    async fn finds_out_why(&self) -> anyhow::Result<()> {
        self.says(JAMES, "sms", "STOP").await?;
        let order = json!({"schedule": "daily", "forced": true});
        let api = Http::new(&self.url).with_key("demo-key");
        let answer = api.json("POST", "/api/v1/schedules/run", &order).await?;
        ensure!(answer.status == 200, "{}", answer.json());
        self.opens("/admin").await?;
        self.chrome.types("#q", "james").await?;
        self.chrome.click(".console-find button").await?;
        self.chrome.click("td a").await?;
        self.until(
            "that he said stop",
            "document.querySelector('.notice').innerText.includes('was not sent') && \
             document.querySelector('.notice').innerText.includes('stop')",
        )
        .await?;
        self.looks_well("a member").await?;
        self.chrome.picture("console-member").await
    }

    /// What ended badly: looked at, with what the planner says of it, and left as it is.
    async fn works_off(&self) -> anyhow::Result<()> {
        self.opens("/admin/queues").await?;
        self.until(
            "what ended badly, and why",
            "document.querySelector('#live-queues').innerText.includes('The member said stop')",
        )
        .await?;
        self.looks_well("queues").await?;
        self.chrome.picture("console-queues").await?;
        self.chrome.click("a[href^='/admin/queues/dead']").await?;
        self.until(
            "whom it would not reach",
            "document.querySelector('#outlook-title') && \
             document.body.innerText.includes('would not be sent again: the member said stop')",
        )
        .await?;
        self.looks_well("dead letters").await?;
        self.chrome.picture("console-dead-letters").await?;
        self.chrome.click("button[value=leave]").await?;
        self.until(
            "that it is left",
            "document.querySelector('[role=status]').innerText.includes('left as they are')",
        )
        .await?;
        self.looks_well("dead letters that are left").await?;
        self.opens("/admin/members/import").await?;
        self.chrome
            .types("#csv", "name,phone,sms\nAna,+14155550801,no\nBen,1,no")
            .await?;
        self.chrome.click("button[value=look]").await?;
        self.until(
            "what would become of each",
            "document.body.innerText.includes('1 would be made, 1 refused')",
        )
        .await?;
        self.looks_well("an import that is looked at").await
    }

    async fn looks_around(&self) -> anyhow::Result<()> {
        self.opens("/admin/switches").await?;
        self.looks_well("switches").await?;
        self.chrome.types("#scope", "kind:broadcast").await?;
        self.chrome.types("#reason", "A typo in it").await?;
        self.chrome.click(".button.danger").await?;
        self.until(
            "that it is off",
            "document.querySelector('.console-switch')",
        )
        .await?;
        self.chrome.click(".console-switch .button.primary").await?;
        self.until(
            "that it goes on",
            "!document.querySelector('.console-switch')",
        )
        .await?;
        self.opens("/admin/team").await?;
        self.chrome.types("#name", "Joana").await?;
        self.chrome.types("#phone", "+1 415 555 0191").await?;
        self.chrome.click(".console-form .button.primary").await?;
        self.until(
            "both",
            "document.querySelectorAll('.console-people section').length === 2",
        )
        .await?;
        self.looks_well("the team").await?;
        self.opens("/admin/audit").await?;
        self.until(
            "what was changed",
            "document.body.innerText.includes('conversation answer')",
        )
        .await?;
        self.looks_well("the log").await?;
        self.opens("/admin/messages?status=suppressed").await?;
        self.until(
            "what was not sent",
            "document.querySelector('tbody').innerText.includes('opted out')",
        )
        .await?;
        self.looks_well("messages").await?;
        self.opens("/admin/templates").await?;
        self.until(
            "templates that are approved",
            "document.querySelector('.console-wordings .badge.ok')",
        )
        .await?;
        self.looks_well("templates").await?;
        self.opens("/admin/members").await?;
        self.looks_well("members").await
    }

    async fn on_a_phone(&self) -> anyhow::Result<()> {
        for (path, page) in [
            ("/admin", "today"),
            ("/admin/conversations?state=all", "conversations"),
            ("/admin/members", "members"),
            ("/admin/messages", "messages"),
            ("/admin/queues?days=30", "queues"),
            ("/admin/members/import", "the import"),
            ("/admin/templates", "templates"),
            ("/admin/team", "the team"),
            ("/admin/audit", "the log"),
            ("/admin/switches", "switches"),
            ("/admin/charts", "charts"),
            ("/admin/keys", "API keys"),
            ("/admin/webhooks", "webhooks"),
        ] {
            self.opens(path).await?;
            self.looks_well(page).await?;
        }
        self.looks_at_broadcasts_on_a_phone().await?;
        self.looks_at_what_is_in_force_on_a_phone().await?;
        self.opens("/admin/conversations?state=all").await?;
        self.chrome.click("[data-list] a").await?;
        self.until("the conversation", "document.querySelector('#open-name')")
            .await?;
        self.looks_well("a conversation").await?;
        self.chrome.picture("console-phone").await?;
        self.chrome.click(".console-back").await?;
        self.until("the list", "!document.querySelector('#open-name')")
            .await
    }
}
