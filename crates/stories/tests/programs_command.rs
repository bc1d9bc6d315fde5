//! `gymtext programs`, as a coach at a terminal runs it beside a service.

use std::fs;
use std::sync::Arc;

use simulator::Timing;
use stories::binary::Setup;
use stories::ports::free_addr;
use stories::sandbox::{Sandbox, SystemClock};

/// What the command prints, and whether it did well.
async fn programs(setup: &Setup, words: &[&str]) -> anyhow::Result<(bool, String)> {
    let mut all = vec!["programs"];
    all.extend(words);
    let service = format!("http://{}", setup.addr);
    if !words.contains(&"lint") {
        all.extend(["--url", &service]);
    }
    let output = setup.command(&all).await?;
    let mut said = String::from_utf8(output.stdout)?;
    said.push_str(&String::from_utf8(output.stderr)?);
    Ok((output.status.success(), said))
}

#[tokio::test]
async fn a_coach_exports_a_programme_mends_it_and_publishes_it() -> anyhow::Result<()> {
    let data = tempfile::tempdir()?;
    let addr = free_addr()?;
    let clock = Arc::new(SystemClock);
    let sandbox = Sandbox::start(&format!("http://{addr}"), clock, Timing::instant()).await?;
    let setup = Setup::new(data.path(), addr, sandbox.addr)?;
    let service = setup.start().await?;

    let (well, said) = programs(&setup, &["list"]).await?;
    assert!(
        well && said.contains("mobility") && said.contains("as it comes"),
        "{said}"
    );

    let files = tempfile::tempdir()?;
    let into = files.path().display().to_string();
    let (well, said) = programs(&setup, &["export", "mobility", &into]).await?;
    assert!(well, "{said}");
    let folder = files.path().join("mobility");
    let (well, said) = programs(&setup, &["export", "mobility", &into]).await?;
    assert!(!well && said.contains("--force writes over it"), "{said}");

    // A slip is told by its line before anything is sent, and the service refuses it, too.
    let english = folder.join("en.md");
    let text = fs::read_to_string(&english)?;
    fs::write(
        &english,
        text.replacen("### Day 1: Hips", "### Day 9: Hips", 1),
    )?;
    let path = folder.display().to_string();
    let (well, said) = programs(&setup, &["lint", &path]).await?;
    assert!(
        !well && said.contains("mobility/en.md, line") && said.contains("Day 9"),
        "{said}"
    );
    let (well, said) = programs(&setup, &["import", &path]).await?;
    assert!(!well && said.contains("Day 9"), "{said}");

    fs::write(
        &english,
        text.replacen("### Day 1: Hips", "### Day 1: Hips first", 1),
    )?;
    let (well, said) = programs(&setup, &["lint", &path]).await?;
    assert!(
        well && said.contains("mobility: well; 4 weeks in en, es, pt"),
        "{said}"
    );
    let (well, said) = programs(&setup, &["import", &path]).await?;
    assert!(
        well && said.contains("mobility 1 is saved as a draft"),
        "{said}"
    );
    let (well, said) = programs(&setup, &["import", &path, "--base", "0", "--publish"]).await?;
    assert!(
        !well && said.contains("Somebody saved another version"),
        "{said}"
    );
    let (well, said) = programs(&setup, &["import", &path, "--base", "1", "--publish"]).await?;
    assert!(well && said.contains("mobility 1 is published"), "{said}");

    let listed = setup.api().get("/api/v1/programmes/mobility").await?.json();
    let kept = listed
        .pointer("/files/en")
        .and_then(serde_json::Value::as_str);
    assert!(
        kept.is_some_and(|text| text.contains("Hips first")),
        "{listed:#}"
    );
    drop(service);
    Ok(())
}
