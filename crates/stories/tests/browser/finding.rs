//! Finding people in the browser: conditions on members, kept as a segment, conditions on conversations, and the hours at which they
//! write.

use crate::console::Desk;

impl Desk<'_> {
    pub(crate) async fn finds_people(&self) -> anyhow::Result<()> {
        self.opens("/admin/members").await?;
        self.chrome.click("#filter summary").await?;
        self.looks_well("conditions on members").await?;
        self.chrome.types("#languages", "pt").await?;
        self.chrome.click("#filter .button.primary").await?;
        self.until(
            "those who speak it",
            "document.querySelector('.console > .lead')?.innerText.includes('speak pt')
             && document.querySelectorAll('tbody tr').length === 1
             && document.querySelector('tbody').innerText.includes('Maria')",
        )
        .await?;
        self.looks_well("members by conditions").await?;
        self.chrome.picture("console-members").await?;
        self.chrome.types("#name", "Portuguese").await?;
        self.chrome
            .click("form[action='/admin/segments'] button")
            .await?;
        self.until(
            "the segment",
            "location.pathname.startsWith('/admin/segments/seg_')",
        )
        .await?;
        self.opens("/admin/members").await?;
        self.until(
            "the segment among the members",
            "document.querySelector('nav[aria-label=Segments]').innerText.includes('Portuguese')",
        )
        .await?;
        self.opens("/admin/conversations?state=all").await?;
        self.chrome.click(".console-sieve summary").await?;
        self.chrome.chooses("#of-channel", "whatsapp").await?;
        self.chrome.click(".console-sieve .button").await?;
        self.until(
            "conversations by WhatsApp",
            "location.search.includes('channel=whatsapp')
             && document.querySelector('.console-sieve').open
             && document.querySelector('#of-channel').value === 'whatsapp'",
        )
        .await?;
        self.looks_well("conversations by conditions").await?;
        self.opens("/admin/charts").await?;
        self.until(
            "the hours at which members write",
            "document.querySelector('#heard-hours-title') && document.querySelector('td.heat-5')",
        )
        .await?;
        self.looks_well("charts with hours").await
    }
}
