//! The phones on the page, as a person uses them.

use serde_json::{Value, json};

use crate::chrome::Chrome;

/// The phones of the page that is open.
pub(crate) struct Phones<'a> {
    chrome: &'a Chrome,
}

impl<'a> Phones<'a> {
    pub(crate) fn of(chrome: &'a Chrome) -> Self {
        Self { chrome }
    }

    /// Writes in the app that is open, and sends it with Enter.
    pub(crate) async fn say(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let field = self.part(name, "[data-text]").await?;
        field.click().await?;
        field.send_keys(text).await?;
        // The protocol's name for Enter.
        Ok(field.send_keys("\u{e007}").await?)
    }

    /// Clicks a part of a phone.
    pub(crate) async fn click(&self, name: &str, css: &str) -> anyhow::Result<()> {
        Ok(self.part(name, css).await?.click().await?)
    }

    /// Selects the last message that came to a phone.
    pub(crate) async fn select_last(&self, name: &str) -> anyhow::Result<()> {
        let script = format!(
            "{}; return [...phone.querySelectorAll('.message.in [data-select]')].at(-1)",
            find(name)
        );
        Ok(self.chrome.element(&script).await?.click().await?)
    }

    /// Waits until an expression about a phone holds: `phone` is its element, `texts(direction)` what was written,
    /// `stages(app)` how far the messages of an app have come.
    pub(crate) async fn until(
        &self,
        name: &str,
        what: &str,
        expression: &str,
    ) -> anyhow::Result<()> {
        let whole = format!("(() => {{ {}; return {expression}; }})()", find(name));
        self.chrome.until(&format!("{name}: {what}"), &whole).await
    }

    /// What an expression about a phone says now.
    pub(crate) async fn ask(&self, name: &str, expression: &str) -> anyhow::Result<Value> {
        let script = format!("{}; return {expression}", find(name));
        self.chrome.run(&script, Vec::new()).await
    }

    async fn part(&self, name: &str, css: &str) -> anyhow::Result<fantoccini::elements::Element> {
        let script = format!("{}; return phone.querySelector({})", find(name), json!(css));
        self.chrome.element(&script).await
    }
}

fn find(name: &str) -> String {
    format!(
        "const phone = [...document.querySelectorAll('article.phone')]
           .find((one) => one.querySelector('[data-name]').textContent.startsWith({}));
         const texts = (direction) => [...phone.querySelectorAll(`.message.${{direction}} [data-body]`)]
           .map((body) => body.textContent);
         const stages = (app) => [...phone.querySelectorAll(`[data-thread=${{app}}] .message.in`)]
           .map((message) => message.dataset.stage)",
        json!(name)
    )
}
