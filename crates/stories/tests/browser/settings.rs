//! What is in force, in the browser: our numbers, another percentage looked at and changed, and what the service finds.

use crate::console::Desk;

impl Desk<'_> {
    pub(crate) async fn looks_at_what_is_in_force(&self) -> anyhow::Result<()> {
        self.opens("/admin/settings").await?;
        self.looks_well("what is in force").await?;
        self.chrome.types("#percent", "50").await?;
        self.chrome.click("form[method=get] .button").await?;
        self.until(
            "what another percentage would change",
            "document.body.innerText.includes('who agreed to WhatsApp it would be on for')",
        )
        .await?;
        self.looks_well("what another percentage would change")
            .await?;
        self.chrome.picture("console-settings").await?;
        self.chrome.click("button[value=rollout]").await?;
        self.until(
            "who changed it",
            "document.body.innerText.includes('Changed by') && location.search === ''",
        )
        .await?;
        self.chrome.click("button[value=check]").await?;
        self.until(
            "what the service finds",
            "document.querySelector('.console-findings li')",
        )
        .await?;
        self.chrome.click("#settings-whatsapp summary").await?;
        self.looks_well("what the service finds").await
    }

    pub(crate) async fn looks_at_what_is_in_force_on_a_phone(&self) -> anyhow::Result<()> {
        self.opens("/admin/settings?percent=75&cohorts=team")
            .await?;
        self.until(
            "what would change",
            "document.querySelector('button[value=as_settings]')",
        )
        .await?;
        self.looks_well("what is in force, on a phone").await
    }
}
