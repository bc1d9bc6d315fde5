//! Chromium, driven through chromedriver: started on a port it chooses, ended with the test.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::{Value, json};
use stories::http::Http;
use stories::skips::tool;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

/// How long anything on a page may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many pages may be left while something is waited for.
const PAGES_MAX: usize = 3;

/// What `WebDriver` calls a reference to an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The script of axe; `None` when there is none here, which is noted.
pub(crate) fn axe(test: &str) -> Option<String> {
    let modules = tool(test, "GYMTEXT_TEST_NODE_MODULES")?;
    let script = std::path::Path::new(&modules).join("axe-core/axe.min.js");
    Some(std::fs::read_to_string(script).expect("the script of axe"))
}

/// A browser.
pub(crate) struct Chrome {
    client: Client,
    driver: Child,
    driver_url: String,
    session: String,
    _profile: TempDir,
}

impl Chrome {
    /// Starts one; `None` when there is none here, which is noted.
    pub(crate) async fn start(test: &str) -> anyhow::Result<Option<Self>> {
        let (Some(chromium), Some(chromedriver)) = (
            tool(test, "GYMTEXT_TEST_CHROMIUM"),
            tool(test, "GYMTEXT_TEST_CHROMEDRIVER"),
        ) else {
            return Ok(None);
        };
        let mut driver = Command::new(chromedriver)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("chromedriver could not be started")?;
        let port = tokio::time::timeout(PATIENCE, port_of(&mut driver))
            .await
            .context("chromedriver did not tell its port")??;
        let driver_url = format!("http://127.0.0.1:{port}");
        let profile = tempfile::tempdir()?;
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities(&chromium, &profile)?)
            .connect(&driver_url)
            .await
            .context("chromium could not be started")?;
        let session = client
            .session_id()
            .await?
            .context("the browser has no session")?;
        Ok(Some(Self {
            client,
            driver,
            driver_url,
            session,
            _profile: profile,
        }))
    }

    /// Ends browser and driver.
    pub(crate) async fn end(mut self) -> anyhow::Result<()> {
        self.client.close().await?;
        self.driver.kill().await?;
        Ok(())
    }

    pub(crate) async fn open(&self, url: &str) -> anyhow::Result<()> {
        Ok(self.client.goto(url).await?)
    }

    pub(crate) async fn reload(&self) -> anyhow::Result<()> {
        Ok(self.client.refresh().await?)
    }

    pub(crate) async fn resize(&self, width: u32, height: u32) -> anyhow::Result<()> {
        Ok(self.client.set_window_size(width, height).await?)
    }

    /// Shows pages as on a screen of this size, which may be smaller than a window can be.
    pub(crate) async fn is_as_large_as(&self, width: u32, height: u32) -> anyhow::Result<()> {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600});
        let command = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": size});
        let path = format!("/session/{}/goog/cdp/execute", self.session);
        let driver = Http::new(&self.driver_url);
        let answer = driver.json("POST", &path, &command).await?;
        ensure!(answer.status < 300, "the size: {}", answer.json());
        Ok(())
    }

    /// Types into a field, key by key, in place of what stands there.
    pub(crate) async fn types(&self, css: &str, text: &str) -> anyhow::Result<()> {
        let field = self.client.find(Locator::Css(css)).await?;
        field.clear().await?;
        Ok(field.send_keys(text).await?)
    }

    /// Chooses from a list.
    pub(crate) async fn chooses(&self, css: &str, value: &str) -> anyhow::Result<()> {
        let list = self.client.find(Locator::Css(css)).await?;
        Ok(list.select_by_value(value).await?)
    }

    /// Takes a picture of the page for the documentation, when somebody writes that (`GYMTEXT_WRITE_DOCS=1`).
    pub(crate) async fn picture(&self, name: &str) -> anyhow::Result<()> {
        if std::env::var_os("GYMTEXT_WRITE_DOCS").is_none() {
            return Ok(());
        }
        self.set_theme("light").await?;
        let picture = self.client.screenshot().await?;
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pictures");
        std::fs::write(format!("{folder}/{name}.png"), picture)?;
        Ok(())
    }

    pub(crate) async fn set_theme(&self, theme: &str) -> anyhow::Result<()> {
        // The page's own script sets a theme too, when it comes to it.
        self.until("the whole page", "document.readyState === 'complete'")
            .await?;
        self.run(
            "document.documentElement.dataset.theme = arguments[0]",
            vec![json!(theme)],
        )
        .await?;
        // Between two colours a page is neither of them.
        let settled = "document.getAnimations().every((one) => !(one instanceof CSSTransition))";
        self.until("the colours", settled).await
    }

    /// Clicks as a person does.
    pub(crate) async fn click(&self, css: &str) -> anyhow::Result<()> {
        let element = self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(css));
        Ok(element.await?.click().await?)
    }

    /// Runs a script, and answers what it returns.
    pub(crate) async fn run(&self, script: &str, arguments: Vec<Value>) -> anyhow::Result<Value> {
        Ok(self.client.execute(script, arguments).await?)
    }

    /// The element a script returns.
    pub(crate) async fn element(&self, script: &str) -> anyhow::Result<Element> {
        let found = self.run(script, Vec::new()).await?;
        let id = found
            .get(ELEMENT)
            .and_then(Value::as_str)
            .context("no such element")?;
        Ok(Element::from_element_id(
            self.client.clone(),
            ElementRef::from(id.to_owned()),
        ))
    }

    /// Waits, within the page, until an expression holds.
    pub(crate) async fn until(&self, what: &str, expression: &str) -> anyhow::Result<()> {
        let script = format!(
            "const [end, done] = [Date.now() + {}, arguments[arguments.length - 1]];
             const holds = () => {{ try {{ return {expression}; }} catch {{ return false; }} }};
             const look = () => holds() ? done(true) : Date.now() > end ? done(false) : setTimeout(look, 20);
             look();",
            PATIENCE.as_millis()
        );
        // A page that is left takes the script along: then the next one is asked.
        for _ in 0..PAGES_MAX {
            match self.client.execute_async(&script, Vec::new()).await {
                Ok(came) if came == true => return Ok(()),
                Ok(_) => break,
                Err(error) if error.is_script_timeout() => {}
                Err(error) => return Err(error.into()),
            }
        }
        let shown = self
            .run("return document.body.innerText", Vec::new())
            .await?;
        anyhow::bail!("{what} did not come: {expression}\nThe page shows {shown:#}")
    }

    /// No error in the console, no violation of the content security policy.
    pub(crate) async fn is_clean(&self) -> anyhow::Result<()> {
        self.is_clean_but_for("\0").await
    }

    /// The same, but for what the browser says of answers with this status.
    pub(crate) async fn is_clean_but_for(&self, status: &str) -> anyhow::Result<()> {
        let log = Http::new(&self.driver_url)
            .json(
                "POST",
                &format!("/session/{}/se/log", self.session),
                &json!({ "type": "browser" }),
            )
            .await?
            .json();
        let entries = log
            .get("value")
            .and_then(Value::as_array)
            .with_context(|| format!("the console could not be read: {log}"))?;
        let bad: Vec<_> = entries
            .iter()
            .filter(|entry| {
                let text = entry.to_string();
                let is_told = text.contains(&format!("status of {status}"));
                (entry["level"] == "SEVERE" && !is_told) || text.contains("Content Security Policy")
            })
            .collect();
        ensure!(bad.is_empty(), "the console says {bad:#?}");
        Ok(())
    }

    /// What axe calls serious or critical.
    pub(crate) async fn serious_findings(&self, axe: &str) -> anyhow::Result<Vec<String>> {
        self.run(axe, Vec::new()).await?;
        let found = self
            .client
            .execute_async(
                "const done = arguments[arguments.length - 1];
                 axe.run().then((result) => done(result.violations
                   .filter((one) => ['serious', 'critical'].includes(one.impact))
                   .map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 5).join('; ')}`)),
                   (error) => done([String(error)]));",
                Vec::new(),
            )
            .await?;
        Ok(serde_json::from_value(found)?)
    }
}

/// Reads the port from what chromedriver prints.
async fn port_of(driver: &mut Child) -> anyhow::Result<u16> {
    let out = driver.stdout.take().context("chromedriver has no output")?;
    let mut lines = BufReader::new(out).lines();
    while let Some(line) = lines.next_line().await? {
        if let Some((_, port)) = line.split_once("started successfully on port ") {
            // Whatever it says later nobody has to read.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(port.trim().trim_end_matches('.').parse()?);
        }
    }
    anyhow::bail!("chromedriver ended at its start")
}

fn capabilities(
    chromium: &str,
    profile: &TempDir,
) -> anyhow::Result<serde_json::Map<String, Value>> {
    let arguments = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--lang=en",
        // What fades in is judged when it is there.
        "--force-prefers-reduced-motion",
    ];
    let mut arguments: Vec<String> = arguments.map(str::to_owned).to_vec();
    arguments.push(format!("--user-data-dir={}", profile.path().display()));
    let wanted = json!({
        "browserName": "chrome",
        "goog:chromeOptions": { "binary": chromium, "args": arguments },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    match wanted {
        Value::Object(map) => Ok(map),
        _ => anyhow::bail!("capabilities are an object"),
    }
}
