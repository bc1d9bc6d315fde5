//! Prices as a table, by the cards that are shipped and by made-up ones.

use domain::Timestamp;

use super::read::day;
use super::{Estimate, Item, NoPrice, RateCards};

/// Sunday, 22 November 2026, 12:00 UTC.
const NOW: Timestamp = Timestamp::from_seconds(1_795_348_800);

fn shipped() -> RateCards {
    RateCards::parse(super::read::SHIPPED).unwrap()
}

#[test]
fn an_sms_costs_its_segments_by_its_country() {
    let cards = shipped();
    for (country, segments, costs) in [
        (Some("US"), 1, "0.0113 USD 2026-01-19"),
        (Some("US"), 3, "0.0339 USD 2026-01-19"),
        (Some("CA"), 1, "0.0170 USD 2026-01-19"),
        (Some("GB"), 2, "0.1048 USD 2026-01-19"),
        (Some("BR"), 1, "unknown no_rate"),
        (None, 1, "unknown country_unknown"),
    ] {
        assert_eq!(cards.sms(country, segments, NOW).to_string(), costs);
    }
    assert_eq!(
        cards.mms(Some("US"), NOW),
        Estimate::Unknown(NoPrice::NoRate)
    );
}

#[test]
fn a_whatsapp_message_costs_its_market_and_category_and_the_carriers_fee() {
    let cards = shipped();
    for (number, country, item, costs) in [
        ("+14155552671", Some("US"), Item::Utility, "0.0084"),
        ("+14155552671", Some("US"), Item::Marketing, "0.0300"),
        ("+14155552671", None, Item::Service, "0.0084"),
        // One calling code, several markets: an area code tells, or the country.
        ("+18095550123", Some("DO"), Item::Utility, "0.0163"),
        ("+12425550123", Some("BS"), Item::Utility, "0.0127"),
        ("+5511987654321", Some("BR"), Item::Service, "0.0118"),
        (
            "+5511987654321",
            Some("BR"),
            Item::UtilityInWindow,
            "0.0118",
        ),
        ("+79261234567", Some("RU"), Item::Utility, "0.0450"),
        ("+77771234567", Some("KZ"), Item::Utility, "0.0230"),
        ("+4915112345678", Some("DE"), Item::Marketing, "0.1415"),
        ("+3545551234", Some("IS"), Item::Utility, "0.0127"),
    ] {
        let estimate = cards.whatsapp(number, country, item, NOW).to_string();
        assert_eq!(
            estimate,
            format!("{costs} USD 2026-10-01"),
            "{number} {item:?}"
        );
    }
}

#[test]
fn the_newest_rate_of_the_day_counts() {
    let cards = RateCards::parse(
        "market,Spain,34,*\n\
         rate,whatsapp,*,carrier_fee,0.005,EUR,2024-01-01,made up\n\
         rate,whatsapp,*,service,0,EUR,2024-11-01,free until the card of October 2026\n\
         rate,whatsapp,*,utility_in_window,0,EUR,2025-07-01,free in the window\n\
         rate,whatsapp,*,utility_in_window,=utility,EUR,2026-10-01,not any more\n\
         rate,whatsapp,Spain,utility,0.03,EUR,2025-07-01,first\n\
         rate,whatsapp,Spain,utility,0.02,EUR,2026-07-01,second\n\
         rate,whatsapp,Spain,service,0.02,EUR,2026-10-01,charged\n",
    )
    .unwrap();
    let at = |on: &str, item| {
        let on = day(on).unwrap();
        cards
            .whatsapp("+34600000000", Some("ES"), item, on)
            .to_string()
    };
    assert_eq!(at("2026-06-30", Item::Utility), "0.0350 EUR 2024-01-01");
    assert_eq!(at("2026-07-01", Item::Utility), "0.0250 EUR 2024-01-01");
    assert_eq!(
        at("2026-09-30", Item::UtilityInWindow),
        "0.0050 EUR 2024-01-01"
    );
    assert_eq!(
        at("2026-10-01", Item::UtilityInWindow),
        "0.0250 EUR 2024-01-01"
    );
    assert_eq!(at("2026-09-30", Item::Service), "0.0050 EUR 2024-01-01");
    assert_eq!(at("2026-10-01", Item::Service), "0.0250 EUR 2024-01-01");
    assert_eq!(at("2025-06-30", Item::Utility), "unknown no_rate");
    assert_eq!(at("2026-10-01", Item::Marketing), "unknown no_rate");
}

#[test]
fn a_fault_names_its_line() {
    for (text, says) in [
        (
            "# fine\nprice,sms",
            "line 2 of the rate cards: it begins with `price`; a line begins with `market`, `rate` or `#`",
        ),
        (
            "rate,sms,US,segment,0.01",
            "line 1 of the rate cards: a rate has seven fields after `rate`: channel, area, item, amount, currency, date, source",
        ),
        (
            "rate,sms,USA,segment,0.01,USD,2026-01-01,x",
            "line 1 of the rate cards: `USA` is no country: two capital letters",
        ),
        (
            "rate,sms,US,segment,1.2.3,USD,2026-01-01,x",
            "line 1 of the rate cards: an amount is digits with at most one point among them, such as `0.0113`",
        ),
        (
            "rate,sms,US,segment,-1,USD,2026-01-01,x",
            "line 1 of the rate cards: a rate is not negative",
        ),
        (
            "rate,sms,US,segment,1,dollars,2026-01-01,x",
            "line 1 of the rate cards: a currency is three letters, such as `USD`",
        ),
        (
            "rate,sms,US,segment,1,USD,1 May,x",
            "line 1 of the rate cards: `1 May` is no day such as `2026-10-01`",
        ),
        (
            "rate,sms,US,service,1,USD,2026-01-01,x",
            "line 1 of the rate cards: `service` is no rate of `sms`",
        ),
        (
            "rate,sms,US,letter,1,USD,2026-01-01,x",
            "line 1 of the rate cards: `letter` is none of segment, mms, marketing, utility, utility_in_window, authentication, service, carrier_fee",
        ),
        (
            "rate,whatsapp,Mars,utility,1,USD,2026-01-01,x",
            "line 1 of the rate cards: no line before this one says where the market `Mars` is",
        ),
        (
            "market,Mars,+99,*",
            "line 1 of the rate cards: `+99` is no calling code: it has 1 to 4 digits",
        ),
        (
            "rate,whatsapp,*,utility,=utility,USD,2026-01-01,x",
            "line 1 of the rate cards: it names itself, or an item of another channel",
        ),
        (
            "rate,sms,US,segment,1,USD,2026-01-01,x\nrate,sms,CA,segment,1,EUR,2026-01-01,x",
            "line 2 of the rate cards: it is in EUR, and others of this channel are in USD: nobody converts here",
        ),
        (
            "rate,sms,US,segment,1,USD,2026-01-01,x\nrate,sms,US,segment,2,USD,2026-01-01,x",
            "line 2 of the rate cards: the same rate of the same day stands here before",
        ),
    ] {
        assert_eq!(RateCards::parse(text).unwrap_err().to_string(), says);
    }
}

#[test]
fn an_estimate_reads_back_as_written() {
    let cards = shipped();
    let all = [
        cards.sms(Some("US"), 2, NOW),
        cards.sms(Some("DE"), 2, NOW),
        cards.sms(None, 2, NOW),
        Estimate::Unknown(NoPrice::CategoryUnknown),
    ];
    for estimate in all {
        assert_eq!(estimate.to_string().parse(), Ok(estimate));
    }
    for text in [
        "",
        "unknown",
        "unknown x",
        "1 USD",
        "1 USD 2026-13-01",
        "1 USD 2026-01-01 x",
    ] {
        assert!(text.parse::<Estimate>().is_err(), "{text}");
    }
}

#[test]
fn the_shipped_cards_hold_every_market() {
    let cards = shipped();
    assert_eq!(cards.lines().len(), 8 + 2 + 47 * 4);
    assert!(cards.lines().iter().all(|line| !line.source.is_empty()));
}
