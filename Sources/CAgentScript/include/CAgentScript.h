#pragma once
#include <stddef.h>

/// The in-page agent (Sources/BrowserAutomation/Resources/agent), embedded at build time: one binary, no files beside it.
const char *_Nonnull cpa_agent_script(void);
/// Length of the agent's source in bytes.
size_t cpa_agent_script_length(void);
/// What reads and writes the storage of an origin (Sources/BrowserAutomation/Resources/storage): an expression.
const char *_Nonnull cpa_storage_script(void);
/// Length of its source in bytes.
size_t cpa_storage_script_length(void);
