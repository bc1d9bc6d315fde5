//! A large form of the console: fields, or a file that was chosen, as browsers send it (RFC 7578).

use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::response::{IntoResponse as _, Response};
use http::header::CONTENT_TYPE;
use subtle::ConstantTimeEq as _;

use crate::State;
use crate::body;
use crate::console::guard::{OnDuty, foreign};
use crate::people::is_our_own;

/// The most bytes of such a form: 5 MiB of text, each letter of which a form may write as three.
const UPLOAD_BYTES_MAX: usize = 16 * 1024 * 1024;

/// What was sent, by whom.
#[derive(Debug)]
pub(in crate::console) struct Uploaded {
    pub(super) on_duty: OnDuty,
    fields: Vec<(String, String)>,
}

impl Uploaded {
    /// A field; empty where there is none.
    pub(super) fn field(&self, name: &str) -> &str {
        let found = self.fields.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

impl FromRequest<State> for Uploaded {
    type Rejection = Response;

    async fn from_request(request: Request, state: &State) -> Result<Self, Response> {
        let (mut parts, sent) = request.into_parts();
        let on_duty = OnDuty::from_request_parts(&mut parts, state).await?;
        if !is_our_own(state, &parts.headers) {
            return Err(foreign());
        }
        let bytes = body::read(sent, UPLOAD_BYTES_MAX)
            .await
            .map_err(axum::response::IntoResponse::into_response)?;
        let kind = parts.headers.get(CONTENT_TYPE);
        let kind = kind
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let fields = match boundary(kind) {
            Some(boundary) => pieces(&bytes, &boundary),
            None => form_urlencoded::parse(&bytes).into_owned().collect(),
        };
        let uploaded = Self { on_duty, fields };
        let token = uploaded.on_duty.token();
        if bool::from(token.as_bytes().ct_eq(uploaded.field("token").as_bytes())) {
            Ok(uploaded)
        } else {
            Err(foreign().into_response())
        }
    }
}

/// What stands between the parts of a form with a file.
fn boundary(kind: &str) -> Option<String> {
    let (kind, rest) = kind.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = rest
        .split(';')
        .find_map(|one| one.trim().strip_prefix("boundary="))?;
    let value = value.trim_matches('"');
    (!value.is_empty()).then(|| value.to_owned())
}

/// The parts by their names. What is no text loses what cannot be read.
fn pieces(bytes: &[u8], boundary: &str) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(bytes);
    let mark = format!("--{boundary}");
    let parts = text.split(mark.as_str()).skip(1);
    let read = parts.filter_map(|part| {
        let part = part.strip_prefix("\r\n")?;
        let (head, value) = part.split_once("\r\n\r\n")?;
        let value = value.strip_suffix("\r\n").unwrap_or(value);
        let (_, name) = head.split_once("name=\"")?;
        let name = name.split('"').next()?;
        Some((name.to_owned(), value.to_owned()))
    });
    read.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_with_a_file_is_read_by_its_parts() {
        let kind = "multipart/form-data; boundary=----x7";
        let boundary = boundary(kind).unwrap();
        let sent = "------x7\r\nContent-Disposition: form-data; name=\"token\"\r\n\r\nabc\r\n\
                    ------x7\r\nContent-Disposition: form-data; name=\"file\"; filename=\"m.csv\"\r\nContent-Type: text/csv\r\n\r\nname,phone\r\nAna,1\r\n\r\n------x7--\r\n";
        let parts = pieces(sent.as_bytes(), &boundary);
        assert_eq!(parts.len(), 2, "{parts:?}");
        assert_eq!(parts[0], ("token".to_owned(), "abc".to_owned()));
        assert_eq!(parts[1].1, "name,phone\r\nAna,1\r\n");
        assert_eq!(super::boundary("application/x-www-form-urlencoded"), None);
        assert!(pieces(b"nonsense", "x").is_empty());
    }
}
