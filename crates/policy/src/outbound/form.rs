//! In which form a channel carries a message.
