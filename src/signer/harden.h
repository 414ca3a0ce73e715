/* What a process that holds keys does before it reads them. */
#ifndef SIGNER_HARDEN_H
#define SIGNER_HARDEN_H

/* No core dumps, no ptrace or /proc/PID/mem by others of the same user, no new
 * privileges, no file descriptors but 0 to 2 and the two given (-1: none). */
void harden_process(int keep, int keep_too);

/* For a process that ends with its connection: signals that a terminal or a
 * service manager sends to the whole group are left to the one who started us,
 * who may still need us. */
void harden_signals(void);

#endif
