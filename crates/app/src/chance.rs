//! Randomness from the system, for seeds and secrets.

use std::fmt::Write as _;

use anyhow::Context as _;

/// 64 random bits.
pub(crate) fn seed() -> anyhow::Result<u64> {
    getrandom::u64().context("the system gave no random numbers")
}

/// Fills with random bytes; `false` when the system gave none.
pub(crate) fn fill(bytes: &mut [u8]) -> bool {
    getrandom::fill(bytes).is_ok()
}

/// Random hexadecimal digits: for tokens and made-up ids.
pub(crate) fn hex_digits(digits: usize) -> anyhow::Result<String> {
    let mut bytes = vec![0_u8; digits.div_ceil(2)];
    getrandom::fill(&mut bytes).context("the system gave no random numbers")?;
    let mut text = String::with_capacity(digits + 1);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text.truncate(digits);
    Ok(text)
}
