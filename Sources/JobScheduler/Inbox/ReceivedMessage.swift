import JSON
import JobModel
import Storage

/// A message that came in as it is kept, put into words before the store's writer has its turn.
struct ReceivedMessage: Sendable {
    private let record: MessageRecord

    init(_ message: LAMMessage, at now: Int64) {
        record = MessageRecord(
            id: message.id,
            // Whose it is and what it is about is known once it is saved.
            tenant: "",
            job: nil,
            type: message.type.rawValue,
            sender: message.sender,
            fingerprint: message.fingerprint,
            answer: [:],
            body: StoredJSON(message.json),
            received: now
        )
    }

    /// The same message when it came before for this tenant.
    ///
    /// - Throws: `SchedulerError` with `conflict` when another one came under its id.
    func known(of tenant: TenantID, in transaction: any StoreTransaction) throws -> MessageRecord? {
        guard let known = try transaction.message(record.id, of: tenant) else { return nil }
        guard known.fingerprint == record.fingerprint else { throw SchedulerError.usedTwice(record.id) }
        return known
    }

    /// Keeps it before it is processed: what it brings about comes after it.
    func save(for tenant: TenantID, about job: JobID? = nil, in transaction: any StoreTransaction) throws {
        try transaction.insert(kept(for: tenant, about: job, nil, [:]))
    }

    /// Says of a message that was saved what it is about and how it was answered.
    func settle(
        for tenant: TenantID,
        about job: JobID?,
        _ conversation: ConversationID?,
        answer: JSONObject,
        in transaction: any StoreTransaction
    ) throws {
        try transaction.update(kept(for: tenant, about: job, conversation, answer))
    }

    /// Keeps it with its answer.
    ///
    /// - Returns: false when one came before under its id.
    func saveIfNew(
        for tenant: TenantID,
        about job: JobID,
        answer: JSONObject,
        in transaction: any StoreTransaction
    ) throws -> Bool {
        try transaction.insertIfNew(kept(for: tenant, about: job, nil, answer))
    }

    private func kept(
        for tenant: TenantID,
        about job: JobID?,
        _ conversation: ConversationID?,
        _ answer: JSONObject
    ) -> MessageRecord {
        var record = record
        record.tenant = tenant
        record.job = job
        record.conversation = conversation
        record.answer = answer
        return record
    }
}
