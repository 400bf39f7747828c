import CAgentScript

/// The in-page agent (Resources/agent), as it was embedded at build time.
enum AgentScript {
    static let source: String = {
        let bytes = UnsafeRawBufferPointer(start: cpa_agent_script(), count: cpa_agent_script_length())
        return String(decoding: bytes, as: UTF8.self)
    }()
}
