//! What is changed of an endpoint while much waits for it holds for the rest.

use domain::Secret;
use serde_json::json;
use stories::integrator::Integrator;
use stories::world::{World, text};

use super::{HERE, hears, is_told, made, maria, post, sends, verifies};

/// Much waits for a server, which keeps the first of it without an answer, and for one beside it.
async fn much_waits(world: &World, held: &Integrator, beside: &Integrator) -> anyhow::Result<()> {
    held.answers(false);
    beside.answers(false);
    let maria = maria(world).await?;
    for number in 0..15 {
        sends(world, &maria, &format!("Number {number}")).await?;
    }
    world.is_quiet().await?;
    world
        .until("it is asked to take the first", async || {
            Ok((held.asked() == 1).then_some(()))
        })
        .await
}

#[tokio::test]
async fn one_that_moves_with_much_before_it_is_told_the_rest_where_it_is_then() -> anyhow::Result<()>
{
    let world = World::with(&HERE).await?;
    let (old, new) = (Integrator::start().await?, Integrator::start().await?);
    let beside = Integrator::start().await?;
    let (path, was) = made(&world, &old, &["message.*"]).await?;
    let (other, _) = made(&world, &beside, &["message.*"]).await?;
    much_waits(&world, &old, &beside).await?;
    let moves = json!({"url": new.url()});
    let moved = world.api.json("PATCH", &path, &moves).await?;
    assert_eq!(moved.status, 200, "{}", moved.json());
    let rotated = post(&world, &format!("{path}/rotate"), json!({})).await?;
    let secret = Secret::new(text(&rotated.json(), "secret"));
    old.answers(true);
    beside.answers(true);
    is_told(&world, &other).await?;
    is_told(&world, &path).await?;
    assert_eq!(old.all().len(), 1, "what it was being told already");
    assert_eq!([old.events(), new.events()].concat(), beside.events());
    for told in new.all() {
        assert!(verifies(&told, &was) && verifies(&told, &secret));
    }
    Ok(())
}

#[tokio::test]
async fn one_that_is_paused_with_much_before_it_is_told_nothing_more() -> anyhow::Result<()> {
    let world = World::with(&HERE).await?;
    let (crm, beside) = (Integrator::start().await?, Integrator::start().await?);
    let (path, _) = made(&world, &crm, &["message.*"]).await?;
    let (other, _) = made(&world, &beside, &["message.*"]).await?;
    much_waits(&world, &crm, &beside).await?;
    let turn = async |on| {
        let wish = json!({"enabled": on});
        world.api.json("PATCH", &path, &wish).await
    };
    assert_eq!(turn(false).await?.status, 200);
    crm.answers(true);
    beside.answers(true);
    is_told(&world, &other).await?;
    let all = beside.events();
    assert_eq!(crm.all().len(), 1, "what it was being told already");
    let paused = world.api.get(&path).await?.json();
    assert_eq!(
        paused["waiting"],
        all.len(),
        "its place is kept: {paused:#}"
    );
    assert_eq!(turn(true).await?.status, 200);
    hears(&world, &crm, 1 + all.len()).await?;
    assert_eq!(crm.events()[1..], all, "the first of them again");
    Ok(())
}
