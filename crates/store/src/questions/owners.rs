//! Who has a number.

use domain::PhoneNumber;

/// See [`Request::OwnersOf`](super::Request::OwnersOf).
#[derive(Clone, Debug)]
pub struct OwnersOf {
    /// The numbers.
    pub phones: Vec<PhoneNumber>,
}
