#pragma once
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

/* Called by OpenSSL within SSL_do_handshake, on the thread that called that: takes HTTP/1.1 or ends the handshake. */
static inline int cpa_tls_choose_http11(SSL *ssl, const unsigned char **chosen, unsigned char *length,
                                        const unsigned char *offered, unsigned int offered_length, void *argument) {
    static const unsigned char ours[] = "\x08http/1.1";
    (void)ssl;
    (void)argument;
    int outcome = SSL_select_next_proto((unsigned char **)chosen, length, ours, sizeof(ours) - 1, offered, offered_length);
    return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* Called by OpenSSL when a key is encrypted: without this it would ask on the terminal. */
static inline int cpa_tls_no_password(char *buffer, int size, int writing, void *argument) {
    (void)buffer;
    (void)size;
    (void)writing;
    (void)argument;
    return -1;
}

/* The rules of every server connection; macros and variadics that Swift cannot call. */
static inline int cpa_tls_server_rules(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, cpa_tls_choose_http11, NULL);
    SSL_CTX_set_default_passwd_cb(context, cpa_tls_no_password);
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

/* EVP_RSA_gen is a macro over a variadic function. */
static inline EVP_PKEY *cpa_rsa_generate(unsigned int bits) { return EVP_RSA_gen(bits); }
