#pragma once
#include <stddef.h>

/// The trace viewer (Sources/Executors/Resources/trace), embedded at build time: one binary, no files beside it.
const char *_Nonnull cpa_trace_page(void);
size_t cpa_trace_page_length(void);
const char *_Nonnull cpa_trace_style(void);
size_t cpa_trace_style_length(void);
const char *_Nonnull cpa_trace_script(void);
size_t cpa_trace_script_length(void);

/// The player of recordings (Sources/Executors/Resources/recording).
const char *_Nonnull cpa_recording_page(void);
size_t cpa_recording_page_length(void);
const char *_Nonnull cpa_recording_style(void);
size_t cpa_recording_style_length(void);
const char *_Nonnull cpa_recording_script(void);
size_t cpa_recording_script_length(void);
