//! All members as CSV, page by page, with what of each cell a spreadsheet would calculate made words.

use std::io;

use axum::body::Body;
use axum::response::Response;
use domain::{Channel, MemberId, Role};
use futures_util::stream;
use serde::Deserialize;
use store::questions::Members;
use store::records::Member;

use super::import::attachment;
use crate::State;
use crate::console::guard::Posted;
use crate::console::trouble;
use crate::csv;

/// How many members are read before they are sent on.
const PAGE: u32 = 500;

const HEADING: [&str; 11] = [
    "id",
    "name",
    "phone",
    "country",
    "email",
    "time_zone",
    "locale",
    "hour",
    "channel",
    "programme",
    "since",
];

/// Nothing but the token.
#[derive(Debug, Deserialize)]
pub(in crate::console) struct Asked {}

/// Sends them, newest first, once it is written down who asked.
pub(in crate::console) async fn export(state: State, posted: Posted<Asked>) -> Response {
    let back = "/admin/members";
    if let Some(refused) = posted.refusal(Role::Coach, back) {
        return refused;
    }
    let engine = posted.on_duty.engine(&state);
    if let Err(error) = engine.note_export().await {
        return trouble(error, back);
    }
    let beginning = Pages {
        state,
        next: Next::Heading,
    };
    let body = stream::try_unfold(beginning, |mut pages| async move {
        let page = pages.page().await?;
        io::Result::Ok(page.map(|page| (page, pages)))
    });
    attachment(
        Body::from_stream(body),
        "attachment; filename=\"members.csv\"",
    )
}

struct Pages {
    state: State,
    next: Next,
}

enum Next {
    Heading,
    Members(Option<MemberId>),
    Over,
}

impl Pages {
    async fn page(&mut self) -> io::Result<Option<String>> {
        match std::mem::replace(&mut self.next, Next::Over) {
            Next::Heading => {
                self.next = Next::Members(None);
                Ok(Some(csv::row(HEADING)))
            }
            Next::Members(before) => {
                let asked = Members {
                    phone: None,
                    before,
                    limit: PAGE,
                };
                let found = self.state.engine().ask().question(asked).await;
                let found = found.map_err(io::Error::other)?;
                if found.len() == PAGE as usize {
                    self.next = Next::Members(found.last().map(|last| last.profile.id));
                }
                Ok(Some(found.iter().map(line).collect()))
            }
            Next::Over => Ok(None),
        }
    }
}

fn line(member: &Member) -> String {
    let profile = &member.profile;
    csv::row([
        profile.id.to_string().as_str(),
        profile.name.as_str(),
        profile.phone.as_e164(),
        profile.country.as_deref().unwrap_or_default(),
        profile.email.as_deref().unwrap_or_default(),
        &profile.time_zone,
        &profile.locale,
        &profile.preferred_send_hour.to_string(),
        profile.preferred_channel.map_or("", Channel::as_str),
        &profile.programme,
        &member.created_at.to_string(),
    ])
}
