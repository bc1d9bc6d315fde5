//! What happened, added to the counts of this node.

use store::activity::ActivityKey;

use crate::sql::Value;

pub(super) const ACTIVITY: &str = "INSERT INTO activity (node, hour, channel, what, count)
     SELECT $1, hour, channel, what, count
     FROM (SELECT unnest($2::bigint[]) AS hour, unnest($3::text[]) AS channel,
       unnest($4::text[]) AS what, unnest($5::bigint[]) AS count) AS changed
     ON CONFLICT (hour, channel, what, node) DO UPDATE SET count = activity.count + excluded.count";

pub(super) fn happening((key, count): &(ActivityKey, i64)) -> [Value<'_>; 4] {
    [
        Value::Int(key.hour),
        Value::Text(key.channel_word()),
        Value::Text(key.what.as_str()),
        Value::Int(*count),
    ]
}
