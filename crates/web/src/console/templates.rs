//! Templates: how each stands at the provider, its words in every language side by side, and what misses it.

pub(super) mod one;

use std::collections::BTreeMap;

use askama::Template;
use axum::response::Response;
use engine::templates::TemplateView;
use ui::Page;

use super::guard::OnDuty;
use super::{html, trouble};
use crate::State;

/// The list.
const HOME: &str = "/admin/templates";

/// A template in one language.
struct Wording {
    language: String,
    /// The same as a tag of pages.
    tag: String,
    status: String,
    tone: &'static str,
    body: String,
    category: String,
    reason: String,
    missed_by: String,
    is_former: bool,
}

/// A template.
struct Shown {
    name: String,
    wordings: Vec<Wording>,
}

#[derive(Template)]
#[template(path = "console-templates.html")]
struct Templates {
    page: Page,
    all: Vec<Shown>,
}

/// The page.
pub(super) async fn show(state: State, on_duty: OnDuty) -> Response {
    let views = match state.engine().templates().await {
        Ok(views) => views,
        Err(error) => return trouble(error, "/admin"),
    };
    let mut by_name: BTreeMap<String, Vec<Wording>> = BTreeMap::new();
    for view in views {
        let name = view.entry.name.clone();
        by_name.entry(name).or_default().push(wording(view));
    }
    html(&Templates {
        page: on_duty.page("Templates", HOME),
        all: by_name
            .into_iter()
            .map(|(name, wordings)| Shown { name, wordings })
            .collect(),
    })
}

/// How it stands, as a colour.
fn tone(view: &TemplateView) -> &'static str {
    match (view.may_be_sent, view.entry.status.as_str()) {
        (true, _) => "ok",
        (false, "rejected" | "disabled" | "paused" | "missing") => "bad",
        (false, _) => "warn",
    }
}

fn wording(view: TemplateView) -> Wording {
    let tone = tone(&view);
    let entry = view.entry;
    let category = if view.category_changed {
        format!("counts as {}, not {}", entry.category, entry.category_asked)
    } else {
        entry.category
    };
    Wording {
        tag: entry.language.replace('_', "-"),
        language: entry.language,
        tone,
        body: entry.body.unwrap_or_default(),
        category: category.to_lowercase(),
        reason: entry.reason,
        missed_by: view.dependents.join(", "),
        is_former: entry.origin.as_str() == "former",
        status: entry.status,
    }
}
