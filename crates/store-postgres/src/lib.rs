//! The store on PostgreSQL: one writing connection for the committer of each node, several reading
//! ones, shards owned by lease. What the operations mean stands in `store`; here is only how they
//! are written.
//!
//! Deliberately not here: any rule of sending, any scheduling, any clock.

mod columns;
mod fault;
