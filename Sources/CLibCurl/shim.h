#pragma once
#include <curl/curl.h>

// libcurl's setters and getters are variadic, which Swift cannot call: one typed shim a kind of value.
static inline CURLcode cpa_curl_set_string(CURL *easy, CURLoption option, const char *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode cpa_curl_set_long(CURL *easy, CURLoption option, long value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode cpa_curl_set_offset(CURL *easy, CURLoption option, curl_off_t value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode cpa_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode cpa_curl_set_list(CURL *easy, CURLoption option, struct curl_slist *value) {
    return curl_easy_setopt(easy, option, value);
}
typedef size_t (*cpa_curl_data_callback)(char *, size_t, size_t, void *);
static inline CURLcode cpa_curl_set_data_callback(CURL *easy, CURLoption option, cpa_curl_data_callback value) {
    return curl_easy_setopt(easy, option, value);
}
static inline CURLcode cpa_curl_get_long(CURL *easy, CURLINFO info, long *value) {
    return curl_easy_getinfo(easy, info, value);
}
static inline CURLcode cpa_curl_get_pointer(CURL *easy, CURLINFO info, void **value) {
    return curl_easy_getinfo(easy, info, value);
}
typedef int (*cpa_curl_socket_callback)(CURL *, curl_socket_t, int, void *, void *);
typedef int (*cpa_curl_timer_callback)(CURLM *, long, void *);
static inline CURLMcode cpa_curl_multi_set_socket_callback(CURLM *multi, cpa_curl_socket_callback value, void *user) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, user);
    return curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, value);
}
static inline CURLMcode cpa_curl_multi_set_timer_callback(CURLM *multi, cpa_curl_timer_callback value, void *user) {
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, user);
    return curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, value);
}
static inline CURLMcode cpa_curl_multi_set_long(CURLM *multi, CURLMoption option, long value) {
    return curl_multi_setopt(multi, option, value);
}
static inline CURLcode cpa_curl_set_socket_callback(CURL *easy, curl_opensocket_callback value) {
    return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, value);
}
typedef int (*cpa_curl_seek_callback)(void *, curl_off_t, int);
static inline CURLcode cpa_curl_set_seek_callback(CURL *easy, cpa_curl_seek_callback value) {
    return curl_easy_setopt(easy, CURLOPT_SEEKFUNCTION, value);
}
