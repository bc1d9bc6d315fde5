//! Countries as somebody picks theirs: name and calling code. Scripts put the names into the reader's own language.

/// Those with a name here; any other goes by its two letters.
const KNOWN: &[(&str, &str, &str)] = &[
    ("AR", "Argentina", "54"),
    ("AT", "Austria", "43"),
    ("AU", "Australia", "61"),
    ("BE", "Belgium", "32"),
    ("BO", "Bolivia", "591"),
    ("BR", "Brazil", "55"),
    ("CA", "Canada", "1"),
    ("CH", "Switzerland", "41"),
    ("CL", "Chile", "56"),
    ("CO", "Colombia", "57"),
    ("CR", "Costa Rica", "506"),
    ("CZ", "Czechia", "420"),
    ("DE", "Germany", "49"),
    ("DK", "Denmark", "45"),
    ("DO", "Dominican Republic", "1"),
    ("EC", "Ecuador", "593"),
    ("ES", "Spain", "34"),
    ("FI", "Finland", "358"),
    ("FR", "France", "33"),
    ("GB", "United Kingdom", "44"),
    ("GR", "Greece", "30"),
    ("GT", "Guatemala", "502"),
    ("HN", "Honduras", "504"),
    ("HU", "Hungary", "36"),
    ("IE", "Ireland", "353"),
    ("IN", "India", "91"),
    ("IT", "Italy", "39"),
    ("JP", "Japan", "81"),
    ("KE", "Kenya", "254"),
    ("MX", "Mexico", "52"),
    ("NG", "Nigeria", "234"),
    ("NI", "Nicaragua", "505"),
    ("NL", "Netherlands", "31"),
    ("NO", "Norway", "47"),
    ("NZ", "New Zealand", "64"),
    ("PA", "Panama", "507"),
    ("PE", "Peru", "51"),
    ("PH", "Philippines", "63"),
    ("PL", "Poland", "48"),
    ("PR", "Puerto Rico", "1"),
    ("PT", "Portugal", "351"),
    ("PY", "Paraguay", "595"),
    ("SE", "Sweden", "46"),
    ("SG", "Singapore", "65"),
    ("SV", "El Salvador", "503"),
    ("US", "United States", "1"),
    ("UY", "Uruguay", "598"),
    ("VE", "Venezuela", "58"),
    ("ZA", "South Africa", "27"),
];

/// What stands in the list for a country.
pub(super) fn label(country: &str) -> String {
    KNOWN
        .iter()
        .find(|(code, ..)| *code == country)
        .map_or_else(
            || country.to_owned(),
            |(_, name, calling)| format!("{name} +{calling}"),
        )
}
