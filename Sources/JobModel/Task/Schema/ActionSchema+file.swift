extension ActionSchema {
    static func file(_ action: Action) -> ActionSchema {
        let path = FieldSchema.required("path", .text, "name of the artifact")
        let overwrite = FieldSchema.optional("overwrite", .boolean, "replace a file of that name (false)")
        return switch action {
        case .readFile:
            ActionSchema(
                "file",
                .read,
                "Reads an artifact.",
                [
                    path, .optional("format", .choice(["text", "base64", "json"]), "how to give it out (text)"),
                    .optional("max_bytes", .integer(1...(64 << 20)), "refuse larger ones (1 MiB)"),
                ],
                outputs: ["text", "base64", "json", "bytes", "sha256"]
            )
        case .writeFile:
            ActionSchema(
                "file",
                .effect,
                "Writes an artifact.",
                [
                    path, .optional("text", .text, "what to write"), .optional("base64", .text, "bytes to write"),
                    .optional("content", .any, "a value to write as JSON"),
                    .optional("content_type", .text, "MIME type; by content unless set"), overwrite,
                ],
                needsOneOf: [["text", "base64", "content"]],
                excludes: [["text", "base64", "content"]],
                outputs: ["artifact", "bytes", "sha256"]
            )
        case .moveFile:
            ActionSchema(
                "file",
                .effect,
                "Gives an artifact another name.",
                [path, .required("to", .text, "the new name"), overwrite],
                outputs: ["artifact", "bytes", "sha256"]
            )
        default:
            ActionSchema("file", .read, "Hashes an artifact.", [path], outputs: ["sha256", "bytes"])
        }
    }
}
