//! Who carries our messages: Twilio, and a local provider.
