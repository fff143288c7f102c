"""What the documentation says, asked of any server that claims to be Kanbert.

The server: `target` (which one), `options` (the command line), `service` (asked by the names of the operations),
`guard` (what may be written), `patience` (with one that is busy), `made` (what ends with the run), `known` (what is
there). The reference: `reference`, `columns` (what is filtered and sorted by), `shapes` (answers against it).
Requests: `writer` and `values` (bodies), `conditions` and `spelling` (filters), `refusals` (what must not be taken).
The judgement: `differs`, `judging`, `readings`. The report: `proving` (what a test is about), `verification`
and `report`.
"""
