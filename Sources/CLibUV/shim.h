#pragma once
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

// A GNU extension, which glibc's module does not show to Swift.
extern int pthread_setname_np(pthread_t thread, const char *name);
static inline int cpa_thread_set_name(const char *name) { return pthread_setname_np(pthread_self(), name); }

// prctl is variadic, which Swift cannot call.
static inline int cpa_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

/* Whose the IPv4 TCP socket at `own` is that is connected to `other`, on this machine: the kernel is asked (sock_diag(7)), whose
   messages are made of macros and variable parts. Returns the user, -1 when there is no such socket or it is not connected any
   more, -2 when the kernel cannot be asked. */
static inline long long cpa_socket_user(const struct sockaddr *own, const struct sockaddr *other) {
    const struct sockaddr_in *from = (const struct sockaddr_in *)own, *to = (const struct sockaddr_in *)other;
    struct { struct nlmsghdr head; struct inet_diag_req_v2 body; } question;
    union { struct nlmsghdr head; char bytes[1024]; } answer;
    memset(&question, 0, sizeof question);
    question.head.nlmsg_len = sizeof question;
    question.head.nlmsg_type = SOCK_DIAG_BY_FAMILY;
    question.head.nlmsg_flags = NLM_F_REQUEST;
    question.body.sdiag_family = AF_INET;
    question.body.sdiag_protocol = IPPROTO_TCP;
    question.body.idiag_states = ~0U;
    question.body.id.idiag_sport = from->sin_port;
    question.body.id.idiag_dport = to->sin_port;
    question.body.id.idiag_src[0] = from->sin_addr.s_addr;
    question.body.id.idiag_dst[0] = to->sin_addr.s_addr;
    question.body.id.idiag_cookie[0] = question.body.id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
    int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (descriptor < 0) return -2;
    /* The kernel answers within send: nothing is waited for. */
    ssize_t count = -1;
    if (send(descriptor, &question, sizeof question, 0) == (ssize_t)sizeof question)
        count = recv(descriptor, &answer, sizeof answer, MSG_DONTWAIT);
    close(descriptor);
    if (count < (ssize_t)sizeof answer.head || !NLMSG_OK(&answer.head, (size_t)count)) return -2;
    if (answer.head.nlmsg_type == NLMSG_ERROR) {
        const struct nlmsgerr *error = (const struct nlmsgerr *)NLMSG_DATA(&answer.head);
        return error->error == -ENOENT ? -1 : -2;
    }
    const struct inet_diag_msg *found = (const struct inet_diag_msg *)NLMSG_DATA(&answer.head);
    if (answer.head.nlmsg_len < NLMSG_LENGTH(sizeof *found)) return -2;
    /* One that is being closed has lost its owner. */
    return found->idiag_state == 1 /* TCP_ESTABLISHED */ ? (long long)found->idiag_uid : -1;
}
