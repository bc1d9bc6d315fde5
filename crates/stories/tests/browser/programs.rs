//! Programs of others in the browser: a key that is shown once and revoked, and an endpoint that is told what happens.

use crate::console::Desk;

impl Desk<'_> {
    pub(crate) async fn lets_programs_in(&self) -> anyhow::Result<()> {
        self.opens("/admin/keys").await?;
        self.looks_well("API keys").await?;
        self.chrome.types("#name", "crm").await?;
        self.chrome.click("input[name=read]").await?;
        self.chrome.click(".console-form .button.primary").await?;
        self.until(
            "the key, once",
            "document.querySelector('.console-words code')?.innerText.length > 20",
        )
        .await?;
        self.looks_well("a key").await?;
        self.chrome.click(".console a.button.primary").await?;
        self.until(
            "that it is there",
            "document.querySelector('section[aria-label=crm]')",
        )
        .await?;
        self.looks_well("a key among the keys").await?;
        self.chrome
            .click("section[aria-label=crm] .button.danger")
            .await?;
        self.until(
            "that it is revoked",
            "location.pathname === '/admin/keys' && !document.querySelector('section[aria-label=crm]')",
        )
        .await?;
        self.opens("/admin/webhooks").await?;
        self.chrome
            .types("#url", "https://crm.example/hooks/gymtext")
            .await?;
        self.chrome.click(".console-form .button.primary").await?;
        self.until(
            "its secret, once",
            "document.querySelector('.console-words code')?.innerText.startsWith('whsec_')",
        )
        .await?;
        self.opens("/admin/webhooks").await?;
        self.until(
            "the endpoint",
            "document.querySelector('.console-people section')",
        )
        .await?;
        self.looks_well("webhooks").await?;
        self.chrome.click(".console-people section a").await?;
        self.until(
            "what it was told",
            "location.pathname.startsWith('/admin/webhooks/')",
        )
        .await?;
        self.looks_well("an endpoint").await
    }
}
