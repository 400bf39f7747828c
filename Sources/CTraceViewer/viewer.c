#include "CTraceViewer.h"

static const char page[] = {
#embed "../Executors/Resources/trace/viewer.html"
};
static const char style[] = {
#embed "../Executors/Resources/trace/viewer.css"
};
static const char script[] = {
#embed "../Executors/Resources/trace/viewer.js"
};

static const char recording_page[] = {
#embed "../Executors/Resources/recording/player.html"
};
static const char recording_style[] = {
#embed "../Executors/Resources/recording/player.css"
};
static const char recording_script[] = {
#embed "../Executors/Resources/recording/player.js"
};

const char *cpa_trace_page(void) { return page; }
size_t cpa_trace_page_length(void) { return sizeof page; }
const char *cpa_trace_style(void) { return style; }
size_t cpa_trace_style_length(void) { return sizeof style; }
const char *cpa_trace_script(void) { return script; }
size_t cpa_trace_script_length(void) { return sizeof script; }

const char *cpa_recording_page(void) { return recording_page; }
size_t cpa_recording_page_length(void) { return sizeof recording_page; }
const char *cpa_recording_style(void) { return recording_style; }
size_t cpa_recording_style_length(void) { return sizeof recording_style; }
const char *cpa_recording_script(void) { return recording_script; }
size_t cpa_recording_script_length(void) { return sizeof recording_script; }
