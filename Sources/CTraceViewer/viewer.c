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

const char *cpa_trace_page(void) { return page; }
size_t cpa_trace_page_length(void) { return sizeof page; }
const char *cpa_trace_style(void) { return style; }
size_t cpa_trace_style_length(void) { return sizeof style; }
const char *cpa_trace_script(void) { return script; }
size_t cpa_trace_script_length(void) { return sizeof script; }
