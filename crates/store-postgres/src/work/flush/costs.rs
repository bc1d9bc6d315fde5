//! What messages cost, added to the sums of this node.

use domain::Currency;
use store::costs::{CostKey, CostSums};

use super::channel;
use crate::sql::Value;

pub(super) const COSTS: &str =
    "INSERT INTO costs (node, day, channel, currency, estimated, awaiting,
       awaiting_attempts, charged, charged_attempts)
     SELECT $1, day, channel, currency, estimated, awaiting, awaiting_attempts, charged,
       charged_attempts
     FROM (SELECT unnest($2::bigint[]) AS day, unnest($3::text[]) AS channel,
       unnest($4::text[]) AS currency, unnest($5::bigint[]) AS estimated,
       unnest($6::bigint[]) AS awaiting, unnest($7::bigint[]) AS awaiting_attempts,
       unnest($8::bigint[]) AS charged, unnest($9::bigint[]) AS charged_attempts) AS changed
     ON CONFLICT (day, channel, currency, node) DO UPDATE SET
       estimated = costs.estimated + excluded.estimated,
       awaiting = costs.awaiting + excluded.awaiting,
       awaiting_attempts = costs.awaiting_attempts + excluded.awaiting_attempts,
       charged = costs.charged + excluded.charged,
       charged_attempts = costs.charged_attempts + excluded.charged_attempts";

pub(super) fn cost((key, by): &(CostKey, CostSums)) -> [Value<'_>; 8] {
    [
        Value::Int(key.day.number()),
        channel(Some(key.channel)),
        Value::Text(key.currency.as_ref().map_or("", Currency::as_str)),
        Value::Int(by.estimated),
        Value::Int(by.awaiting),
        Value::Int(by.awaiting_attempts),
        Value::Int(by.charged),
        Value::Int(by.charged_attempts),
    ]
}
