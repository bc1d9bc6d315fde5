//! A browser and a phone, as whoever joins or logs in has them.

use crate::http::Response;
use crate::world::{World, text};
use serde_json::{Value, json};

/// Opens `/join` and `/me` to phones of these countries.
pub const OPEN: (&str, &str) = ("GYMTEXT_JOIN_COUNTRIES", "US,BR");

/// A browser: it keeps its cookies, and says where its forms come from.
#[derive(Debug)]
pub struct Browser<'a> {
    /// Where it looks around.
    pub world: &'a World,
    /// Where its forms come from; empty says nothing.
    pub origin: String,
    /// What it keeps.
    pub cookies: Vec<(String, String)>,
}

impl<'a> Browser<'a> {
    /// A fresh one.
    pub fn of(world: &'a World) -> Self {
        Self {
            world,
            origin: world.api.base().to_owned(),
            cookies: Vec::new(),
        }
    }

    /// One request, with its cookies.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> anyhow::Result<Response> {
        let cookie = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("; ");
        let body: String = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(form)
            .finish();
        let mut headers = vec![("cookie", cookie.as_str()), ("accept", "text/html")];
        if method == "POST" {
            headers.push(("content-type", "application/x-www-form-urlencoded"));
            if !self.origin.is_empty() {
                headers.push(("origin", self.origin.as_str()));
            }
        }
        let response = self.world.api.send(method, path, &headers, body).await?;
        for kept in response.headers.get_all("set-cookie") {
            let kept = kept.to_str()?;
            let (name, rest) = kept.split_once('=').unwrap_or_default();
            let value = rest.split(';').next().unwrap_or_default();
            self.cookies.retain(|(known, _)| known != name);
            if !kept.contains("Max-Age=0") {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(response)
    }

    /// Opens a page.
    pub async fn opens(&mut self, path: &str) -> anyhow::Result<Response> {
        self.send("GET", path, &[]).await
    }

    /// Sends a form.
    pub async fn posts(&mut self, path: &str, form: &[(&str, &str)]) -> anyhow::Result<Response> {
        self.send("POST", path, form).await
    }

    /// What each form of `/me` carries.
    pub async fn token(&mut self) -> anyhow::Result<String> {
        self.token_of("/me").await
    }

    /// What each form of a page carries.
    pub async fn token_of(&mut self, path: &str) -> anyhow::Result<String> {
        let page = html(&self.opens(path).await?);
        let (_, rest) = page
            .split_once("name=\"token\" value=\"")
            .unwrap_or_default();
        Ok(rest.split('"').next().unwrap_or_default().to_owned())
    }

    /// Logs a member in by the first code on their phone.
    pub async fn logs_in(&mut self, phone: &str) -> anyhow::Result<Response> {
        self.asks(phone).await?;
        let code = code_on(self.world, phone, 1).await?;
        self.types(&code).await
    }

    /// Asks for a code.
    pub async fn asks(&mut self, phone: &str) -> anyhow::Result<Response> {
        let form = [("country", "US"), ("phone", phone)];
        self.posts("/me/login", &form).await
    }

    /// Types a code.
    pub async fn types(&mut self, code: &str) -> anyhow::Result<Response> {
        let form = [("country", "US"), ("phone", "+14155551000"), ("code", code)];
        self.posts("/me/code", &form).await
    }
}

/// A page's text.
pub fn html(response: &Response) -> String {
    String::from_utf8_lossy(&response.body).into_owned()
}

/// Buys a phone.
pub async fn phone(world: &World, number: &str) -> anyhow::Result<()> {
    let added = world
        .carrier
        .json("POST", "/sandbox/api/phones", &json!({"number": number}))
        .await?;
    anyhow::ensure!(added.status < 300, "{}", added.json());
    Ok(())
}

/// The texts on a phone, by SMS.
pub async fn texts(world: &World, number: &str) -> anyhow::Result<Vec<String>> {
    let path = format!(
        "/sandbox/api/phones/{}/messages",
        number.replace('+', "%2B")
    );
    let list = world.carrier.get(&path).await?.json();
    let list = list.as_array().cloned().unwrap_or_default();
    let incoming = list
        .iter()
        .filter(|one| text(one, "direction") == "in" && text(one, "channel") == "sms");
    Ok(incoming.map(|one| text(one, "body")).collect())
}

/// The digits of the `count`th code on a phone.
pub async fn code_on(world: &World, number: &str, count: usize) -> anyhow::Result<String> {
    world
        .until("a code on the phone", async || {
            let codes: Vec<String> = texts(world, number)
                .await?
                .iter()
                .filter(|text| text.contains("code") || text.contains("codigo"))
                .map(|text| text.chars().take(6).collect())
                .collect();
            Ok(codes.get(count - 1).cloned())
        })
        .await
}

/// Another code than this one.
pub fn another(code: &str) -> String {
    let number: u32 = code.parse().unwrap_or_default();
    format!("{:06}", (number + 1) % 1_000_000)
}

/// All members, as the API lists them.
pub async fn members(world: &World) -> anyhow::Result<Vec<Value>> {
    let list = world.api.get("/api/v1/members").await?.json();
    Ok(list
        .get("items")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default())
}

/// A form with another value in one field.
pub fn with<'a>(
    form: &[(&'a str, &'a str)],
    name: &'a str,
    value: &'a str,
) -> Vec<(&'a str, &'a str)> {
    let mut form: Vec<_> = form
        .iter()
        .copied()
        .filter(|(known, _)| *known != name)
        .collect();
    form.push((name, value));
    form
}
