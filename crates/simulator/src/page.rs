//! The handset page: phones side by side, live, and beside them why each message was sent this way.
//!
//! The server renders the frame and the first state; everything after that the page learns from the control API and its
//! events. It holds no state of its own, so it may be opened many times and reloaded at will.

mod state;

use std::fmt;
use std::sync::{Arc, LazyLock};

use askama::Template;
use axum::Router;
use axum::response::{Redirect, Response};
use axum::routing::get;
use http::header::HOST;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use ui::{Bundle, Icon, Link, Page};

use crate::Simulator;
use crate::control::guard::is_loopback;
use state::first_state;

/// Where the control API is.
const API: &str = "/sandbox/api";

/// The icons that the page's scripts need.
const ICONS: &[Icon] = &[
    Icon::Check,
    Icon::CheckCheck,
    Icon::CircleAlert,
    Icon::CircleHelp,
    Icon::Clock,
    Icon::ExternalLink,
    Icon::File,
    Icon::Image,
    Icon::Info,
    Icon::MapPin,
    Icon::Reply,
    Icon::Smartphone,
];

/// The countries a new phone can be put in by name. Any other follows from its number.
const COUNTRIES: &[(&str, &str)] = &[
    ("AU", "Australia"),
    ("AT", "Austria"),
    ("BE", "Belgium"),
    ("BR", "Brazil"),
    ("CA", "Canada"),
    ("DK", "Denmark"),
    ("FR", "France"),
    ("DE", "Germany"),
    ("IN", "India"),
    ("IE", "Ireland"),
    ("IT", "Italy"),
    ("MX", "Mexico"),
    ("NL", "Netherlands"),
    ("NZ", "New Zealand"),
    ("PL", "Poland"),
    ("PT", "Portugal"),
    ("ZA", "South Africa"),
    ("ES", "Spain"),
    ("SE", "Sweden"),
    ("CH", "Switzerland"),
    ("GB", "United Kingdom"),
    ("US", "United States"),
];

#[derive(rust_embed::Embed)]
#[folder = "assets/"]
struct Files;

static FILES: LazyLock<Bundle> = LazyLock::new(|| Bundle::of::<Files>("/sandbox/assets"));

/// What the page is called and what else it offers.
#[derive(Clone, Debug)]
pub struct PageOptions {
    /// The page's title.
    pub title: String,
    /// A sentence above the phones; empty for none.
    pub intro: String,
    /// What our senders are called in the phones' address books; empty for the names of the account's numbers.
    pub contact: String,
    /// Buttons for things the product can be made to do.
    pub demo_actions: Vec<DemoAction>,
    /// Links in the header: label and address.
    pub links: Vec<(String, String)>,
}

impl Default for PageOptions {
    fn default() -> Self {
        Self {
            title: "Handsets".to_owned(),
            intro: String::new(),
            contact: String::new(),
            demo_actions: Vec::new(),
            links: Vec::new(),
        }
    }
}

/// A button that makes the product do something: an empty `POST` to its path. The answer's `message`, if it is JSON
/// with one, is shown to the person.
#[derive(Clone, Debug)]
pub struct DemoAction {
    /// What the button says.
    pub label: String,
    /// Where it posts to.
    pub path: String,
}

/// Serves the page at `/sandbox/` and its files below it.
///
/// The application also merges [`ui::assets_router`], once, for everything that all pages share.
pub fn router(simulator: Arc<Simulator>, options: PageOptions) -> Router {
    let options = Arc::new(options);
    Router::new()
        .route("/sandbox", get(async || Redirect::permanent("/sandbox/")))
        .route(
            "/sandbox/",
            get(async move |headers: HeaderMap| {
                let host = headers.get(HOST).and_then(|host| host.to_str().ok());
                if simulator.config.any_host || host.is_some_and(is_loopback) {
                    show(first_state(&simulator), &options)
                } else {
                    not_this_machine()
                }
            }),
        )
        .merge(FILES.router())
}

/// The page for a sandbox that runs alone: [`router`], the shared files, and `/` leading to the page.
pub fn standalone_router(simulator: Arc<Simulator>, options: PageOptions) -> Router {
    router(simulator, options)
        .merge(ui::assets_router())
        .route("/", get(async || Redirect::temporary("/sandbox/")))
}

/// Messages are in the page, so it is shown under the same names as the control API: a page on the internet could
/// otherwise read them by a name that points here.
fn not_this_machine() -> Response {
    ui::error_page(
        StatusCode::FORBIDDEN,
        Page::new("Only on this machine"),
        "The sandbox shows its phones under the names of this machine only.",
        "Open it as localhost or 127.0.0.1, with the same port.",
        Link::new("Back", "/"),
    )
}

/// The page itself.
#[derive(Template)]
#[template(path = "handsets.html")]
struct Handsets<'a> {
    page: Page,
    api: &'static str,
    intro: &'a str,
    demo_actions: &'a [DemoAction],
    countries: &'static [(&'static str, &'static str)],
    icons: Vec<(&'static str, Icon)>,
    first_state: ScriptJson,
}

fn show(mut first_state: Map<String, Value>, options: &PageOptions) -> Response {
    first_state.insert("api".to_owned(), json!(API));
    first_state.insert("contact".to_owned(), json!(options.contact));
    let links = options
        .links
        .iter()
        .map(|(label, href)| Link::new(label, href));
    let page = Page::new(&options.title)
        .described("Phones in the browser, for testing what you send by SMS and WhatsApp.")
        .in_area("Sandbox")
        .with_nav(links, "/sandbox/")
        .with_style(FILES.url("handsets.css"))
        .with_style(FILES.url("bubbles.css"))
        .with_style(FILES.url("why.css"))
        .with_script(FILES.url("main.js"))
        .filling_the_window();
    ui::html_with_pictures(&Handsets {
        page,
        api: API,
        intro: &options.intro,
        demo_actions: &options.demo_actions,
        countries: COUNTRIES,
        icons: ICONS.iter().map(|icon| (icon.name(), *icon)).collect(),
        first_state: ScriptJson(Value::Object(first_state)),
    })
}

/// JSON that can stand inside a script element, whatever texts it holds.
struct ScriptJson(Value);

impl fmt::Display for ScriptJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            &self
                .0
                .to_string()
                .replace('<', "\\u003c")
                .replace('>', "\\u003e"),
        )
    }
}

impl askama::filters::HtmlSafe for ScriptJson {}

#[cfg(test)]
mod tests;
