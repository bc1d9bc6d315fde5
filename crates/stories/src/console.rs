//! The console as somebody of the team works in it: in by the code on their phone, pages, and forms with their token.

use crate::browser::{Browser, code_on, html, phone};
use crate::world::World;

/// The owner.
pub const JOANA: &str = "+14155550601";
/// A coach, once she asked him in.
pub const PEDRO: &str = "+14155550602";
/// A viewer, once she asked her in.
pub const VERA: &str = "+14155550603";

/// A world with the console open, and phones for the team.
pub async fn open(settings: &[(&str, &str)]) -> anyhow::Result<World> {
    let mut all = vec![("ADMIN_PHONE_NUMBERS", JOANA)];
    all.extend(settings);
    let world = World::with(&all).await?;
    for number in [JOANA, PEDRO, VERA] {
        phone(&world, number).await?;
    }
    Ok(world)
}

/// Logs in by the code on that phone: the `count`th that came.
pub async fn works<'a>(
    world: &'a World,
    number: &str,
    count: usize,
) -> anyhow::Result<Browser<'a>> {
    let mut browser = Browser::of(world);
    let asked = browser.posts("/admin/login", &[("phone", number)]).await?;
    anyhow::ensure!(asked.status == 200, "{}", html(&asked));
    let code = code_on(world, number, count).await?;
    let form = [("phone", number), ("code", code.as_str())];
    let entered = browser.posts("/admin/code", &form).await?;
    anyhow::ensure!(entered.header("location") == "/admin", "{}", html(&entered));
    Ok(browser)
}

/// The owner asks somebody into the team.
pub async fn asks_in(
    owner: &mut Browser<'_>,
    name: &str,
    number: &str,
    role: &str,
) -> anyhow::Result<()> {
    let form = [("name", name), ("phone", number), ("role", role)];
    let (status, page) = does(owner, "/admin/team", &form).await?;
    anyhow::ensure!(status == 303, "{page}");
    Ok(())
}

/// Sends a form of a page, with its token: the status, and the page or where it leads.
pub async fn does(
    browser: &mut Browser<'_>,
    path: &str,
    form: &[(&str, &str)],
) -> anyhow::Result<(u16, String)> {
    let token = browser.token_of("/admin/team").await?;
    let mut form = form.to_vec();
    form.push(("token", &token));
    let answer = browser.posts(path, &form).await?;
    if answer.status == 303 {
        return Ok((303, answer.header("location").to_owned()));
    }
    Ok((answer.status, html(&answer)))
}

/// A page.
pub async fn page(browser: &mut Browser<'_>, path: &str) -> anyhow::Result<String> {
    Ok(html(&browser.opens(path).await?))
}

/// A page, once it says so.
pub async fn shows(
    world: &World,
    browser: &mut Browser<'_>,
    path: &str,
    words: &str,
) -> anyhow::Result<String> {
    let mut last = String::new();
    for _ in 0..400 {
        last = page(browser, path).await?;
        if last.contains(words) {
            return Ok(last);
        }
        world.is_quiet().await?;
    }
    anyhow::bail!("{path} never says {words}: {last}")
}

/// The address of the link with these words in or behind it.
pub fn link(page: &str, beginning: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("href=\"{beginning}"))
        .unwrap_or_default();
    let rest = rest.split('"').next().unwrap_or_default();
    format!("{beginning}{rest}")
        .replace("&amp;", "&")
        .replace("&#38;", "&")
}

/// The value of a hidden field.
pub fn field(page: &str, name: &str) -> String {
    let (_, rest) = page
        .split_once(&format!("name=\"{name}\" value=\""))
        .unwrap_or_default();
    rest.split('"').next().unwrap_or_default().to_owned()
}
