//! Cutting a connection on purpose: the service of a connection fails, and hyper closes it without
//! an answer.

use std::convert::Infallible;

use axum::body::Body;
use axum::response::Response;

/// Marks a response that is to be swallowed together with its connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut;

/// A response that ends its connection. Where the sandbox is not served by its own loop, its body
/// fails instead, so that at least no whole answer arrives.
pub(crate) fn cut() -> Response {
    let broken = futures_util::stream::once(async {
        Err::<bytes::Bytes, _>(std::io::Error::other("cut on purpose"))
    });
    let mut response = Response::new(Body::from_stream(broken));
    response.extensions_mut().insert(Cut);
    response
}

/// Why a connection ended.
#[derive(Debug, thiserror::Error)]
#[error("the connection was cut on purpose")]
pub(crate) struct CutOnPurpose;

/// The answer to be sent, unless it is marked with [`Cut`].
pub(crate) fn unless_cut(answered: Result<Response, Infallible>) -> Result<Response, CutOnPurpose> {
    let Ok(response) = answered;
    if response.extensions().get::<Cut>().is_some() {
        Err(CutOnPurpose)
    } else {
        Ok(response)
    }
}
