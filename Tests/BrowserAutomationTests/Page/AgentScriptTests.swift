import Testing

@testable import BrowserAutomation

/// What of the agent is sent.
@Suite struct AgentScriptTests {
    @Test func `comments and indentation stay at home, lines stay where they are`() {
        let script = """
            // A comment.
              const a = "// none";
            /** Of one line. */
            /**
             * Of several.
             */
            const b = `ä${1}→`; // 𝄞
            """
        let sent = "\nconst a = \"// none\";\n\n\n\n\nconst b = `\\u00e4${1}\\u2192`; // \\ud834\\udd1e\n"
        #expect(AgentScript.condensed(script) == sent)
    }

    @Test func `the agent is ASCII, and its template literals end on their lines`() {
        let lines = AgentScript.source.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count > 1000)
        #expect(AgentScript.source.utf8.allSatisfy { $0 < 0x80 })
        // Indentation inside of one would be taken away too.
        #expect(lines.filter { !$0.count { $0 == "`" }.isMultiple(of: 2) } == [])
        #expect(lines.filter { $0.hasPrefix("* ") || $0.hasPrefix("*/") } == [])
    }
}
