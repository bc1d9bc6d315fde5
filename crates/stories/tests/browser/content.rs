//! A coach writes a programme in the browser: a mistake is said while it is typed, the day follows the words, and it is published.
//! And a template is submitted to the sandbox and approved.

use crate::console::{Desk, at_a_desk};

/// A programme with a day too many.
const WRONG: &str = "+++\nname = \"Stairs\"\nsummary = \"Up and down.\"\n+++\n\n## Week 1\n\n### Day 1: Stairs\n10 times up and down.\n\n### Day 9: More\nTwice.\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coach_writes_a_programme_and_submits_a_template() {
    at_a_desk("a_coach_writes_a_programme_and_submits_a_template", walk)
        .await
        .unwrap();
}

async fn walk(desk: &mut Desk<'_>) -> anyhow::Result<()> {
    desk.is_as_large_as(1280, 860).await?;
    desk.gets_in().await?;
    writes(desk).await?;
    publishes(desk).await?;
    submits(desk).await?;
    desk.is_as_large_as(390, 844).await?;
    on_a_phone(desk).await?;
    // A code is asked for with a wrong number once.
    desk.chrome.is_clean_but_for("422").await
}

async fn writes(desk: &Desk<'_>) -> anyhow::Result<()> {
    desk.opens("/admin/programmes").await?;
    desk.looks_well("programmes").await?;
    desk.chrome.types("#slug", "stairs").await?;
    desk.chrome.click(".console-form .button.primary").await?;
    desk.until("the editor", "document.querySelector('#file-en')")
        .await?;
    desk.chrome.types("#file-en", WRONG).await?;
    desk.until(
        "what is wrong, while it is typed",
        "document.querySelector('#found-en').innerText.includes('is written twice, or is not 1 to 7') && \
         document.querySelector('#look-day').innerText.includes('is mended')",
    )
    .await?;
    desk.looks_well("a programme with a mistake").await?;
    desk.chrome.picture("console-programme-mistake").await?;
    desk.chrome.click("#found-en a").await?;
    desk.until(
        "its line, chosen in the words",
        "document.activeElement.id === 'file-en' && \
         document.activeElement.value.slice(document.activeElement.selectionStart, document.activeElement.selectionEnd) \
         === '### Day 9: More'",
    )
    .await?;
    let mended = WRONG.replace("Day 9", "Day 3");
    desk.chrome.types("#file-en", &mended).await?;
    desk.until(
        "the day, as phones show it",
        "!document.querySelector('#found-en li') && \
         document.querySelector('#look-day').innerText.includes('10 times up and down.')",
    )
    .await?;
    desk.chrome.types("#day", "3").await?;
    desk.until(
        "another day",
        "document.querySelector('#look-day').innerText.includes('Twice.')",
    )
    .await?;
    desk.looks_well("a programme").await?;
    desk.chrome.picture("console-programme").await?;
    desk.chrome.click("button[value=save]").await?;
    desk.until(
        "that it is saved",
        "document.querySelector('[role=status].notice').innerText.includes('Draft 1 is saved')",
    )
    .await
}

async fn publishes(desk: &Desk<'_>) -> anyhow::Result<()> {
    desk.chrome.click(".notice a[href$=publish]").await?;
    desk.until(
        "by how many it is followed",
        "document.querySelector('.lead').innerText.includes('Followed by 0')",
    )
    .await?;
    desk.looks_well("before it is published").await?;
    desk.chrome.click("form .button.primary").await?;
    desk.until(
        "that it is in force",
        "document.body.innerText.includes('Version 1 is in force')",
    )
    .await?;
    desk.looks_well("versions").await?;
    desk.opens("/admin/programmes/everyday?week=1&day=2")
        .await?;
    desk.until(
        "a programme of the binary",
        "document.querySelector('#look-day').innerText.includes('Once they answer')",
    )
    .await?;
    desk.looks_well("a programme of the binary").await?;
    desk.opens("/admin/programmes/everyday/publish?version=0")
        .await?;
    desk.looks_well("nothing to publish").await?;
    desk.opens("/admin/programmes/everyday/members").await?;
    desk.until("who follows it", "document.querySelector('tbody tr')")
        .await?;
    desk.looks_well("who follows it").await
}

async fn submits(desk: &Desk<'_>) -> anyhow::Result<()> {
    desk.opens("/admin/templates").await?;
    desk.chrome
        .click("a[href='/admin/templates/welcome']")
        .await?;
    desk.until(
        "the template",
        "document.querySelector('button[value=submit]')",
    )
    .await?;
    desk.looks_well("a template").await?;
    desk.chrome.types("input[name=v1]", "Zoë").await?;
    desk.chrome.click(".console-filters button").await?;
    desk.until(
        "the words with a name that was typed",
        "document.querySelector('#live-wordings').innerText.includes('Zoë')",
    )
    .await?;
    desk.chrome.click("button[value=submit]").await?;
    desk.until(
        "that it is approved",
        "document.querySelector('[role=status].notice') && \
         document.querySelector('#live-events').innerText.includes('approved')",
    )
    .await?;
    desk.looks_well("a template that was submitted").await?;
    desk.chrome.picture("console-template").await
}

async fn on_a_phone(desk: &Desk<'_>) -> anyhow::Result<()> {
    for (path, page) in [
        ("/admin/programmes", "programmes"),
        ("/admin/programmes/stairs", "a programme"),
        ("/admin/programmes/stairs/versions?version=1", "versions"),
        (
            "/admin/programmes/everyday",
            "a programme in three languages",
        ),
        ("/admin/programmes/everyday/members", "who follows it"),
        ("/admin/templates/welcome", "a template"),
    ] {
        desk.opens(path).await?;
        desk.looks_well(page).await?;
    }
    Ok(())
}
