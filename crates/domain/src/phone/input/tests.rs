//! Numbers as people type them, and what is wrong with others.

use proptest::prelude::*;

use super::*;

fn e164(text: &str, country: Option<&str>) -> Result<String, &'static str> {
    PhoneNumber::from_input(text, country)
        .map(|parsed| parsed.number.as_e164().to_owned())
        .map_err(|error| error.code())
}

#[test]
fn numbers_are_read_as_people_write_them() {
    for (text, country, expected) in [
        ("(415) 555-2671", Some("US"), "+14155552671"),
        ("415.555.2671", Some("us"), "+14155552671"),
        ("1 415 555 2671", Some("US"), "+14155552671"),
        ("+1 415-555-2671", None, "+14155552671"),
        ("tel:+1-415-555-2671", None, "+14155552671"),
        ("＋１ ４１５ ５５５ ２６７１", None, "+14155552671"),
        ("٠١٠٠١٢٣٤٥٦٧", Some("EG"), "+201001234567"),
        ("0171 1234567", Some("DE"), "+491711234567"),
        ("0049 171 1234567", Some("DE"), "+491711234567"),
        ("+49 (0)171 1234567", None, "+491711234567"),
        ("612 34 56 78", Some("ES"), "+34612345678"),
        ("06 12 34 56 78", Some("FR"), "+33612345678"),
        ("(11) 96123-4567", Some("BR"), "+5511961234567"),
        ("020 7946 0958", Some("GB"), "+442079460958"),
        ("06 6982", Some("IT"), "+39066982"),
        ("+34 612 34 56 78", Some("US"), "+34612345678"),
    ] {
        assert_eq!(e164(text, country), Ok(expected.to_owned()), "{text}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    for (text, country, expected) in [
        ("", None, "empty"),
        ("hello", None, "not_a_number"),
        ("hello", Some("US"), "letters"),
        ("415 555 2671", None, "country_needed"),
        ("415 555 2671", Some("ZZ"), "unknown_country"),
        ("415 555 2671", Some("USA"), "unknown_country"),
        ("415 555 2671", Some("001"), "unknown_country"),
        ("+999 123 456 789", None, "unknown_calling_code"),
        ("+1 415", None, "too_short"),
        ("555 2671", Some("US"), "area_code_missing"),
        ("+1 415 555 26711", None, "too_long"),
        ("+1 115 555 2671", None, "not_in_use"),
        ("415 555 2671 ext. 5", Some("US"), "extension"),
        ("415 555 2671 x5", Some("US"), "extension"),
        ("1-800-FLOWERS", Some("US"), "letters"),
        ("+1 415 555 2671;phone-context=+44", None, "not_a_number"),
    ] {
        assert_eq!(e164(text, country), Err(expected), "{text}");
    }
    let error = PhoneNumber::from_input("+1 415", None).unwrap_err();
    assert_eq!(error.to_string(), "this number is too short for US");
}

#[test]
fn country_and_kind_are_told() {
    for (text, country, kind) in [
        ("+14155552671", Some("US"), PhoneKind::FixedOrMobile),
        ("+16135550123", Some("CA"), PhoneKind::FixedOrMobile),
        ("+34612345678", Some("ES"), PhoneKind::Mobile),
        ("+34912345678", Some("ES"), PhoneKind::FixedLine),
        ("+18005550123", Some("US"), PhoneKind::TollFree),
        ("+80012345678", None, PhoneKind::TollFree),
        ("+447400123456", Some("GB"), PhoneKind::Mobile),
    ] {
        let parsed = PhoneNumber::from_input(text, None).unwrap();
        assert_eq!(
            (parsed.country.as_deref(), parsed.kind),
            (country, kind),
            "{text}"
        );
    }
}

/// Every country's own example of a mobile number is understood in national and international form.
#[test]
fn every_country_is_known() {
    let mut countries = 0;
    for region in PHONE_NUMBER_UTIL.get_supported_regions() {
        let Ok(example) = PHONE_NUMBER_UTIL
            .get_example_number_for_type_and_region(region, PhoneNumberType::Mobile)
        else {
            continue;
        };
        let expected = example.format_as(PhoneNumberFormat::E164).into_owned();
        let country = region.as_region_str().as_str().to_owned();
        assert_eq!(e164(&expected, None), Ok(expected.clone()), "{country}");
        let national = example.format_as(PhoneNumberFormat::National).into_owned();
        assert_eq!(
            e164(&national, Some(&country)),
            Ok(expected),
            "{country} {national}"
        );
        countries += 1;
    }
    assert!(countries > 230, "{countries}");
}

proptest! {
    #[test]
    fn no_input_is_too_odd(text in "\\PC{0,80}", country in "[A-Za-z]{0,3}") {
        let _ = PhoneNumber::from_input(&text, Some(&country));
        let _ = PhoneNumber::from_input(&text, None);
    }

    #[test]
    fn what_was_understood_reads_back_the_same(area in 200_u32..990, line in 2_000_000_u32..9_999_999) {
        if let Ok(parsed) = PhoneNumber::from_input(&format!("({area}) {line}"), Some("US")) {
            let again = PhoneNumber::from_input(parsed.number.as_e164(), None);
            prop_assert_eq!(again, Ok(parsed));
        }
    }
}
