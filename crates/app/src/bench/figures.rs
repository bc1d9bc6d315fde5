//! Percentiles and rates.

use std::time::Duration;

use serde::Serialize;

/// Latencies in milliseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the unit belongs to the name, also in JSON"
)]
pub(super) struct Latency {
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    pub(super) max_ms: f64,
}

impl Latency {
    /// Of all samples, in microseconds.
    pub(super) fn of(mut samples: Vec<u64>) -> Self {
        samples.sort_unstable();
        let at = |per_cent: usize| {
            let index = (samples.len() * per_cent / 100).min(samples.len().saturating_sub(1));
            milliseconds(samples.get(index).copied().unwrap_or_default())
        };
        Self {
            p50_ms: at(50),
            p99_ms: at(99),
            max_ms: at(100),
        }
    }
}

fn milliseconds(micros: u64) -> f64 {
    rounded(Duration::from_micros(micros).as_secs_f64() * 1e3)
}

/// To three decimals: more would be noise.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e3).round() / 1e3
}

/// So many in this time, a second.
pub(super) fn rate(count: u32, took: Duration) -> f64 {
    rounded(f64::from(count) / took.as_secs_f64().max(1e-6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_samples() {
        let latency = Latency::of((1..=1000).rev().collect());
        assert!((latency.p50_ms - 0.501).abs() < 1e-9, "{latency:?}");
        assert!((latency.p99_ms - 0.991).abs() < 1e-9, "{latency:?}");
        assert!((latency.max_ms - 1.0).abs() < 1e-9, "{latency:?}");
        assert!(Latency::of(Vec::new()).max_ms.abs() < 1e-9);
    }
}
