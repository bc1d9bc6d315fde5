//! Reading a body: bounded in bytes and in time (G29, G30).

use std::time::Duration;

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body as _;

use crate::code::Code;
use crate::problem::Problem;

/// How long a body may take to arrive.
pub(crate) const BODY_DEADLINE: Duration = Duration::from_secs(30);

/// How much of a body that is too large is read and thrown away, so that its sender is still there
/// to read why it was refused.
const DISCARD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How long that may take.
const DISCARD_DEADLINE: Duration = Duration::from_secs(5);

/// Reads a body of at most `bytes_max` bytes.
pub(crate) async fn read(body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    let declared = body.size_hint().lower();
    if usize::try_from(declared).map_or(true, |declared| declared > bytes_max) {
        discard(body).await;
        return Err(too_large(bytes_max));
    }
    tokio::time::timeout(BODY_DEADLINE, whole(body, bytes_max))
        .await
        .unwrap_or_else(|_| Err(Problem::of(Code::RequestTimeout)))
}

/// All of a body. Most come in one piece, which is taken as it is.
async fn whole(mut body: Body, bytes_max: usize) -> Result<Bytes, Problem> {
    let mut first = Bytes::new();
    let mut rest = BytesMut::new();
    while !body.is_end_stream()
        && let Some(frame) = body.frame().await
    {
        let frame = frame.map_err(|_| Problem::of(Code::BrokenBody))?;
        let Ok(data) = frame.into_data() else {
            continue; // trailers say nothing to us
        };
        if first.len() + rest.len() + data.len() > bytes_max {
            return Err(too_large(bytes_max));
        }
        if first.is_empty() {
            first = data;
        } else {
            rest.extend_from_slice(&data);
        }
    }
    if rest.is_empty() {
        return Ok(first);
    }
    let mut all = BytesMut::with_capacity(first.len() + rest.len());
    all.extend_from_slice(&first);
    all.extend_from_slice(&rest);
    Ok(all.freeze())
}

async fn discard(mut body: Body) {
    let reading = async {
        let mut left = DISCARD_BYTES_MAX;
        while let Some(Ok(frame)) = body.frame().await {
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            match left.checked_sub(bytes) {
                Some(rest) => left = rest,
                None => return,
            }
        }
    };
    // Whoever is slower than this reads a closed connection instead of the reason.
    let _ = tokio::time::timeout(DISCARD_DEADLINE, reading).await;
}

fn too_large(bytes_max: usize) -> Problem {
    Problem::new(
        Code::BodyTooLarge,
        format!(
            "This call takes at most {} KiB; send less, or in several calls.",
            bytes_max / 1024
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::stream;

    #[tokio::test]
    async fn a_body_is_read_up_to_its_bound() {
        assert_eq!(read(Body::from("12345"), 5).await.unwrap(), "12345");
        let pieces = stream::iter(["12", "", "3", "45"].map(Ok::<_, std::io::Error>));
        assert_eq!(read(Body::from_stream(pieces), 5).await.unwrap(), "12345");
        let refused = read(Body::from("123456"), 5).await.unwrap_err();
        assert_eq!(
            (refused.status().as_u16(), refused.code()),
            (413, "body_too_large")
        );
    }

    #[tokio::test]
    async fn a_body_that_does_not_say_its_length_is_bounded_too() {
        let chunks = stream::iter((0..4).map(|_| Ok::<_, std::io::Error>("123")));
        assert_eq!(
            read(Body::from_stream(chunks), 5).await.unwrap_err().code(),
            "body_too_large"
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_never_ends_is_given_up() {
        let body = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
        assert_eq!(read(body, 5).await.unwrap_err().code(), "request_timeout");
    }
}
