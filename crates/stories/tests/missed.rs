//! What was looked through for missed occurrences is remembered: a start, or lanes that move, look at what came to be over
//! since, and nothing else; and every occurrence has its end all the same (docs/decisions/0043).

use std::sync::{Arc, Mutex, PoisonError};

use domain::{Channel, Clock as _, Seconds};
use engine::recurring::{Order, Schedule, Whose};
use serde_json::{Value, json};
use store::Shards;
use stories::world::{Joining, Person, World, text};
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

const HOUR: u32 = 3_600;
const DAY: u32 = 24 * HOUR;

/// A look the engine tells of: how many dates, for how many shards, and how many occurrences were noted.
#[derive(Clone, Copy, Default)]
struct Look {
    dates: u64,
    shards: u64,
    noted: u64,
}

/// All of them.
#[derive(Clone, Default)]
struct Looks(Arc<Mutex<Vec<Look>>>);

impl Looks {
    fn looks(&self) -> std::sync::MutexGuard<'_, Vec<Look>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a look at all that is ours: the dates and the occurrences of those since the last time.
    async fn next(&self, world: &World) -> anyhow::Result<(u64, u64)> {
        world
            .until("a look at all shards", async || {
                let is_whole = |look: &Look| look.shards == 64;
                Ok(self.looks().iter().any(is_whole).then_some(()))
            })
            .await?;
        let looks = std::mem::take(&mut *self.looks());
        let sum = |(dates, noted), look: Look| (dates + look.dates, noted + look.noted);
        Ok(looks.into_iter().fold((0, 0), sum))
    }
}

#[derive(Default)]
struct Told(Look);

impl Visit for Told {
    fn record_u64(&mut self, field: &Field, value: u64) {
        match field.name() {
            "dates" => self.0.dates = value,
            "shards" => self.0.shards = value,
            "noted" => self.0.noted = value,
            _ => {}
        }
    }
    fn record_debug(&mut self, _field: &Field, _value: &dyn std::fmt::Debug) {}
}

impl Subscriber for Looks {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "engine::recurring::missed"
    }
    fn new_span(&self, _span: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }
    fn record(&self, _span: &span::Id, _values: &span::Record<'_>) {}
    fn record_follows_from(&self, _span: &span::Id, _follows: &span::Id) {}
    fn event(&self, event: &Event<'_>) {
        let mut told = Told::default();
        event.record(&mut told);
        self.looks().push(told.0);
    }
    fn enter(&self, _span: &span::Id) {}
    fn exit(&self, _span: &span::Id) {}
}

async fn joins(world: &World, name: &str, time_zone: &str, hour: u8) -> anyhow::Result<Person> {
    let joining = Joining::called(name)
        .opted_in(Channel::Sms)
        .with("time_zone", json!(time_zone))
        .with("preferred_send_hour", json!(hour))
        .with("programme", json!("everyday"));
    world.joins(joining).await
}

/// Occurrences without a message, the newest first, each with its reason.
async fn ends(world: &World, person: &Person) -> anyhow::Result<Vec<(String, String)>> {
    let path = format!("/api/v1/members/{}/training", person.id);
    let told = world.api.get(&path).await?.json();
    let ends = told.get("without_message").and_then(Value::as_array);
    let ends = ends.into_iter().flatten();
    Ok(ends
        .map(|end| (text(end, "occasion"), text(end, "why")))
        .collect())
}

fn missed(days: &[u8]) -> Vec<(String, String)> {
    let of = |day: &u8| (format!("daily_workout:2026-11-{day}"), "missed".to_owned());
    days.iter().map(of).collect()
}

async fn until_missed(world: &World, person: &Person, days: &[u8]) -> anyhow::Result<()> {
    let expected = missed(days);
    world
        .until("occurrences that were missed", async || {
            let told = ends(world, person).await?;
            let all = expected.iter().all(|end| told.contains(end));
            Ok(all.then_some(()))
        })
        .await
}

/// A look of our own, beside those of the clock's minutes.
async fn looks(world: &World) -> anyhow::Result<()> {
    let engine = world.service.engine();
    world
        .until("the lanes are ours", async || {
            Ok((engine.shards() == Shards::ALL).then_some(()))
        })
        .await?;
    engine.note_missed().await?;
    Ok(())
}

// A story begins on Wednesday, 18 November 2026, at noon UTC: nine in the morning in Recife.

#[tokio::test]
async fn a_service_that_was_away_for_a_day_looks_at_that_day_and_at_nothing_twice()
-> anyhow::Result<()> {
    let told = Looks::default();
    let _here = tracing::subscriber::set_default(told.clone());
    let world = World::new().await?;
    assert_eq!(told.next(&world).await?, (0, 0), "there is nobody yet");
    let maria = joins(&world, "Maria", "America/Recife", 6).await?;
    world.passes(Seconds::new(60));
    assert_eq!(
        told.next(&world).await?,
        (7, 0),
        "a week, and she has missed nothing"
    );
    let world = world.restarts_with(&[]).await?;
    assert_eq!(
        told.next(&world).await?,
        (0, 0),
        "a restart looks at nothing"
    );

    // Until Friday, five in the morning: Wednesday and Thursday are over here, and Tuesday and Wednesday everywhere.
    let world = world.is_away_for(Seconds::new(44 * HOUR)).await?;
    assert_eq!(
        told.next(&world).await?,
        (3, 1),
        "the days since, and one of hers"
    );
    let world = world.restarts_with(&[]).await?;
    assert_eq!(told.next(&world).await?, (0, 0));
    assert_eq!(ends(&world, &maria).await?, missed(&[19]));

    // Ten days are a week: what is older is nobody's any more.
    let world = world.is_away_for(Seconds::new(10 * DAY)).await?;
    // A question of a week beside them.
    assert_eq!(told.next(&world).await?, (7, 8));
    let found = ends(&world, &maria).await?;
    let week = missed(&[29, 28, 27, 26, 25, 24, 23, 19]);
    assert!(week.iter().all(|end| found.contains(end)), "{found:?}");
    Ok(())
}

#[tokio::test]
async fn a_look_that_fails_half_way_is_begun_again_also_after_a_restart() -> anyhow::Result<()> {
    let world = World::new().await?;
    let maria = joins(&world, "Maria", "America/Recife", 6).await?;
    looks(&world).await?;
    let fails = if stories::database::is_postgres() {
        "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN RAISE EXCEPTION 'half way'; END $$;
         CREATE TRIGGER fails BEFORE INSERT ON occurrences FOR EACH ROW
           WHEN (NEW.occasion = 'daily_workout:2026-11-20') EXECUTE FUNCTION fails();"
    } else {
        "CREATE TRIGGER fails BEFORE INSERT ON occurrences
           WHEN NEW.occasion = 'daily_workout:2026-11-20'
           BEGIN SELECT RAISE(ABORT, 'half way'); END;"
    };
    change(&world, fails).await?;
    let world = world.is_away_for(Seconds::new(3 * DAY)).await?;
    until_missed(&world, &maria, &[19]).await?;
    fails_to_look(&world).await?;
    // Whoever comes next begins where it was complete.
    let world = world.restarts_with(&[]).await?;
    fails_to_look(&world).await?;
    assert_eq!(ends(&world, &maria).await?, missed(&[19]));
    change(
        &world,
        if stories::database::is_postgres() {
            "DROP TRIGGER fails ON occurrences; DROP FUNCTION fails;"
        } else {
            "DROP TRIGGER fails;"
        },
    )
    .await?;
    until_missed(&world, &maria, &[20, 19]).await?;
    Ok(())
}

async fn fails_to_look(world: &World) -> anyhow::Result<()> {
    world
        .until("a look that fails", async || {
            Ok(looks(world).await.is_err().then_some(()))
        })
        .await
}

/// Changes the database as somebody else who uses it.
async fn change(world: &World, statements: &'static str) -> anyhow::Result<()> {
    let database = world.database().clone();
    let change = move || match database.url.strip_prefix("sqlite://") {
        Some(path) => Ok(rusqlite::Connection::open(path)?.execute_batch(statements)?),
        None => database.execute(statements),
    };
    tokio::task::spawn_blocking(change).await?
}

#[tokio::test]
async fn who_goes_east_over_a_date_that_was_looked_through_has_its_end_all_the_same()
-> anyhow::Result<()> {
    let world = World::new().await?;
    // Somebody in Tokyo, so that dates are looked through there.
    let kenji = joins(&world, "Kenji", "Asia/Tokyo", 6).await?;
    // Two in the morning in Honolulu: her hour is to come.
    let maria = joins(&world, "Maria", "Pacific/Honolulu", 22).await?;
    looks(&world).await?;
    // Wednesday is over in Tokyo, and at ten in the morning in Honolulu.
    world.passes(Seconds::new(8 * HOUR));
    looks(&world).await?;
    let path = format!("/api/v1/members/{}", maria.id);
    let east = json!({"time_zone": "Asia/Tokyo"});
    let changed = world.api.json("PATCH", &path, &east).await?;
    assert_eq!(changed.status, 200, "{}", changed.json());
    looks(&world).await?;
    assert_eq!(ends(&world, &maria).await?, []);
    // Once Wednesday is over everywhere it is looked through again: she brought hers along.
    let world = world.is_away_for(Seconds::new(20 * HOUR)).await?;
    until_missed(&world, &maria, &[18]).await?;
    assert_eq!(ends(&world, &kenji).await?, [], "his Thursday is not over");
    Ok(())
}

#[tokio::test]
async fn who_goes_west_from_a_date_that_is_over_has_one_end_of_it() -> anyhow::Result<()> {
    let world = World::new().await?;
    let kenji = joins(&world, "Kenji", "Asia/Tokyo", 22).await?;
    looks(&world).await?;
    // Thursday is over in Tokyo, and at noon in Honolulu.
    world.passes(Seconds::new(34 * HOUR));
    until_missed(&world, &kenji, &[19]).await?;
    let path = format!("/api/v1/members/{}", kenji.id);
    let west = json!({"time_zone": "Pacific/Honolulu"});
    let changed = world.api.json("PATCH", &path, &west).await?;
    assert_eq!(changed.status, 200, "{}", changed.json());
    // Nobody had this zone before. His hour comes there, and the day goes by.
    world.passes(Seconds::new(10 * HOUR));
    let due = Order::due(Schedule::Daily, Whose::Everybodys);
    let report = world.service.engine().run_schedule(due).await?;
    assert_eq!(report.due, 0);
    world.passes(Seconds::new(8 * HOUR));
    looks(&world).await?;
    world.is_quiet().await?;
    assert_eq!(kenji.received(Channel::Sms).await?, Vec::<String>::new());
    let thursdays = ends(&world, &kenji).await?;
    let thursdays = thursdays.iter().filter(|end| **end == missed(&[19])[0]);
    assert_eq!(thursdays.count(), 1);
    Ok(())
}

#[tokio::test]
async fn who_is_brought_in_with_an_old_beginning_begins_where_it_was_looked() -> anyhow::Result<()>
{
    let world = World::new().await?;
    let maria = joins(&world, "Maria", "America/Recife", 22).await?;
    looks(&world).await?;
    let older = if stories::database::is_postgres() {
        "UPDATE users SET created_at = created_at - interval '20 days'"
    } else {
        "UPDATE users SET created_at = created_at - 20 * 86400 * 1000000"
    };
    change(&world, older).await?;
    let world = world.restarts_with(&[]).await?;
    looks(&world).await?;
    assert_eq!(ends(&world, &maria).await?, []);
    // Tuesday was over here, and was not everywhere.
    let world = world.is_away_for(Seconds::new(44 * HOUR)).await?;
    looks(&world).await?;
    assert_eq!(ends(&world, &maria).await?, missed(&[19, 18, 17]));
    Ok(())
}

#[tokio::test]
async fn a_clock_that_was_ahead_and_is_set_back_hides_nothing() -> anyhow::Result<()> {
    let world = World::new().await?;
    joins(&world, "Maria", "America/Recife", 6).await?;
    let now = world.clock.now();
    world.passes(Seconds::new(40 * DAY));
    looks(&world).await?;
    world.clock.set(now + Seconds::new(60));
    let james = joins(&world, "James", "America/Recife", 6).await?;
    // What was kept is of an instant to come, which is not believed.
    let world = world.is_away_for(Seconds::new(2 * DAY)).await?;
    until_missed(&world, &james, &[19]).await
}
