/// Names of the keys of a queue in Redis.
///
/// One hash tag a queue, so that every script touches one slot of a cluster. Scripts are given the prefix and build names of
/// jobs and of ready sets themselves, because they learn them only while they run: that works on Redis and Valkey, clustered
/// or not, though the rule is to declare every key.
///
/// | key | type | content |
/// |---|---|---|
/// | `meta` | hash | layout, the queue's pause, the pass served last, how many are ready, the day on which these were kept from expiring |
/// | `owner` | string | whose database it serves, for as long as that is there |
/// | `j:<job>` | string | MessagePack of state (ready, delayed, leased, lost), tenant, kind, priority, epoch; then, as far as they say something, due, cancel, worker, op, until |
/// | `q:<length>:<tenant>:<kind>` | sorted set | a tenant's ready jobs that need the same capabilities, by rank |
/// | `tk:<tenant>` | set | kinds of its ready jobs |
/// | `ring` | sorted set | tenants with ready jobs, by pass |
/// | `ring:<kind>` | sorted set | those with ready jobs of a kind that are not held up, by pass |
/// | `kinds` | set | kinds that have such a ring |
/// | `needs` | hash | what a kind with a name (`#` and 16 digits of its SHA-1) needs; short ones stand for themselves |
/// | `idle` | sorted set | tenants without ready jobs whose pass is ahead |
/// | `parked` | sorted set | tenants that are held up, by when it is worth to look again |
/// | `busy:<tenant>` | sorted set | its leases by their end: those that ran out do not count |
/// | `policies` | hash | what differs from the default of a tenant: pause, weight, concurrency, interval, tolerance |
/// | `arrivals` | hash | theoretical arrival time (GCRA) of tenants with a rate, µs |
/// | `offers` | sorted set | sets of capabilities, by when a worker with them last asked |
/// | `delayed` | sorted set | jobs by due time |
/// | `leased` | sorted set | jobs by end of lease |
/// | `lost` | sorted set | jobs whose lease ran out, by when that was seen |
/// | `op:<token>` | string | jobs a claim took, so that its repetition answers the same; expires |
/// | `wake` | sorted set | one marker while there may be work; waiting claims pop it |
/// | `cancel` | channel | ids of jobs to stop |
///
/// Rank is (ready since − priority × head start) × 1024 + a place within the millisecond: 51 of a double's 53 bits.
struct DispatchKeys: Sendable {
    /// Version of the layout; a higher one in Redis is refused.
    static let layout = 3

    /// `cpa:{<queue>}:`
    let prefix: String
    let meta: String
    let wake: String
    let cancelChannel: String

    /// What is kept beside jobs and stays when the last of them is gone. Sets of a tenant or a kind go with their last member.
    var bookkeeping: [String] {
        [
            "meta", "owner", "ring", "kinds", "needs", "idle", "parked", "policies", "arrivals", "offers", "delayed",
            "leased",
            "lost", "wake",
        ].map { prefix + $0 }
    }

    /// - Throws: `JobQueueError` with `invalidName`.
    init(queue: String) throws(JobQueueError) {
        let isName = queue.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
            default: false
            }
        }
        guard isName, !queue.isEmpty else {
            throw JobQueueError(
                code: .invalidName,
                message: "'\(queue)' is no name of a queue: letters, digits, '-', '_' and '.' only"
            )
        }
        prefix = "cpa:{\(queue)}:"
        (meta, wake, cancelChannel) = (prefix + "meta", prefix + "wake", prefix + "cancel")
    }
}
