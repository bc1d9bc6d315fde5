//! The use cases: accept, dispatch, receive, settle, sweep, publish.
