/* A small consensus in parts, for tests that change one of them. Include
 * cmocka before. */
#ifndef TESTS_NETDOC_DOCUMENT_H
#define TESTS_NETDOC_DOCUMENT_H

#include "base/buf.h"

#include <string.h>

#define DOCUMENT_TOP                                                                               \
  "network-status-version 3 microdesc\n"                                                           \
  "vote-status consensus\n"                                                                        \
  "consensus-method 33\n"
#define DOCUMENT_TIMES                                                                             \
  "valid-after 2026-11-22 15:00:00\n"                                                              \
  "fresh-until 2026-11-22 16:00:00\n"                                                              \
  "valid-until 2026-11-22 18:00:00\n"
#define DOCUMENT_PARAMS                                                                            \
  "voting-delay 300 300\n"                                                                         \
  "params CircuitPriorityHalflifeMsec=30000 hsdir_n_replicas=3 neg=-1\n"
#define DOCUMENT_SRV                                                                               \
  "shared-rand-previous-value 9 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n"                    \
  "shared-rand-current-value 8 ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=\n"
#define DOCUMENT_HEADER DOCUMENT_TOP DOCUMENT_TIMES DOCUMENT_PARAMS DOCUMENT_SRV

/* Identities rise; the first one is 20 times 0x01, and so on. */
#define DOCUMENT_R1 "r one AQEBAQEBAQEBAQEBAQEBAQEBAQE 2038-01-01 00:00:00 1.2.3.4 9001 0\n"
#define DOCUMENT_R2 "r two AgICAgICAgICAgICAgICAgICAgI 2038-01-01 00:00:00 1.2.3.5 9001 0\n"
#define DOCUMENT_R3 "r three AwMDAwMDAwMDAwMDAwMDAwMDAwM 2038-01-01 00:00:00 1.2.3.6 9001 0\n"
#define DOCUMENT_M  "m QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI\n"
#define DOCUMENT_S  "s Fast HSDir Running V2Dir Valid\n"
#define DOCUMENT_V  "v Tor 0.4.8.10\n"
#define DOCUMENT_PR "pr Cons=1-2 Desc=1-2 HSDir=1-2 HSIntro=4-5 Link=1-5\n"
#define DOCUMENT_W  "w Bandwidth=1000\n"

/* Two HSDirs and a relay that is none. */
#define DOCUMENT_ENTRIES                                                                           \
  DOCUMENT_R1 DOCUMENT_M DOCUMENT_S DOCUMENT_V DOCUMENT_PR DOCUMENT_W DOCUMENT_R2                  \
      "a [2001:db8::1]:9001\n" DOCUMENT_M "s Fast Running Valid\n" DOCUMENT_V DOCUMENT_PR          \
          DOCUMENT_W DOCUMENT_R3 DOCUMENT_M DOCUMENT_S DOCUMENT_V DOCUMENT_PR DOCUMENT_W

#define DOCUMENT_SIGNATURE                                                                         \
  "directory-signature sha256 AA BB\n"                                                             \
  "-----BEGIN SIGNATURE-----\n"                                                                    \
  "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJC\n"                                                 \
  "-----END SIGNATURE-----\n"
#define DOCUMENT_FOOTER                                                                            \
  "directory-footer\n"                                                                             \
  "bandwidth-weights Wbd=0\n" DOCUMENT_SIGNATURE

#define DOCUMENT DOCUMENT_HEADER DOCUMENT_ENTRIES DOCUMENT_FOOTER

#endif
