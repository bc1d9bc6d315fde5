//! Judges a history by the carrier's own record of what was asked of it, and by what the people did: not by
//! anything the service remembers, but for the reasons it gives.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use anyhow::Context as _;
use domain::{AttemptId, Channel, Seconds, Timestamp};
use serde_json::Value;
use stories::world::text;
use stories::{ledger, stopwatch};

use crate::heard::{PATIENCE_OF_THE_CARRIER as KNOWN, heard};
use crate::history::{Fact, History, Usable};
use crate::restraint;

/// WhatsApp lets anybody write freely for so long after they wrote (facts/whatsapp.md 2).
const WINDOW: Seconds = Seconds::new(24 * 3_600);

/// Two failures as far apart as this tell nothing.
const TWICE_WITHIN: Seconds = Seconds::new(30 * 24 * 3_600);

/// The service's timers look at the clock in their own time.
const PATIENCE: Duration = Duration::from_secs(5);

/// A request to send, as the carrier saw it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) at: Timestamp,
    pub(crate) attempt: AttemptId,
    pub(crate) person: usize,
    channel: Channel,
    content: Option<String>,
    pub(crate) kind: String,
    /// When its message was made.
    created: Timestamp,
    asked: Asked,
    /// What the carrier made of it, where it made something.
    pub(crate) sid: Option<String>,
}

/// Who asked for a message.
#[derive(Clone, Copy, Debug)]
enum Asked {
    /// The plot, by one channel alone.
    By(Channel),
    /// The plot, by any channel.
    AnyHow,
    /// The service itself.
    Nobody,
}

/// What the facts so far come to.
#[derive(Debug, Default)]
struct Standing {
    consent: BTreeMap<(usize, Channel), bool>,
    doubt: BTreeMap<(usize, Channel), bool>,
    wrote: BTreeMap<(usize, Channel), Timestamp>,
    agreed: BTreeMap<(usize, Channel), Timestamp>,
    refused: BTreeMap<(usize, Channel), Timestamp>,
    /// When somebody turned out not to be on WhatsApp since they last wrote there, and with which messages.
    not_there: BTreeMap<usize, Vec<(Timestamp, String)>>,
    /// When they last withdrew there, from when on that was known, and whether they agreed to the other channel.
    withdrew: BTreeMap<(usize, Channel), Withdrawal>,
    withdraws: BTreeMap<(usize, Channel), Timestamp>,
    templates: BTreeMap<String, Usable>,
    switches: BTreeMap<&'static str, bool>,
}

/// Somebody withdrew.
#[derive(Clone, Copy, Debug)]
struct Withdrawal {
    begun: Timestamp,
    agreed_elsewhere: bool,
}

impl Standing {
    fn hears(&mut self, at: Timestamp, fact: &Fact) {
        match fact {
            Fact::Consent(who, channel, is) => {
                let address = (*who, *channel);
                self.refused.remove(&address);
                if *is == Some(true) {
                    self.agreed.insert(address, at);
                }
                match is {
                    Some(is) => self.consent.insert(address, *is),
                    None => self.consent.remove(&address),
                };
                if *is == Some(false) {
                    self.doubt.insert(address, false);
                    let mut others = [Channel::Sms, Channel::Whatsapp].into_iter();
                    let agreed_elsewhere = others.any(|other| {
                        other != *channel && self.consent.get(&(*who, other)) == Some(&true)
                    });
                    if let Some(begun) = self.withdraws.remove(&address) {
                        let withdrawal = Withdrawal {
                            begun,
                            agreed_elsewhere,
                        };
                        self.withdrew.insert(address, withdrawal);
                    }
                }
            }
            Fact::Withdraws(who, channel) => {
                self.withdraws.insert((*who, *channel), at);
            }
            Fact::Doubt(who, channel, is) => {
                // Who has not agreed gets nothing anyway.
                let agreed = self.consent.get(&(*who, *channel)) == Some(&true);
                self.doubt.insert((*who, *channel), *is && agreed);
            }
            Fact::Wrote(who, channel) => {
                self.wrote.insert((*who, *channel), at);
                if *channel == Channel::Whatsapp {
                    self.not_there.remove(who);
                }
            }
            Fact::Template(sid, usable) => {
                self.templates.insert(sid.clone(), *usable);
            }
            Fact::Switch(scope, on) => {
                self.switches.insert(scope, *on);
            }
            // What came at the same time as its opposite may have been heard before it.
            Fact::SaidStop(who, channel) => {
                let agreed = self.agreed.get(&(*who, *channel));
                if agreed.is_none_or(|agreed| *agreed + KNOWN < at) {
                    self.refused.insert((*who, *channel), at);
                }
            }
            Fact::NotThere(who, message) => {
                let wrote = self.wrote.get(&(*who, Channel::Whatsapp));
                if wrote.is_none_or(|wrote| *wrote + KNOWN < at) {
                    let told = self.not_there.entry(*who).or_default();
                    told.push((at, message.clone()));
                }
            }
        }
    }
}

/// Judges all requests of a history, and what became of each message.
pub(crate) async fn judge(history: &History, until: Timestamp) -> anyhow::Result<usize> {
    all_have_ended(history, until).await?;
    // In this order: the days of the members go on meanwhile.
    let seen = seen(history).await?;
    let messages = messages(history).await?;
    let requests = requests(history, &seen, &messages).await?;
    let mut facts: Vec<_> = history.facts.clone();
    facts.extend(heard(history, &messages)?);
    // What is true from the same instant counts in its order.
    facts.sort_by_key(|(at, _)| *at);
    let mut facts = facts.into_iter().peekable();
    let mut standing = Standing::default();
    for request in &requests {
        while let Some((at, fact)) = facts.next_if(|(at, _)| *at <= request.at) {
            standing.hears(at, &fact);
        }
        allowed(history, request, &mut standing)?;
    }
    let there = phones(history).await?;
    restraint::kept(history, &requests, &messages).await?;
    never_twice(&requests, &messages, &there)?;
    never_invented(&messages, &there)?;
    never_knocks_in_vain(&requests, &messages)?;
    never_elsewhere_in_vain(&requests, &messages)?;
    for message in messages.values() {
        has_a_reason(message, until)?;
    }
    Ok(requests.len())
}

/// Whether a request may have been made, as things stood.
fn allowed(history: &History, request: &Request, standing: &mut Standing) -> anyhow::Result<()> {
    let address = (request.person, request.channel);
    let reply = ["chat_reply", "keyword_reply"].contains(&request.kind.as_str());
    for scope in [
        "all".to_owned(),
        format!("channel:{}", request.channel.as_str()),
        format!("kind:{}", request.kind),
    ] {
        let on = standing.switches.get(scope.as_str()) == Some(&true);
        anyhow::ensure!(!on, "the switch of {scope} was on: {request:?}");
    }
    match standing.consent.get(&address) {
        Some(true) => {}
        Some(false) => anyhow::ensure!(
            request.kind == "keyword_reply",
            "they have said no: {request:?}"
        ),
        None => anyhow::ensure!(
            reply && standing.wrote.contains_key(&address),
            "nothing is known of a consent: {request:?}"
        ),
    }
    revives_nothing(request, standing)?;
    let doubt = standing.doubt.get(&address) == Some(&true);
    anyhow::ensure!(!doubt || reply, "they may have said stop: {request:?}");
    let refused = standing.refused.get(&address);
    let known = refused.is_some_and(|at| *at + KNOWN < request.at);
    anyhow::ensure!(
        !known || request.kind == "keyword_reply",
        "the carrier has said that they stopped: {request:?}"
    );
    if request.channel != Channel::Whatsapp {
        return Ok(());
    }
    is_there(request, standing, reply)?;
    let template = request
        .content
        .as_ref()
        .and_then(|sid| standing.templates.get(sid));
    let Some(template) = template else {
        let wrote = standing.wrote.get(&address);
        let open = wrote.is_some_and(|at| request.at < *at + WINDOW);
        anyhow::ensure!(
            open,
            "free-form outside the window ({wrote:?}): {request:?}"
        );
        return Ok(());
    };
    anyhow::ensure!(template.approved, "not an approved template: {request:?}");
    let number = history
        .people
        .get(request.person)
        .map(|(who, _)| who.number.as_str());
    let american = number.is_some_and(|number| number.starts_with("+1"));
    anyhow::ensure!(
        !(american && template.marketing),
        "marketing to a US number: {request:?}"
    );
    Ok(())
}

/// Nothing goes by WhatsApp again to whom this very message did not find there, nor to whom two did not (DESIGN 4).
fn is_there(request: &Request, standing: &Standing, reply: bool) -> anyhow::Result<()> {
    let told = standing.not_there.get(&request.person);
    let known = told
        .into_iter()
        .flatten()
        .filter(|(at, _)| *at + KNOWN < request.at);
    let own = request.attempt.message.to_string();
    let again = known.clone().any(|(_, message)| *message == own);
    let often = known
        .filter(|(at, _)| *at + TWICE_WITHIN > request.at)
        .count();
    anyhow::ensure!(
        reply || !again && often < 2,
        "they are not on WhatsApp, as was told {often} times: {request:?}"
    );
    Ok(())
}

/// A stop ends what waits to its address, and a later start brings none of it back (G14, G16).
fn revives_nothing(request: &Request, standing: &Standing) -> anyhow::Result<()> {
    let Some(withdrawal) = standing.withdrew.get(&(request.person, request.channel)) else {
        return Ok(());
    };
    let was_to_it = match request.asked {
        Asked::By(wish) => wish == request.channel,
        Asked::AnyHow => !withdrawal.agreed_elsewhere,
        Asked::Nobody => false,
    };
    let waited = request.created < withdrawal.begun && request.attempt.number == 1;
    anyhow::ensure!(
        !(was_to_it && waited) || request.kind == "keyword_reply",
        "they had said stop before it went, and it came all the same: {request:?}"
    );
    Ok(())
}

/// All messages to all people, by id, as the API tells them.
async fn messages(history: &History) -> anyhow::Result<HashMap<String, Value>> {
    let mut all = HashMap::new();
    for (_, person) in &history.people {
        let mut cursor = String::new();
        loop {
            let path = format!("/api/v1/messages?member={}&limit=100{cursor}", person.id);
            let page = history.world.api.get(&path).await?.json();
            for one in page
                .get("items")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
            {
                if text(one, "direction") == "outbound" {
                    let id = text(one, "id");
                    all.insert(id.clone(), history.world.message(&id).await?);
                }
            }
            match page.get("next_cursor").and_then(Value::as_str) {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
    }
    for (id, _) in history.sent.values() {
        anyhow::ensure!(all.contains_key(id), "{id} was accepted and is not listed");
    }
    Ok(all)
}

/// Waits for what was there in time to end; what has not ended then is told by the judgement.
async fn all_have_ended(history: &History, until: Timestamp) -> anyhow::Result<()> {
    let since = stopwatch();
    while since.elapsed() < PATIENCE {
        let messages = messages(history).await?;
        if messages
            .values()
            .all(|message| has_a_reason(message, until).is_ok())
        {
            break;
        }
        history.settles().await?;
    }
    Ok(())
}

/// All requests of any kind, as the carrier shows them.
async fn seen(history: &History) -> anyhow::Result<Vec<Value>> {
    let (mut after, mut seen) = (0, Vec::new());
    loop {
        let path = format!("/sandbox/api/requests?after={after}");
        let page = history.world.carrier.get(&path).await?.json();
        let page = page.as_array().cloned().context("requests")?;
        match page
            .last()
            .and_then(|one| one.get("number"))
            .and_then(Value::as_u64)
        {
            Some(last) => after = last,
            None => return Ok(seen),
        }
        seen.extend(page);
    }
}

/// Those to send, in the order in which they arrived.
async fn requests(
    history: &History,
    seen: &[Value],
    messages: &HashMap<String, Value>,
) -> anyhow::Result<Vec<Request>> {
    let carrier = &history.world.carrier;
    let made: HashMap<AttemptId, String> = ledger::seen(carrier)
        .await?
        .into_iter()
        .filter(|one| one.accepted)
        .map(|one| (one.attempt, one.sid))
        .collect();
    let mut found = Vec::new();
    for one in seen {
        if text(one, "method") != "POST" || !text(one, "path").ends_with("/Messages.json") {
            continue;
        }
        let field = |name: &str| {
            let form = one.get("body").and_then(Value::as_array)?;
            let pair = form
                .iter()
                .find(|pair| pair.get(0).and_then(Value::as_str) == Some(name))?;
            pair.get(1).and_then(Value::as_str).map(str::to_owned)
        };
        let to = field("To").context("a recipient")?;
        let (channel, number) = match to.strip_prefix("whatsapp:") {
            Some(number) => (Channel::Whatsapp, number),
            None => (Channel::Sms, to.as_str()),
        };
        let callback = field("StatusCallback").context("a callback")?;
        let (_, attempt) = callback.split_once("attempt=").context("an attempt")?;
        let attempt: AttemptId = attempt.split(['&', '#']).next().unwrap_or("").parse()?;
        let person = history
            .people
            .iter()
            .position(|(who, _)| who.number == number)
            .with_context(|| format!("nobody has {number}"))?;
        let message = messages
            .get(&attempt.message.to_string())
            .with_context(|| format!("{attempt} is of no message"))?;
        let at: jiff::Timestamp = text(one, "at").parse()?;
        let created: jiff::Timestamp = text(message, "created_at").parse()?;
        let own = history
            .sent
            .values()
            .find(|sent| sent.0 == text(message, "id"));
        found.push(Request {
            at: Timestamp::from_micros(at.as_microsecond()),
            attempt,
            created: Timestamp::from_micros(created.as_microsecond()),
            asked: match own {
                Some((_, Some(channel))) => Asked::By(*channel),
                Some((_, None)) => Asked::AnyHow,
                None => Asked::Nobody,
            },
            person,
            channel,
            content: field("ContentSid"),
            kind: text(message, "kind"),
            sid: made.get(&attempt).cloned(),
        });
    }
    Ok(found)
}

/// One request for each attempt; and of what the carrier took for a message, one at most has arrived or
/// may yet, unless it was said beforehand that it may be received twice.
fn never_twice(
    requests: &[Request],
    messages: &HashMap<String, Value>,
    there: &Phones,
) -> anyhow::Result<()> {
    let mut attempts = BTreeMap::new();
    let mut taken: BTreeMap<String, usize> = BTreeMap::new();
    for request in requests {
        let earlier = attempts.insert(request.attempt, request);
        anyhow::ensure!(
            earlier.is_none(),
            "two requests of one attempt: {request:?}"
        );
        if request
            .sid
            .as_ref()
            .is_some_and(|sid| there.contains_key(sid))
        {
            *taken
                .entry(request.attempt.message.to_string())
                .or_default() += 1;
        }
    }
    for (id, times) in taken {
        let message = messages.get(&id).context("a message")?;
        let marked = message.get("possible_repeat").and_then(Value::as_bool) == Some(true);
        anyhow::ensure!(
            times == 1 || marked,
            "{times} times, and not marked: {message:#}"
        );
    }
    Ok(())
}

/// What is on all phones, or on its way there: the carrier's id → how far it came.
type Phones = HashMap<String, String>;

async fn phones(history: &History) -> anyhow::Result<Phones> {
    let mut there = HashMap::new();
    for (_, person) in &history.people {
        for channel in [Channel::Sms, Channel::Whatsapp] {
            let inbox = person.inbox(channel).await?;
            there.extend(
                inbox
                    .iter()
                    .map(|one| (text(one, "id"), text(one, "status"))),
            );
        }
    }
    Ok(there)
}

/// Nothing is called delivered that is not on the phone.
fn never_invented(messages: &HashMap<String, Value>, there: &Phones) -> anyhow::Result<()> {
    for message in messages.values() {
        let attempts = message.get("attempts").and_then(Value::as_array);
        for attempt in attempts.into_iter().flatten() {
            if ["delivered", "read"].contains(&text(attempt, "status").as_str()) {
                let status = there.get(&text(attempt, "provider_message_id"));
                anyhow::ensure!(
                    status.is_some_and(|status| ["delivered", "read"].contains(&status.as_str())),
                    "it is called delivered and is {status:?} on the phone: {message:#}"
                );
            }
        }
    }
    Ok(())
}

/// A knock asks for an answer that still brings something: what waits behind it has not expired.
fn never_knocks_in_vain(
    requests: &[Request],
    messages: &HashMap<String, Value>,
) -> anyhow::Result<()> {
    for request in requests.iter().filter(|request| request.kind == "knock") {
        let knock = messages.get(&request.attempt.message.to_string());
        let linked = knock.and_then(|knock| knock.pointer("/linked/0"));
        let body = linked
            .and_then(Value::as_str)
            .context("what it knocks for")?;
        let body = messages.get(body).context("the body")?;
        let expires: jiff::Timestamp = text(body, "expires_at").parse()?;
        anyhow::ensure!(
            request.at.as_micros() < expires.as_microsecond(),
            "what it knocks for has expired at {expires}: {request:?}"
        );
    }
    Ok(())
}

/// What follows another message goes by a channel that was not tried, and not after it was told that one before it
/// has arrived (GUARANTEES 2.7).
fn never_elsewhere_in_vain(
    requests: &[Request],
    messages: &HashMap<String, Value>,
) -> anyhow::Result<()> {
    for message in messages.values() {
        let id = text(message, "id");
        let chain = message.get("chain").and_then(Value::as_array);
        let earlier = chain
            .into_iter()
            .flatten()
            .map(|leg| text(leg, "message_id"))
            .take_while(|leg| *leg != id);
        for earlier in earlier {
            let arrived = messages.get(&earlier).and_then(arrived_at);
            for request in requests_of(requests, &id) {
                let again =
                    requests_of(requests, &earlier).any(|before| before.channel == request.channel);
                anyhow::ensure!(
                    !again,
                    "the same channel again after {earlier}: {request:?}"
                );
                let in_vain = arrived.is_some_and(|at| at + KNOWN < request.at);
                anyhow::ensure!(
                    !in_vain,
                    "{earlier} had arrived at {arrived:?}: {request:?}"
                );
            }
        }
    }
    Ok(())
}

fn requests_of<'a>(requests: &'a [Request], id: &'a str) -> impl Iterator<Item = &'a Request> {
    let own = move |request: &&Request| request.attempt.message.to_string() == id;
    requests.iter().filter(own)
}

/// When it was first told that a message has arrived.
fn arrived_at(message: &Value) -> Option<Timestamp> {
    let receipts = message.get("receipts").and_then(Value::as_array)?;
    let arrived = receipts
        .iter()
        .filter(|receipt| ["delivered", "read"].contains(&text(receipt, "status").as_str()));
    let at = arrived.filter_map(|receipt| text(receipt, "received_at").parse().ok());
    at.map(|at: jiff::Timestamp| Timestamp::from_micros(at.as_microsecond()))
        .min()
}

/// Every message that was there in time has ended, and can say why it went or did not.
fn has_a_reason(message: &Value, until: Timestamp) -> anyhow::Result<()> {
    let created: jiff::Timestamp = text(message, "created_at").parse()?;
    if created.as_microsecond() > until.as_micros() {
        return Ok(());
    }
    let status = text(message, "status");
    let arrived = ["delivered", "read"].contains(&status.as_str());
    let ended = [
        "undelivered",
        "failed",
        "suppressed",
        "expired",
        "cancelled",
        "unconfirmed",
    ]
    .contains(&status.as_str());
    anyhow::ensure!(arrived || ended, "it has not ended: {message:#}");
    anyhow::ensure!(
        ["", "ended"].contains(&text(message, "place").as_str()),
        "it still has a place: {message:#}"
    );
    let sentences = message
        .pointer("/decision/reasons")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter(|reason| !text(reason, "sentence").is_empty())
        .count();
    let failed = ["undelivered", "failed"].contains(&status.as_str());
    // What failed says with which error; everything else why it was decided so.
    let told = if failed {
        message.get("error_code").is_some_and(Value::is_u64) || !text(message, "reason").is_empty()
    } else {
        sentences > 0 || status == "cancelled" && !text(message, "reason").is_empty()
    };
    anyhow::ensure!(told, "nobody can tell why: {message:#}");
    Ok(())
}
