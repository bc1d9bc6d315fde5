//! Lists by page: the older API's envelope and the newer ones' `meta`.

use serde_json::{Value, json};

use crate::error::Refusal;
use crate::twilio::form::Form;

/// The page somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) size: usize,
    pub(crate) page: u64,
    /// Where the page before this one ended.
    pub(crate) after: Option<u64>,
}

impl Asked {
    /// `PageSize` (50 without it, 1000 at most), `Page` and `PageToken`.
    pub(crate) fn read(query: &Form<'_>) -> Result<Self, Refusal> {
        let size = match query.get("PageSize") {
            None => 50,
            Some(text) => text
                .parse::<usize>()
                .ok()
                .filter(|size| *size >= 1)
                .ok_or_else(|| Refusal::saying(20001, "PageSize is a number from 1 to 1000"))?
                .min(1_000),
        };
        let after = match query.get("PageToken") {
            None => None,
            Some(token) => Some(
                token
                    .strip_prefix("PA")
                    .and_then(|digits| u64::from_str_radix(digits, 16).ok())
                    .ok_or_else(|| Refusal::saying(20001, "This PageToken was not made here"))?,
            ),
        };
        let page: u64 = query.get("Page").and_then(|p| p.parse().ok()).unwrap_or(0);
        if page > 0 && after.is_none() {
            return Err(Refusal::saying(
                20001,
                "Page is counted by PageToken: follow next_page_uri",
            ));
        }
        Ok(Self { size, page, after })
    }
}

/// The query of the page after this one, with the filters that were given.
fn query_of(query: &str, asked: Asked, page: u64, token: Option<u64>) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (key, value) in form_urlencoded::parse(query.as_bytes()) {
        if !matches!(&*key, "Page" | "PageToken" | "PageSize") {
            form.append_pair(&key, &value);
        }
    }
    form.append_pair("PageSize", &asked.size.to_string());
    form.append_pair("Page", &page.to_string());
    if let Some(token) = token {
        form.append_pair("PageToken", &format!("PA{token:016x}"));
    }
    form.finish()
}

/// The envelope of the 2010 API; `last` is where this page ended, if there is more.
pub(crate) fn envelope(
    key: &str,
    items: &[Value],
    path: &str,
    query: &str,
    asked: Asked,
    last: Option<u64>,
) -> Value {
    let start = usize::try_from(asked.page).unwrap_or(0) * asked.size;
    let next = last.map(|last| {
        format!(
            "{path}?{}",
            query_of(query, asked, asked.page + 1, Some(last))
        )
    });
    let uri = format!("{path}?{}", query_of(query, asked, asked.page, asked.after));
    json!({
        "page": asked.page,
        "page_size": asked.size,
        "start": start,
        "end": (start + items.len()).saturating_sub(1),
        "uri": uri,
        "first_page_uri": format!("{path}?{}", query_of(query, asked, 0, None)),
        "next_page_uri": next,
        "previous_page_uri": null,
        key: items,
    })
}

/// The envelope of the newer APIs, with absolute URLs. Items are a whole list; the page is cut here.
pub(crate) fn with_meta(
    key: &str,
    items: Vec<Value>,
    base: &str,
    query: &str,
    asked: Asked,
) -> Value {
    let skip = usize::try_from(asked.after.unwrap_or(0)).unwrap_or(0);
    let more = items.len() > skip + asked.size;
    let shown: Vec<Value> = items.into_iter().skip(skip).take(asked.size).collect();
    let next = more.then(|| {
        let token = (skip + asked.size) as u64;
        format!(
            "{base}?{}",
            query_of(query, asked, asked.page + 1, Some(token))
        )
    });
    json!({
        "meta": {
            "page": asked.page,
            "page_size": asked.size,
            "first_page_url": format!("{base}?{}", query_of(query, asked, 0, None)),
            "previous_page_url": null,
            "url": format!("{base}?{}", query_of(query, asked, asked.page, asked.after)),
            "next_page_url": next,
            "key": key,
        },
        key: shown,
    })
}
