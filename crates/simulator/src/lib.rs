//! The sandbox: a pretend Twilio with handsets, on loopback.
