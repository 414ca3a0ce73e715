/* What a probe asks a web server, and whether the answer is as expected. */
#ifndef CONTROL_HTTP_H
#define CONTROL_HTTP_H

#include "base/buf.h"
#include "base/err.h"

enum http_outcome {
  HTTP_WAITING,  /* the answer may still become what is expected */
  HTTP_EXPECTED, /* it is */
  HTTP_OTHER,    /* it is not, whatever follows */
};

struct http_expected {
  unsigned status_min; /* of the status, from .. to */
  unsigned status_max;
  struct slice text; /* stands in the body; empty: anything */
};

/* Appends a request for path at a host. ERR_SYNTAX if path does not begin with
 * '/' or holds anything but printable ASCII. HTTP/1.0, since an answer to it
 * comes in one piece. */
int http_ask(struct slice host, struct slice path, struct buf *out) MUST_USE;

/* Judges an answer as far as it has come; is_over: nothing more will. Then the
 * outcome is not HTTP_WAITING. */
enum http_outcome http_judge(struct slice answer, bool is_over, const struct http_expected *e);

#endif
