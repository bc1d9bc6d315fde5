//! An app that makes codes by time, as somebody of the team has it: of the key that the page shows, by the RFCs and by nothing
//! of the service.

use domain::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

use crate::browser::{Browser, html};

/// The key of a page that sets one up, as it is typed.
pub fn key_on(page: &str) -> String {
    let (_, rest) = page.split_once("class=\"console-key\"").unwrap_or_default();
    let (_, rest) = rest.split_once('>').unwrap_or_default();
    rest.split('<').next().unwrap_or_default().to_owned()
}

/// What the app shows then.
pub fn code_at(key: &str, at: Timestamp) -> anyhow::Result<String> {
    let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits = key
        .chars()
        .filter(|letter| *letter != '-')
        .map(|letter| letters.find(letter.to_ascii_uppercase()))
        .map(|value| value.map(|value| format!("{value:05b}")))
        .collect::<Option<String>>()
        .ok_or_else(|| anyhow::anyhow!("{key} is no key"))?;
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|eight| u8::from_str_radix(&String::from_utf8_lossy(eight), 2))
        .collect::<Result<_, _>>()?;
    let mut mac = Hmac::<Sha1>::new_from_slice(&bytes)?;
    mac.update(&(at.as_micros() / 30_000_000).to_be_bytes());
    let hash = mac.finalize().into_bytes();
    let from = usize::from(hash.last().copied().unwrap_or_default() & 15);
    let four: [u8; 4] = hash.get(from..from + 4).unwrap_or_default().try_into()?;
    Ok(format!(
        "{:06}",
        (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000
    ))
}

/// Sends a form of the page of the second factor: the status, and what it says.
pub async fn does_with_it(
    browser: &mut Browser<'_>,
    act: &str,
    code: &str,
) -> anyhow::Result<(u16, String)> {
    let token = browser.token_of("/admin/second-factor").await?;
    let form = [("token", token.as_str()), ("act", act), ("code", code)];
    let answer = browser.posts("/admin/second-factor", &form).await?;
    Ok((answer.status, html(&answer)))
}

/// Sets it up: the key, and the recovery codes.
pub async fn sets_up(browser: &mut Browser<'_>) -> anyhow::Result<(String, Vec<String>)> {
    let (status, said) = does_with_it(browser, "begin", "").await?;
    anyhow::ensure!(status == 303, "{status} {said}");
    let page = html(&browser.opens("/admin/second-factor").await?);
    let key = key_on(&page);
    let code = code_at(&key, browser.world.clock_now())?;
    let (status, page) = does_with_it(browser, "confirm", &code).await?;
    anyhow::ensure!(status == 200, "{status} {page}");
    let codes = page.split("<li><code>").skip(1);
    let codes = codes.filter_map(|rest| rest.split('<').next());
    Ok((key, codes.map(str::to_owned).collect()))
}
