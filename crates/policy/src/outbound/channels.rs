//! Which channels, in which order.
