import CPCRE2

/// A pattern in Perl's syntax over UTF-8, matched in bounded time.
///
/// Backtracking is counted: a match that would need more than its use allows is given up with `tooCostly`, so that no text can
/// hold up whoever matches it. May be used on several threads at once.
package final class RegularExpression: @unchecked Sendable {
    // Compiled code and match context are never changed after `init`; each match has data of its own
    // (pcre2api(3), MULTITHREADING).
    private let code: OpaquePointer
    private let context: OpaquePointer
    private let groups: [(number: Int, name: String)]

    /// What it is matched against, and so what it may cost.
    package enum Use: Sendable {
        /// Short texts, whatever the case; only named groups capture; 20,000 steps, which are some milliseconds.
        case sentences
        /// Texts of any length, case counts, every group captures; half a second of the processor.
        case longTexts
    }

    /// Steps of one match of a sentence at most.
    package static let stepLimit: UInt32 = 20_000
    /// Bytes of a pattern at most.
    package static let lengthLimit = 4_000

    private let use: Use
    /// As it was written.
    package let pattern: String

    /// Compiles a pattern.
    ///
    /// - Throws: `RegularExpressionError`: `malformed` with the place, `tooLarge`.
    package init(_ pattern: String, for use: Use = .sentences) throws(RegularExpressionError) {
        let bytes = Array(pattern.utf8)
        guard bytes.count <= Self.lengthLimit else {
            throw RegularExpressionError(
                .tooLarge,
                "has \(bytes.count) bytes; \(Self.lengthLimit) are allowed",
                offset: 0
            )
        }
        let options = PCRE2_UTF | PCRE2_UCP | PCRE2_NEVER_BACKSLASH_C | PCRE2_DUPNAMES | use.options
        var number: Int32 = 0
        var offset = 0
        guard let code = pcre2_compile_8(bytes, bytes.count, options, &number, &offset, nil) else {
            let start = String(decoding: bytes.prefix(offset).suffix(24), as: UTF8.self)
            throw RegularExpressionError(
                .malformed,
                "\(Self.message(number)), after '\(start)'",
                offset: offset
            )
        }
        guard let context = pcre2_match_context_create_8(nil) else {
            preconditionFailure("Cannot make a match context: out of memory")
        }
        pcre2_set_match_limit_8(context, use.steps)
        pcre2_set_depth_limit_8(context, use.steps)
        pcre2_set_heap_limit_8(context, use.kibibytes)
        // Only faster: where executable memory is forbidden the interpreter does the same.
        pcre2_jit_compile_8(code, UInt32(PCRE2_JIT_COMPLETE))
        self.code = code
        self.context = context
        self.pattern = pattern
        self.use = use
        groups = Self.groups(of: code)
    }

    deinit {
        pcre2_match_context_free_8(context)
        pcre2_code_free_8(code)
    }

    /// Names of its groups, each once.
    package var names: Set<String> { Set(groups.map(\.name)) }

    /// The first place that matches.
    ///
    /// - Parameter text: UTF-8, already known to be valid.
    /// - Throws: `RegularExpressionError` with `tooCostly`.
    package func firstMatch(in text: [UInt8]) throws(RegularExpressionError) -> Match? {
        guard let data = pcre2_match_data_create_from_pattern_8(code, nil) else {
            preconditionFailure("Cannot make match data: out of memory")
        }
        defer { pcre2_match_data_free_8(data) }
        let result =
            switch use {
            case .sentences: pcre2_match_8(code, text, text.count, 0, UInt32(PCRE2_NO_UTF_CHECK), data, context)
            case .longTexts: timedMatch(in: text, data)
            }
        if result == PCRE2_ERROR_NOMATCH { return nil }
        guard result > 0, let places = pcre2_get_ovector_pointer_8(data) else {
            let reason = result == PCRE2_ERROR_CALLOUT ? "it takes too many steps" : Self.message(result)
            throw RegularExpressionError(.tooCostly, "gives up on this text: \(reason)", offset: 0)
        }
        var captures: [String: String] = [:]
        var ranges: [String: Range<Int>] = [:]
        for (number, name) in groups where captures[name] == nil {
            let (start, end) = (places[2 * number], places[2 * number + 1])
            // A group that took no part has no place (all bits set, which reads as -1).
            guard start >= 0, start <= end, end <= text.count else { continue }
            captures[name] = String(decoding: text[start..<end], as: UTF8.self)
            ranges[name] = start..<end
        }
        let groups = (0..<Int(pcre2_get_ovector_count_8(data))).map { number in
            let (start, end) = (places[2 * number], places[2 * number + 1])
            return start >= 0 && start <= end && end <= text.count
                ? String(decoding: text[start..<end], as: UTF8.self) : ""
        }
        return Match(range: places[0]..<max(places[0], places[1]), captures: captures, ranges: ranges, groups: groups)
    }

    /// A match that ends when its budget of processor time does, counted over every place it begins at.
    ///
    /// The library's own limits hold for one place each. So the pattern calls out before each of its items, and the callout
    /// looks at the clock now and then.
    private func timedMatch(in text: [UInt8], _ data: OpaquePointer) -> Int32 {
        guard let context = pcre2_match_context_copy_8(context) else {
            preconditionFailure("Cannot make a match context: out of memory")
        }
        defer { pcre2_match_context_free_8(context) }
        var budget = MatchBudget()
        return withUnsafeMutablePointer(to: &budget) { budget in
            pcre2_set_callout_8(context, countStep, budget)
            let options = UInt32(PCRE2_NO_UTF_CHECK)
            let result = pcre2_match_8(code, text, text.count, 0, options, data, context)
            guard result == PCRE2_ERROR_JIT_STACKLIMIT else { return result }
            // The interpreter keeps what it must remember on the heap.
            return pcre2_match_8(code, text, text.count, 0, options | UInt32(PCRE2_NO_JIT), data, context)
        }
    }

    /// A place that matches.
    package struct Match: Hashable, Sendable {
        /// In bytes.
        package var range: Range<Int>
        /// What each named group took; groups that took no part are left out.
        package var captures: [String: String]
        /// Where that was, in bytes.
        package var ranges: [String: Range<Int>]
        /// All of it, and then what each group that captures took; groups that took no part are empty.
        package var groups: [String]
    }

    // MARK: Parts

    private static func groups(of code: OpaquePointer) -> [(number: Int, name: String)] {
        var count: UInt32 = 0
        var size: UInt32 = 0
        var table: UnsafePointer<UInt8>?
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMECOUNT), &count)
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMEENTRYSIZE), &size)
        pcre2_pattern_info_8(code, UInt32(PCRE2_INFO_NAMETABLE), &table)
        guard let table else { return [] }
        return (0..<Int(count)).map { index in
            // Two bytes of number, then the name and a zero.
            let entry = table + index * Int(size)
            return (Int(entry[0]) << 8 | Int(entry[1]), String(cString: entry + 2))
        }
    }

    private static func message(_ code: Int32) -> String {
        var buffer = [UInt8](repeating: 0, count: 256)
        let length = pcre2_get_error_message_8(code, &buffer, buffer.count)
        return String(decoding: buffer.prefix(Int(max(0, length))), as: UTF8.self)
    }
}

/// Called by the library on the matching thread, inside `pcre2_match_8`, before each item of the pattern; `budget` is the
/// match's and outlives it.
private func countStep(_ block: UnsafeMutablePointer<pcre2_callout_block_8>?, _ budget: UnsafeMutableRawPointer?)
    -> Int32
{
    guard let budget else { return 0 }
    return budget.assumingMemoryBound(to: MatchBudget.self).pointee.spend() ? 0 : PCRE2_ERROR_CALLOUT
}

extension RegularExpression.Use {
    fileprivate var options: UInt32 {
        switch self {
        case .sentences: PCRE2_CASELESS | PCRE2_NO_AUTO_CAPTURE
        case .longTexts: PCRE2_AUTO_CALLOUT
        }
    }

    fileprivate var steps: UInt32 {
        switch self {
        case .sentences: RegularExpression.stepLimit
        case .longTexts: 100_000_000
        }
    }

    fileprivate var kibibytes: UInt32 {
        switch self {
        case .sentences: 4_096
        case .longTexts: 65_536
        }
    }
}
