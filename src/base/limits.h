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

/* One line of a control port reply that is not a data block. */
#define LIMIT_CONTROL_LINE_BYTES (64U << 10)
/* One reply with its data blocks: the largest is "md/all". */
#define LIMIT_CONTROL_REPLY_BYTES (48U << 20)
/* Lines of one reply. */
#define LIMIT_CONTROL_REPLY_LINES 4096U

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

/* One message between publisher and signer. */
#define LIMIT_SIGNER_MESSAGE_BYTES 4096U
/* A key file; an encrypted PEM is far below. */
#define LIMIT_KEY_FILE_BYTES 4096U

#endif
