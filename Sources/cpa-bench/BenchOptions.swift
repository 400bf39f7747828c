import BrowserAutomation

/// The command line.
struct BenchOptions: Sendable {
    static let usage = """
        usage: cpa-bench FIGURE [--url URL] [--iterations N] [--seconds S] [--rate R] [--parallel N] [--floor] [--cold]
                         [--cdp websocket|pipe] [--egress] [--shots DIRECTORY]
          FIGURE: click, fill, read, role, goto-click, contexts, lease, form, parallel, cpu, memory, intents
          --url         the form of the fixture portal
          --iterations  how often; jobs for memory, thrice as many sentences for intents
          --seconds     how long, for contexts and lease
          --rate        leases a second, for lease
          --parallel    contexts at a time, for parallel
          --floor       raw commands of the protocol, nothing checked, instead of actions
          --egress      pages reach the network through the egress proxy, as those of jobs do
          --cold        a new context each time, instead of the warm ones jobs get, for form
          --shots       where pictures go and stay, for form and parallel (/tmp)
        """

    var figure: String
    var url = ""
    var iterations = 20
    var seconds = 5.0
    var rate = 5.0
    var parallel = 20
    var isFloor = false
    var isCold = false
    var hasProxy = false
    var shots = "/tmp"
    var transport = BrowserConfiguration.Transport.webSocket

    /// - Returns: nil for anything it does not know.
    init?(_ arguments: [String]) {
        guard let figure = arguments.first, !figure.hasPrefix("-") else { return nil }
        self.figure = figure
        var rest = arguments.dropFirst()
        while let name = rest.popFirst() {
            switch name {
            case "--floor": isFloor = true
            case "--cold": isCold = true
            case "--egress": hasProxy = true
            default:
                guard let value = rest.popFirst(), set(name, value) else { return nil }
            }
        }
    }

    private mutating func set(_ name: String, _ value: String) -> Bool {
        switch name {
        case "--url": url = value
        case "--shots": shots = value
        case "--iterations": iterations = Int(value) ?? 0
        case "--seconds": seconds = Double(value) ?? 0
        case "--rate": rate = Double(value) ?? 0
        case "--cdp":
            guard let named = BrowserConfiguration.Transport(rawValue: value) else { return false }
            transport = named
        case "--parallel": parallel = Int(value) ?? 0
        default: return false
        }
        return iterations > 0 && seconds > 0 && rate > 0 && parallel > 0
    }
}
