import JSON

/// One event of libyaml's parser, copied out of C.
struct YAMLEvent {
    enum Kind {
        case streamStart, streamEnd, documentStart, documentEnd
        case alias(String)
        case scalar(YAMLScalar)
        case sequenceStart(tag: String?), sequenceEnd
        case mappingStart(tag: String?), mappingEnd
    }

    var kind: Kind
    var anchor: String?
    var position: SourcePosition
}

/// A scalar as written, before it gets a type.
struct YAMLScalar {
    var text: String
    var tag: String?
    /// Without quotes and not a block: only then it may be something else than text.
    var isPlain: Bool
}
