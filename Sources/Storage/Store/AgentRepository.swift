package import JobModel

/// Finding agents and their conversations.
package protocol AgentReading {
    /// A tenant's agents by name.
    func agents(of tenant: TenantID) throws -> [AgentRecord]
    /// One agent, or nil.
    func agent(_ id: AgentID) throws -> AgentRecord?
    /// The agent that calls with this key, or nil.
    func agent(key: String) throws -> AgentRecord?
    /// Agents of any tenant that have an endpoint.
    func agentsWithEndpoint() throws -> [AgentRecord]
    /// Whether an agent of any tenant is online, or a conversation goes on: only then time does something to them.
    func hasAgentsAtWork() throws -> Bool
    /// Agents that count as online and gave no sign of life for longer than they may.
    func silentAgents(at time: Int64) throws -> [AgentRecord]
    /// Tasks an agent has.
    func load(of agent: AgentID) throws -> Int
    /// What agents of any tenant can do, by tenant.
    func offeredCapabilities() throws -> [TenantID: Set<String>]

    /// One conversation, or nil.
    func conversation(_ id: ConversationID) throws -> ConversationRecord?
    /// The latest conversation about a task, or nil.
    func conversation(about key: JournalKey) throws -> ConversationRecord?
    /// Conversations an agent has a task of, or is asked in.
    func openConversations(of agent: AgentID) throws -> [ConversationRecord]
    /// Conversations whose time has come.
    func dueConversations(at time: Int64, limit: Int) throws -> [ConversationRecord]
    /// Conversations that go on though their job does not run any more.
    func orphanedConversations(limit: Int) throws -> [ConversationRecord]
    /// Assignments not sent to the endpoint of their agent yet, the oldest first; none of these tenants.
    func undispatchedConversations(
        limit: Int,
        except tenants: Set<TenantID>
    ) throws -> [(conversation: ConversationRecord, agent: AgentRecord)]
}

/// Changing agents and their conversations.
package protocol AgentWriting {
    /// Adds an agent, or replaces the one of that id.
    func save(_ agent: AgentRecord) throws
    /// Removes an agent.
    func deleteAgent(_ id: AgentID) throws
    /// Adds a conversation, or replaces the one of that id.
    func save(_ conversation: ConversationRecord) throws
}
