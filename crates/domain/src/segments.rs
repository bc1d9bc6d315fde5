//! SMS encodings and segments.
