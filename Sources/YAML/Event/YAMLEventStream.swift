import CYAML
import JSON

/// libyaml's parser over bytes that outlive it.
///
/// Synchronous; no callbacks into Swift.
struct YAMLEventStream: ~Copyable {
    /// On the heap because libyaml keeps pointers into it.
    private let parser: UnsafeMutablePointer<yaml_parser_t>
    private let bytes: UnsafeBufferPointer<UInt8>
    private let file: String?

    init(_ bytes: UnsafeBufferPointer<UInt8>, file: String?) {
        parser = .allocate(capacity: 1)
        // Told the encoding, libyaml no longer skips a byte order mark itself.
        let hasMark = bytes.starts(with: [0xEF, 0xBB, 0xBF])
        self.bytes = UnsafeBufferPointer(rebasing: bytes.dropFirst(hasMark ? 3 : 0))
        self.file = file
        guard yaml_parser_initialize(parser) == 1 else { preconditionFailure("out of memory") }
        yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
        yaml_parser_set_input_string(parser, self.bytes.baseAddress, self.bytes.count)
    }

    deinit {
        yaml_parser_delete(parser)
        parser.deallocate()
    }

    mutating func next() throws(YAMLError) -> YAMLEvent {
        var event = yaml_event_t()
        guard yaml_parser_parse(parser, &event) == 1 else { throw error() }
        defer { yaml_event_delete(&event) }
        let position = SourcePosition(event.start_mark)
        switch event.type {
        case YAML_STREAM_START_EVENT: return YAMLEvent(kind: .streamStart, position: position)
        case YAML_STREAM_END_EVENT: return YAMLEvent(kind: .streamEnd, position: position)
        case YAML_DOCUMENT_START_EVENT: return YAMLEvent(kind: .documentStart, position: position)
        case YAML_DOCUMENT_END_EVENT: return YAMLEvent(kind: .documentEnd, position: position)
        case YAML_ALIAS_EVENT:
            return YAMLEvent(kind: .alias(Self.string(event.data.alias.anchor) ?? ""), position: position)
        case YAML_SCALAR_EVENT:
            let data = event.data.scalar
            let text = String(decoding: UnsafeBufferPointer(start: data.value, count: data.length), as: UTF8.self)
            let isPlain = data.style == YAML_PLAIN_SCALAR_STYLE
            let scalar = YAMLScalar(text: text, tag: Self.string(data.tag), isPlain: isPlain)
            return YAMLEvent(kind: .scalar(scalar), anchor: Self.string(data.anchor), position: position)
        case YAML_SEQUENCE_START_EVENT:
            let data = event.data.sequence_start
            let kind = YAMLEvent.Kind.sequenceStart(tag: Self.string(data.tag))
            return YAMLEvent(kind: kind, anchor: Self.string(data.anchor), position: position)
        case YAML_SEQUENCE_END_EVENT: return YAMLEvent(kind: .sequenceEnd, position: position)
        case YAML_MAPPING_START_EVENT:
            let data = event.data.mapping_start
            let kind = YAMLEvent.Kind.mappingStart(tag: Self.string(data.tag))
            return YAMLEvent(kind: kind, anchor: Self.string(data.anchor), position: position)
        case YAML_MAPPING_END_EVENT: return YAMLEvent(kind: .mappingEnd, position: position)
        default: return YAMLEvent(kind: .streamEnd, position: position)
        }
    }

    private static func string(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
        pointer.map { String(cString: $0) }
    }

    // MARK: Errors

    private func error() -> YAMLError {
        let problem = parser.pointee.problem.map { String(cString: $0) } ?? "cannot be read"
        if parser.pointee.error == YAML_READER_ERROR {
            var position = SourcePosition(line: 1, column: 1)
            let offset = min(parser.pointee.problem_offset, bytes.count)
            position.advance(over: bytes[..<offset])
            return YAMLError(
                code: .encoding,
                message: "\(problem); save the file as UTF-8",
                file: file,
                position: position
            )
        }
        let mark = parser.pointee.problem_mark
        let context = parser.pointee.context.map { String(cString: $0) + ", " } ?? ""
        let message = context + problem + remedy(problem: problem, at: mark)
        return YAMLError(code: .syntax, message: message, file: file, position: SourcePosition(mark))
    }

    /// What people usually did when libyaml stops here.
    private func remedy(problem: String, at mark: yaml_mark_t) -> String {
        let offset = byteOffset(of: SourcePosition(mark))
        if offset < bytes.count, bytes[offset] == 0x09 { return "; a tab cannot indent: use spaces" }
        if line(at: offset).contains("{{") {
            return #"; put single quotes around a template that holds double quotes: '{{ x | default("y") }}'"#
        }
        if problem.contains("mapping values are not allowed") {
            return "; put a text that holds ': ' into quotes, or check the indentation"
        }
        if problem.contains("did not find expected key") || problem.contains("could not find expected ':'") {
            return "; check the indentation and the quotes of this line and the one before"
        }
        return ""
    }

    private func byteOffset(of position: SourcePosition) -> Int {
        var current = SourcePosition(line: 1, column: 1)
        for (offset, byte) in bytes.enumerated() {
            if current >= position { return offset }
            current.advance(over: CollectionOfOne(byte))
        }
        return bytes.count
    }

    private func line(at offset: Int) -> String {
        let end = bytes[min(offset, bytes.count)...].firstIndex(of: 0x0A) ?? bytes.count
        let start = bytes[..<min(offset, bytes.count)].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return String(decoding: bytes[start..<max(start, end)], as: UTF8.self)
    }
}

extension SourcePosition {
    /// libyaml counts from 0, in characters.
    fileprivate init(_ mark: yaml_mark_t) {
        self.init(line: Int(mark.line) + 1, column: Int(mark.column) + 1)
    }
}
