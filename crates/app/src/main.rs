//! GymText.
fn main() {}
