//! The decisions: pure functions from facts to answers with reasons.
