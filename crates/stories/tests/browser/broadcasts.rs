//! The same words to many, in the browser: saved as a segment, written, looked at, started, and watched until all have it.

use crate::console::Desk;

impl Desk<'_> {
    pub(crate) async fn writes_to_many(&self) -> anyhow::Result<()> {
        self.opens("/admin/segments").await?;
        self.chrome.types("#name", "All who agreed to SMS").await?;
        self.chrome.click("input[name=agreed_sms]").await?;
        self.looks_well("segments").await?;
        self.chrome.click(".console-form .button.primary").await?;
        self.until(
            "whom it means",
            "document.querySelector('.lead').innerText.includes('agreed to SMS')",
        )
        .await?;
        self.looks_well("a segment").await?;
        self.chrome.picture("console-segment").await?;
        self.chrome.click("a[href*='new?segment=']").await?;
        self.until(
            "its conditions",
            "location.pathname === '/admin/broadcasts/new' && \
             document.querySelector('input[name=agreed_sms]')?.checked",
        )
        .await?;
        self.chrome.types("#name", "Closed on Friday").await?;
        let words = "The gym is closed on Friday. See you on Saturday!";
        self.chrome.types("#words", words).await?;
        self.looks_well("a new broadcast").await?;
        self.chrome.click(".console-form .button.primary").await?;
        self.until("the draft", "document.querySelector('a[href*=estimate]')")
            .await?;
        self.looks_well("a draft").await?;
        self.chrome.click("a[href*=estimate]").await?;
        self.until(
            "what would come of it",
            "document.querySelector('button[value=start]')",
        )
        .await?;
        self.looks_well("what would come of it").await?;
        self.chrome.picture("console-broadcast-outlook").await?;
        self.chrome.click("button[value=start]").await?;
        // Nobody asks for the page again: it becomes finished by itself.
        self.until(
            "that it is finished",
            "document.querySelector('#live-standing .badge').innerText === 'finished'",
        )
        .await?;
        self.until(
            "what came of it",
            "document.querySelector('#live-outcome')?.innerText.includes('Arrived')",
        )
        .await?;
        self.looks_well("a broadcast").await?;
        self.chrome.picture("console-broadcast").await?;
        self.opens("/admin/broadcasts").await?;
        self.looks_well("broadcasts").await?;
        self.opens("/admin/charts").await?;
        self.until(
            "what became of the week's messages",
            "document.querySelector('#live-charts svg') && \
             document.querySelector('#live-charts').innerText.includes('Arrived')",
        )
        .await?;
        self.looks_well("charts").await?;
        self.chrome.picture("console-charts").await
    }

    pub(crate) async fn looks_at_broadcasts_on_a_phone(&self) -> anyhow::Result<()> {
        for (path, page) in [
            ("/admin/broadcasts", "broadcasts"),
            ("/admin/broadcasts/new", "a new broadcast"),
            ("/admin/segments", "segments"),
            ("/admin/charts", "charts"),
        ] {
            self.opens(path).await?;
            self.looks_well(page).await?;
        }
        self.opens("/admin/broadcasts").await?;
        self.chrome.click(".console-broadcasts a").await?;
        self.until("the broadcast", "document.querySelector('#live-standing')")
            .await?;
        self.looks_well("a broadcast").await
    }
}
