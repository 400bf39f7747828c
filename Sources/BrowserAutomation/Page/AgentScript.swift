import CAgentScript

/// The in-page agent (Resources/agent), as it was embedded at build time.
enum AgentScript {
    /// What is sent to each page: without comments and indentation, and in ASCII, which travels through Chromium at half the size.
    ///
    /// Lines stay lines, for the stack traces.
    static let source: String = {
        let bytes = UnsafeRawBufferPointer(start: cpa_agent_script(), count: cpa_agent_script_length())
        return condensed(String(decoding: bytes, as: UTF8.self))
    }()

    /// Takes away indentation, lines of `//` and blocks of `/** … */`, and writes other characters than ASCII as escapes.
    ///
    /// For scripts without template literals of several lines, and with such characters in strings, expressions and comments only.
    static func condensed(_ script: String) -> String {
        var result = ""
        result.reserveCapacity(script.utf8.count)
        var isInBlock = false
        for line in script.split(separator: "\n", omittingEmptySubsequences: false) {
            let code = line.drop { $0 == " " }
            let beginsBlock = code.hasPrefix("/**")
            if !isInBlock, !beginsBlock, !code.hasPrefix("//") {
                for unit in code.utf16 {
                    if unit < 0x80 {
                        result.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
                    } else {
                        let digits = String(unit, radix: 16)
                        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
                    }
                }
            }
            if isInBlock || beginsBlock { isInBlock = !code.contains("*/") }
            result.append("\n")
        }
        return result
    }
}
