//! The columns of a file of members: one list for the command and for the console's page.

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name in a file. One that holds a field of the API has that field's.
    pub name: &'static str,
    /// What a page calls it.
    pub(crate) label: &'static str,
    /// How headings of other systems spell it, in small letters and digits alone.
    pub(crate) spellings: &'static [&'static str],
    /// Whether the API takes its words as they are.
    is_plain: bool,
}

/// One that the API takes as it is.
const fn plain(
    name: &'static str,
    label: &'static str,
    spellings: &'static [&'static str],
) -> Column {
    Column {
        name,
        label,
        spellings,
        is_plain: true,
    }
}

/// One that says something of a field.
const fn read(
    name: &'static str,
    label: &'static str,
    spellings: &'static [&'static str],
) -> Column {
    Column {
        name,
        label,
        spellings,
        is_plain: false,
    }
}

/// All of them.
pub const COLUMNS: [Column; 17] = [
    plain("name", "Name", &["name", "fullname", "nome", "nombre"]),
    plain(
        "phone",
        "Phone",
        &[
            "phone",
            "phonenumber",
            "mobile",
            "number",
            "telefone",
            "telefono",
            "celular",
        ],
    ),
    plain("country", "Country", &["country", "pais"]),
    plain("email", "E-mail", &["email", "mail", "emailaddress"]),
    plain("time_zone", "Time zone", &["timezone", "zone", "tz"]),
    plain(
        "locale",
        "Language",
        &["locale", "language", "lang", "idioma"],
    ),
    read(
        "preferred_send_hour",
        "Hour",
        &["hour", "preferredsendhour", "sendhour", "hora"],
    ),
    plain(
        "preferred_channel",
        "Channel",
        &["channel", "preferredchannel", "canal"],
    ),
    plain("cohort", "Cohort", &["cohort", "group", "grupo"]),
    plain(
        "programme",
        "Programme",
        &["programme", "program", "programa"],
    ),
    read(
        "consent_sms",
        "Agreed to SMS",
        &["consentsms", "smsconsent", "smsoptin", "sms"],
    ),
    read(
        "consent_whatsapp",
        "Agreed to WhatsApp",
        &[
            "consentwhatsapp",
            "whatsappconsent",
            "whatsappoptin",
            "whatsapp",
        ],
    ),
    read(
        "consent_email",
        "Agreed to e-mail",
        &["consentemail", "emailconsent", "emailoptin"],
    ),
    read(
        "consent_source",
        "Where they agreed",
        &["source", "consentsource", "origem"],
    ),
    read(
        "consent_wording",
        "The words they saw",
        &["wording", "consentwording", "consenttext"],
    ),
    read(
        "consent_wording_version",
        "Version of the words",
        &["wordingversion", "consentwordingversion"],
    ),
    read(
        "consent_evidence",
        "Where the proof is",
        &["evidence", "consentevidence", "proof"],
    ),
];

/// The names of those that the API takes as they are.
pub fn fields() -> impl Iterator<Item = &'static str> {
    let plain = COLUMNS.iter().filter(|column| column.is_plain);
    plain.map(|column| column.name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_heading_is_two_columns() {
        let mut seen = std::collections::HashSet::new();
        for column in &COLUMNS {
            for spelling in column.spellings {
                assert!(seen.insert(spelling), "{spelling} is two columns");
            }
            let own = column.name.replace('_', "");
            assert!(
                column.spellings.contains(&own.as_str()),
                "{} is not read by its own name",
                column.name
            );
        }
    }
}
