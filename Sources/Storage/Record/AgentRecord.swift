package import JSON
package import JobModel

/// A program outside that does tasks no worker does, as it is stored.
package struct AgentRecord: Hashable, Sendable {
    /// Names it.
    package var id: AgentID
    /// Whose it is.
    package var tenant: TenantID
    /// For people and addresses (`agent://agent/<name>`); one of a tenant's agents has it.
    package var name: String
    /// The API key it calls with.
    package var key: String
    /// What it can do.
    package var capabilities: Set<String>
    /// Where tasks are sent: `http://host:port`; nil when it fetches them.
    package var endpoint: String?
    /// Tasks at once.
    package var maximumTasks: Int
    /// Whether it answers every question itself; else its last sign of life stands for an offer.
    package var bids: Bool
    /// Milliseconds without a sign of life after which it counts as gone.
    package var patience: Int64
    /// What it says of itself: host, system, version.
    package var info: JSONObject
    /// Whether signs of life come.
    package var isOnline: Bool
    /// The last of them, milliseconds since 1970.
    package var seen: Int64
    /// When it was last given a task; 0 for never.
    package var assigned: Int64
    /// Milliseconds since 1970.
    package var registered: Int64

    /// An agent that registers now.
    package init(
        id: AgentID,
        tenant: TenantID,
        name: String,
        key: String,
        capabilities: Set<String>,
        endpoint: String?,
        maximumTasks: Int,
        bids: Bool,
        patience: Int64,
        info: JSONObject,
        registered: Int64
    ) {
        self.id = id
        self.tenant = tenant
        self.name = name
        self.key = key
        self.capabilities = capabilities
        self.endpoint = endpoint
        self.maximumTasks = maximumTasks
        self.bids = bids
        self.patience = patience
        self.info = info
        isOnline = true
        seen = registered
        assigned = 0
        self.registered = registered
    }
}
