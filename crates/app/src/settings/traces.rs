//! Where traces go.

use providers::http::Origin;

use super::Traces;
use super::reader::Reader;

pub(super) fn traces(reader: &mut Reader) -> Option<Traces> {
    let service_name = reader
        .text("OTEL_SERVICE_NAME")
        .unwrap_or_else(|| "gymtext".into());
    let headers = reader.secret("OTEL_EXPORTER_OTLP_HEADERS");
    let share = share(reader);
    let endpoint = reader.text("OTEL_EXPORTER_OTLP_ENDPOINT")?;
    // A collector often stands beside the service, without TLS: what it is told has no personal data in it.
    if let Err(error) = Origin::of_url(&endpoint) {
        reader.problem(
            "OTEL_EXPORTER_OTLP_ENDPOINT",
            format!("is {error}"),
            "Write the collector's base address, such as http://127.0.0.1:4318.",
        );
        return None;
    }
    Some(Traces {
        endpoint,
        headers,
        service_name,
        share,
    })
}

fn share(reader: &mut Reader) -> f64 {
    const NAME: &str = "OTEL_TRACES_SAMPLER_ARG";
    let remedy = "Write a number from 0 to 1, such as 0.1.";
    let share: f64 = reader.parsed(NAME, remedy).unwrap_or(1.0);
    if (0.0..=1.0).contains(&share) {
        return share;
    }
    reader.problem(NAME, format!("is {share}"), remedy);
    1.0
}
