/* The event loop. */
#ifndef IO_LOOP_H
#define IO_LOOP_H

struct event_base;

/* A new loop; the caller frees it with loop_free. From now on the program
 * ignores SIGPIPE: libevent writes to sockets that the other side may have
 * closed. Aborts if there is no memory or no kernel support. */
struct event_base *loop_new(void);

/* Everything that was made on the loop has been freed before. */
void loop_free(struct event_base *base);

/* Runs until loop_stop is called or nothing is left to wait for. */
void loop_run(struct event_base *base);
void loop_stop(struct event_base *base);

#endif
