//! What we ask of a database: operations, questions, records, the committer, the conformance suite.
