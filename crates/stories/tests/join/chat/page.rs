//! The page itself: what it takes, what it refuses, and what it does with foreign text.

use stories::world::{Joining, World, text};

use super::{Chatting, NUMBER};
use stories::browser::{Browser, OPEN, html, texts};

#[tokio::test]
async fn without_a_script_a_form_is_sent_and_the_page_is_read_again() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let mut ana = Chatting::begins(&world).await?;
    let page = html(&ana.browser.opens("/me/chat").await?);
    assert!(page.contains("Nothing was said yet"), "{page}");
    let token = ana.token.clone();
    let form = [
        ("token", token.as_str()),
        ("key", "from-a-form"),
        ("text", "hello coach"),
    ];
    let sent = ana.browser.posts("/me/chat", &form).await?;
    assert_eq!(
        (sent.status, sent.header("location")),
        (303, "/me/chat#newest")
    );
    ana.is_told("Good to hear from you").await?;
    let page = html(&ana.browser.opens("/me/chat").await?);
    assert!(
        page.contains("hello coach") && page.contains("Good to hear from you"),
        "{page}"
    );
    assert!(
        !page.contains("<script>") && !page.contains("style="),
        "nothing inline"
    );
    // Too long: refused, and the text is still in the field.
    let long = "ü".repeat(1_601);
    let form = [
        ("token", token.as_str()),
        ("key", "from-a-form2"),
        ("text", long.as_str()),
    ];
    let refused = ana.browser.posts("/me/chat", &form).await?;
    assert_eq!(refused.status, 422);
    let page = html(&refused);
    assert!(page.contains(&long) && page.contains("this one has 1601"));
    assert!(page.contains("value=\"from-a-form2\""), "the same key");
    Ok(())
}

#[tokio::test]
async fn only_who_is_logged_in_writes_and_only_from_their_page() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let ana = Chatting::begins(&world).await?;
    let mut stranger = Browser::of(&world);
    let sent = stranger.opens("/me/chat").await?;
    assert_eq!((sent.status, sent.header("location")), (303, "/me"));
    let form = [
        ("token", ana.token.as_str()),
        ("key", "of-a-stranger"),
        ("text", "hi"),
    ];
    let sent = stranger.posts("/me/chat", &form).await?;
    assert_eq!((sent.status, sent.header("location")), (303, "/me"));
    let mut elsewhere = Browser::of(&world);
    elsewhere.cookies.clone_from(&ana.browser.cookies);
    elsewhere.origin = "https://evil.example".to_owned();
    assert_eq!(elsewhere.posts("/me/chat", &form).await?.status, 403);
    let mut forged = Browser::of(&world);
    forged.cookies.clone_from(&ana.browser.cookies);
    let form = [("token", "0"), ("key", "with-no-token"), ("text", "hi")];
    assert_eq!(forged.posts("/me/chat", &form).await?.status, 403);
    assert!(ana.heard().await?.is_empty());

    // Nobody marks what is another's.
    ana.writes("hello").await?;
    let id = text(&ana.is_told("Good to hear").await?, "id");
    let other = Joining::called("Bia")
        .at("+14155552672")
        .opted_in(domain::Channel::Sms);
    world.joins(other).await?;
    let mut bia = Browser::of(&world);
    bia.logs_in("+14155552672").await?;
    let token = bia.token().await?;
    let form = [("token", token.as_str()), ("seen", id.as_str())];
    assert_eq!(bia.posts("/me/chat/seen", &form).await?.status, 204);
    assert_eq!(ana.status_of(&id).await?, "sent");
    Ok(())
}

#[tokio::test]
async fn foreign_text_is_text() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let mut ana = Chatting::begins(&world).await?;
    let nasty = [
        "<img src=x onerror=alert(1)><script>alert(2)</script>".to_owned(),
        "\u{202e}gnp.exe\u{202c} \u{2067}שלום".to_owned(),
        "👩‍👩‍👧‍👦".repeat(60),
        "w".repeat(1_600),
        "💪".repeat(1_600),
    ];
    let mut line = ana.follows("0").await?;
    for words in &nasty {
        ana.writes(words).await?;
    }
    let told = line.until(&"💪".repeat(1_600)).await?;
    assert!(
        !told.contains("<img") && !told.contains("<script"),
        "escaped in the line"
    );
    let page = html(&ana.browser.opens("/me/chat").await?);
    assert!(!page.contains("<img src=x") && !page.contains("<script>alert"));
    for words in nasty.iter().skip(1) {
        assert!(page.contains(words.as_str()));
    }
    Ok(())
}

#[tokio::test]
async fn too_much_within_a_minute_is_refused_and_a_minute_later_taken() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let ana = Chatting::begins(&world).await?;
    for _ in 0..20 {
        ana.writes("thanks").await?;
    }
    let more = [("key", "one-too-many"), ("text", "thanks")];
    let (status, told) = ana.posts("/me/chat", &more).await?;
    assert_eq!(status, 429, "{told}");
    assert!(text(&told, "fault").contains("still here"));
    let (status, _) = ana
        .posts("/me/chat", &[("key", "message-19"), ("text", "thanks")])
        .await?;
    assert_eq!(status, 200, "what is stored is stored");
    world.passes(domain::Seconds::new(61));
    let (status, _) = ana.posts("/me/chat", &more).await?;
    assert_eq!(status, 200);
    assert_eq!(texts(&world, NUMBER).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_member_has_so_many_places_and_a_line_goes_on_where_it_was() -> anyhow::Result<()> {
    let world = World::with(&[OPEN]).await?;
    let ana = Chatting::begins(&world).await?;
    let mut lines = Vec::new();
    for _ in 0..6 {
        let line = ana.follows("0").await?;
        assert_eq!(line.status(), 200);
        lines.push(line);
    }
    assert_eq!(ana.follows("0").await?.status(), 429);
    drop(lines);
    let mut line = world
        .until("a place again", async || {
            let line = ana.follows("0").await?;
            Ok((line.status() == 200).then_some(line))
        })
        .await?;
    for number in 0..3 {
        ana.writes(&format!("thanks {number}")).await?;
    }
    line.until("thanks 2").await?;
    drop(line);
    ana.writes("thanks again").await?;
    // What a browser has not seen comes, and what it may have missed of what it has.
    let mut line = ana.follows("1").await?;
    line.until("thanks again").await?;
    Ok(())
}
