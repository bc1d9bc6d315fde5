//! What is said to members, as the team writes and looks after it in the console: programmes and templates.

use domain::{Channel, Seconds};
use serde_json::json;
use stories::browser::Browser;
use stories::console::{JOANA, PEDRO, VERA, asks_in, does, field, open, page, works};
use stories::world::{Joining, World};

const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

const EVERYDAY: &str = "/admin/programmes/everyday";

/// A programme with something to do on each day.
fn words(title: &str) -> String {
    let day = |day| format!("\n### Day {day}: {title}\n10 squats. Rest 60 s.\n");
    let days = [1, 2, 3, 4, 5, 6, 7].map(day).concat();
    format!(
        "+++\nname = \"Stairs\"\nsummary = \"Up and down.\"\nat_end = \"repeat\"\n+++\n\n## Week 1\n{days}"
    )
}

async fn team(world: &World) -> anyhow::Result<[Browser<'_>; 3]> {
    let mut joana = works(world, JOANA, 1).await?;
    asks_in(&mut joana, "Pedro", PEDRO, "coach").await?;
    asks_in(&mut joana, "Vera", VERA, "viewer").await?;
    let pedro = works(world, PEDRO, 1).await?;
    let vera = works(world, VERA, 1).await?;
    Ok([joana, pedro, vera])
}

/// Sends the editor's form: what it answers.
async fn writes(
    browser: &mut Browser<'_>,
    act: &str,
    revision: &str,
    text: &str,
) -> anyhow::Result<(u16, String)> {
    let typed = text.replace('\n', "\r\n");
    let form = [
        ("act", act),
        ("revision", revision),
        ("file.en", &typed),
        ("language", "en"),
        ("week", "1"),
        ("day", "3"),
    ];
    does(browser, EVERYDAY, &form).await
}

#[tokio::test]
async fn a_coach_mends_looks_saves_and_publishes_and_members_get_it() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let [mut joana, mut pedro, mut vera] = team(&world).await?;
    let joining = Joining::called("Ana Souza")
        .opted_in(Channel::Sms)
        .with("preferred_send_hour", json!(7));
    let ana = world.joins(joining).await?;

    let list = page(&mut vera, "/admin/programmes").await?;
    assert!(
        list.contains("followed by 1<") && list.contains(">default<"),
        "{list}"
    );
    assert!(
        !list.contains("/admin/programmes/new"),
        "viewers write none"
    );
    let shown = page(&mut pedro, EVERYDAY).await?;
    assert!(shown.contains("as it comes with the service"), "{shown}");
    assert!(
        shown.contains("Legs and glutes") && shown.contains("2 segments, GSM-7"),
        "{shown}"
    );
    let revision = field(&shown, "revision");
    assert_eq!(revision, "0");

    // A mistake is said beside its line, nothing is kept, and what was typed is there still.
    let wrong = words("Stairs").replace("### Day 7", "### Day 9");
    let (status, again) = writes(&mut pedro, "save", &revision, &wrong).await?;
    assert_eq!(status, 422, "{again}");
    assert!(
        again.contains("data-line=\"27\"") && again.contains("to mend"),
        "{again}"
    );
    assert!(again.contains("### Day 9: Stairs</code>"), "{again}");
    assert!(again.contains("10 squats. Rest 60 s."), "{again}");
    assert!(again.contains("A day is shown once"), "{again}");
    assert_eq!(
        field(&again, "day"),
        "3",
        "which is there when it can be shown"
    );

    // A look keeps nothing.
    let mended = words("Stairs");
    let (status, look) = writes(&mut vera, "look", &revision, &mended).await?;
    assert_eq!(status, 200, "{look}");
    assert!(look.contains("Hi, Ana!"), "{look}");
    assert!(look.contains("1 segment, GSM-7"), "{look}");
    assert!(look.contains("Once they answer:"), "{look}");
    let (status, _) = writes(&mut vera, "save", &revision, &mended).await?;
    assert_eq!(status, 403);
    let shown = page(&mut pedro, EVERYDAY).await?;
    assert_eq!(field(&shown, "revision"), "0");

    let (status, to) = writes(&mut pedro, "save", &revision, &mended).await?;
    assert_eq!((status, to.starts_with(EVERYDAY)), (303, true), "{to}");
    let shown = page(&mut pedro, &to).await?;
    assert!(shown.contains("Draft 1 is saved"), "{shown}");

    // Joana had opened it before: she is told, keeps her words, and his stay.
    let hers = words("Hills");
    let (status, told) = writes(&mut joana, "save", &revision, &hers).await?;
    assert_eq!(status, 409, "{told}");
    assert!(
        told.contains("Pedro saved this programme while you wrote"),
        "{told}"
    );
    assert!(
        told.contains("### Day 1: Hills") && told.contains("### Day 1: Stairs"),
        "{told}"
    );
    let (status, _) = writes(&mut joana, "save", &field(&told, "revision"), &hers).await?;
    assert_eq!(status, 303);
    let versions = page(&mut joana, &format!("{EVERYDAY}/versions?version=1")).await?;
    assert!(
        versions.contains("version 2") && versions.contains("version 1"),
        "{versions}"
    );
    assert!(
        versions.contains("<ins>### Day 1: Stairs</ins>"),
        "{versions}"
    );

    // Before it is followed: by whom, and what becomes of their tomorrow.
    let publish = format!("{EVERYDAY}/publish?version=1");
    let look = page(&mut vera, &publish).await?;
    assert!(look.contains("<strong>Followed by 1</strong>"), "{look}");
    assert!(
        look.contains("Ana Souza") && look.contains("day 2: Stairs"),
        "{look}"
    );
    assert!(look.contains("Draft 2 stays as it is"), "{look}");
    assert!(!look.contains(">Publish it<"), "viewers publish none");
    let revision = field(&page(&mut pedro, &publish).await?, "revision");
    let form = [("version", "1"), ("revision", revision.as_str())];
    let publish = format!("{EVERYDAY}/publish");
    assert_eq!(does(&mut vera, &publish, &form).await?.0, 403);
    let (status, to) = does(&mut pedro, &publish, &form).await?;
    assert_eq!(status, 303, "{to}");
    let after = page(&mut pedro, &to).await?;
    assert!(after.contains("Version 3 is in force"), "{after}");
    assert!(
        after.contains("version 2 <span class=\"badge warn\">draft"),
        "{after}"
    );
    assert_eq!(
        does(&mut pedro, &publish, &form).await?.0,
        409,
        "not what he looked at"
    );

    let members = page(&mut vera, &format!("{EVERYDAY}/members")).await?;
    assert!(
        members.contains("Ana Souza") && members.contains("Stairs"),
        "{members}"
    );
    assert!(!members.contains(&ana.phone), "viewers see ends of numbers");

    // Back to what comes with the service: published anew, and all that was written is there.
    let look = page(&mut joana, &format!("{publish}?version=0")).await?;
    let revision = field(&look, "revision");
    let form = [("version", "0"), ("revision", revision.as_str())];
    let (status, to) = does(&mut joana, &publish, &form).await?;
    assert_eq!(status, 303, "{to}");
    let after = page(&mut joana, &to).await?;
    assert!(after.contains("Version 4 is in force"), "{after}");
    let log = page(&mut joana, "/admin/audit").await?;
    assert!(
        log.contains("Pedro") && log.contains("programme publish"),
        "{log}"
    );

    // And forward again: Ana gets the words in the morning.
    let look = page(&mut pedro, &format!("{publish}?version=3")).await?;
    let revision = field(&look, "revision");
    let form = [("version", "3"), ("revision", revision.as_str())];
    assert_eq!(does(&mut pedro, &publish, &form).await?.0, 303);
    world.passes(Seconds::new(DAY + HOUR));
    world
        .until("the new words", async || {
            let texts = ana.received(Channel::Sms).await?;
            let came = texts.iter().any(|text| text.contains("Stairs"));
            Ok(came.then_some(()))
        })
        .await
}

#[tokio::test]
async fn a_new_programme_begins_with_the_words_of_another_one() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let [_, mut pedro, _] = team(&world).await?;
    let begins = async |browser: &mut Browser<'_>, slug: &str| {
        let path = format!("/admin/programmes/new?slug={slug}&from=mobility");
        browser.opens(&path).await
    };
    for (slug, status) in [("Zo%C3%AB!", 422), ("everyday", 409)] {
        assert_eq!(begins(&mut pedro, slug).await?.status, status, "{slug}");
    }
    let answer = begins(&mut pedro, "Legs+at+home").await?;
    let to = answer.header("location").to_owned();
    assert_eq!(to, "/admin/programmes/legs-at-home?new=yes&from=mobility");
    let editor = page(&mut pedro, &to).await?;
    assert!(
        editor.contains("name=\"file.pt\""),
        "in all its languages: {editor}"
    );
    assert!(editor.contains("nobody can follow it yet"), "{editor}");
    let missing = pedro.opens("/admin/programmes/arms").await?;
    assert_eq!(missing.status, 404);

    let form = [
        ("act", "save"),
        ("revision", "0"),
        ("file.en", &*words("Steps")),
        ("file.pt", &*words("Degraus")),
        ("drop.pt", "yes"),
        ("add", "fr"),
    ];
    let (status, to) = does(&mut pedro, "/admin/programmes/legs-at-home", &form).await?;
    assert_eq!(status, 303, "{to}");
    let editor = page(&mut pedro, "/admin/programmes/legs-at-home").await?;
    assert!(editor.contains("name=\"file.fr\""), "{editor}");
    assert!(!editor.contains("name=\"file.pt\""), "{editor}");
    let list = page(&mut pedro, "/admin/programmes").await?;
    assert!(list.contains("draft 1 by Pedro"), "{list}");
    Ok(())
}

#[tokio::test]
async fn words_full_of_markup_and_of_no_end_break_no_page() -> anyhow::Result<()> {
    let world = open(&[]).await?;
    let [_, mut pedro, _] = team(&world).await?;
    let hostile = format!(
        "Up <script>alert(1)</script> </textarea><img src=x onerror=alert(2)> \u{202e}gnp.exe 🏋️ {}",
        "w".repeat(1_600)
    );
    let text = words("Stairs").replace("10 squats.", &hostile);
    let (status, look) = writes(&mut pedro, "look", "0", &text).await?;
    assert_eq!(status, 200);
    assert!(
        look.contains("UCS-2") && look.contains("may be better"),
        "{look}"
    );
    for markup in ["<script>alert", "<img src=x"] {
        assert!(!look.contains(markup), "{markup} stands in the page");
    }
    let (status, to) = writes(&mut pedro, "save", "0", &text).await?;
    assert_eq!(status, 303, "{to}");
    for path in ["", "/publish", "/versions?version=1"] {
        let shown = page(&mut pedro, &format!("{EVERYDAY}{path}")).await?;
        assert!(!shown.contains("<script>alert"), "{path}");
        assert!(shown.contains("gnp.exe"), "{path}");
    }
    let nonsense = [("act", "save"), ("revision", "?"), ("file.<b>", "\u{0}")];
    let (status, _) = does(&mut pedro, EVERYDAY, &nonsense).await?;
    assert_eq!(status, 422);
    Ok(())
}

/// The templates of the files alone: no setting names an id.
const FILES: [(&str, &str); 4] = [
    ("WHATSAPP_TEMPLATE_DAILY_WORKOUT", ""),
    ("WHATSAPP_TEMPLATE_WEEKLY_CHECKIN", ""),
    ("WHATSAPP_TEMPLATE_WELCOME", ""),
    ("WHATSAPP_TEMPLATE_SUBSCRIPTION_REMINDER", ""),
];

#[tokio::test]
async fn a_template_is_looked_at_submitted_and_its_history_is_told() -> anyhow::Result<()> {
    let world = open(&FILES).await?;
    let [_, mut pedro, mut vera] = team(&world).await?;
    let at = "/admin/templates/daily_workout";
    let draft = page(&mut vera, &format!("{at}?v1=Zo%C3%AB%3Cb%3E")).await?;
    assert!(
        draft.contains("Nobody has seen it yet: submit it."),
        "{draft}"
    );
    assert!(
        draft.contains("Zoë&#60;b&#62;") && !draft.contains("Zoë<b>"),
        "{draft}"
    );
    assert!(
        draft.contains("the schedule daily-messages knocks with it"),
        "{draft}"
    );
    assert!(draft.contains("nothing takes its place"), "{draft}");
    assert!(!draft.contains("value=\"submit\""), "viewers look only");
    assert_eq!(does(&mut vera, at, &[("act", "submit")]).await?.0, 403);
    assert_eq!(vera.opens("/admin/templates/none").await?.status, 404);

    let (status, to) = does(&mut pedro, at, &[("act", "submit")]).await?;
    assert_eq!(status, 303, "{to}");
    let approved = page(&mut pedro, &to).await?;
    assert!(
        approved.contains("It may be sent. Nothing to do."),
        "{approved}"
    );
    assert!(
        approved.contains("<strong>es</strong> stands approved"),
        "{approved}"
    );
    let other = page(&mut pedro, "/admin/templates/welcome").await?;
    assert!(
        other.contains("Nobody has seen it yet"),
        "only the one that was meant: {other}"
    );

    // Somebody at WhatsApp changes their mind: what it is, why, and what to do next.
    let listed = world.api.get("/api/v1/templates").await?.json();
    let items = listed["items"].as_array().cloned().unwrap_or_default();
    let spanish = items
        .iter()
        .find(|one| one["name"] == "daily_workout" && one["language"] == "es");
    let id = spanish.map(|one| stories::world::text(one, "provider_template_id"));
    let path = format!("/sandbox/api/templates/{}/approval", id.unwrap_or_default());
    world.passes(Seconds::new(60));
    let what = json!({"status": "rejected", "rejection_reason": "TAG_CONTENT_MISMATCH"});
    let answer = world.carrier.json("PUT", &path, &what).await?;
    assert_eq!(answer.status, 200, "{}", answer.json());
    let (status, to) = does(&mut pedro, at, &[("act", "ask")]).await?;
    assert_eq!(status, 303, "{to}");
    let rejected = page(&mut vera, at).await?;
    assert!(
        rejected.contains("It was rejected: TAG_CONTENT_MISMATCH. Mend the words"),
        "{rejected}"
    );
    assert!(
        rejected.contains("approved →</span> rejected"),
        "{rejected}"
    );
    let log = page(&mut pedro, "/admin/audit").await?;
    assert!(log.contains("templates submit"), "{log}");
    Ok(())
}
