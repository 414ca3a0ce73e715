/* Every bound on what we accept or build, in one place, with its reason. */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* A client rejects a descriptor with more introduction points
 * (HS_CONFIG_V3_MAX_INTRO_POINTS of tor). */
#define LIMIT_INTRO_POINTS 20

/* An HSDir accepts a descriptor of less than this many bytes (the default of
 * the consensus parameter HSV3MaxDescriptorSize). */
#define LIMIT_DESCRIPTOR_BYTES 50000

/* Consensus and microdescriptors: about five times today's network. */
#define LIMIT_CONSENSUS_BYTES  (16U << 20)
#define LIMIT_MICRODESCS_BYTES (40U << 20)
#define LIMIT_RELAYS           50000U

/* One line and one object of a Tor document (tor's own bounds,
 * parsecommon.c). */
#define LIMIT_NETDOC_LINE_BYTES   (128U << 10)
#define LIMIT_NETDOC_OBJECT_BYTES (128U << 10)

/* Seconds between two consensuses: authorities refuse an interval of more
 * than a day. */
#define LIMIT_VOTING_INTERVAL 86400

/* One line of a control port reply that is not a data block. */
#define LIMIT_CONTROL_LINE_BYTES (64U << 10)
/* One reply with its data blocks: the largest is "md/all". */
#define LIMIT_CONTROL_REPLY_BYTES (48U << 20)
/* Lines of one reply. */
#define LIMIT_CONTROL_REPLY_LINES 4096U
/* One command with its data block (MAX_COMMAND_LINE_LENGTH of tor). */
#define LIMIT_CONTROL_COMMAND_BYTES (1U << 20)
/* Commands without a reply yet, and bytes not yet taken by the socket. */
#define LIMIT_CONTROL_PENDING      4096U
#define LIMIT_CONTROL_OUTPUT_BYTES (16U << 20)
/* The path of a cookie file (PATH_MAX of Linux). */
#define LIMIT_CONTROL_PATH_BYTES 4096U

/* Consensus parameters of the hash ring (tor's own bounds, hs_common.c). */
#define LIMIT_RING_REPLICAS 16
#define LIMIT_RING_SPREAD   128

/* Link specifiers of one introduction point, and bytes of one of them (their
 * count and length are single octets on the wire). */
#define LIMIT_LINK_SPECIFIERS 16

/* Configuration. */
#define LIMIT_CONFIG_BYTES          (16U << 20)
#define LIMIT_SERVICES              20000U
#define LIMIT_INSTANCES_PER_SERVICE 5000U
/* Items of all lists together: aliases can repeat a list without end. */
#define LIMIT_CONFIG_ITEMS 400000U
/* The weight of an instance among those of its service. */
#define LIMIT_WEIGHT 256U
/* Of a health check by HTTP: the path, and the text in the answer. */
#define LIMIT_HEALTH_PATH_BYTES 1024U
#define LIMIT_HEALTH_TEXT_BYTES 256U
/* Probes in a row that may be asked for. */
#define LIMIT_HEALTH_RUN 100U
/* What is read of a web server's answer to a probe. */
#define LIMIT_PROBE_ANSWER_BYTES (64U << 10)
/* The YAML document: levels of nesting, keys in one map, anchors, nodes. */
#define LIMIT_CONFIG_DEPTH   16U
#define LIMIT_CONFIG_KEYS    64U
#define LIMIT_CONFIG_ANCHORS 256U
#define LIMIT_CONFIG_NODES   2000000U
/* Files of instances.d, and bytes of one. */
#define LIMIT_DROPINS      5000U
#define LIMIT_DROPIN_BYTES (1U << 20)
/* Messages kept about one file; the others are counted. */
#define LIMIT_CONFIG_MESSAGES 100U
/* Names and paths in it (PATH_MAX less the NUL). */
#define LIMIT_NAME_BYTES 128U
#define LIMIT_PATH_BYTES 4095U
/* A bad value is quoted up to this many bytes. */
#define LIMIT_QUOTE_BYTES 80U

/* One message between publisher and signer. */
#define LIMIT_SIGNER_MESSAGE_BYTES 8192U
/* A key's name in it: the path of its file. */
#define LIMIT_SIGNER_NAME_BYTES LIMIT_PATH_BYTES
/* A text in it: an error that names a file. */
#define LIMIT_SIGNER_TEXT_BYTES 2048U
/* A file that lists keys, one a line. */
#define LIMIT_SIGNER_KEY_LIST_BYTES (16U << 20)
/* Publishers that a signer serves at a time, and bytes of answers that wait for
 * one of them before it is asked for no more. */
#define LIMIT_SIGNER_PEERS        16U
#define LIMIT_SIGNER_OUTPUT_BYTES (64U << 10)
/* A line of its journal or of its operator's approvals; and those approvals. */
#define LIMIT_SIGNER_LINE_BYTES 512U
#define LIMIT_SIGNER_APPROVALS  10000U
/* The command that leads to a signer, and its words. */
#define LIMIT_COMMAND_BYTES 4096U
#define LIMIT_COMMAND_WORDS 64U
/* A bundle: time periods (of a day: 27 years), and bytes of its plain text; and
 * bundles in one folder. */
#define LIMIT_BUNDLE_PERIODS 10000U
#define LIMIT_BUNDLE_DAYS    3660U
#define LIMIT_BUNDLE_BYTES   (4U << 20)
#define LIMIT_BUNDLE_FILES   40000U
/* The file of the key that opens them. */
#define LIMIT_RECIPIENT_BYTES 1024U
/* A key file; an encrypted PEM is far below. */
#define LIMIT_KEY_FILE_BYTES 4096U
/* One on paper, as a person has typed it, with comments. */
#define LIMIT_PAPER_BYTES 8192U
/* A passphrase of one. */
#define LIMIT_PASSPHRASE_BYTES 1024U
/* What an encrypted one may ask of us, some seconds of work at most: rounds of
 * PBKDF2; memory (128 N r) and lanes (p) of scrypt. */
#define LIMIT_PBKDF2_ROUNDS 10000000U
#define LIMIT_SCRYPT_BYTES  (256U << 20)
#define LIMIT_SCRYPT_LANES  16U

/* What is kept for the next start: one memo (the counters of LIMIT_SERVICES
 * services are the longest), its file, and all the files. */
#define LIMIT_MEMO_BYTES      (16U << 20)
#define LIMIT_MEMO_FILE_BYTES (LIMIT_MEMO_BYTES + 1024U)
#define LIMIT_MEMOS           200000U
/* The name of one, files that were damaged, and what waits to be written. */
#define LIMIT_MEMO_NAME_BYTES     96U
#define LIMIT_DAMAGED_FILES       8U
#define LIMIT_STATE_WAITING_BYTES (64U << 20)
/* Revision counters in it: two for each service, and those of before. */
#define LIMIT_LEASES 120000U
/* Time periods and their lengths in minutes: to the year 3000 with periods of a
 * minute; tor's bound on hsdir_interval (hs_common.c). */
#define LIMIT_PERIOD_NUMBER  1000000000U
#define LIMIT_PERIOD_MINUTES 14400U
/* The plaintext of a revision counter: far above OPE_MAX, for many rejections. */
#define LIMIT_COUNTER 16777216

/* A control port password. */
#define LIMIT_PASSWORD_BYTES 1024U

/* The admin socket: one question, guests of one level at a time, and what one
 * of them may leave unread while more is told. */
#define LIMIT_ADMIN_REQUEST_BYTES 4096U
#define LIMIT_ADMIN_GUESTS        16U
#define LIMIT_ADMIN_UNREAD_BYTES  (1U << 20)
/* Words of a question, and one part of an answer. */
#define LIMIT_ADMIN_WORDS        12U
#define LIMIT_ADMIN_ANSWER_BYTES (64U << 20)

#endif
